"""The search page: its address is the query; hits with their marks, facets with their counts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request, Response

from console.criteria import FACETS, ORDERS, Criteria
from console.desk import Desk
from console.highlight import Piece, excerpt, highlight
from console.render import desk_of, page
from console.timeline import timeline
from indexer.alike import groups
from indexer.base import Facet, Hit, Page, Query
from indexer.check import MAX_VALUES
from indexer.conditions import All, Among, Condition
from indexer.language import LanguageError, Names, parse, softer, write, write_field
from indexer.language.names import FieldName, Named
from indexer.tree import condition_of, marks_of
from minsheng import words
from minsheng.domain import BEIJING, Kind, LabelledPost
from minsheng.errors import QueryError

PAGE_SIZE = 20
GROUPED = 200
"""Hits of a page whose hits are grouped by meaning."""

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
    "intent": "诉求",
    "source": "来源",
    "department": "部门",
    "region": "地区",
}
EXAMPLES = (
    ("夜里 施工", "night works", "几个词都有"),
    ('"半夜打桩"', '"pile driving"', "连在一起的短语"),
    ("噪声 OR 扰民", "noise | dust", "有一个就行"),
    ("停车 -招聘", "parking -jobs", "不要后一个"),
    ('~"小区 夜里 施工"', '~"night road works"', "大致含有这些字的"),
    ("(漏水 OR 渗水) 情感:负面", "(leak OR damp) sentiment:negative", "括号与情感"),
    ("类型:公众 日期:2026-01..2026-03", "kind:public date:2026-01..2026-03", "公众评论，一月到三月"),
)
"""Queries in Chinese and English, and what they find; every one holds whatever is registered."""
_LONGEST_READING = 300
_WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": words.KINDS,
    "sentiment": words.ATTITUDES,
    "topic": words.TOPICS,
    "aspect": words.ASPECTS,
    "intent": words.INTENTS,
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
    """A hit as the page shows it; ``short`` is None when the whole text is short enough.

    ``alike`` are others of the page that say the same, where those are grouped.
    """

    hit: Hit
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    short: tuple[Piece, ...] | None
    replies: tuple[LabelledPost, ...]
    alike: tuple["Shown", ...] = ()


def show(request: Request) -> Response:
    """Answer with the hits, or with 400 and what is wrong with the query."""
    desk = desk_of(request)
    try:
        criteria = Criteria.parse(request.query_params.multi_items())
    except QueryError as error:
        return _refuse(request, str(error), "")
    names = desk.names()
    try:
        where = parse(criteria.q, names, desk.now().astimezone(BEIJING).date())
    except LanguageError as error:
        return _misread(request, criteria, error)
    query = criteria.query(where, GROUPED if criteria.alike else PAGE_SIZE)
    try:
        found = desk.index.search(query)
    except QueryError as error:
        return _refuse(request, REFUSED, str(error))
    return page(
        request,
        "search.html",
        criteria=criteria,
        reading=_reading(criteria.q, where, names),
        examples=EXAMPLES,
        found=found,
        singles=desk.index.count(replace(query, fold=False)),
        shown=_grouped(desk, found, marks_of(condition_of(query)), alike=criteria.alike),
        bars=timeline(desk.index, criteria, where),
        facets=_facets(desk, criteria, where) | _offices(desk, criteria, where, names),
        facet_titles=FACET_TITLES,
        orders=ORDERS,
        roughly=None if found.total or criteria.after else _roughly(desk, criteria, where, names),
        unknown=[project for project in criteria.project if project not in desk.projects],
    )


def _roughly(desk: Desk, criteria: Criteria, where: Condition, names: Names) -> Option | None:
    """Return the search for what holds roughly the words that nothing holds all of, if that finds something."""
    offer = softer(where, names)
    if not offer:
        return None
    condition, typed = offer
    number = desk.index.count(criteria.query(condition))
    return Option(typed, number, criteria.changed(q=typed, order="best").url, chosen=False) if number else None


def _reading(typed: str, where: Condition, names: Names) -> str:
    """Return how the query was read, where that is not just what was typed and not too long to show."""
    reading = write(where, names)
    return reading if reading != typed and len(reading) <= _LONGEST_READING else ""


def _refuse(request: Request, why: str, detail: str) -> Response:
    typed = {name: value for name, value in request.query_params.multi_items() if name in {"q", "since", "until"}}
    return _error(request, why=why, detail=detail, typed=typed, kept=(), wrong=())


def _misread(request: Request, criteria: Criteria, error: LanguageError) -> Response:
    """Show what is wrong below the box, with the place marked; all other criteria stay as they are."""
    typed, end = criteria.q, error.offset + error.length
    places = (0, error.offset), (error.offset, end), (end, len(typed))
    wrong = [Piece(typed[start:stop], marked=start == error.offset) for start, stop in places if start < stop]
    kept = [(name, value) for name, value in criteria.pairs if name not in {"q", "since", "until", "after"}]
    return _error(request, why=str(error), detail="", typed=dict(criteria.pairs), kept=kept, wrong=wrong)


def _error(request: Request, **values: object) -> Response:
    return page(request, "search_error.html", status=400, examples=EXAMPLES, **values)


def _grouped(desk: Desk, found: Page, searched: Sequence[str], *, alike: bool) -> list[Shown]:
    shown = {one.hit.labelled.post.id: one for one in show_hits(desk, found.hits, searched)}
    if not alike:
        return list(shown.values())
    several = [[shown[hit.labelled.post.id] for hit in group] for group in groups(found.hits)]
    return [replace(first, alike=tuple(others)) for first, *others in several]


def show_hits(desk: Desk, hits: Sequence[Hit], searched: Sequence[str]) -> list[Shown]:
    """Return hits as a page shows them, with the official replies to each."""
    replies = _replies(desk, [hit.labelled.post.id for hit in hits])
    return [_show_hit(hit, searched, tuple(replies[hit.labelled.post.id])) for hit in hits]


def _show_hit(hit: Hit, searched: Sequence[str], replies: tuple[LabelledPost, ...]) -> Shown:
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


def _facets(desk: Desk, criteria: Criteria, where: Condition) -> dict[str, list[Option]]:
    counts = _counts(desk, criteria, where)
    return {facet: _options(desk, criteria, facet, counts[facet]) for facet in FACET_TITLES if facet in FACETS}


def _counts(desk: Desk, criteria: Criteria, where: Condition) -> dict[Facet, Mapping[str, int]]:
    """Count the values of all facets; of one from which something is chosen as if nothing were.

    Counts are not folded: folding each of seven facets takes a second over 20,000 posts, counting posts 30 ms.
    """
    asked: defaultdict[Query, list[Facet]] = defaultdict(list)
    for facet in FACETS:
        asked[replace(criteria.without(facet).query(where), fold=False)].append(facet)
    return {
        facet: counts
        for query, facets in asked.items()
        for facet, counts in desk.index.facets(query, facets, limit=MOST_OPTIONS).items()
    }


def _options(desk: Desk, criteria: Criteria, facet: Facet, found: Mapping[str, int]) -> list[Option]:
    """List the values by count of single posts; a chosen one is always there, so that it can be taken away again."""
    chosen: tuple[str, ...] = getattr(criteria, facet)
    counts = dict(found)
    counts.pop("", None)  # what no model has read: an address cannot ask for it
    counts |= {value: 0 for value in chosen if value not in counts}
    return [
        Option(word(desk, facet, value), count, criteria.toggle(facet, value).url, value in chosen)
        for value, count in counts.items()
    ]


def _offices(desk: Desk, criteria: Criteria, where: Condition, names: Names) -> dict[str, list[Option]]:
    """List departments and regions, where the register has several; choosing one writes it into the typed query."""
    known: dict[FieldName, tuple[Named, ...]] = {"department": names.departments, "region": names.regions}
    return {
        field: _office_options(desk, criteria, where, field, several)
        for field, several in known.items()
        if len(several) > 1
    }


def _office_options(
    desk: Desk, criteria: Criteria, where: Condition, field: FieldName, known: Sequence[Named]
) -> list[Option]:
    # The index refuses more values at once: that is a department of 3,000 projects.
    options = [_office(desk, criteria, where, field, named) for named in known if len(named.ids) <= MAX_VALUES]
    found = [option for option in options if option.count or option.chosen]
    return sorted(found, key=lambda option: (-option.count, option.word))[:MOST_OPTIONS]


def _office(desk: Desk, criteria: Criteria, where: Condition, field: FieldName, named: Named) -> Option:
    said = write_field(field, [named.title])
    typed, chosen = f"{criteria.q} {said}".strip(), said in criteria.q.split()
    if chosen:
        typed = " ".join(part for part in criteria.q.split() if part != said)
    query = criteria.query(All((where, Among("project", named.ids))))
    count = desk.index.count(replace(query, fold=False))
    return Option(named.title, count, criteria.changed(q=typed).url, chosen)


def word(desk: Desk, facet: Facet, value: str) -> str:
    """Return the Chinese word of a facet value; a project or source no longer registered keeps its id."""
    match facet:
        case "project":
            return desk.projects[value].name if value in desk.projects else value
        case "source":
            return desk.sources[value].title if value in desk.sources else value
    return _WORDS[facet].get(value, value)
