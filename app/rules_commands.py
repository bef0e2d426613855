"""Command lines in, the rules shown, their schema written, and a rule tried on the past out."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from app.opening import open_office
from app.progress import bar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alerts.base import Rule
    from alerts.replay import Opening, Replayed
    from app.bootstrap import Office
    from minsheng.domain import Project

out = Console()
rules_cli = typer.Typer(help="规则：列出、给出 JSON schema、在历史上试运行。", invoke_without_command=True)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
HERE = Path()
DAY = ["%Y-%m-%d"]
_MOST_SHOWN = 20


@rules_cli.callback()
def rules(context: typer.Context, folder: Folder = HERE) -> None:
    """列出规则及其门槛。"""
    if context.invoked_subcommand is None:
        from app.tables import show_rules

        show_rules(out, open_office(folder).rules)


@rules_cli.command()
def schema(
    rule: Annotated[str | None, typer.Argument(help="规则名；不写则全部规则，每条一个键")] = None,
) -> None:
    """写出规则文件的 JSON schema（供编辑器补全和检查 YAML）。"""
    from alerts.rules import RULES
    from alerts.schema import schema_of, schema_of_all
    from minsheng.errors import ConfigError
    from minsheng.strict import nearest

    if rule is not None and rule not in RULES:
        raise ConfigError(f"no rule {rule!r}; {nearest(rule, list(RULES))}")
    found = schema_of(RULES[rule]) if rule else schema_of_all()
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@rules_cli.command("test")
def try_(
    rule: Annotated[str, typer.Argument(help="规则名，或一份候选的 <规则名>.yml")],
    *,
    since: Annotated[datetime, typer.Option(formats=DAY, help="从这一天起（北京时间）")],
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="到这一天之前；不写则到现在")] = None,
    project: Annotated[list[str] | None, typer.Option(help="只试这个项目；可写多次")] = None,
    every: Annotated[int, typer.Option(min=1, help="隔几天看一次")] = 1,
    data: Annotated[Path | None, typer.Option(help="不用索引，用备份中的 index/posts.jsonl")] = None,
    as_collected: Annotated[bool, typer.Option("--as-collected", help="只看当天已经采到的，补采的不算")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="写成 JSON，便于其他程序读取")] = False,
    folder: Folder = HERE,
) -> None:
    """在历史上逐日试运行一条规则：哪天会提示什么、共多少次。不写状态，不发邮件，不看当天之后的内容。"""
    from app.replaying import Trial, asked_window, try_rule
    from minsheng.domain import BEIJING

    office = open_office(folder)
    chosen, kind = [office.register.project(one) for one in project or office.register.projects], _rule(office, rule)
    window = asked_window(since.replace(tzinfo=BEIJING), until and until.replace(tzinfo=BEIJING), office.now())
    with bar(Console(stderr=True), "试运行") as step:
        found = try_rule(office, kind, chosen, Trial(window, every, data, as_collected), step)
    office.close()
    if as_json:
        typer.echo(json.dumps([_row(one) for one in found], ensure_ascii=False, indent=1))
        return
    _show(kind, found, office.register.projects)


def _rule(office: "Office", name: str) -> "Rule":
    """Return the rule as this deployment sets it, or as a candidate file does."""
    from alerts.rules import RULES, read_rule
    from minsheng.errors import ConfigError

    path = Path(name)
    if path.suffix not in {".yml", ".yaml"}:
        return read_rule(name, office.folders.rules)
    if not path.exists():
        raise ConfigError(f"{path}: not found; give a rule ({', '.join(RULES)}) or its file")
    return read_rule(path.stem, path.parent)


def _show(rule: "Rule", found: "Sequence[Replayed]", projects: "Mapping[str, Project]") -> None:
    opened = [(one.project, opening) for one in found for opening in one.openings]
    out.rule(f"{rule.title}（{rule.name}）：试运行，未写任何状态，未发邮件")
    for project, opening in opened[:_MOST_SHOWN]:
        _show_opening(projects[project].name, opening)
    if len(opened) > _MOST_SHOWN:
        out.print(f"另有 {len(opened) - _MOST_SHOWN} 次，见 --json", highlight=False)
    days, fired = max((one.days for one in found), default=0), sum(one.fired for one in found)
    mails = len(opened) if rule.mails else 0
    out.print(
        f"{len(found)} 个项目，各看 {days} 天：判断事项 {sum(one.matters for one in found)} 件，"
        f"成立 {fired} 件·天，无法判断 {sum(one.not_assessable for one in found)} 件·天；"
        f"会提示 {len(opened)} 次，其中单独发信 {mails} 封",
        highlight=False,
    )


def _show_opening(name: str, opening: "Opening") -> None:
    finding = opening.finding
    about = f"「{finding.claim.text}」" if finding.claim else finding.target
    head = f"▲ {opening.day}｜{name}  {about}"
    end = f"  n={finding.evidence.posts}，" + (f"{opening.closed} 解除" if opening.closed else "到最后一天仍成立")
    out.print(Text(head, style="bold").append(end, style="dim"))
    out.print(Padding(Text(finding.why), (0, 0, 0, 4)))


def _row(one: "Replayed") -> dict[str, object]:
    openings = [
        {
            "day": opening.day.isoformat(),
            "closed": opening.closed and opening.closed.isoformat(),
            "target": opening.finding.target,
            "n": opening.finding.evidence.posts,
            "level": opening.finding.level,
            "why": opening.finding.why,
        }
        for opening in one.openings
    ]
    return {
        "project": one.project, "days": one.days, "matters": one.matters, "fired": one.fired,
        "not_assessable": one.not_assessable, "openings": openings,
    }  # fmt: skip
