"""Labelled posts in a dict, found by looking at every one of them: the oracle of all other back ends."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock

from indexer.base import FLOOR, WHOLE, Facet, Hit, Interval, Neighbour, Page, Query, Refusal, Share, Similar
from indexer.batches import kept, reread
from indexer.check import check_facets, check_interval, check_labelled, check_query, check_similar
from indexer.conditions import All, Among, Any, Condition, During, Field, Holds, Not, Roughly
from indexer.counting import most_first
from indexer.matching import contains
from indexer.nearness import SAME, floor_of, is_comparable, nearness, rows_of, squares_of, vector_to_compare
from indexer.ranking import Position, Ranking, decode_cursor, encode_cursor, is_descending
from indexer.relevance import ranking_of
from indexer.roughly import least_of, parts_of
from indexer.times import beijing_day, fill_bins, to_micros
from indexer.tree import condition_of
from minsheng.correcting import Change, corrected
from minsheng.domain import LabelledPost, Vector
from minsheng.text import normalise

_VALUES: dict[Field, Callable[[LabelledPost], set[str]]] = {
    "project": lambda labelled: set(labelled.label.projects),
    "linked": lambda labelled: set(labelled.reading.projects),
    "source": lambda labelled: {labelled.post.source},
    "kind": lambda labelled: {str(labelled.post.kind)},
    "sentiment": lambda labelled: {labelled.label.attitude},
    "topic": lambda labelled: {labelled.label.topic},
    "aspect": lambda labelled: {labelled.label.aspect},
    "intent": lambda labelled: {labelled.label.intent},
    "model": lambda labelled: {labelled.reading.model},
    "corrected": lambda labelled: set(labelled.label.marks),
    "cluster": lambda labelled: {labelled.reading.cluster},
    "thread": lambda labelled: {labelled.post.thread},
    "reply_to": lambda labelled: {labelled.post.reply_to} if labelled.post.reply_to is not None else set(),
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

    def add(self, posts: Iterable[LabelledPost], refused: Refusal | None = None) -> int:
        del refused  # whatever comes can be held
        return sum(map(self._add_one, posts))

    def get(self, post_id: str) -> LabelledPost | None:
        entry = self._entries.get(post_id)
        return entry.labelled if entry else None

    def search(self, query: Query) -> Page:
        check_query(query)
        ranking = self._ranking(query)
        found = self._ordered(query, ranking)
        after = decode_cursor(query)
        rest = found if after is None else [one for one in found if _is_after(one[0], after, query)]
        shown = rest[: query.limit]
        more = len(rest) > len(shown)
        return Page(
            hits=tuple(Hit(entry.labelled, self._copies(entry)) for _, entry in shown),
            total=len(found),
            next=encode_cursor(query.order, shown[-1][0], ranking.weights if ranking else ()) if more else None,
        )

    def count(self, query: Query) -> int:
        check_query(query)
        return len(self._matches(query))

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        return self.facets(query, (facet,), limit)[facet]

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 50) -> Mapping[Facet, Mapping[str, int]]:
        check_query(query)
        check_facets(facets, limit)
        found = self._matches(query)
        return {
            facet: most_first(Counter(value for entry in found for value in _VALUES[facet](entry.labelled)), limit)
            for facet in facets
        }

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        check_query(query)
        check_interval(interval)
        moments = (to_micros(entry.labelled.post.published_at) for entry in self._matches(query))
        return fill_bins(Counter(map(beijing_day, moments)).items(), interval)

    def stream(self, query: Query, share: Share = WHOLE) -> Iterator[LabelledPost]:
        check_query(query)
        return iter(
            [
                entry.labelled
                for _, entry in self._ordered(query, self._ranking(query))
                if entry.labelled.post.id in share
            ]
        )

    def correct(self, post_id: str, changes: Sequence[Change], at: datetime, why: str = "") -> LabelledPost | None:
        with self._lock:
            entry = self._entries.get(post_id)
            if entry is None:
                return None
            labelled = corrected(entry.labelled, changes, at, why)
            self._entries[post_id] = replace(entry, labelled=labelled)
        return labelled

    def relabel(self, posts: Iterable[LabelledPost]) -> int:
        return sum(map(self._relabel_one, posts))

    def similar(self, query: Query, to: str | Vector, floor: float = FLOOR) -> Similar:
        check_query(query)
        check_similar(to, floor)
        asked = self.get(to) if isinstance(to, str) else None
        vector = vector_to_compare(to, asked)
        others = [entry for entry in self._matches(query) if not _is_same(entry, asked, query)]
        near = sorted(
            (-key, entry.labelled.post.id, entry) for key, entry in _near(others, vector) if key >= floor_of(floor)
        )[: query.limit]
        singles = [entry for entry in self._matches(replace(query, fold=False)) if not _is_same(entry, asked, query)]
        unread = sum(not is_comparable(entry.labelled.reading.vector, vector) for entry in singles)
        return Similar(
            tuple(Neighbour(Hit(entry.labelled, self._copies(entry)), -key / SAME) for key, _, entry in near), unread
        )

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
                labelled = kept(labelled, old.labelled)
            self._entries[post.id] = _Entry(labelled, title, text)
        return old is None

    def _relabel_one(self, labelled: LabelledPost) -> bool:
        check_labelled(labelled)
        with self._lock:
            entry = self._entries.get(labelled.post.id)
            new = reread(entry.labelled if entry else None, labelled)
            if entry and new:
                self._entries[labelled.post.id] = replace(entry, labelled=new)
        return new is not None

    def _ranking(self, query: Query) -> Ranking | None:
        return ranking_of(query, lambda condition: sum(_is_match(entry, condition) for entry in self._all()))

    def _ordered(self, query: Query, ranking: Ranking | None) -> list[tuple[Position, _Entry]]:
        found = [(_position(entry, ranking), entry) for entry in self._matches(query)]
        return sorted(found, key=lambda one: one[0], reverse=is_descending(query.order))

    def _matches(self, query: Query) -> list[_Entry]:
        condition = condition_of(query)
        matches = [entry for entry in self._all() if _is_match(entry, condition)]
        if not query.fold:
            return matches
        first: dict[str, _Entry] = {}
        for entry in sorted(matches, key=lambda entry: (entry.labelled.post.published_at, entry.labelled.post.id)):
            first.setdefault(entry.labelled.reading.cluster, entry)
        return list(first.values())

    def _copies(self, entry: _Entry) -> int:
        cluster = entry.labelled.reading.cluster
        return sum(other.labelled.reading.cluster == cluster for other in self._all())

    def _all(self) -> list[_Entry]:
        return list(self._entries.values())


def _is_match(entry: _Entry, condition: Condition) -> bool:
    match condition:
        case All(parts):
            return all(_is_match(entry, part) for part in parts)
        case Any(parts):
            return any(_is_match(entry, part) for part in parts)
        case Not(part):
            return not _is_match(entry, part)
    return _is_leaf_match(entry, condition)


def _is_leaf_match(entry: _Entry, condition: Holds | Roughly | Among | During) -> bool:
    match condition:
        case Holds(piece):
            return contains(entry.title, piece) or contains(entry.text, piece)
        case Roughly(text):
            parts = parts_of(text)
            return sum(_is_match(entry, Holds(part)) for part in parts) >= least_of(len(parts))
        case Among(field, values):
            return not _VALUES[field](entry.labelled).isdisjoint(values)
        case During(window):
            return entry.labelled.post.published_at in window


def _is_same(entry: _Entry, asked: LabelledPost | None, query: Query) -> bool:
    """Say whether this is the post that is asked for, or a copy of it where copies are folded."""
    if asked is None:
        return False
    labelled = entry.labelled
    return labelled.post.id == asked.post.id or (query.fold and labelled.reading.cluster == asked.reading.cluster)


def _near(entries: Sequence[_Entry], to: Vector) -> list[tuple[int, _Entry]]:
    comparable = [entry for entry in entries if is_comparable(entry.labelled.reading.vector, to)]
    if not comparable:
        return []
    rows = rows_of([vector.numbers for entry in comparable if (vector := entry.labelled.reading.vector)])
    return list(zip(nearness(rows, squares_of(rows), to).tolist(), comparable, strict=True))


def _position(entry: _Entry, ranking: Ranking | None) -> Position:
    key = to_micros(entry.labelled.post.published_at)
    if ranking:
        key += ranking.bonus(entry.title, entry.text)
    return Position(key, entry.labelled.post.id)


def _is_after(position: Position, mark: Position, query: Query) -> bool:
    return position < mark if is_descending(query.order) else position > mark
