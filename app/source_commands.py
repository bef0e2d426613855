"""Command lines in, sources added, tried and tested out."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from app.auditing import note
from minsheng.errors import ConfigError, MinshengError
from minsheng.text import printable

if TYPE_CHECKING:
    from app.bootstrap import Office
    from crawlers.trial import Trial

out = Console()

Folder = Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")]


def add(
    url: Annotated[str, typer.Argument(help="版块、栏目、留言板或评论页的地址")],
    *,
    name: Annotated[str, typer.Option(help="来源名；不写则取自网址")] = "",
    title: Annotated[str, typer.Option(help="显示的名称；不写则取自网页")] = "",
    kind: Annotated[Literal["public", "official"] | None, typer.Option(help="public 公众，official 官方")] = None,
    project: Annotated[str, typer.Option(help="所属项目的编号；不写则询问")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不询问，直接写入")] = False,
    folder: Folder = Path(),
) -> None:
    """识别一个网站，试采几页，写好 source.yml；不许采集的说明原因。"""
    from app import newcomer
    from app.bootstrap import Office
    from app.source_tables import show_beside
    from crawlers.draft import Wishes

    office = Office(folder, os.environ)
    with out.status("查看网页"):
        sighting, shown_title = newcomer.recognise_site(office, url)
    out.print(f"引擎 {sighting.engine}，依据：{printable(sighting.why)}", highlight=False, markup=False)
    if not (project or yes):
        project = _ask_project(list(office.register.projects))
    wishes = Wishes(name, title, kind or "", project)
    config, text = newcomer.draft_source(office, sighting, wishes, shown_title)
    with out.status("试采几页"):
        trial = newcomer.try_draft(office, config, text)
    show_beside(out, trial)
    out.print(f"试采 {trial.pages} 页，{len(trial.posts)} 条，另存 {trial.set_aside} 行，遮盖 {trial.masked} 处。")
    if not (yes or typer.confirm("左右相符吗？写入这个来源？", default=True)):
        out.print("没有写入。")
        raise typer.Exit(1)
    note(office, "source add", f"{config.name} {url}")
    path = newcomer.keep_source(office, config.name, text)
    out.print(f"已写 {path}", highlight=False)
    out.print(f"下一步：minsheng crawl {config.name}，然后 minsheng ingest", highlight=False)


def check(
    names: Annotated[list[str] | None, typer.Argument(help="来源名；不写则全部")] = None, folder: Folder = Path()
) -> None:
    """用真正的引擎读每个来源的头几页，列出现状；不入库，不改变采集进度。"""
    from app.bootstrap import Office
    from app.source_tables import Health, show_health

    office = Office(folder, os.environ)
    healths = []
    for name in names or list(office.source_configs):
        started = time.monotonic()
        with out.status(f"查看 {name}"):
            trial = _try(office, name)
        engine = office.source_configs[name].engine
        healths.append(Health(name, engine, trial, time.monotonic() - started))
    if not healths:
        raise ConfigError(f"{office.folders.sources}: no source to check; minsheng sources add URL writes one")
    show_health(out, healths)
    raise typer.Exit(0 if all(health.is_well for health in healths) else 1)


def read_page(
    name: Annotated[str, typer.Argument(help="来源名")],
    *,
    page: Annotated[Path, typer.Option(help="保存下来的网页或 JSON")],
    url: Annotated[str, typer.Option(help="它的网址；不写则为来源的第一个起始页")] = "",
    thread: Annotated[bool, typer.Option("--thread", help="这是一个帖子的页面，不是列表")] = False,
    folder: Folder = Path(),
) -> None:
    """用来源的引擎解析一个保存下来的网页，显示会采到什么；不联网。"""
    from app.bootstrap import Office
    from app.source_tables import show_reading
    from crawlers.saved import read_saved

    office = Office(folder, os.environ)
    known(office, name)
    place = office.folders.sources / name
    show_reading(out, read_saved(place, page, office.now(), office.settings.crawl, url=url, thread=thread))


def known(office: "Office", name: str) -> None:
    """Do nothing for a source that may be read.

    Raises:
        Withdrawn: It was withdrawn.
        ConfigError: There is none of this name.
    """
    from app.withdrawn import refuse
    from minsheng.strict import nearest

    refuse(office.folders.var, name)
    if name not in office.source_configs:
        raise ConfigError(
            f"no source {name!r} in {office.folders.sources}; {nearest(name, list(office.source_configs))}"
        )


def _try(office: "Office", name: str) -> "Trial":
    """Try one source; one that cannot be tried does not hide the others."""
    from app.newcomer import CHECK_PAGES
    from crawlers.trial import Trial, try_source

    known(office, name)
    try:
        return try_source(office.folders.sources / name, office.settings.crawl, office.now(), CHECK_PAGES)
    except MinshengError as error:
        return Trial("failed", str(error), 0, 0, 0, (), ())


def _ask_project(projects: list[str]) -> str:
    answer: str = typer.prompt(
        f"属于哪个项目？（{'、'.join(projects)}；留空则按内容识别）", default="", show_default=False
    )
    return answer.strip()
