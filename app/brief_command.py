"""A kind of briefing in, its files out: 日报, 周报, 月报 of the whole office, 专报 of one project."""

from contextlib import closing
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from app.opening import open_office
from minsheng.domain import BEIJING
from minsheng.errors import ConfigError

out = Console()

Folder = Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")]


class Form(StrEnum):
    """What a briefing can be written as."""

    HTML = "html"
    DOCX = "docx"
    PDF = "pdf"


Kind = Annotated[
    Literal["daily", "weekly", "monthly", "special"],
    typer.Argument(help="daily 日报，weekly 周报，monthly 月报，special 专报（须写 --project）"),
]


def brief(
    kind: Kind,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至哪一天（不含），北京时间")] = None,
    project: Annotated[str, typer.Option(help="专报写哪个项目：项目编号")] = "",
    days: Annotated[int | None, typer.Option(help="专报看最近多少天，默认 30")] = None,
    formats: Annotated[
        list[Form] | None, typer.Option("--format", help="html、docx 或 pdf，可写多次；默认见设置 briefing.formats")
    ] = None,
    mail: Annotated[bool, typer.Option("--mail", help="发给设置 briefing.recipients 中的收件人；每期只发一次")] = False,
    folder: Folder = Path(),
) -> None:
    """生成日报、周报、月报，或一个项目的专报（HTML、DOCX、PDF）。"""
    from app.briefing import DAYS, brief_project
    from app.work import brief as make
    from app.work import deliver_mail

    end = until.replace(tzinfo=BEIJING) if until else None
    if (kind == "special") != bool(project) or (days is not None and kind != "special"):
        raise ConfigError("--project and --days go with special, and special needs --project: the id of a project")
    with closing(open_office(folder)) as office:
        if kind == "special":
            files = brief_project(office, project, end, DAYS if days is None else days, formats or (), mailed=mail)
        else:
            files = make(office, kind, end, formats or (), mailed=mail)
        if mail:
            deliver_mail(office)
    for path in files:
        out.print(f"已写 {path}", highlight=False, soft_wrap=True)
