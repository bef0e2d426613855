"""Labelled posts in, columns of numbers by row out: all that is filtered, counted, folded and ordered by.

A ``Segment`` holds the columns of 65,536 neighbouring rows; nobody changes it once it is made, so that threads share it
while a later state of the index takes its place. What few posts differ in (source, topic, …) is coded by ``Names``; of
what is only compared, never shown from here (cluster, thread, the post replied to), 64 bits of a digest are kept.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from indexer.base import Facet
from indexer.conditions import Field
from indexer.places import Places
from indexer.times import to_micros
from minsheng.domain import LabelledPost

BLOCK = 256
"""Rows that are stored together. A change of one row writes its whole block, so blocks are small."""

SEGMENT = 65_536
"""Rows that are held together; whole blocks."""

CODED: tuple[Field, ...] = (*get_args(Facet), "linked")
_WIDTHS = {"project": "<u4", "linked": "<u4"}
RECORD = np.dtype(
    [("published", "<i8"), ("cluster", "<u8"), ("thread", "<u8"), ("reply_to", "<u8")]
    + [(name, _WIDTHS.get(name, "<u2")) for name in CODED]
)
"""One row. Codes begin at 1: a row of zeros is not there, or not any more."""

GONE = (0,) * len(RECORD.names or ())

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Values = tuple[str, ...]


class Names:
    """What the codes of each field stand for; it only grows, and one from which something is to be taken is made anew.

    A code stands for some values: one, or of projects and marks of corrections all that a post has, so that it has one
    code of each field there too.
    """

    def __init__(self) -> None:
        self.known = 0
        self.values: dict[str, list[Values]] = {name: [()] for name in CODED}
        self.codes: dict[tuple[str, Values], int] = {}
        self._holding: dict[tuple[str, str], list[int]] = {}

    def learn(self, name: str, values: Values) -> None:
        """Give the next code of a field to these values."""
        code = len(self.values[name])
        self.known += 1
        self.codes[name, values] = code
        for value in values:
            self._holding.setdefault((name, value), []).append(code)
        self.values[name].append(values)

    def standing_for(self, name: str, values: Iterable[str]) -> Mask:
        """Say of each code of a field whether it stands for one of these values."""
        chosen = np.zeros(len(self.values[name]), np.bool_)
        for value in values:
            chosen[self._holding.get((name, value), [])] = True
        return chosen


@dataclass(frozen=True)
class Segment:
    """The columns of the rows ``base``, ``base + 1``, …; rows that are not there hold zeros."""

    base: int
    columns: dict[str, Array]
    places: Places = field(default_factory=Places, compare=False)
    _orders: dict[str, Array] = field(default_factory=dict, compare=False)

    @cached_property
    def alive(self) -> Mask:
        is_alive: Mask = self.columns["source"] != 0
        return is_alive

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first and the last moment at which its posts were published."""
        published = self.columns["published"][self.alive]
        return int(published.min()), int(published.max())

    def places_of(self, name: str, digests: Array) -> list[Ints]:
        """Return of each digest the places that hold it in a column; the column is put in order once."""
        column, order = self.columns[name], self._orders.get(name)
        if order is None:
            order = self._orders[name] = np.argsort(column).astype(np.uint16)
        sorter = order.astype(np.intp)
        starts, ends = (np.searchsorted(column, digests, side, sorter) for side in ("left", "right"))
        return [sorter[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]

    @property
    def end(self) -> int:
        """The number after its last row."""
        return self.base + len(self)

    def __len__(self) -> int:
        return len(self.columns["source"])


@dataclass(frozen=True, slots=True)
class Columns:
    """All rows as of one state of the index. The segments are in the order of their rows."""

    version: int = 0
    segments: tuple[Segment, ...] = ()
    names: Names = field(default_factory=Names)


def known_places(segments: Iterable[Segment], asked: Hashable) -> dict[int, Ints]:
    """Return by the base of each segment that knows it what was found there when the same was asked before."""
    found = ((segment.base, segment.places.get(asked)) for segment in segments)
    return {base: places for base, places in found if places is not None}


def rebuilt(old: Segment | None, base: int, blocks: Sequence[tuple[int, bytes]]) -> Segment | None:
    """Return a segment in which these blocks, each with its first row, are new; None when no row is left."""
    size = max(len(old) if old else 0, blocks[-1][0] + BLOCK - base)
    columns = {name: np.zeros(size, RECORD[name]) for name in RECORD.names or ()}
    if old:
        for name, column in old.columns.items():
            columns[name][: len(old)] = column
    for first, packed in blocks:
        rows, place = unpacked(packed), first - base
        for name, column in columns.items():
            column[place : place + BLOCK] = rows[name]
    return Segment(base, columns) if columns["source"].any() else None


def packed(rows: Array) -> bytes:
    return rows.tobytes() if rows["source"].any() else b""


def unpacked(block: bytes) -> Array:
    """Return the rows of a block, which may be changed."""
    return np.frombuffer(block, RECORD).copy() if block else np.zeros(BLOCK, RECORD)


def coded_of(labelled: LabelledPost) -> tuple[Values, ...]:
    """Return the values of a post in the fields ``CODED``."""
    post, reading, label = labelled.post, labelled.reading, labelled.label
    return (
        _set_of(label.projects), (post.source,), (post.kind.value,), (label.attitude,), (label.topic,),
        (label.aspect,), (label.intent,), (reading.model,), label.marks, _set_of(reading.projects),
    )  # fmt: skip


def _set_of(values: Values) -> Values:
    return tuple(sorted(set(values))) if len(values) > 1 else values


def record_of(labelled: LabelledPost, codes: Iterable[int]) -> tuple[int, ...]:
    """Return the row of a post."""
    post = labelled.post
    of_reply = digest(post.reply_to) if post.reply_to is not None else 0
    return (to_micros(post.published_at), digest(labelled.reading.cluster), digest(post.thread), of_reply, *codes)


def digest(text: str) -> int:
    """Return 64 bits that tell texts apart, never 0. Among a million the odds that two are alike are 1 : 30,000,000."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1


def digests(values: Iterable[str]) -> npt.NDArray[np.uint64]:
    return np.fromiter(map(digest, values), np.uint64)


def joined(parts: Iterable[Array], kind: np.dtype[Any] | type) -> Array:
    """Return arrays one after the other, one of no rows where there are none."""
    known = list(parts)
    return np.concatenate(known) if known else np.empty(0, kind)
