"""Command lines in, the ledger of claims shown, filled and decided on out."""

import json
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from app.auditing import note
from app.opening import open_office
from app.progress import bar
from minsheng.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.entries import Entry, Event
    from app.bootstrap import Office
    from minsheng.domain import Claim

out = Console()
claims_cli = typer.Typer(help="表述台账：列出、提案、接受、拒绝、撤回、导入进展表。", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
Number = Annotated[str, typer.Argument(help="编号，见 minsheng claims list")]
AsJson = Annotated[bool, typer.Option("--json", help="写成 JSON，便于其他程序读取")]
HERE = Path()
State = Literal["proposed", "accepted", "rejected", "withdrawn", "superseded", "all"]


@claims_cli.callback()
def claims() -> None:
    """表述台账：官方关于项目的说法；只有经人接受的才与评论比对。"""


@claims_cli.command("list")
def list_(
    *,
    state: Annotated[
        State, typer.Option(help="proposed 等待决定，accepted 已接受（含 claims/ 文件中的），all 全部")
    ] = "proposed",
    project: Annotated[str | None, typer.Option(help="只列一个项目")] = None,
    as_json: AsJson = False,
    folder: Folder = HERE,
) -> None:
    """列出提案，或各种状态的表述。"""
    from alerts.entries import EntryState

    office = open_office(folder)
    if project is not None:
        office.register.project(project)
    entries = office.ledger.entries(None if state == "all" else EntryState(state), project)
    written = [claim for claim in office.written_claims if project in (None, claim.project) and _fits(claim, state)]
    office.close()
    if as_json:
        for row in [*map(_row, entries), *map(_written_row, written)]:
            typer.echo(_json(row))
        return
    out.print(
        f"共 {len(entries)} 条" + (f"，另有 claims/ 文件中 {len(written)} 条" if written else ""), highlight=False
    )
    for entry in entries:
        _show(office, entry.claim, entry.state.value, entry.due)
    for claim in written:
        _show(office, claim, "accepted" if claim.reviewed else "proposed", "claims/ 文件")


@claims_cli.command()
def show(number: Number, *, as_json: AsJson = False, folder: Folder = HERE) -> None:
    """显示一条表述、它在原文中的上下文和经过。"""
    from app.claim_reading_table import reading_row, show_reading
    from app.stance_head import shown_reading

    office = open_office(folder)
    written = next((claim for claim in office.written_claims if claim.id == number), None)
    if written:
        reading = shown_reading(office, written)
        office.close()
        if as_json:
            typer.echo(_json(_written_row(written) | {"reading": reading_row(reading)}))
            return
        _show(office, written, "accepted" if written.reviewed else "proposed", "claims/ 文件")
        show_reading(out, reading)
        return
    entry, events = office.ledger.entry(number), office.ledger.history(number)
    reading = shown_reading(office, entry.claim)
    office.close()
    if as_json:
        history = [_event_row(event) for event in events]
        typer.echo(_json(_row(entry) | {"history": history, "reading": reading_row(reading)}))
        return
    _show(office, entry.claim, entry.state.value, entry.due)
    out.print(Padding(Text(f"上下文：{entry.context or '（已删除）'}"), (0, 0, 0, 4)))
    out.print(Padding(Text(f"出处：{entry.claim.source_url or '（无网址）'}"), (0, 0, 0, 4)))
    _show_events(events)
    show_reading(out, reading)


@claims_cli.command()
def read(
    number: Annotated[str | None, typer.Argument(help="编号；不写则每一条已接受的表述")] = None, folder: Folder = HERE
) -> None:
    """把评论与表述对照着读（立场模型）：每条表述每天至多 200 条，读过的不再读。"""
    from app.claim_reading_table import show_reading
    from app.stance_head import read_claim

    office = open_office(folder)
    claims = [claim for claim in office.claims if claim.reviewed and number in (None, claim.id)]
    if number and not claims:
        office.ledger.entry(number)  # says which ids there are
        raise ConfigError(f"claim {number}: is not accepted; only accepted claims are read beside comments")
    for claim in claims:
        with bar(Console(stderr=True), f"读评论：{claim.id}") as step:
            reading = read_claim(office, claim, step)
        _show(office, claim, "accepted", "")
        show_reading(out, reading)
    office.close()


@claims_cli.command()
def propose(
    *,
    replies: Annotated[bool, typer.Option("--replies", help="也读对单条留言的答复")] = False,
    as_json: AsJson = False,
    folder: Folder = HERE,
) -> None:
    """从索引中的全部官方发布读出提案；读过的句子不重复提。"""
    from app.claim_work import propose_from_index

    office = open_office(folder)
    with bar(Console(stderr=True), "读官方发布") as step:
        proposed = propose_from_index(office, replies=replies, progress=step)
    office.close()
    _answer(office, proposed, f"新提案 {len(proposed)} 条", as_json=as_json)


@claims_cli.command()
def accept(
    number: Number,
    *,
    project: Annotated[str | None, typer.Option(help="改为这个项目")] = None,
    text: Annotated[str | None, typer.Option(help="改写表述")] = None,
    kind: Annotated[
        str | None, typer.Option(help="改类别：satisfaction、completion、reply_rate、resolution、quality、polarity")
    ] = None,
    status: Annotated[str | None, typer.Option(help="改口径：level 现状，delta 变化，goal 目标")] = None,
    value: Annotated[str | None, typer.Option(help="改数值，如 98.5%；写 none 去掉")] = None,
    bound: Annotated[str | None, typer.Option(help="exact 正好，over 以上，about 约，under 不到")] = None,
    aspect: Annotated[str | None, typer.Option(help="改方面；写 none 表示整个项目")] = None,
    subject: Annotated[str | None, typer.Option(help="调查或服务的对象，如 居民")] = None,
    survey_size: Annotated[str | None, typer.Option(help="样本量；写 none 去掉")] = None,
    date: Annotated[str | None, typer.Option(help="发布日期，如 2026-03-01")] = None,
    publisher: Annotated[str | None, typer.Option(help="发布单位")] = None,
    source_url: Annotated[str | None, typer.Option(help="出处网址")] = None,
    supersedes: Annotated[str | None, typer.Option(help="取代哪一条已接受的表述")] = None,
    as_json: AsJson = False,
    folder: Folder = HERE,
) -> None:
    """接受一条提案，可同时更正；此后它与评论比对。"""
    given = {
        "project": project, "text": text, "kind": kind, "status": status, "value": value, "bound": bound,
        "aspect": aspect, "subject": subject, "survey_size": survey_size, "date": date, "publisher": publisher,
        "source_url": source_url,
    }  # fmt: skip
    changes = {key: None if word == "none" else word for key, word in given.items() if word is not None}
    office = open_office(folder)
    note(office, "claim accept", " ".join([number, *(f"{key}={word}" for key, word in changes.items())]))
    entry = office.ledger.accept(
        number, office.now(), projects=office.register.projects, changes=changes, supersedes=supersedes
    )
    office.close()
    _answer(office, [entry], "已接受", as_json=as_json)


@claims_cli.command()
def reject(
    number: Number,
    *,
    reason: Annotated[str, typer.Option(help="理由，记入经过")],
    as_json: AsJson = False,
    folder: Folder = HERE,
) -> None:
    """拒绝一条提案；同一句话不再提。"""
    office = open_office(folder)
    note(office, "claim reject", f"{number} {reason}")
    entry = office.ledger.reject(number, reason, office.now())
    office.close()
    _answer(office, [entry], "已拒绝", as_json=as_json)


@claims_cli.command()
def withdraw(
    number: Number,
    *,
    reason: Annotated[str, typer.Option(help="理由，记入经过")],
    as_json: AsJson = False,
    folder: Folder = HERE,
) -> None:
    """撤回一条已接受的表述；不再比对，它的提示在下次比对时关闭。"""
    office = open_office(folder)
    note(office, "claim withdraw", f"{number} {reason}")
    entry = office.ledger.withdraw(number, reason, office.now())
    office.close()
    _answer(office, [entry], "已撤回", as_json=as_json)


@claims_cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="进展表：XLSX、CSV、TSV 或 HTML")],
    *,
    source_url: Annotated[str, typer.Option(help="表公布在哪个网址")],
    date: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="公布日期")],
    publisher: Annotated[str, typer.Option(help="公布单位；不写则用项目的责任部门")] = "",
    columns: Annotated[Path | None, typer.Option(help="列名对照 YAML（docs/claims.md）")] = None,
    as_json: AsJson = False,
    folder: Folder = HERE,
) -> None:
    """导入部门公布的项目进展表；每行成为提案，读不懂的行连同原因另存。"""
    from app.progress_tables import import_progress

    office = open_office(folder)
    report = import_progress(office, file, source_url, date, publisher, columns)
    office.close()
    if as_json:
        rejected = [{"row": row.number, "reason": row.reason} for row in report.rejected]
        rows = {"proposed": [_row(entry) for entry in report.proposed], "set_aside": rejected}
        typer.echo(_json(rows | {"columns": report.columns, "rejects_file": str(report.rejects_file or "")}))
        return
    named = "，".join(f"{ours}←{theirs}" for ours, theirs in report.columns.items())
    out.print(f"认出的列：{named}", highlight=False)
    for entry in report.proposed:
        _show(office, entry.claim, entry.state.value, entry.due)
    for row in report.rejected:
        out.print(f"第 {row.number} 行另存：{row.reason}", highlight=False, markup=False)
    out.print(f"新提案 {len(report.proposed)} 条，另存 {len(report.rejected)} 行", highlight=False)
    if report.rejects_file:
        out.print(f"另存的行及原因：{report.rejects_file}", highlight=False, soft_wrap=True)


def _fits(claim: "Claim", state: State) -> bool:
    return state in {"all", "accepted" if claim.reviewed else "proposed"}


def _answer(office: "Office", entries: "Iterable[Entry]", words: str, *, as_json: bool) -> None:
    if as_json:
        for entry in entries:
            typer.echo(_json(_row(entry)))
        return
    for entry in entries:
        _show(office, entry.claim, entry.state.value, entry.due)
    out.print(words, highlight=False)


def _show(office: "Office", claim: "Claim", state: str, note: str) -> None:
    from minsheng.domain import BEIJING
    from minsheng.words import ASPECTS, CLAIM_KINDS, CLAIM_STATUSES, ENTRY_STATES, claimed

    projects = office.register.projects
    about = projects[claim.project].name if claim.project in projects else f"{claim.project}（未登记）"
    parts = [CLAIM_KINDS[claim.kind], CLAIM_STATUSES[claim.status], claimed(claim), claim.subject]
    parts += [
        f"样本 {claim.survey_size}" if claim.survey_size else "",
        ASPECTS[claim.aspect] if claim.aspect else "",
        note,
    ]
    head = f"{claim.id}  {ENTRY_STATES[state]}  {claim.published_at.astimezone(BEIJING):%Y-%m-%d}  {about}  "
    out.print(Text(head, style="bold").append(" · ".join(part for part in parts if part), style="dim"))
    out.print(Padding(Text(claim.text), (0, 0, 0, 4)))


def _show_events(events: "Sequence[Event]") -> None:
    from minsheng.domain import BEIJING
    from minsheng.words import ENTRY_STATES

    for event in events:
        line = f"{event.at.astimezone(BEIJING):%Y-%m-%d %H:%M}  {ENTRY_STATES[event.state]}：{event.reason}"
        out.print(Padding(Text(line, style="dim"), (0, 0, 0, 4)))


def _row(entry: "Entry") -> dict[str, object]:
    names = ("origin", "source", "sentence", "context", "due", "reader", "proposed_at", "changed_at")
    return _claim_row(entry.claim, entry.state.value) | {name: _plain(getattr(entry, name)) for name in names}


def _written_row(claim: "Claim") -> dict[str, object]:
    return _claim_row(claim, "accepted" if claim.reviewed else "proposed") | {"origin": "claims/"}


def _claim_row(claim: "Claim", state: str) -> dict[str, object]:
    return {"id": claim.id, "state": state, **{name: _plain(value) for name, value in asdict(claim).items()}}


def _event_row(event: "Event") -> dict[str, object]:
    return {"at": event.at.isoformat(), "state": event.state.value, "reason": event.reason}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _json(row: dict[str, object]) -> str:
    # Half an emoji is kept as it came; as an escape it passes any terminal and is still JSON.
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
