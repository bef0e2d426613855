"""A post or a text in, what is similar to it in meaning out, on the command line."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.search_command import MOST, json_line, out, show_hit
from indexer.base import FLOOR

if TYPE_CHECKING:
    from app.bootstrap import Office
    from minsheng.domain import Vector


def similar(
    post: Annotated[
        str, typer.Argument(metavar="[POST_ID]", help="一条评论或发布的编号（search --json 里的 id）")
    ] = "",
    *,
    text: Annotated[str, typer.Option(help="不用编号，改用一段话")] = "",
    within: Annotated[str, typer.Option(help="只在符合这些检索条件的内容里找，写法同 search")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="最多显示几条")] = 20,
    floor: Annotated[float, typer.Option(min=-1, max=1, help="相近度低于此值的不列")] = FLOOR,
    single: Annotated[bool, typer.Option("--single", help="重复的也逐条列出，不合并")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="每行一条 JSON，便于其他程序读取")] = False,
    folder: Annotated[
        Path, typer.Option("--folder", "-C", envvar="MINSHENG_HOME", help="部署所在的文件夹", show_default=True)
    ] = Path(),
) -> None:
    """找意思相近的评论与官方发布：只比较文字，不涉及由谁所写。"""
    from app.bootstrap import Office
    from app.typed import condition_of_typed
    from indexer.base import Query

    if bool(post) == bool(text.strip()):
        raise typer.BadParameter("give the id of a post, or --text with some words")
    office = Office(folder, os.environ)
    try:
        projects, sources = office.register.projects, office.sources
        query = Query(where=condition_of_typed(office, [within]), limit=limit, fold=not single)
        found = office.index.similar(query, post or _vector_of(office, text), floor)
    finally:
        office.close()
    if as_json:
        for one in found.neighbours:
            typer.echo(json_line(one.hit.labelled, similarity=one.similarity))
        return
    unread = f"；另有 {found.unread} 条没有可比的意思向量，未能比较" if found.unread else ""
    out.print(f"相近的 {len(found.neighbours)} 条{unread}", highlight=False)
    for one in found.neighbours:
        show_hit(one.hit, (), projects, sources, f"相近度 {one.similarity:.2f}  ")


def _vector_of(office: "Office", text: str) -> "Vector":
    from minsheng.errors import ModelUnusable

    vector = office.model.read([text])[0].vector
    if vector is None:
        raise ModelUnusable(
            f"similar: model {office.model.name} finds no meaning to compare in this text: it has no words, or the "
            "model folder has no likeness.safetensors (python -m models.training.likeness makes it)"
        )
    return vector
