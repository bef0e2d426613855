"""Command lines in, tokens of the HTTP API made, listed and ended out."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.auditing import note
from app.opening import open_office
from minsheng.domain import BEIJING

if TYPE_CHECKING:
    from app.bootstrap import Office
    from console.access.tokens import Tokens

out = Console()
tokens_cli = typer.Typer(help="HTTP 接口的令牌：发放、列出、作废。", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
HERE = Path()


@tokens_cli.callback()
def tokens() -> None:
    """HTTP 接口的令牌。"""


@tokens_cli.command()
def add(
    title: Annotated[str, typer.Argument(help="哪个程序用它")],
    *,
    scope: Annotated[list[str], typer.Option(help="posts、projects、claims、alerts、sources、metrics，可写几次")],
    department: Annotated[str, typer.Option(help="只看这个部门的项目（部门编号）；不写则全部")] = "",
    days: Annotated[int, typer.Option(min=1, max=1100, help="多少天后失效")] = 365,
    folder: Folder = HERE,
) -> None:
    """发放一个令牌；只显示这一次。"""
    from minsheng.errors import ConfigError
    from minsheng.strict import nearest

    office = open_office(folder)
    departments = list(office.register.departments)
    if department and department not in departments:
        raise ConfigError(f"--department: no department {department!r}; {nearest(department, departments)}")
    note(office, "token add", f"{title} {' '.join(scope)} {department}".strip())
    token, key = _tokens(office).add(title, scope, department, office.now(), timedelta(days=days))
    typer.echo(key)
    typer.echo(f"编号 {token.id}，{_day(token.expires_at)} 失效。令牌只显示这一次，请存入使用它的程序。", err=True)


@tokens_cli.command("list")
def list_(folder: Folder = HERE) -> None:
    """列出发放过的令牌。"""
    office = open_office(folder)
    table = Table("编号", "用途", "范围", "部门", "发放", "失效", "状态")
    for token in _tokens(office).all():
        state = "有效" if token.is_good(office.now()) else "已作废" if token.revoked_at else "已过期"
        table.add_row(
            token.id, token.title, " ".join(token.scopes), token.department or "全部", _day(token.made_at),
            _day(token.expires_at), state,
        )  # fmt: skip
    out.print(table)


@tokens_cli.command()
def revoke(number: Annotated[str, typer.Argument(help="编号，见 minsheng tokens list")], folder: Folder = HERE) -> None:
    """作废一个令牌，立刻生效。"""
    office = open_office(folder)
    note(office, "token revoke", number)
    _tokens(office).revoke(number, office.now())
    out.print(f"已作废 {number}", highlight=False)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d}"


def _tokens(office: "Office") -> "Tokens":
    from app.access import accounts
    from console.access.tokens import Tokens

    return Tokens(accounts(office))
