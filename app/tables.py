"""Values in, tables on the terminal out."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alerts.base import Rule
from app.summary import Outcome, summarise
from minsheng.crawls import CrawlReport
from minsheng.domain import BEIJING, Finding, Project, Source
from minsheng.words import OUTCOMES, RULES, VERDICTS

if TYPE_CHECKING:
    from app.doctor import Check

TARGETS = {"volume": "评论数量", "negative": "负面占比"}
"""What a finding is about, where that is not a claim or a source."""


def show_findings(out: Console, projects: Mapping[str, Project], findings: Sequence[Finding]) -> None:
    """Show each project with its verdict, the number it rests on, and why; flagged ones first."""
    out.rule("项目与判断")
    for outcome in summarise(projects, findings):
        verdict = _words(outcome)
        head = f"{'▲' if outcome.flagged else '·'} {projects[outcome.project].name}｜{verdict}"
        numbers = f"  n={outcome.posts}" + ("" if outcome.interval is None else f"，区间 {outcome.interval_text}")
        out.print(Text(head, style="bold" if outcome.flagged else "").append(numbers, style="dim"))
        out.print(Padding(Text(outcome.why), (0, 0, 0, 4)))


def show_explanation(
    out: Console, project: Project, findings: Sequence[Finding], silenced: Mapping[str, datetime]
) -> None:
    """Show every finding of a project, fired or not, and until when its matter is silenced."""
    out.rule(f"{project.name}：为何提示、为何未提示")
    for finding in findings:
        about = f"「{finding.claim.text}」" if finding.claim else TARGETS.get(finding.target, finding.target)
        head = f"{'▲ 提示' if finding.fired else '· 未提示'}｜{RULES[finding.rule]}  {about}"
        numbers = f"  n={finding.evidence.posts}"
        out.print(Text(head, style="bold" if finding.fired else "").append(numbers, style="dim"))
        out.print(Padding(Text(finding.why), (0, 0, 0, 4)))
        if finding.key in silenced:
            until = f"静默至北京时间 {silenced[finding.key].astimezone(BEIJING):%Y-%m-%d %H:%M}：不发邮件，不入摘要"
            out.print(Padding(Text(until), (0, 0, 0, 4)))


def show_sources(out: Console, sources: Mapping[str, Source], latest: Mapping[str, CrawlReport]) -> None:
    """Show each source and how its last crawl ended."""
    out.rule("来源")
    if not sources:
        out.print("还没有来源：在 sources/ 下写一份 source.yml（docs/sources.md），或 minsheng import 导入文件")
    for name, source in sources.items():
        report = latest.get(name)
        head = Text(f"{source.title}（{name}）")
        if report is None:
            out.print(head.append("  尚未采集", style="dim"))
            continue
        at = f"{report.finished_at.astimezone(BEIJING):%m-%d %H:%M}"
        out.print(head.append(f"  {OUTCOMES[report.outcome]}，{report.posts} 条，北京时间 {at}", style="dim"))
        if report.detail:
            out.print(Padding(Text(report.detail), (0, 0, 0, 4)))


def show_rules(out: Console, rules: Sequence[Rule]) -> None:
    """Show each rule with its thresholds."""
    table = Table(title="规则", expand=True)
    for column in ("规则", "说明", "单独发信", "门槛"):
        table.add_column(column)
    for rule in rules:
        table.add_row(rule.name, rule.title, "是" if rule.mails else "汇总", _thresholds(rule))
    out.print(table)


def show_checks(out: Console, checks: Sequence["Check"]) -> None:
    """Show what the doctor saw."""
    table = Table(expand=True)
    for column in ("检查", "", "所见与对策"):
        table.add_column(column)
    for check in checks:
        table.add_row(check.name, "好" if check.ok else "[bold]待修[/bold]", check.detail)
    out.print(table)


def _words(outcome: Outcome) -> str:
    if outcome.flagged:
        return "、".join(RULES[rule] for rule in (outcome.rule, *(r for r in outcome.fired if r != outcome.rule)))
    return VERDICTS[outcome.verdict]


def _thresholds(rule: Rule) -> str:
    values = {field.name: getattr(rule, field.name) for field in fields(rule)} if is_dataclass(rule) else vars(rule)
    return "，".join(f"{key}={value}" for key, value in values.items() if not key.startswith("_"))
