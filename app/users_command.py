"""Command lines in, accounts of the console added, listed, given a new password and removed out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.auditing import note
from app.opening import open_office

if TYPE_CHECKING:
    from app.bootstrap import Office
    from console.access.staff import Staff

out = Console()
users_cli = typer.Typer(help="控制台的账号：开设、列出、改密码、注销。", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
]
Name = Annotated[str, typer.Argument(help="用户名：字母、数字和 . @ - _")]
FromInput = Annotated[bool, typer.Option("--password-stdin", help="从标准输入读一行密码，供脚本使用")]
HERE = Path()


@users_cli.callback()
def users() -> None:
    """控制台的账号。"""


@users_cli.command()
def add(
    name: Name,
    *,
    role: Annotated[str, typer.Option(help="reader 查阅，analyst 研判，admin 管理")] = "reader",
    department: Annotated[str, typer.Option(help="只看这个部门的项目（部门编号）；不写则全部")] = "",
    by_proxy: Annotated[bool, typer.Option("--by-proxy", help="不设密码，由统一认证的代理登录")] = False,
    password_stdin: FromInput = False,
    folder: Folder = HERE,
) -> None:
    """开设一个账号。"""
    from console.access.roles import Person, Role
    from minsheng.errors import ConfigError
    from minsheng.strict import nearest

    office = open_office(folder)
    if role not in list(Role):
        raise ConfigError(f"--role: {role!r} is none of {', '.join(Role)}")
    departments = list(office.register.departments)
    if department and department not in departments:
        raise ConfigError(f"--department: no department {department!r}; {nearest(department, departments)}")
    staff = _staff(office)
    secret = None if by_proxy else _ask(password_stdin)
    note(office, "account add", " ".join(filter(None, (name, role, department))))
    person = staff.add(Person(name, Role(role), department), secret, office.now())
    out.print(f"已开设 {person.name}（{person.title}）", highlight=False)
    if office.settings.console.login == "none":
        out.print("注意：设置 console.login 还是 none，控制台不问登录；改为 password 后重新启动", highlight=False)


@users_cli.command("list")
def list_(folder: Folder = HERE) -> None:
    """列出账号。"""
    office = open_office(folder)
    table = Table("用户名", "角色", "部门")
    for person in _staff(office).people():
        known = office.register.departments.get(person.department)
        table.add_row(person.name, person.title, known.name if known else person.department or "全部")
    out.print(table)


@users_cli.command()
def password(name: Name, *, password_stdin: FromInput = False, folder: Folder = HERE) -> None:
    """改密码；这个账号的登录全部结束。"""
    office = open_office(folder)
    secret = _ask(password_stdin)
    note(office, "account password", name)
    _staff(office).set_password(name, secret)
    out.print(f"已改密码；{name} 须重新登录", highlight=False)


@users_cli.command()
def remove(name: Name, folder: Folder = HERE) -> None:
    """注销一个账号；审计记录保留它的名字。"""
    office = open_office(folder)
    note(office, "account remove", name)
    _staff(office).remove(name)
    out.print(f"已注销 {name}", highlight=False)


def _ask(from_input: bool) -> str:
    if from_input:
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    return str(typer.prompt("密码", hide_input=True, confirmation_prompt="再输一遍"))


def _staff(office: "Office") -> "Staff":
    from app.access import accounts
    from console.access.staff import Staff

    return Staff(accounts(office))
