"""Labelled posts in one SQLite file, found by any substring: the default back end."""

import logging
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from indexer.base import Facet, Hit, Interval, Page, Query
from indexer.batches import batches, keep_collected, latest_by_id
from indexer.check import check_facet, check_interval, check_query
from indexer.ranking import Position, decode_cursor, encode_cursor
from indexer.sqlite_conditions import Sql
from indexer.sqlite_file import SqliteFile
from indexer.sqlite_query import count_sql, days_sql, facet_sql, may_walk, positions_sql
from indexer.sqlite_schema import (
    FULL,
    INSERT_BODY,
    INSERT_POST,
    INSERT_WORDS,
    body_row,
    labelled_of,
    post_row,
)
from indexer.times import fill_bins
from indexer.tokens import normals_of, pairs
from minsheng.domain import LabelledPost

BATCH = 1000
"""Posts that are stored in one transaction: all of them or none."""

_SHELF = 500
"""Posts that a stream reads at a time."""

_log = logging.getLogger(__name__)


class SqliteIndex:
    """A PostIndex in one file; several threads and processes may use it at once.

    - ``add`` stores batch by batch: if ``posts`` fails half-way, the batches before it are kept.
    - ``stream`` yields the posts that match when it starts; those deleted meanwhile are left out.

    Raises:
        IndexUnavailable: From every method, when the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, busy_seconds: float = 30.0) -> None:
        self._file = SqliteFile(path, busy_seconds)

    def add(self, posts: Iterable[LabelledPost]) -> int:
        return sum(self._add_batch(batch) for batch in batches(posts, BATCH))

    def get(self, post_id: str) -> LabelledPost | None:
        with self._file.read() as connection:
            row = connection.execute(f"SELECT {FULL} WHERE p.id = ?", (post_id,)).fetchone()
        return labelled_of(row) if row else None

    def search(self, query: Query) -> Page:
        check_query(query)
        with self._file.read() as connection:
            (total,) = _one(connection, count_sql(query))
            walk = may_walk(query) and _is_common(connection, total, query.limit)
            rows = _all(connection, positions_sql(query, decode_cursor(query), query.limit + 1, walk=walk))
            shown = rows[: query.limit]
            posts = _read(connection, [n for n, _, _ in shown])
            copies = _copies(connection, {labelled.reading.cluster for labelled in posts})
        more = encode_cursor(query.order, Position(*shown[-1][1:])) if len(rows) > len(shown) else None
        return Page(tuple(Hit(labelled, copies[labelled.reading.cluster]) for labelled in posts), total, more)

    def count(self, query: Query) -> int:
        check_query(query)
        with self._file.read() as connection:
            return int(_one(connection, count_sql(query))[0])

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        check_query(query)
        check_facet(facet, limit)
        with self._file.read() as connection:
            return dict(_all(connection, facet_sql(query, facet, limit)))

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        check_query(query)
        check_interval(interval)
        with self._file.read() as connection:
            days = _all(connection, days_sql(query))
        return fill_bins(days, interval)

    def stream(self, query: Query) -> Iterator[LabelledPost]:
        check_query(query)
        return self._stream(query)

    def delete(self, ids: Iterable[str]) -> int:
        return sum(self._delete_batch(batch) for batch in batches(ids, BATCH))

    def close(self) -> None:
        self._file.close()

    def _add_batch(self, batch: Sequence[LabelledPost]) -> int:
        latest = latest_by_id(batch)
        normals = {post_id: normals_of(labelled) for post_id, labelled in latest.items()}
        with self._file.write() as connection:
            stored = _stored(connection, latest)
            changed = _changed(latest, stored)
            _erase(connection, [stored[post_id][0] for post_id in changed if post_id in stored])
            numbers = _numbers(connection, changed, stored)
            _insert(connection, [(numbers[key], labelled, normals[key]) for key, labelled in changed.items()])
        new = len(latest) - len(stored)
        _log.debug("posts stored new=%d changed=%d same=%d", new, len(changed) - new, len(latest) - len(changed))
        return new

    def _delete_batch(self, ids: Sequence[str]) -> int:
        with self._file.write() as connection:
            numbers = [n for n, _ in _stored(connection, dict.fromkeys(ids)).values()]
            _erase(connection, numbers)
        return len(numbers)

    def _stream(self, query: Query) -> Iterator[LabelledPost]:
        # The numbers of all matches are small enough to hold; a read transaction held for long would let the WAL grow.
        with self._file.read() as connection:
            statement = positions_sql(query)
            numbers = array("q", (n for n, _, _ in connection.execute(statement.text, statement.values)))
        for start in range(0, len(numbers), _SHELF):
            with self._file.read() as connection:
                posts = _read(connection, numbers[start : start + _SHELF])
            yield from posts


def _changed(
    latest: Mapping[str, LabelledPost], stored: Mapping[str, tuple[int, LabelledPost]]
) -> dict[str, LabelledPost]:
    """Return the posts that are new or differ from what is stored, with the stored ``collected_at``."""
    changed = {}
    for post_id, labelled in latest.items():
        if post_id not in stored:
            changed[post_id] = labelled
        elif (kept := keep_collected(labelled, stored[post_id][1])) != stored[post_id][1]:
            changed[post_id] = kept
    return changed


def _stored(connection: sqlite3.Connection, ids: Mapping[str, object]) -> dict[str, tuple[int, LabelledPost]]:
    rows = connection.execute(f"SELECT {FULL} WHERE p.id IN ({_marks(ids)})", tuple(ids))
    return {row[1]: (row[0], labelled_of(row)) for row in rows}


def _numbers(
    connection: sqlite3.Connection, ids: Iterable[str], stored: Mapping[str, tuple[int, LabelledPost]]
) -> dict[str, int]:
    """Return the row number of each post; new ones get numbers never used before, so that a stream is not misled."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'posts'").fetchone()
    last = row[0] if row else 0
    numbers = {}
    for post_id in ids:
        if post_id in stored:
            numbers[post_id] = stored[post_id][0]
        else:
            last += 1
            numbers[post_id] = last
    return numbers


def _insert(connection: sqlite3.Connection, rows: Sequence[tuple[int, LabelledPost, tuple[str, str]]]) -> None:
    connection.executemany(INSERT_POST, (post_row(n, labelled) for n, labelled, _ in rows))
    connection.executemany(INSERT_BODY, (body_row(n, labelled, normals) for n, labelled, normals in rows))
    links = ((project, n) for n, labelled, _ in rows for project in dict.fromkeys(labelled.reading.projects))
    connection.executemany("INSERT INTO links VALUES (?, ?)", links)
    words = ((n, pairs(title), pairs(text)) for n, _, (title, text) in rows)
    connection.executemany(INSERT_WORDS, words)


def _erase(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    old = connection.execute(
        f"SELECT n, norm_title, norm_text FROM bodies WHERE n IN ({_marks(numbers)})", tuple(numbers)
    ).fetchall()
    # A contentless FTS table must be told what it holds; it is worked out from the normal form as it was stored.
    words = ((n, pairs(title), pairs(text)) for n, title, text in old)
    connection.executemany("INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?, ?, ?)", words)
    for table in ("links", "bodies", "posts"):
        connection.executemany(f"DELETE FROM {table} WHERE n = ?", ((n,) for n in numbers))


def _read(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[LabelledPost]:
    """Return the posts of these rows in this order, without those that are gone."""
    rows = connection.execute(f"SELECT {FULL} WHERE p.n IN ({_marks(numbers)})", tuple(numbers))
    found = {row[0]: labelled_of(row) for row in rows}
    return [found[n] for n in numbers if n in found]


def _copies(connection: sqlite3.Connection, clusters: set[str]) -> dict[str, int]:
    marks = _marks(clusters)
    sql = f"SELECT cluster, count(*) FROM posts WHERE cluster IN ({marks}) GROUP BY cluster"
    return dict(connection.execute(sql, tuple(clusters)).fetchall())


def _is_common(connection: sqlite3.Connection, matches: int, limit: int) -> bool:
    """Walking reads about ``limit · posts / matches`` texts, sorting looks at ``matches`` rows: take the lesser."""
    (posts,) = connection.execute("SELECT coalesce(max(n), 0) FROM posts").fetchone()
    return bool(matches * matches > limit * posts)


def _one(connection: sqlite3.Connection, sql: Sql) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(sql.text, sql.values).fetchone()
    return row


def _all(connection: sqlite3.Connection, sql: Sql) -> list[Any]:
    return connection.execute(sql.text, sql.values).fetchall()


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
