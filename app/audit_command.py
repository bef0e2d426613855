"""Command lines in, the audit log shown and verified out."""

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.opening import open_office
from minsheng.text import printable

if TYPE_CHECKING:
    from console.access.audit import Entry, Head

out = Console(soft_wrap=True)
audit_cli = typer.Typer(help="审计记录：查看、核验。", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
HERE = Path()


@audit_cli.callback()
def audit() -> None:
    """审计记录：工作人员的检索、导出、更正和设置改动。"""


@audit_cli.command()
def verify(
    head: Annotated[str, typer.Option(help="以前记下的末行（行号:摘要），核验它仍在记录中")] = "",
    folder: Folder = HERE,
) -> None:
    """核验审计记录：改动、删除、调换、截断都会指出是哪一行。"""
    from app.auditing import audit_log

    found = audit_log(open_office(folder)).verify(_head(head) if head else None)
    out.print(f"{found.number} 行，前后相符。末行：", highlight=False)
    typer.echo(str(found))
    if not head:
        out.print("请把末行记在别处，下次用 --head 核验：末尾整行被删，只有这样才看得出。", highlight=False)


@audit_cli.command()
def show(
    *,
    last: Annotated[int, typer.Option(min=1, help="最近多少行")] = 50,
    who: Annotated[str, typer.Option(help="只看一个账号")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="写成 JSON，每行一条")] = False,
    folder: Folder = HERE,
) -> None:
    """列出最近的审计记录，新的在前。"""
    from app.auditing import audit_log

    log = audit_log(open_office(folder))
    if not log.path.exists():
        out.print("还没有审计记录", highlight=False)
        return
    entries = [entry for entry in log.entries() if who in ("", entry.who)]
    for entry in islice(reversed(entries), last):
        typer.echo(_json(entry) if as_json else _line(entry))


def _line(entry: "Entry") -> str:
    said = f"{entry.number}  {entry.at[:19]}Z  {entry.who or '-'}  {entry.what}  {entry.about}"
    return printable(said.replace("\n", " "))


def _json(entry: "Entry") -> str:
    return json.dumps({"at": entry.at, "who": entry.who, "what": entry.what, "about": entry.about}, ensure_ascii=True)


def _head(text: str) -> "Head":
    from console.access.audit import Head
    from minsheng.errors import ConfigError

    number, _, seal = text.partition(":")
    if not number.isascii() or not number.isdigit() or not seal:
        raise ConfigError(f"--head: wants NUMBER:SEAL as audit verify printed it, got {text!r}")
    return Head(int(number), seal)
