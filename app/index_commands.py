"""Command lines about the index in, posts moved from one engine or schema to another out."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from app.lock import only_one
from app.progress import bar
from minsheng.errors import ConfigError
from minsheng.settings import Settings

if TYPE_CHECKING:
    from indexer.elastic_access import Connection

out = Console()
index_cli = typer.Typer(help="索引：搬到另一种引擎，建立与迁移 Elasticsearch 索引。", no_args_is_help=True)


@index_cli.callback()
def index() -> None:
    """索引：搬到另一种引擎，建立与迁移 Elasticsearch 索引。"""


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


@index_cli.command()
def setup(
    *,
    folder: Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")] = Path(),
) -> None:
    """在 Elasticsearch 里建立所需的模板与索引，或改用现在的副本数；由有管理权的账号做一次。"""
    from app.bootstrap import Office
    from indexer.elastic_migration import prepare

    settings = Office(folder, os.environ).settings
    with _cluster(settings) as (connection, prefix):
        names = prepare(connection, prefix, settings.elasticsearch)
    out.print(f"索引 {names.alias} 已就绪（模板 {names.template}），今后各年的索引会自动建立", highlight=False)


@index_cli.command()
def migrate(
    *,
    again: Annotated[bool, typer.Option("--again", help="版本已是最新也重建，例如改了分片数")] = False,
    folder: Annotated[Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹")] = Path(),
) -> None:
    """把 Elasticsearch 里的旧索引搬到现在的版本，逐条核对后一次切换；期间照常检索，新评论在收件箱等候。"""
    from app.bootstrap import Office
    from indexer import elastic_migration

    settings = Office(folder, os.environ).settings
    started = time.monotonic()
    with _cluster(settings) as (connection, prefix), bar(out, "迁移索引") as step:
        done = elastic_migration.migrate(connection, prefix, settings.elasticsearch, step, again=again)
    if done.posts is None:
        out.print(f"索引已是版本 {done.after}，没有要做的。改了分片数请加 --again", highlight=False)
        return
    seconds = time.monotonic() - started
    out.print(
        f"版本 {done.before} → {done.after}，{done.posts} 条，已逐条核对并切换，用时 {seconds:.1f} 秒", highlight=False
    )
    out.print(f"校验和 {done.checksum}", highlight=False)


@contextmanager
def _cluster(settings: Settings) -> Iterator[tuple["Connection", str]]:
    if settings.index.partition(":")[0] != "elasticsearch":
        raise ConfigError("index: only elasticsearch is set up; an SQLite index is made and converted by itself")
    from indexer.elastic_access import Connection
    from indexer.elastic_layout import Names
    from indexer.open import cluster_of

    urls, prefix = cluster_of(settings.index)
    with closing(Connection(urls, Names(prefix).alias, settings.elasticsearch)) as connection:
        yield connection, prefix


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
