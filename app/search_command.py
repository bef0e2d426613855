"""A query typed on the command line in, the posts that it finds or their number out."""

import json
import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from app.auditing import note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.highlight import Piece
    from indexer.base import Hit, PostIndex
    from indexer.conditions import Condition
    from indexer.language import Names
    from minsheng.domain import LabelledPost, Project, Source

out = Console()
_MARK = "bold reverse"
_LONG_TEXT = 160
MOST = 500


def search(
    query: Annotated[
        list[str], typer.Argument(help="检索条件，写法同控制台（docs/search.md）；请用单引号括起，以 - 开头时前面加 --")
    ],
    *,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="最多显示几条")] = 20,
    order: Annotated[
        Literal["newest", "oldest", "best"], typer.Option(help="newest 新的在前，oldest 旧的在前，best 最相关在前")
    ] = "newest",
    as_json: Annotated[bool, typer.Option("--json", help="每行一条 JSON，便于其他程序读取")] = False,
    count: Annotated[bool, typer.Option("--count", help="只要条数")] = False,
    folder: Annotated[
        Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
    ] = Path(),
) -> None:
    """检索评论与官方发布，写法与控制台相同。"""
    from app.bootstrap import Office
    from app.typed import condition_of_typed, names_in
    from indexer.base import Query
    from indexer.tree import condition_of, marks_of

    office = Office(folder, os.environ)
    try:
        projects, sources = office.register.projects, office.sources
        where = condition_of_typed(office, query)
        wanted = Query(where=where, order=order, limit=limit)
        note(office, "search", " ".join(query or ()))
        if count:
            typer.echo(office.index.count(wanted))
            return
        found = office.index.search(wanted)
        hint = "" if found.total or as_json else _roughly(office.index, where, names_in(office))
    finally:
        office.close()
    if as_json:
        for hit in found.hits:
            typer.echo(json_line(hit.labelled))
        return
    if hint:
        out.print(hint, highlight=False, markup=False, soft_wrap=True)
    out.print(f"共 {found.total} 条" + (f"，显示 {len(found.hits)} 条" if found.next else ""), highlight=False)
    for hit in found.hits:
        show_hit(hit, marks_of(condition_of(wanted)), projects, sources)


def _roughly(index: "PostIndex", where: "Condition", names: "Names") -> str:
    """Return how to ask for what holds roughly the words that nothing holds all of, if that finds something."""
    from indexer.base import Query
    from indexer.language import softer

    offer = softer(where, names)
    number = index.count(Query(where=offer[0])) if offer else 0
    if not offer or not number:
        return ""
    return f"没有一条含有全部的词。大致含有的有 {number} 条：\nminsheng search --order best {quote(offer[1])}"


def json_line(labelled: "LabelledPost", **more: float) -> str:
    """Return a post as one line of JSON, with what else is said of it."""
    post, reading, label = labelled.post, labelled.reading, labelled.label
    row = {
        "id": post.id,
        "source": post.source,
        "kind": post.kind.value,
        "published_at": post.published_at.isoformat(),
        "url": post.url,
        "title": post.title,
        "text": post.text,
        "projects": list(label.projects),
        "sentiment": label.attitude,
        "confidence": round(reading.confidence, 4),
        "topic": label.topic,
        "aspect": label.aspect,
        "intent": label.intent,
        "corrected": list(label.marks),
        "cluster": reading.cluster,
        "model": reading.model,
        **more,
    }
    # Half an emoji is kept as it came; as an escape it passes any terminal and is still JSON.
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")


def show_hit(
    hit: "Hit",
    searched: "Sequence[str]",
    projects: "Mapping[str, Project]",
    sources: "Mapping[str, Source]",
    before: str = "",
) -> None:
    """Print a post with its marks; ``before`` stands before what is known of it."""
    from console.highlight import excerpt, highlight
    from minsheng.domain import BEIJING, Kind
    from minsheng.words import ATTITUDES, KINDS, corrected, said

    post, label = hit.labelled.post, hit.labelled.label
    kind = KINDS[post.kind] if post.kind is Kind.OFFICIAL else ATTITUDES[label.attitude]
    about = said("project", label.projects, projects)
    source = sources[post.source].title if post.source in sources else post.source
    at = f"{post.published_at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    mark = f"  人工更正：{corrected(hit.labelled, projects)}" if label.corrected else ""
    out.print(Text(f"{before}{at}  {kind}  {about}  {source}{mark}", style="dim"))
    shown = _marked(highlight(post.title, searched)).append("  " if post.title else "")
    out.print(Padding(shown.append_text(_marked(excerpt(highlight(post.text, searched), _LONG_TEXT))), (0, 0, 0, 4)))


def _marked(pieces: "Sequence[Piece]") -> Text:
    """Return text for a terminal: marks stand out, and nothing in a post can steer the terminal."""
    text = Text()
    for piece in pieces:
        clean = "".join(char if char.isprintable() else " " for char in piece.text)
        text.append(clean, style=_MARK if piece.marked else "")
    return text
