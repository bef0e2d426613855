"""Rows of columns in, blocks of an SQLite file out, and back: written with the posts, read as far as they changed.

Each transaction that writes has a number, and each block that of the last transaction that wrote it. A reader knows the
number of the state that it holds and loads what is newer.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from itertools import groupby
from typing import TypeVar, cast

import numpy as np

from indexer.columns import (
    BLOCK,
    CODED,
    GONE,
    RECORD,
    SEGMENT,
    Columns,
    Names,
    Values,
    coded_of,
    packed,
    rebuilt,
    record_of,
    unpacked,
)
from minsheng.domain import LabelledPost

T = TypeVar("T")

_MOST_FOUND = 8
_MOST_CODES, _SMALL = 65_535, 2
_NEWER = "SELECT block * ?, data FROM blocks WHERE version > ? ORDER BY block"


class SharedColumns:
    """The newest columns of one file that this process has seen; its threads share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._columns = Columns()
        self._forgotten = 0
        self._found: dict[Hashable, object] = {}

    def read(self, connection: sqlite3.Connection) -> Columns:
        """Return the columns of the state that a transaction sees, which must not have read anything before.

        The lock is taken before the transaction fixes its state: so no state comes after a newer one.
        """
        with self._lock:
            (version,) = connection.execute("SELECT version FROM state").fetchone()
            if version != self._columns.version:
                self._learn(connection)
                self._columns = _refreshed(connection, self._columns, version)
                self._found = {}
            return self._columns

    def names(self, connection: sqlite3.Connection) -> Names:
        """Return all names that a transaction sees; one that writes sees them all."""
        with self._lock:
            self._learn(connection)
            return self._columns.names

    def remembered(self, columns: Columns, key: Hashable, find: Callable[[], T]) -> T:
        """Return what was found by this key in this state; one page of the console asks for the same many times.

        Without the lock while it is found: two threads may find the same at once.
        """
        with self._lock:
            found = self._found if self._columns is columns else {}
            known = found.get(key)
        if known is not None:
            return cast(T, known)
        answer = find()
        with self._lock:
            if len(found) >= _MOST_FOUND:
                del found[next(iter(found))]
            found[key] = answer
        return answer

    def _learn(self, connection: sqlite3.Connection) -> None:
        (forgotten,) = connection.execute("SELECT forgotten FROM state").fetchone()
        if forgotten != self._forgotten:
            self._forgotten = forgotten
            self._columns = replace(self._columns, names=Names())
        learn_names(connection, self._columns.names)


def learn_names(connection: sqlite3.Connection, names: Names) -> None:
    """Learn the names that other transactions gave codes to."""
    newer = connection.execute("SELECT field, value FROM names WHERE n > ? ORDER BY n", (names.known,))
    for name, values in newer:
        names.learn(name, tuple(json.loads(values)))


def write_rows(connection: sqlite3.Connection, names: Names, rows: Mapping[int, LabelledPost | None]) -> None:
    """Put rows in place, None for one that is gone; ``names`` are as this transaction sees them."""
    codes = _Codes(connection, names)
    records = {n: codes.record(labelled) if labelled else GONE for n, labelled in rows.items()}
    connection.execute("UPDATE state SET version = version + 1")
    blocks = []
    for block, numbers in groupby(sorted(records), key=lambda n: n // BLOCK):
        old = connection.execute("SELECT data FROM blocks WHERE block = ?", (block,)).fetchone()
        table, written = unpacked(old[0] if old else b""), list(numbers)
        table[[n % BLOCK for n in written]] = np.array([records[n] for n in written], RECORD)
        blocks.append((block, packed(table)))
    connection.executemany("REPLACE INTO blocks SELECT ?, version, ? FROM state", blocks)


def forget_names(connection: sqlite3.Connection, before: Columns) -> None:
    """Take the names that no row has any more out of the file: a source that is withdrawn leaves nothing behind.

    Its code is not given again; ``before`` are the columns before this transaction wrote.
    """
    now = _refreshed(connection, before, before.version)
    idle = []
    for name, values in before.names.values.items():
        is_used = np.zeros(len(values), np.bool_)
        for segment in now.segments:
            is_used[segment.columns[name]] = True
        idle += [(name, int(code)) for code in np.flatnonzero(~is_used) if values[code]]
    if idle:
        connection.executemany("UPDATE names SET value = '[]' WHERE field = ? AND code = ?", idle)
        connection.execute("UPDATE state SET forgotten = forgotten + 1")


class _Codes:
    """Codes of values, those of this transaction too: it may yet fail, so that ``Names`` must not learn them here."""

    def __init__(self, connection: sqlite3.Connection, names: Names) -> None:
        self._connection = connection
        self._names = names
        self._fresh: dict[tuple[str, Values], int] = {}
        self._next: dict[str, int] = {name: len(names.values[name]) for name in CODED}

    def record(self, labelled: LabelledPost) -> tuple[int, ...]:
        return record_of(labelled, map(self._code, CODED, coded_of(labelled)))

    def _code(self, name: str, values: Values) -> int:
        key = name, values
        return self._names.codes.get(key) or self._fresh.get(key) or self._add(name, values)

    def _add(self, name: str, values: Values) -> int:
        code = self._next[name]
        if code > _MOST_CODES and RECORD[name].itemsize == _SMALL:
            raise ValueError(f"{name}: has more than {_MOST_CODES} different values, the last is {values[0]!r}")
        row = name, code, json.dumps(values)
        self._connection.execute("INSERT INTO names (field, code, value) VALUES (?, ?, ?)", row)
        self._next[name] += 1
        self._fresh[name, values] = code
        return code


def _refreshed(connection: sqlite3.Connection, old: Columns, version: int) -> Columns:
    segments = {segment.base: segment for segment in old.segments}
    newer: Iterable[tuple[int, bytes]] = connection.execute(_NEWER, (BLOCK, old.version))
    for number, blocks in groupby(newer, key=lambda block: block[0] // SEGMENT):
        base = number * SEGMENT
        segment = rebuilt(segments.pop(base, None), base, list(blocks))
        if segment:
            segments[base] = segment
    return Columns(version, tuple(segments[base] for base in sorted(segments)), old.names)
