"""The page of similar posts: its address names one post and what is searched among; the nearest in meaning first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import HTTPException, Request, Response

from console.criteria import Criteria
from console.desk import Desk
from console.render import desk_of, page
from console.routes.search import show_hits
from indexer.base import FLOOR, Hit, Similar
from indexer.language import parse
from minsheng.domain import BEIJING, Kind, LabelledPost
from minsheng.errors import NotComparable, QueryError

SHOWN = 30
_GONE = "索引里没有这条内容：可能已按保存期限删除，或地址写错了。"


@dataclass(frozen=True, slots=True)
class Scope:
    """One way to narrow the search or to widen it again."""

    word: str
    url: str
    chosen: bool


def show(request: Request) -> Response:
    """Answer with the post and those similar to it; 404 when the index has no such post, 400 when none is named."""
    desk = desk_of(request)
    pairs = request.query_params.multi_items()
    asked = _asked(desk, [value for name, value in pairs if name == "post"])
    criteria = Criteria.parse((name, value) for name, value in pairs if name != "post").changed(order="newest")
    found = _found(desk, asked, criteria)
    hits = [one.hit for one in found.neighbours] if found else []
    return page(
        request,
        "similar.html",
        asked=show_hits(desk, [Hit(asked, 1)], ())[0],
        criteria=criteria,
        found=found,
        shown=list(zip(show_hits(desk, hits, ()), _similarities(found), strict=True)),
        scopes=_scopes(desk, asked, criteria),
        floor=FLOOR,
        most=SHOWN,
    )


def _asked(desk: Desk, named: Sequence[str]) -> LabelledPost:
    if len(named) != 1:
        raise QueryError(f"要看哪一条的相近说法？条件“post”须写一次，现在写了 {len(named)} 次。请从检索结果里点进来。")
    asked = desk.index.get(named[0])
    if asked is None:
        raise HTTPException(404, _GONE)
    return asked


def _found(desk: Desk, asked: LabelledPost, criteria: Criteria) -> Similar | None:
    """Return the similar posts, None when this post cannot be compared."""
    names = desk.names()
    where = parse(criteria.q, names, desk.now().astimezone(BEIJING).date())
    try:
        return desk.index.similar(criteria.query(where, SHOWN), asked.post.id)
    except NotComparable:
        return None


def _similarities(found: Similar | None) -> list[float]:
    return [one.similarity for one in found.neighbours] if found else []


def _scopes(desk: Desk, asked: LabelledPost, criteria: Criteria) -> list[Scope]:
    """List the projects of the post and the kinds, each to set or to take away."""
    ids = dict.fromkeys((*asked.reading.projects, *criteria.project))
    names = {id_: desk.projects[id_].name if id_ in desk.projects else id_ for id_ in ids}
    projects = [
        Scope(f"只在“{name}”里", _address(asked, criteria.toggle("project", id_)), id_ in criteria.project)
        for id_, name in names.items()
    ]
    public = Kind.PUBLIC.value
    kinds = Scope("只看公众评论", _address(asked, criteria.toggle("kind", public)), public in criteria.kind)
    copies = Scope(
        "重复的也逐条列出", _address(asked, replace(criteria, fold=not criteria.fold)), chosen=not criteria.fold
    )
    return [*projects, kinds, copies]


def _address(asked: LabelledPost, criteria: Criteria) -> str:
    return "/similar?" + urlencode([("post", asked.post.id), *criteria.pairs])
