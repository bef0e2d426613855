"""An explanation in, lines on the terminal out."""

from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from alerts.measures.asks import Answer, Check, form_of
from app.explaining import Explained, Explanation, Threshold
from minsheng.domain import BEIJING, Evidence
from minsheng.words import ALERT_STATES, PHASES, RULES

TARGETS = {"volume": "评论数量", "negative": "负面占比", "template": "模板回复", "match": "回复对题"}
"""What a finding is about, where that is not a claim or a source."""

_ANSWERS = {Answer.YES: "有", Answer.NO: "没有", Answer.UNKNOWN: "不知道"}


def show_explanation(out: Console, found: Explanation) -> None:
    """Show every matter of a project, fired or not, under its rule and thresholds; then the checklist."""
    out.rule(f"{found.project.name}：为何提示、为何未提示")
    shown = ""
    for matter in found.matters:
        if matter.now.rule != shown:
            shown = matter.now.rule
            out.print(Text(f"{RULES.get(shown, shown)}（{shown}）门槛：{_keys(found.thresholds[shown])}", style="dim"))
        _show_matter(out, matter)
    for rule in found.off:
        out.print(Text(f"{RULES.get(rule, rule)}（{rule}）已关闭，不作判断", style="dim"))
    out.rule("请群众说话、参与、评判：有什么依据")
    for check in found.asks.checks:
        _show_check(out, check, found.project.id)


def _show_matter(out: Console, matter: Explained) -> None:
    finding = matter.now
    about = f"「{finding.claim.text}」" if finding.claim else TARGETS.get(finding.target, finding.target)
    head = f"{'▲ 提示' if finding.fired else '· 未提示'}｜{RULES.get(finding.rule, finding.rule)}  {about}"
    numbers = f"  n={finding.evidence.posts}，有效 {finding.evidence.effective:.0f}，{_value(finding.evidence)}"
    out.print(Text(head, style="bold" if finding.fired else "").append(numbers, style="dim"))
    out.print(Padding(Text(finding.why), (0, 0, 0, 4)))
    for line in (_last(matter), _life(matter)):
        if line:
            out.print(Padding(Text(line, style="dim"), (0, 0, 0, 4)))


def _value(evidence: Evidence) -> str:
    if evidence.share is None:
        return "未测出占比"
    bounds = "" if evidence.low is None or evidence.high is None else f" [{evidence.low:.0%}–{evidence.high:.0%}]"
    return f"{evidence.measure} {evidence.share:.0%}{bounds}"


def _last(matter: Explained) -> str:
    if matter.last is None:
        return "上次比对：这一事项还没有比对过（minsheng watch）"
    found = matter.last
    state = "提示" if found.fired else "未提示"
    seen = f"上次比对（看到 {_beijing(found.evidence.window.until)}）"
    return f"{seen}：{state}，n={found.evidence.posts}，{_value(found.evidence)}"


def _life(matter: Explained) -> str:
    alert = matter.alert
    if alert is None:
        return ""
    words = f"提示 {alert.id}：{ALERT_STATES[alert.state]}，{_beijing(alert.opened_at)} 首次出现"
    if alert.closed_at:
        words += f"，{_beijing(alert.closed_at)} 解除"
    if matter.quiet_until:
        words += f"；{_beijing(matter.quiet_until)} 之前不另发邮件"
    return words


def _show_check(out: Console, check: Check, project: str) -> None:
    due = "" if check.is_due else "（阶段未到）"
    line = Text(f"{PHASES[check.item.phase]}｜{check.item.words}：{_ANSWERS[check.answer]}{due}")
    out.print(line)
    for recorded in check.recorded:
        out.print(Padding(Text(f"{recorded.date} {recorded.url} {recorded.note}", style="dim"), (0, 0, 0, 4)))
    for proposal in check.proposals:
        late = "（晚于开工）" if proposal.is_late else ""
        out.print(Padding(Text(f"待确认{late}：{proposal.words}  {proposal.url}", style="dim"), (0, 0, 0, 4)))
        out.print(
            Padding(Text(f"确认：写入 evidence/ 下的 YAML：{form_of(project, proposal)}", style="dim"), (0, 0, 0, 4))
        )


def _keys(thresholds: tuple[Threshold, ...]) -> str:
    return "，".join(f"{one.key}={one.value}{'（已改）' if one.is_set else ''}" for one in thresholds)


def _beijing(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"
