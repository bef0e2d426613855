"""Tables of an older Minsheng in, those of this one out, within a transaction of the caller."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial

from indexer.columns import Names
from indexer.sqlite_columns import learn_names
from indexer.sqlite_schema import CREATE, CREATE_VECTORS, labelled_of
from indexer.sqlite_writing import insert
from indexer.tokens import normals_of

_BATCH = 1000
_TOLD_EVERY = 50_000

_ROWS = """SELECT p.n, p.id, p.published, p.source, p.kind, p.sentiment, p.topic, p.aspect, {intent}, p.cluster,
    p.thread, p.reply_to, b.url, b.title, b.text, b.collected, b.shown_at, b.project, b.place, b.likes, b.projects,
    b.negative, b.neutral, b.positive, b.model, NULL, NULL
    FROM old_posts p JOIN bodies b ON b.n = p.n WHERE p.n > ? ORDER BY p.n LIMIT ?"""

_log = logging.getLogger(__name__)


def _convert(connection: sqlite3.Connection, intent: str) -> None:
    """Versions 1 and 2 counted by SQL. Version 1 knew no intents and no doubt, and found other words."""
    connection.execute("ALTER TABLE posts RENAME TO old_posts")
    connection.execute("DROP TABLE words")
    for statement in CREATE:
        connection.execute(statement)
    # Numbers of rows are kept, and those once given are not given again.
    connection.execute(
        "UPDATE state SET last = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'old_posts'), 0)"
    )
    _copy(connection, _ROWS.format(intent=intent))
    for table in ("links", "bodies", "old_posts"):
        connection.execute(f"DROP TABLE {table}")


def _copy(connection: sqlite3.Connection, selection: str) -> None:
    (total,) = connection.execute("SELECT count(*) FROM old_posts").fetchone()
    names = Names()
    last = done = 0
    while rows := connection.execute(selection, (last, _BATCH)).fetchall():
        posts = {row[0]: labelled_of(row) for row in rows}
        learn_names(connection, names)
        insert(connection, names, posts, {labelled.post.id: normals_of(labelled) for labelled in posts.values()})
        last = max(posts)
        done += len(posts)
        if done % _TOLD_EVERY == 0 or done == total:
            _log.info("index conversion done=%d of=%d", done, total)


def _add_vectors(connection: sqlite3.Connection) -> None:
    """Version 3 knew no vectors; its posts get theirs when they are read anew."""
    connection.execute(CREATE_VECTORS)


CONVERSIONS: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    1: partial(_convert, intent="''"),
    2: partial(_convert, intent="p.intent"),
    3: _add_vectors,
}
"""Schema version → what converts its tables."""
