"""A query typed on the command line in, the posts that it finds read anew by the configured model out."""

import os
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.lock import only_one
from app.progress import bar
from minsheng.corrections import CORRECTABLE
from minsheng.errors import ConfigError
from minsheng.words import LABEL_FIELDS, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.bootstrap import Office
    from app.relabel import RelabelReport
    from indexer.base import Query, Share
    from minsheng.domain import Project

out = Console()
_LISTED = 40
_PART = re.compile(r"(\d{1,5})/(\d{1,5})")


def relabel(
    *,
    query: Annotated[
        list[str] | None,
        typer.Argument(help="只重判这些，写法同控制台（docs/search.md），请用单引号括起；不写则全部"),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="本模型已判读过的也重判，例如登记册改过以后")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数有多少条要重判")] = False,
    part: Annotated[str, typer.Option(help="只做其中一份，例如 2/4：四个进程或四台机器各做一份")] = "1/1",
    folder: Annotated[
        Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
    ] = Path(),
) -> None:
    """用现在的模型重新判读索引里的评论；中断后再运行一次即可接着做，人工更正保留。"""
    from app.bootstrap import Office
    from app.relabel import waiting
    from app.typed import condition_of_typed

    share = _share(part)
    with closing(Office(folder, os.environ)) as office:
        wanted = waiting(condition_of_typed(office, query), office.model.version, again=again)
        if dry_run:
            _show_waiting(office, wanted)
        else:
            _show(_relabel(office, wanted, share), office.register.projects)


def _share(typed: str) -> "Share":
    from indexer.base import PARTS, Share

    found = _PART.fullmatch(typed)
    number, of = map(int, found.groups()) if found else (0, 0)
    if not 1 <= number <= of <= PARTS:
        raise ConfigError(f"--part {typed}: wants which part of how many, for example 2/4")
    return Share(number - 1, of)


def _relabel(office: "Office", wanted: "Query", share: "Share") -> "RelabelReport":
    from app.relabel import relabel as read_again

    var = office.folders.var
    lock = var / f"relabel-{share.number + 1}-of-{share.of}.lock"
    with only_one(lock, "this relabelling"), bar(out, "重新判读") as step:
        return read_again(wanted, office.index, office.reader, var / "ingest.lock", share=share, progress=step)


def _show_waiting(office: "Office", wanted: "Query") -> None:
    from indexer.check import MAX_FACET_VALUES

    models = office.index.facet(wanted, "model", MAX_FACET_VALUES)
    out.print(f"{office.index.count(wanted):,} 条要由 {office.model.version} 重新判读", highlight=False)
    for model, number in models.items():
        out.print(f"  {number:,} 条现由 {model or '（未注明）'} 判读", highlight=False)


def _show(report: "RelabelReport", projects: "Mapping[str, Project]") -> None:
    left = f"；{report.left:,} 条在此期间有变动或已删除，未改" if report.left else ""
    out.print(f"重新判读 {report.posts:,} 条{left}", highlight=False)
    if not report.changes:
        out.print("没有一条的判读结果与原来不同。")
        return
    table = Table(title="判读结果的变化（人工更正过的，更正仍在）")
    for column in ("判读", "原判", "新判", "条数"):
        table.add_column(column, justify="right" if column == "条数" else "left")
    shown = sorted(report.changes.items(), key=lambda each: (CORRECTABLE.index(each[0][0]), -each[1], each[0]))
    for (name, before, after), number in shown[:_LISTED]:
        table.add_row(LABEL_FIELDS[name], said(name, before, projects), said(name, after, projects), f"{number:,}")
    out.print(table)
    if len(shown) > _LISTED:
        out.print(f"另有 {len(shown) - _LISTED} 种变化，未列。", highlight=False)
