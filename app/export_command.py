"""A query typed on the command line in, a file with all posts that it finds out."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from app.auditing import note
from app.progress import bar
from minsheng.errors import ConfigError
from minsheng.files import sync_folder

if TYPE_CHECKING:
    from app.bootstrap import Office
    from indexer.base import Query
    from minsheng.domain import LabelledPost

out = Console()
_STEP = 200


def export(
    *,
    query: Annotated[
        list[str] | None,
        typer.Argument(
            help="检索条件，写法同控制台（docs/search.md），请用单引号括起，以 - 开头时前面加 --；不写则全部",
        ),
    ] = None,
    file: Annotated[Path, typer.Argument(help="写到哪里；以 .csv、.xlsx 或 .jsonl 结尾")],
    order: Annotated[
        Literal["newest", "oldest", "best"], typer.Option(help="newest 新的在前，oldest 旧的在前，best 最相关在前")
    ] = "newest",
    fold: Annotated[bool, typer.Option("--fold/--no-fold", help="几乎相同的只列最早一条")] = False,
    force: Annotated[bool, typer.Option("--force", help="文件已存在时覆盖它")] = False,
    folder: Annotated[
        Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
    ] = Path(),
) -> None:
    """把检索到的评论与官方发布全部导出为 CSV、XLSX 或 JSONL。"""
    from app.bootstrap import Office
    from app.typed import condition_of_typed
    from indexer.base import Query

    _check(file, force)
    office = Office(folder, os.environ)
    try:
        wanted = Query(where=condition_of_typed(office, query), order=order, fold=fold)
        note(office, "export", f"{file} {' '.join(query or ())}".strip())
        written = _export(office, file, " ".join(query or ()), wanted)
    finally:
        office.close()
    out.print(f"已写 {file}：{written:,} 条", highlight=False, soft_wrap=True)
    if not written:
        out.print("没有符合条件的内容；文件里已注明。")


def write_beside(file: Path, chunks: Iterable[bytes]) -> None:
    """Write a file in a folder of its own next to its place, and move it there when it is whole.

    Raises:
        ConfigError: It cannot be written there; what stood there before still does.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as beside:
            draft = Path(beside) / file.name
            with draft.open("wb") as opened:
                for chunk in chunks:
                    opened.write(chunk)
                opened.flush()
                os.fsync(opened.fileno())
            draft.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be written: {error.strerror or error}; choose another place or make room"
        ) from error


def _check(file: Path, force: bool) -> None:
    from console.export import FORMS

    if _ending(file) not in FORMS:
        raise ConfigError(f"{file}: its name must end with {' or '.join(f'.{ending}' for ending in FORMS)}")
    if file.is_dir():
        raise ConfigError(f"{file}: is a folder; name a file in it")
    if file.exists() and not force:
        raise ConfigError(f"{file}: is there already; choose another name, or --force to overwrite it")


def _export(office: "Office", file: Path, typed: str, query: "Query") -> int:
    """Write all matches and return how many they were."""
    from console.criteria import ORDERS
    from console.export import FORMS, Cover, Register, product_version

    searched = f"{typed or '全部'}；排序：{ORDERS[query.order]}"
    cover = Cover(searched, office.now(), office.index.count(query), query.fold, product_version())
    register = Register(office.register.projects, office.sources)
    written = 0
    with bar(out, f"导出 {file.name}") as step:

        def count(done: int) -> None:
            nonlocal written
            written = done
            step(done, max(done, cover.posts))

        posts = _counted(office.index.stream(query), count)
        write_beside(file, FORMS[_ending(file)].write(posts, cover, register))
    return written


def _counted(posts: "Iterable[LabelledPost]", count: Callable[[int], None]) -> "Iterator[LabelledPost]":
    """Yield the posts; tell how many they were, now and then and at the end."""
    done = 0
    for done, post in enumerate(posts, 1):
        yield post
        if done % _STEP == 0:
            count(done)
    count(done)


def _ending(file: Path) -> str:
    return file.suffix.removeprefix(".").lower()
