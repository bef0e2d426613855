"""An index and some projects in, the part of the index that is about those projects out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NoReturn

from indexer.base import FLOOR, WHOLE, Facet, Hit, Interval, Page, PostIndex, Query, Refusal, Share, Similar
from indexer.check import MAX_FACET_VALUES, MAX_VALUES
from indexer.conditions import NOTHING, All, Among, Any, Condition, Not
from minsheng.correcting import Change
from minsheng.corrections import Correction
from minsheng.domain import LabelledPost, Vector
from minsheng.errors import NotComparable

_OTHERS = "this index shows some projects alone; only the whole one can be written or closed"


class ScopedIndex:
    """What somebody sees who may see these projects alone: a ``PostIndex`` over another one.

    - nothing is given, counted, compared or corrected but posts that are about one of the projects as they are
      labelled now, and replies to such posts where those are asked for.
    - of a post that is about other projects as well, the others are not told, not counted and not lost.
    - ``copies`` counts the cluster in the whole index: a number of copies says nothing of their projects.
    """

    def __init__(self, index: PostIndex, projects: Iterable[str]) -> None:
        self._index = index
        self._ids = frozenset(projects)
        ids = sorted(self._ids)
        parts = [ids[at : at + MAX_VALUES] for at in range(0, len(ids), MAX_VALUES)]
        self._ours: Condition = Any(tuple(Among("project", tuple(part)) for part in parts)) if ids else NOTHING

    def get(self, post_id: str) -> LabelledPost | None:
        found = self._index.get(post_id)
        return self._seen(found) if found is not None and self._ids & set(found.label.projects) else None

    def search(self, query: Query) -> Page:
        found = self._index.search(self._narrowed(query))
        return replace(found, hits=tuple(map(self._seen_hit, found.hits)))

    def count(self, query: Query) -> int:
        return self._index.count(self._narrowed(query))

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 50) -> Mapping[Facet, Mapping[str, int]]:
        others = [facet for facet in facets if facet != "project"]
        counts = self._index.facets(self._narrowed(query), others, limit)
        return {facet: counts[facet] if facet in counts else self.facet(query, facet, limit) for facet in facets}

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        if facet != "project":
            return self._index.facet(self._narrowed(query), facet, limit)
        counts = self._index.facet(self._narrowed(query), facet, MAX_FACET_VALUES)
        if len(counts) == MAX_FACET_VALUES:  # then projects of others may have crowded out ours
            counts = {
                id_: self.count(replace(query, where=All((query.where, Among(facet, (id_,)))))) for id_ in self._ids
            }
        most = sorted((-number, id_) for id_, number in counts.items() if number and id_ in self._ids)
        return {id_: -number for number, id_ in most[:limit]}

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        return self._index.histogram(self._narrowed(query), interval)

    def stream(self, query: Query, share: Share = WHOLE) -> Iterator[LabelledPost]:
        return map(self._seen, self._index.stream(self._narrowed(query), share))

    def correct(self, post_id: str, changes: Sequence[Change], at: datetime, why: str = "") -> LabelledPost | None:
        found = self._index.get(post_id)
        if found is None or self.get(post_id) is None:
            return None
        others = tuple(id_ for id_ in found.label.projects if id_ not in self._ids)
        done = self._index.correct(post_id, [_with(change, others) for change in changes], at, why)
        return done and self._seen(done)

    def similar(self, query: Query, to: str | Vector, floor: float = FLOOR) -> Similar:
        if isinstance(to, str) and self.get(to) is None:
            raise NotComparable(f"similar: there is no post {to!r}")
        found = self._index.similar(self._narrowed(query), to, floor)
        seen = (replace(each, hit=self._seen_hit(each.hit)) for each in found.neighbours)
        return replace(found, neighbours=tuple(seen))

    def add(self, posts: Iterable[LabelledPost], refused: Refusal | None = None) -> NoReturn:
        del posts, refused
        raise TypeError(_OTHERS)

    def relabel(self, posts: Iterable[LabelledPost]) -> NoReturn:
        del posts
        raise TypeError(_OTHERS)

    def delete(self, ids: Iterable[str]) -> NoReturn:
        del ids
        raise TypeError(_OTHERS)

    def close(self) -> NoReturn:
        raise TypeError(_OTHERS)

    def _narrowed(self, query: Query) -> Query:
        """Return the query with the condition that nothing goes around; a filter by others' projects finds nothing."""
        own = replace(
            query,
            projects=self._own(query.projects),
            linked=self._own(query.linked),
            where=self._own_condition(query.where),
        )
        if (query.projects and not own.projects) or (query.linked and not own.linked):
            return replace(own, where=NOTHING)
        if query.reply_to:
            mine = tuple(id_ for id_ in query.reply_to if self.get(id_) is not None)
            return replace(own, reply_to=mine, where=own.where if mine else NOTHING)
        return replace(own, where=All((self._ours, own.where)))

    def _own_condition(self, condition: Condition) -> Condition:
        """Return a tree in which the projects of others are names of nothing."""
        match condition:
            case Among("project" | "linked" as field, values):
                own = self._own(values)
                return Among(field, own) if own else NOTHING
            case All(parts):
                return All(tuple(map(self._own_condition, parts)))
            case Any(parts):
                return Any(tuple(map(self._own_condition, parts)))
            case Not(part):
                return Not(self._own_condition(part))
        return condition

    def _own(self, ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(id_ for id_ in ids if id_ in self._ids)

    def _seen_hit(self, hit: Hit) -> Hit:
        return replace(hit, labelled=self._seen(hit.labelled))

    def _seen(self, labelled: LabelledPost) -> LabelledPost:
        """Return a post without a word of the projects of others."""
        reading = labelled.reading
        if not any(each.field == "project" for each in labelled.corrections) and self._ids.issuperset(reading.projects):
            return labelled
        return replace(
            labelled,
            reading=replace(reading, projects=self._own(reading.projects)),
            corrections=tuple(map(self._seen_correction, labelled.corrections)),
        )

    def _seen_correction(self, entry: Correction) -> Correction:
        if entry.field != "project":
            return entry
        return replace(
            entry, before=self._own(entry.before), after=None if entry.after is None else self._own(entry.after)
        )


def _with(change: Change, others: Sequence[str]) -> Change:
    """Return a change of projects that leaves those of others as they are."""
    if change.field != "project" or change.value is None:
        return change
    return Change("project", tuple(dict.fromkeys((*change.value, *others))))
