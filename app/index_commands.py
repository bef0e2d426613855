"""Command lines about the index in, posts moved from one engine to another out."""

import hashlib
import os
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.lock import only_one
from app.progress import bar
from minsheng.errors import ConfigError

out = Console()
index_cli = typer.Typer(help="索引：搬到另一种引擎。", no_args_is_help=True)


@index_cli.callback()
def index() -> None:
    """索引：搬到另一种引擎。"""


@index_cli.command()
def copy(
    from_: Annotated[str, typer.Argument(metavar="FROM", help="来处，写法同设置 index")],
    to: Annotated[str, typer.Argument(metavar="TO", help="去处，写法同设置 index")],
    *,
    into: Annotated[bool, typer.Option("--into", help="去处已有别的评论也行：保留它们，并入来处的")] = False,
    folder: Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")] = Path(),
) -> None:
    """把一个索引的全部评论搬进另一个，逐条核对；中断后再运行一次即可接着做。"""
    from app.bootstrap import Office
    from indexer.copying import Journal, copy_index
    from indexer.open import open_index

    office = Office(folder, os.environ)
    var, cluster = office.folders.var, office.settings.elasticsearch
    places = place_of(from_, var), place_of(to, var)
    if places[0] == places[1]:
        raise ConfigError("index copy: FROM and TO name the same index")
    _refuse_missing(from_, var)
    key = hashlib.sha256("\n".join(places).encode()).hexdigest()[:16]  # the addresses may hold passwords
    started = time.monotonic()
    journal = Journal(var / "copies" / f"{key}.jsonl")
    with (
        only_one(var / "copies" / f"{key}.lock", "this copy"),
        closing(open_index(from_, var, cluster)) as source,
        closing(open_index(to, var, cluster)) as target,
        bar(out, "搬移索引") as step,
    ):
        report = copy_index(source, target, journal, into=into, progress=step)
    seconds = time.monotonic() - started
    again = f"（其中 {report.before} 条此前已核对）" if report.before else ""
    out.print(
        f"{report.posts} 条在两处一致{again}，新增 {report.new} 条，重写 {report.repaired} 条，用时 {seconds:.1f} 秒",
        highlight=False,
    )
    out.print(f"校验和 {report.checksum}", highlight=False)


def place_of(setting: str, var: Path) -> str:
    """Return the same words for two settings of the same index.

    Raises:
        ConfigError: The setting names an index that is lost at exit.
    """
    from indexer.open import cluster_of

    scheme, _, rest = setting.partition(":")
    if scheme == "memory":
        raise ConfigError("index copy: an index in memory is empty now and lost at exit; name sqlite or elasticsearch")
    if scheme == "sqlite":
        return f"sqlite:{(var / (rest or 'index.sqlite')).resolve()}"
    if scheme != "elasticsearch":
        return setting
    urls, prefix = cluster_of(setting)
    return f"{scheme}:{','.join(sorted(urls)).lower()}/{prefix}"


def _refuse_missing(setting: str, var: Path) -> None:
    """Opening a file that is not there would make an empty index of it, and a typing error look like success."""
    scheme, _, rest = setting.partition(":")
    path = var / (rest or "index.sqlite")
    if scheme == "sqlite" and not path.is_file():
        raise ConfigError(f"index copy: {path}: there is no such index; a relative path lies in {var}")
