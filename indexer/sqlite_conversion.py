"""Tables of an older Minsheng in, those of this one out, within a transaction of the caller."""

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from indexer.columns import BLOCK, RECORD, Names, packed
from indexer.sqlite_columns import learn_names
from indexer.sqlite_schema import CREATE, CREATE_VECTORS, VERSION, labelled_of
from indexer.sqlite_writing import insert, words_of

_BATCH = 1000
_TOLD_EVERY = 50_000

_ROWS = """SELECT p.n, p.id, p.published, p.source, p.kind, p.sentiment, p.topic, p.aspect, {intent}, p.cluster,
    p.thread, p.reply_to, b.url, b.title, b.text, b.collected, b.shown_at, b.project, b.place, b.likes, b.projects,
    b.negative, b.neutral, b.positive, b.model, NULL, NULL, NULL
    FROM old_posts p JOIN bodies b ON b.n = p.n WHERE p.n > ? ORDER BY p.n LIMIT ?"""

_log = logging.getLogger(__name__)


def _from_sql(connection: sqlite3.Connection, intent: str) -> int:
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
    return VERSION


def _copy(connection: sqlite3.Connection, selection: str) -> None:
    (total,) = connection.execute("SELECT count(*) FROM old_posts").fetchone()
    names = Names()
    last = done = 0
    while rows := connection.execute(selection, (last, _BATCH)).fetchall():
        posts = {row[0]: labelled_of(row) for row in rows}
        learn_names(connection, names)
        insert(connection, names, posts, {labelled.post.id: words_of(labelled) for labelled in posts.values()})
        last = max(posts)
        done += len(posts)
        if done % _TOLD_EVERY == 0 or done == total:
            _log.info("index conversion done=%d of=%d", done, total)


# The columns of version 3: in this order, without those of the model, of corrections, and of projects as read.
_RECORD_3 = np.dtype(
    [("published", "<i8"), ("cluster", "<u8"), ("thread", "<u8"), ("reply_to", "<u8"), ("project", "<u4")]
    + [(name, "<u2") for name in ("source", "kind", "sentiment", "topic", "aspect", "intent")]
)


def _add_corrections(connection: sqlite3.Connection) -> int:
    """Version 3 knew no corrections, and did not count by model."""
    connection.execute("ALTER TABLE posts ADD COLUMN corrections TEXT")
    projects = "SELECT 'linked', code, value FROM names WHERE field = 'project' ORDER BY n"
    connection.execute(f"INSERT INTO names (field, code, value) {projects}")
    uncorrected = 1
    connection.execute("INSERT INTO names (field, code, value) VALUES ('corrected', ?, '[]')", (uncorrected,))
    models = [model for (model,) in connection.execute("SELECT DISTINCT model FROM posts")]
    codes = {model: code for code, model in enumerate(models, 1)}
    rows = [(code, json.dumps((model,))) for model, code in codes.items()]
    connection.executemany("INSERT INTO names (field, code, value) VALUES ('model', ?, ?)", rows)
    connection.execute("UPDATE state SET version = version + 1")
    blocks = [block for (block,) in connection.execute("SELECT block FROM blocks ORDER BY block")]
    for done, block in enumerate(blocks, 1):
        _widen(connection, block, codes, uncorrected)
        if done * BLOCK % _TOLD_EVERY < BLOCK or done == len(blocks):
            _log.info("index conversion done=%d of=%d", done * BLOCK, len(blocks) * BLOCK)
    return 4


def _widen(connection: sqlite3.Connection, block: int, codes: Mapping[str, int], uncorrected: int) -> None:
    (data,) = connection.execute("SELECT data FROM blocks WHERE block = ?", (block,)).fetchone()
    rows = np.zeros(BLOCK, RECORD)
    old = np.frombuffer(data, _RECORD_3) if data else np.zeros(BLOCK, _RECORD_3)
    for name in _RECORD_3.names or ():
        rows[name] = old[name]
    rows["linked"] = old["project"]
    rows["corrected"][old["source"] != 0] = uncorrected
    first = block * BLOCK
    read = connection.execute("SELECT n, model FROM posts WHERE n >= ? AND n < ?", (first, first + BLOCK))
    for n, model in read:
        rows["model"][n - first] = codes[model]
    connection.execute(
        "UPDATE blocks SET data = ?, version = (SELECT version FROM state) WHERE block = ?", (packed(rows), block)
    )


def _add_vectors(connection: sqlite3.Connection) -> int:
    """Version 4 knew no vectors; its posts get theirs when they are read anew."""
    connection.execute(CREATE_VECTORS)
    return 5


CONVERSIONS: Mapping[int, Callable[[sqlite3.Connection], int]] = {
    1: partial(_from_sql, intent="''"),
    2: partial(_from_sql, intent="p.intent"),
    3: _add_corrections,
    4: _add_vectors,
}
"""Schema version → what converts its tables and returns the version that they have then."""
