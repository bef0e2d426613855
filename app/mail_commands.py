"""The outbox in, what became of each mail out; a person puts one back in line, or tries the way out."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.outbox import MailState
from app.opening import open_office
from minsheng.domain import BEIJING
from minsheng.errors import ConfigError
from minsheng.words import MAIL_ATTEMPTS, MAIL_STATES

if TYPE_CHECKING:
    from alerts.outbox import Attempt, QueuedMail

out = Console()
mail_cli = typer.Typer(help="邮件：发到哪里了，为何没到，重发，试发。")

_MARKS = {MailState.SENT: "✓", MailState.REFUSED: "✗", MailState.BOUNCED: "✗"}

Folder = Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")]


@mail_cli.callback(invoke_without_command=True)
def mail(
    context: typer.Context,
    folder: Folder = Path(),
    state: Annotated[MailState | None, typer.Option(help="只列这一状态的邮件")] = None,
    limit: Annotated[int, typer.Option(min=1, help="最多列几封")] = 30,
) -> None:
    """列出邮件：状态、收件人各自的结果、邮件服务器的答复。"""
    if context.invoked_subcommand is not None:
        return
    with closing(open_office(folder)) as office:
        found = sorted(office.outbox.mails(state), key=lambda queued: queued.mail.created_at, reverse=True)
    if not found:
        out.print("没有邮件" if state is None else f"没有{MAIL_STATES[state]}的邮件")
        return
    out.print(_table(found[:limit]))
    if len(found) > limit:
        out.print(f"另有 {len(found) - limit} 封，用 --limit 列出")


@mail_cli.command("log")
def show_log(
    mail_id: Annotated[str | None, typer.Argument(help="邮件编号；不写则列最近的尝试")] = None,
    *,
    folder: Folder = Path(),
    limit: Annotated[int, typer.Option(min=1, help="最多列几次")] = 50,
) -> None:
    """列出每一次投递尝试及服务器的答复。"""
    with closing(open_office(folder)) as office:
        attempts = office.outbox.log(mail_id, limit)
    if not attempts:
        out.print("没有尝试过")
    for attempt in attempts:
        out.print(_line(attempt))


@mail_cli.command()
def retry(mail_id: Annotated[str, typer.Argument(help="邮件编号")], folder: Folder = Path()) -> None:
    """把被拒收、放弃或退回的邮件放回待发，只发给没有收到的人。"""
    with closing(open_office(folder)) as office:
        office.outbox.retry(mail_id, office.now())
    out.print("已放回待发，下一次投递时发出")


@mail_cli.command("test")
def try_out(to: Annotated[str, typer.Argument(help="收件地址")], folder: Folder = Path()) -> None:
    """立即发一封测试邮件，显示服务器的答复；不经发件箱，也不等发信时间。"""
    from app.mailing import try_channel

    with closing(open_office(folder)) as office:
        reply = try_channel(office, to)
    out.print(f"已交出：{reply}", highlight=False)


@mail_cli.command()
def bounces(folder: Folder = Path()) -> None:
    """读发件人信箱里的退信（设置 mail.bounces），记到各封邮件名下。"""
    from app.work import note_bounces

    with closing(open_office(folder)) as office:
        if office.settings.mail.bounces is None:
            raise ConfigError("mail.bounces is empty: name the Maildir folder or mbox file of the sender's mailbox")
        new = note_bounces(office)
    out.print(f"新记下 {new} 件退信或延迟" if new else "没有新的退信")


def _table(mails: "list[QueuedMail]") -> Table:
    table = Table(box=None, pad_edge=False)
    for head in ("时间", "状态", "主题", "收件人", "最后答复", "编号"):
        table.add_column(head, overflow="fold")
    for queued in mails:
        at = f"{queued.mail.created_at.astimezone(BEIJING):%m-%d %H:%M}"
        cells = (at, MAIL_STATES[queued.state], queued.mail.subject, _recipients(queued), queued.reply, queued.mail.id)
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _recipients(queued: "QueuedMail") -> str:
    """Say for each recipient where the mail stands."""
    return "\n".join(f"{address} {_MARKS.get(fate, '…')}" for address, fate in queued.fates.items())


def _line(attempt: "Attempt") -> Text:
    at = f"{attempt.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    return Text(f"{at}  {MAIL_ATTEMPTS.get(attempt.outcome, attempt.outcome)}  {attempt.mail}  {attempt.reply}")
