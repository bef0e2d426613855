"""Labelled posts in a dict, found by looking at every one of them: the oracle of all other back ends."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

from indexer.base import Facet, Hit, Interval, Page, Query
from indexer.batches import keep_collected
from indexer.check import check_facet, check_interval, check_labelled, check_query
from indexer.ranking import Position, bonus, decode_cursor, encode_cursor, is_descending, words_of
from indexer.times import beijing_day, fill_bins, to_micros
from minsheng.domain import LabelledPost
from minsheng.text import normalise

_FACETS: dict[Facet, Callable[[LabelledPost], set[str]]] = {
    "project": lambda labelled: set(labelled.reading.projects),
    "source": lambda labelled: {labelled.post.source},
    "kind": lambda labelled: {str(labelled.post.kind)},
    "sentiment": lambda labelled: {str(labelled.reading.sentiment)},
    "topic": lambda labelled: {labelled.reading.topic},
    "aspect": lambda labelled: {labelled.reading.aspect},
}


@dataclass(frozen=True, slots=True)
class _Entry:
    labelled: LabelledPost
    title: str
    text: str


class MemoryIndex:
    """A PostIndex for tests and tries; what it holds is gone with the process."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = Lock()

    def add(self, posts: Iterable[LabelledPost]) -> int:
        return sum(map(self._add_one, posts))

    def get(self, post_id: str) -> LabelledPost | None:
        entry = self._entries.get(post_id)
        return entry.labelled if entry else None

    def search(self, query: Query) -> Page:
        check_query(query)
        entries = self._ordered(query)
        after = decode_cursor(query)
        rest = entries if after is None else [e for e in entries if _is_after(_position(e, query), after, query)]
        shown = rest[: query.limit]
        more = len(rest) > len(shown)
        return Page(
            hits=tuple(Hit(entry.labelled, self._copies(entry)) for entry in shown),
            total=len(entries),
            next=encode_cursor(query.order, _position(shown[-1], query)) if more else None,
        )

    def count(self, query: Query) -> int:
        check_query(query)
        return len(self._matches(query))

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        check_query(query)
        check_facet(facet, limit)
        numbers = Counter(value for entry in self._matches(query) for value in _FACETS[facet](entry.labelled))
        return dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:limit])

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        check_query(query)
        check_interval(interval)
        moments = (to_micros(entry.labelled.post.published_at) for entry in self._matches(query))
        return fill_bins(Counter(map(beijing_day, moments)).items(), interval)

    def stream(self, query: Query) -> Iterator[LabelledPost]:
        check_query(query)
        return iter([entry.labelled for entry in self._ordered(query)])

    def delete(self, ids: Iterable[str]) -> int:
        with self._lock:
            return sum(self._entries.pop(post_id, None) is not None for post_id in ids)

    def close(self) -> None:
        """Nothing is held open."""

    def _add_one(self, labelled: LabelledPost) -> bool:
        check_labelled(labelled)
        post = labelled.post
        title, text = normalise(post.title), normalise(post.text)
        with self._lock:
            old = self._entries.get(post.id)
            if old:
                labelled = keep_collected(labelled, old.labelled)
            self._entries[post.id] = _Entry(labelled, title, text)
        return old is None

    def _ordered(self, query: Query) -> list[_Entry]:
        matches = self._matches(query)
        return sorted(matches, key=lambda entry: _position(entry, query), reverse=is_descending(query.order))

    def _matches(self, query: Query) -> list[_Entry]:
        matches = [entry for entry in list(self._entries.values()) if _is_match(entry, query)]
        if not query.fold:
            return matches
        first: dict[str, _Entry] = {}
        for entry in sorted(matches, key=lambda entry: (entry.labelled.post.published_at, entry.labelled.post.id)):
            first.setdefault(entry.labelled.reading.cluster, entry)
        return list(first.values())

    def _copies(self, entry: _Entry) -> int:
        cluster = entry.labelled.reading.cluster
        return sum(other.labelled.reading.cluster == cluster for other in list(self._entries.values()))


def _is_match(entry: _Entry, query: Query) -> bool:
    post, reading = entry.labelled.post, entry.labelled.reading
    return (
        all(word in entry.title or word in entry.text for word in words_of(query.text))
        and (not query.projects or not set(query.projects).isdisjoint(reading.projects))
        and (not query.sources or post.source in query.sources)
        and (not query.kinds or post.kind in query.kinds)
        and (not query.sentiments or reading.sentiment in query.sentiments)
        and (not query.topics or reading.topic in query.topics)
        and (not query.aspects or reading.aspect in query.aspects)
        and (not query.clusters or reading.cluster in query.clusters)
        and (not query.threads or post.thread in query.threads)
        and (not query.reply_to or post.reply_to in query.reply_to)
        and (query.window is None or post.published_at in query.window)
    )


def _position(entry: _Entry, query: Query) -> Position:
    key = to_micros(entry.labelled.post.published_at)
    if query.order == "best":
        key += bonus(entry.title, entry.text, *words_of(query.text))
    return Position(key, entry.labelled.post.id)


def _is_after(position: Position, mark: Position, query: Query) -> bool:
    return position < mark if is_descending(query.order) else position > mark
