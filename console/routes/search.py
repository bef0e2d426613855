"""The search page: its address is the query; hits with their marks, facets with their counts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import Request, Response

from console.criteria import FACETS, ORDERS, Criteria
from console.desk import Desk
from console.highlight import Piece, excerpt, highlight
from console.render import desk_of, page
from indexer.base import Facet, Hit, Page, Query
from minsheng import words
from minsheng.domain import Kind, LabelledPost
from minsheng.errors import QueryError

PAGE_SIZE = 20
LONG_TEXT = 280
MOST_OPTIONS = 12
REFUSED = "索引不接受这样的检索。若是从“下一页”来的，翻页位置可能已与现在的条件不符，请从第一页重新检索。"
_MOST_REPLIES = 60
FACET_TITLES = {
    "project": "项目",
    "sentiment": "情感",
    "kind": "类别",
    "topic": "主题",
    "aspect": "方面",
    "source": "来源",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet: its word, how many posts it would show, and the address that sets or unsets it."""

    word: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit as the page shows it; ``short`` is None when the whole text is short enough."""

    hit: Hit
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    short: tuple[Piece, ...] | None
    replies: tuple[LabelledPost, ...]


def show(request: Request) -> Response:
    """Answer with the hits, or with 400 and what is wrong with the query."""
    desk = desk_of(request)
    try:
        criteria = Criteria.parse(request.query_params.multi_items())
    except QueryError as error:
        return _refuse(request, str(error), "")
    try:
        found = desk.index.search(criteria.query(PAGE_SIZE))
    except QueryError as error:
        return _refuse(request, REFUSED, str(error))
    return page(
        request,
        "search.html",
        criteria=criteria,
        found=found,
        singles=desk.index.count(replace(criteria.query(), fold=False)),
        shown=_shown(desk, found, criteria.q),
        facets=_facets(desk, criteria),
        facet_titles=FACET_TITLES,
        orders=ORDERS,
        unknown=[project for project in criteria.project if project not in desk.projects],
    )


def _refuse(request: Request, why: str, detail: str) -> Response:
    typed = {name: value for name, value in request.query_params.multi_items() if name in {"q", "since", "until"}}
    return page(request, "search_error.html", status=400, why=why, detail=detail, typed=typed)


def _shown(desk: Desk, found: Page, searched: str) -> list[Shown]:
    replies = _replies(desk, [hit.labelled.post.id for hit in found.hits])
    return [_show_hit(hit, searched, tuple(replies[hit.labelled.post.id])) for hit in found.hits]


def _show_hit(hit: Hit, searched: str, replies: tuple[LabelledPost, ...]) -> Shown:
    post = hit.labelled.post
    pieces = highlight(post.text, searched)
    is_long = len(post.text) > LONG_TEXT
    return Shown(hit, highlight(post.title, searched), pieces, excerpt(pieces, LONG_TEXT) if is_long else None, replies)


def _replies(desk: Desk, ids: Sequence[str]) -> defaultdict[str, list[LabelledPost]]:
    """Return the official replies to posts, the earliest first."""
    found: defaultdict[str, list[LabelledPost]] = defaultdict(list)
    if ids:
        query = Query(kinds=(Kind.OFFICIAL,), reply_to=tuple(ids), order="oldest", limit=_MOST_REPLIES)
        for hit in desk.index.search(query).hits:
            found[hit.labelled.post.reply_to or ""].append(hit.labelled)
    return found


def _facets(desk: Desk, criteria: Criteria) -> dict[str, list[Option]]:
    return {facet: _options(desk, criteria, facet) for facet in FACET_TITLES if facet in FACETS}


def _options(desk: Desk, criteria: Criteria, facet: Facet) -> list[Option]:
    """List the values by count of single posts; a chosen one is always there, so that it can be taken away again.

    Counts are not folded: folding each of six facets takes a second over 20,000 posts, counting posts 30 ms.
    """
    chosen: tuple[str, ...] = getattr(criteria, facet)
    counts = dict(desk.index.facet(replace(criteria.without(facet).query(), fold=False), facet, limit=MOST_OPTIONS))
    counts |= {value: 0 for value in chosen if value not in counts}
    return [
        Option(word(desk, facet, value), count, criteria.toggle(facet, value).url, value in chosen)
        for value, count in counts.items()
    ]


def word(desk: Desk, facet: Facet, value: str) -> str:
    """Return the Chinese word of a facet value; a project or source no longer registered keeps its id."""
    match facet:
        case "project":
            return desk.projects[value].name if value in desk.projects else value
        case "source":
            return desk.sources[value].title if value in desk.sources else value
        case "kind":
            return words.KINDS[value]
        case "sentiment":
            return words.SENTIMENTS[value]
        case "topic":
            return words.TOPICS.get(value, value)
        case "aspect":
            return words.ASPECTS.get(value, value)
