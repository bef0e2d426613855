"""The query string of a search page in, a checked query out, and the addresses of its neighbours back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from urllib.parse import urlencode

from indexer.base import Facet, Order, Query
from indexer.conditions import EVERYTHING, Condition
from minsheng.domain import ASPECTS, ATTITUDES, BEIJING, INTENTS, TOPICS, Kind, Window
from minsheng.errors import QueryError

FACETS: tuple[Facet, ...] = ("project", "source", "kind", "sentiment", "topic", "aspect", "intent")
ORDERS: Mapping[Order, str] = {"newest": "新的在前", "oldest": "旧的在前", "best": "最相关在前"}
_CLOSED: Mapping[str, Sequence[str]] = {
    "kind": tuple(Kind),
    "sentiment": ATTITUDES,
    "topic": TOPICS,
    "aspect": ASPECTS,
    "intent": INTENTS,
}
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the address of a search page asks for; days are Beijing days, ``until`` is the last day included.

    ``q`` is in the query language; who searches parses it and hands the tree to ``query``. ``alike`` groups what is
    shown by meaning; it changes nothing of what is found and counted.
    """

    q: str = ""
    project: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()
    aspect: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    cluster: str = ""
    thread: str = ""
    since: date | None = None
    until: date | None = None
    order: Order = "newest"
    fold: bool = True
    alike: bool = False
    after: str | None = None

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read the pairs of a query string; an empty value is as good as none.

        Raises:
            QueryError: A parameter is unknown or its value is not understood.
        """
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name not in _NAMES:
                raise QueryError(f"不认识的条件“{name}”。可用的条件：{'、'.join(_NAMES)}。")
            if value.strip():
                values.setdefault(name, []).append(value.strip())
        found = cls(
            q=_single(values, "q"),
            cluster=_single(values, "cluster"),
            thread=_single(values, "thread"),
            since=_day("起始日期", _single(values, "since")),
            until=_day("截止日期", _single(values, "until")),
            order=_order(_single(values, "order")),
            fold=_switch("fold", "1（合并重复）或 0（逐条显示）", _single(values, "fold") or "1"),
            alike=_switch("alike", "1（归并意思相近的）或 0（不归并）", _single(values, "alike") or "0"),
            after=_single(values, "after") or None,
            **{name: _choices(name, values.get(name, [])) for name in FACETS},
        )
        if found.since and found.until and found.until < found.since:
            raise QueryError(f"截止日期 {found.until} 早于起始日期 {found.since}，请对调或改动其一。")
        return found

    def query(self, where: Condition = EVERYTHING, limit: int = 20) -> Query:
        """Return the value that the index takes; ``where`` is what ``q`` means."""
        return Query(
            where=where,
            projects=self.project,
            sources=self.source,
            kinds=tuple(map(Kind, self.kind)),
            sentiments=self.sentiment,
            topics=self.topic,
            aspects=self.aspect,
            intents=self.intent,
            clusters=(self.cluster,) if self.cluster else (),
            threads=(self.thread,) if self.thread else (),
            window=self._window(),
            order=self.order,
            limit=limit,
            after=self.after,
            fold=self.fold,
        )

    def without(self, facet: Facet) -> "Criteria":
        """Return the same search with no filter of one kind: what the options of that facet are counted in."""
        return self.changed(**{facet: ()})

    def toggle(self, facet: Facet, value: str) -> "Criteria":
        """Return the first page of the search with one filter value added, or taken away if it is set."""
        chosen: tuple[str, ...] = getattr(self, facet)
        kept = tuple(other for other in chosen if other != value) if value in chosen else (*chosen, value)
        return self.changed(**{facet: kept})

    def changed(self, **changes: object) -> "Criteria":
        """Return the search with some fields changed, on its first page unless ``after`` is among them."""
        return replace(self, **({"after": None} | changes))  # type: ignore[arg-type]  # names come from our templates

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query string as pairs; what has its default value is left out."""
        found: list[tuple[str, str]] = []
        for name, default in _DEFAULTS.items():
            value = getattr(self, name)
            if value == default:
                continue
            many = value if isinstance(value, tuple) else (int(value) if isinstance(value, bool) else value,)
            found.extend((name, str(one)) for one in many)
        return found

    @property
    def url(self) -> str:
        """The address of this search."""
        pairs = self.pairs  # a page has some two hundred such addresses, of few different pairs
        return "/search" + (f"?{'&'.join(map(_encoded, pairs))}" if pairs else "")

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the search."""
        return any(getattr(self, name) for name in ("q", "since", "until", "cluster", "thread", *FACETS))

    def _window(self) -> Window | None:
        if self.since is None and self.until is None:
            return None
        return Window(_midnight(self.since or _FIRST_DAY), _midnight((self.until or _LAST_DAY) + timedelta(days=1)))


_DEFAULTS: Mapping[str, object] = {field.name: field.default for field in fields(Criteria)}
_NAMES = tuple(_DEFAULTS)


@lru_cache(maxsize=4096)
def _encoded(pair: tuple[str, str]) -> str:
    return urlencode([pair])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def _single(values: Mapping[str, list[str]], name: str) -> str:
    given = values.get(name, [])
    if len(given) > 1:
        raise QueryError(f"条件“{name}”只能写一次，现在写了 {len(given)} 次。")
    return given[0] if given else ""


def _day(title: str, value: str) -> date | None:
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or not _FIRST_DAY <= day <= _LAST_DAY:
        raise QueryError(f"{title}“{value}”看不懂。请写成 2026-03-01 这样的年-月-日。")
    return day


def _order(value: str) -> Order:
    for order in ORDERS:
        if value in ("", order):
            return order
    raise QueryError(f"排序“{value}”不存在。可用：{'、'.join(ORDERS)}。")


def _switch(name: str, choices: str, value: str) -> bool:
    if value not in {"0", "1"}:
        raise QueryError(f"{name} 只能是 {choices}，现在是“{value}”。")
    return value == "1"


def _choices(name: str, values: list[str]) -> tuple[str, ...]:
    known = _CLOSED.get(name)
    wrong = [value for value in values if known is not None and value not in known]
    if wrong and known:
        raise QueryError(f"{name}={wrong[0]} 不存在。可用：{'、'.join(known)}。")
    return tuple(dict.fromkeys(values))
