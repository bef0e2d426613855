"""The vectors of an SQLite file in, the rows nearest to one out: held as bytes, read as far as they changed.

A vector is a row of its own, written and deleted in the transaction of its post. What a process holds of them is read
by shelves of 8,192 neighbouring rows: a shelf is read anew when a transaction wrote a block of it (``sqlite_columns``).
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.columns import BLOCK, Ints
from indexer.nearness import Bytes, nearness, rows_of, squares_of
from indexer.sqlite_columns import SharedColumns
from indexer.sqlite_view import View
from minsheng.domain import Vector

SHELF = 32 * BLOCK

_CHANGED = f"SELECT DISTINCT block / {SHELF // BLOCK} FROM blocks WHERE version > ?"
_ON_SHELF = "SELECT n, space, numbers FROM vectors WHERE n >= ? AND n < ? ORDER BY n"


@dataclass(frozen=True, slots=True)
class Group:
    """Vectors of one space; ``places`` are their rows, counted from the first of the shelf."""

    places: Ints
    rows: Bytes
    squares: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The vectors of the rows from ``base`` on, by space and length; nobody changes it once it is made."""

    base: int
    groups: Mapping[tuple[str, int], Group]


class SharedVectors:
    """The newest vectors of one file that this process has seen; its threads share them.

    They are read when somebody first asks for something similar, not before.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = 0
        self._shelves: dict[int, Shelf] = {}

    def view(self, connection: sqlite3.Connection, columns: SharedColumns) -> tuple[View, Sequence[Shelf]]:
        """Return what a transaction sees, which must not have read anything before, and the vectors of that state.

        The lock is taken before the transaction fixes its state: so no state comes after a newer one.
        """
        with self._lock:
            view = View(connection, columns)
            if view.version != self._version:
                for number in [number for (number,) in connection.execute(_CHANGED, (self._version,))]:
                    self._put(number, _read(connection, number * SHELF))
                self._version = view.version
            return view, tuple(self._shelves.values())

    def _put(self, number: int, shelf: Shelf) -> None:
        if shelf.groups:
            self._shelves[number] = shelf
        else:
            self._shelves.pop(number, None)


def near(shelves: Sequence[Shelf], numbers: Ints, to: Vector, floor: int) -> tuple[Ints, Ints]:
    """Return nearness and number of those of some rows, given in order, that are no less near than ``floor``."""
    found_keys, found_numbers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for base, group, kept in _comparable(shelves, numbers, to):
        is_whole = len(kept) == len(group.places)
        rows, squares = (group.rows, group.squares) if is_whole else (group.rows[kept], group.squares[kept])
        keys = nearness(rows, squares, to)
        good = np.flatnonzero(keys >= floor)
        found_keys.append(keys[good])
        found_numbers.append(group.places[kept[good]] + base)
    return np.concatenate(found_keys), np.concatenate(found_numbers)


def count_comparable(shelves: Sequence[Shelf], numbers: Ints, to: Vector) -> int:
    """Return how many of some rows, given in order, have a vector that can be compared with this one."""
    return sum(len(kept) for _, _, kept in _comparable(shelves, numbers, to))


def _comparable(shelves: Sequence[Shelf], numbers: Ints, to: Vector) -> Iterator[tuple[int, Group, Ints]]:
    """Yield each shelf's base, its vectors of the space, and which of them belong to the rows."""
    for shelf in shelves:
        group = shelf.groups.get((to.space, len(to.numbers)))
        start, end = np.searchsorted(numbers, (shelf.base, shelf.base + SHELF))
        if group is not None and start < end:
            is_wanted = np.zeros(SHELF, np.bool_)
            is_wanted[numbers[start:end] - shelf.base] = True
            yield shelf.base, group, np.flatnonzero(is_wanted[group.places])


def _read(connection: sqlite3.Connection, base: int) -> Shelf:
    found: dict[tuple[str, int], tuple[list[int], list[bytes]]] = {}
    for n, space, numbers in connection.execute(_ON_SHELF, (base, base + SHELF)):
        places, vectors = found.setdefault((space, len(numbers)), ([], []))
        places.append(n - base)
        vectors.append(numbers)
    return Shelf(base, {key: _group(*held) for key, held in found.items()})


def _group(places: list[int], vectors: list[bytes]) -> Group:
    rows = rows_of(vectors)
    return Group(np.array(places, np.int64), rows, squares_of(rows))
