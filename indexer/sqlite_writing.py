"""A batch of labelled posts in, all that SQLite holds of them written within one transaction."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexer.batches import batches, kept, reread
from indexer.columns import Columns, Names
from indexer.sqlite_columns import forget_names, write_rows
from indexer.sqlite_schema import FULL, INSERT_POST, POSTS, UPDATE_LABEL, label_row, labelled_of, post_row
from indexer.tokens import normals_of, pairs
from minsheng.domain import LabelledPost

_AT_ONCE = 250
"""Posts whose words one statement takes: while it runs, other threads of this process may work."""


@dataclass(frozen=True, slots=True)
class Words:
    """The normal forms of title and text, and the pairs by which they are found."""

    normals: tuple[str, str]
    pairs: tuple[str, str]


_Stored = Mapping[str, tuple[int, LabelledPost]]


def store(
    connection: sqlite3.Connection, names: Names, latest: Mapping[str, LabelledPost], words: Mapping[str, Words]
) -> tuple[int, int]:
    """Store posts by id and return how many were new and how many changed; what is the same is not written."""
    stored = _stored(connection, latest)
    changed = _changed(latest, stored)
    _erase(connection, [stored[post_id][0] for post_id in changed if post_id in stored])
    numbers = _numbers(connection, changed, stored)
    insert(connection, names, {numbers[post_id]: labelled for post_id, labelled in changed.items()}, words)
    new = len(latest) - len(stored)
    return new, len(changed) - new


def remove(connection: sqlite3.Connection, columns: Columns, ids: Iterable[str]) -> int:
    """Remove posts and return how many were there."""
    numbers = [n for n, _ in _stored(connection, dict.fromkeys(ids)).values()]
    _erase(connection, numbers)
    if numbers:
        write_rows(connection, columns.names, dict.fromkeys(numbers))
        forget_names(connection, columns)
    return len(numbers)


def amend(
    connection: sqlite3.Connection, names: Names, post_id: str, change: Callable[[LabelledPost], LabelledPost]
) -> LabelledPost | None:
    """Change what is said of a stored post, not its words; return it as it is then, None if there is none."""
    stored = _stored(connection, {post_id: None}).get(post_id)
    if stored is None:
        return None
    n, labelled = stored
    changed = change(labelled)
    _update(connection, names, {n: changed} if changed != labelled else {})
    return changed


def relabel(connection: sqlite3.Connection, names: Names, read: Mapping[str, LabelledPost]) -> int:
    """Write new readings of stored posts, where they are still what was read; return how many are."""
    found = 0
    changed: dict[int, LabelledPost] = {}
    for post_id, (n, old) in _stored(connection, read).items():
        new = reread(old, read[post_id])
        found += new is not None
        if new and new != old:
            changed[n] = new
    _update(connection, names, changed)
    return found


def words_of(labelled: LabelledPost) -> Words:
    """Return what a post is found by; half of the work of storing it, and needs no transaction."""
    title, text = normals_of(labelled)
    return Words((title, text), (pairs(title), pairs(text)))


def insert(
    connection: sqlite3.Connection, names: Names, rows: Mapping[int, LabelledPost], words: Mapping[str, Words]
) -> None:
    """Write rows whose numbers are free."""
    if not rows:
        return
    known = [(n, labelled, words[labelled.post.id]) for n, labelled in rows.items()]
    connection.executemany(INSERT_POST, (post_row(n, labelled, said.normals) for n, labelled, said in known))
    _insert_vectors(connection, rows)
    for some in batches(((n, *said.pairs) for n, _, said in known), _AT_ONCE):
        marks = ", ".join(["(?, ?, ?)"] * len(some))
        values = [value for row in some for value in row]
        connection.execute(f"INSERT INTO words (rowid, title, text) VALUES {marks}", values)
    write_rows(connection, names, rows)


def _changed(latest: Mapping[str, LabelledPost], stored: _Stored) -> dict[str, LabelledPost]:
    """Return the posts that are new or differ from what is stored, with what is kept of it."""
    changed = {}
    for post_id, labelled in latest.items():
        if post_id not in stored:
            changed[post_id] = labelled
        elif (merged := kept(labelled, stored[post_id][1])) != stored[post_id][1]:
            changed[post_id] = merged
    return changed


def _update(connection: sqlite3.Connection, names: Names, rows: Mapping[int, LabelledPost]) -> None:
    if rows:
        connection.executemany(UPDATE_LABEL, (label_row(n, labelled) for n, labelled in rows.items()))
        connection.executemany("DELETE FROM vectors WHERE n = ?", ((n,) for n in rows))
        _insert_vectors(connection, rows)
        write_rows(connection, names, rows)


def _insert_vectors(connection: sqlite3.Connection, rows: Mapping[int, LabelledPost]) -> None:
    vectors = ((n, v.space, v.numbers) for n, labelled in rows.items() if (v := labelled.reading.vector))
    connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", vectors)


def _stored(connection: sqlite3.Connection, ids: Mapping[str, object]) -> dict[str, tuple[int, LabelledPost]]:
    rows = connection.execute(f"SELECT {FULL} FROM {POSTS} WHERE id IN ({_marks(ids)})", tuple(ids))
    return {row[1]: (row[0], labelled_of(row)) for row in rows}


def _numbers(connection: sqlite3.Connection, ids: Iterable[str], stored: _Stored) -> dict[str, int]:
    """Return the row number of each post; new ones get numbers never used before, so that a stream is not misled."""
    (last,) = connection.execute("SELECT last FROM state").fetchone()
    numbers = {}
    for post_id in ids:
        if post_id in stored:
            numbers[post_id] = stored[post_id][0]
        else:
            last += 1
            numbers[post_id] = last
    connection.execute("UPDATE state SET last = ?", (last,))
    return numbers


def _erase(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    old = connection.execute(
        f"SELECT n, norm_title, norm_text FROM posts WHERE n IN ({_marks(numbers)})", tuple(numbers)
    ).fetchall()
    # A contentless FTS table must be told what it holds; it is worked out from the normal form as it was stored.
    words = ((n, pairs(title), pairs(text)) for n, title, text in old)
    connection.executemany("INSERT INTO words (words, rowid, title, text) VALUES ('delete', ?, ?, ?)", words)
    for table in ("posts", "vectors"):
        connection.executemany(f"DELETE FROM {table} WHERE n = ?", ((n,) for n in numbers))


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
