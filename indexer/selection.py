"""A tree of conditions and the columns of all rows in, the rows that match out, and what is counted of them."""

import operator
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from indexer.base import Facet
from indexer.columns import (
    CODED,
    RECORD,
    Array,
    Columns,
    Ints,
    Mask,
    Names,
    Segment,
    digests,
    joined,
    known_places,
)
from indexer.conditions import All, Among, Any, Condition, During, Not, Roughly
from indexer.roughly import least_of
from indexer.sqlite_words import expression, together
from indexer.times import beijing_day, to_micros

Test = Callable[[Segment], Mask]
"""Says of each row of a segment whether a condition holds; of rows that are not there it may say anything."""

IdsOf = Callable[[Ints], Sequence[str]]
"""The ids of some rows: read where times are the same."""

_FEW_CODES = 6
"""So many are sooner compared with a column, each in a tenth of the time, than the column looked up among all codes."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Some rows: of each segment those at these places."""

    parts: tuple[tuple[Segment, Ints], ...]
    names: Names

    def __len__(self) -> int:
        return sum(len(places) for _, places in self.parts)

    def numbers(self) -> Ints:
        return joined((places + segment.base for segment, places in self.parts), np.int64)

    def column(self, name: str) -> Array:
        return joined((segment.columns[name][places] for segment, places in self.parts), RECORD[name])

    def counts(self, facet: Facet) -> Counter[str]:
        """Return value → number of rows."""
        values = self.names.values[facet]
        totals = np.zeros(len(values), np.int64)
        for segment, places in self.parts:
            totals += np.bincount(segment.columns[facet][places], minlength=len(totals))
        counts: Counter[str] = Counter()
        for code in np.flatnonzero(totals):
            for value in values[code]:
                counts[value] += int(totals[code])
        return counts

    def days(self) -> Iterator[tuple[int, int]]:
        """Yield each Beijing day and the number of its rows."""
        days = beijing_day(self.column("published"))
        first = int(days.min()) if len(days) else 0
        numbers = np.bincount(days - first)
        found = np.flatnonzero(numbers)
        return zip((found + first).tolist(), numbers[found].tolist(), strict=True)

    def folded(self, ids_of: IdsOf) -> "Selection":
        """Return the earliest row of each cluster; of several at one time, that of the least id."""
        is_kept = _is_earliest(self.column("cluster"), self.column("published"), self.numbers(), ids_of)
        ends = np.cumsum([len(places) for _, places in self.parts])[:-1]
        kept = np.split(is_kept, ends) if self.parts else ()
        parts = zip(self.parts, kept, strict=True)
        return Selection(tuple((segment, places[keep]) for (segment, places), keep in parts), self.names)


@dataclass(frozen=True, slots=True)
class Found:
    """What conditions are looked up in: names, the rows of an FTS5 expression, and those of each part of a text.

    Rows come in order.
    """

    names: Names
    words: Callable[[str], Ints]
    parts: Callable[[str], Sequence[Ints]]


def select(condition: Condition, columns: Columns, found: Found) -> Selection:
    """Return the rows that match; a segment is looked through where it has changed since it was last asked for them.

    A code never comes to stand for something else, and who changes the words of a post writes its segment anew.
    """
    known = known_places(columns.segments, condition)
    if len(known) < len(columns.segments):
        test = _test(condition, found)
        known |= {s.base: _look(s, condition, test) for s in columns.segments if s.base not in known}
    parts = ((segment, known[segment.base]) for segment in columns.segments)
    return Selection(tuple((segment, places) for segment, places in parts if len(places)), columns.names)


def _look(segment: Segment, condition: Condition, test: Test) -> Ints:
    places = np.flatnonzero(test(segment) & segment.alive)
    segment.places.put(condition, places)
    return places


def _test(condition: Condition, found: Found) -> Test:
    words = expression(condition)
    if words is not None:
        return _stands(found.words(words))
    match condition:
        case Not(part):
            test = _test(part, found)
            return lambda segment: ~test(segment)
        case All(parts):
            tests = [_test(part, found) for part in together(All, parts)]
            return lambda segment: reduce(operator.and_, (test(segment) for test in tests), segment.alive)
        case Any(parts):
            tests = [_test(part, found) for part in together(Any, parts)]
            return lambda segment: reduce(operator.or_, (test(segment) for test in tests), ~segment.alive)
        case Roughly(text):
            return _stand_in_part(found.parts(text))
    return _leaf(condition, found.names)


def _leaf(condition: Condition, names: Names) -> Test:
    match condition:
        case Among(field, values) if field in CODED:
            chosen = names.standing_for(field, values)
            return lambda segment: _is_coded(segment.columns[field], chosen)
        case Among(field, values):
            wanted = digests(values)
            return lambda segment: _is_among(segment, field, wanted)
        case During(window):
            since, until = to_micros(window.since), to_micros(window.until)
            return lambda segment: _is_between(segment, since, until)
    raise TypeError(f"no such condition: {condition!r}")


def _is_coded(column: Array, chosen: Mask) -> Mask:
    codes = np.flatnonzero(chosen).astype(column.dtype)
    if len(codes) > _FEW_CODES:
        return chosen.take(column)
    is_one: Mask = np.zeros(len(column), np.bool_)
    for code in codes:
        is_one |= column == code
    return is_one


def _is_among(segment: Segment, field: str, wanted: Array) -> Mask:
    is_among: Mask = np.zeros(len(segment), np.bool_)
    for places in segment.places_of(field, wanted):
        is_among[places] = True
    return is_among


def _stands(rows: Ints) -> Test:
    def test(segment: Segment) -> Mask:
        start, end = np.searchsorted(rows, (segment.base, segment.base + len(segment)))
        mask = np.zeros(len(segment), np.bool_)
        mask[rows[start:end] - segment.base] = True
        return mask

    return test


def _stand_in_part(parts: Sequence[Ints]) -> Test:
    def test(segment: Segment) -> Mask:
        held = np.zeros(len(segment), np.int16)
        for rows in parts:
            start, end = np.searchsorted(rows, (segment.base, segment.base + len(segment)))
            held[rows[start:end] - segment.base] += 1
        is_enough: Mask = held >= least_of(len(parts))
        return is_enough

    return test


def _is_between(segment: Segment, since: int, until: int) -> Mask:
    first, last = segment.span  # most posts come in the order of their times: few segments lie at a bound
    if last < since or first >= until:
        return ~segment.alive
    if since <= first and last < until:
        return segment.alive
    published = segment.columns["published"]
    is_between: Mask = (published >= since) & (published < until)
    return is_between


def _is_earliest(cluster: Array, published: Ints, numbers: Ints, ids_of: IdsOf) -> Mask:
    is_kept = np.ones(len(cluster), np.bool_)
    # Most clusters have one post. Sorting is dear, so those are told first by the lowest bits of their digests.
    low = (cluster & np.uint64((1 << (4 * len(cluster) + 1).bit_length()) - 1)).astype(np.int64)
    rows = np.flatnonzero(np.bincount(low)[low] > 1)
    rows = rows[np.lexsort((published[rows], cluster[rows]))]
    is_kept[rows] = False
    starts = np.flatnonzero(np.r_[True, cluster[rows][1:] != cluster[rows][:-1]][: len(rows)])
    sizes = np.diff(np.r_[starts, len(rows)])
    is_kept[rows[starts]] = True
    as_early = np.flatnonzero(published[rows] == np.repeat(published[rows][starts], sizes))
    groups = np.repeat(np.arange(len(starts)), sizes)[as_early]
    tied = np.bincount(groups)[groups] > 1
    _keep_least(is_kept, rows[as_early[tied]], groups[tied], numbers, ids_of)
    return is_kept


def _keep_least(is_kept: Mask, rows: Ints, groups: Ints, numbers: Ints, ids_of: IdsOf) -> None:
    """Of the rows of each group keep that of the least id."""
    is_kept[rows] = False
    least: dict[int, tuple[str, int]] = {}
    for group, post_id, row in zip(groups.tolist(), ids_of(numbers[rows]), rows.tolist(), strict=True):
        least[group] = min(least.get(group, (post_id, row)), (post_id, row))
    is_kept[[row for _, row in least.values()]] = True
