"""A file of an older schema in, the same file in the present schema out: one transaction, all or nothing."""

import logging
import sqlite3

from indexer.sqlite_schema import CREATE_WORDS, INSERT_WORDS, VERSION
from indexer.tokens import pairs

OLDEST = 1
"""The first schema that is still read."""

_SHELF = 2000

_log = logging.getLogger(__name__)


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file to the present schema inside the caller's transaction.

    From 1 to 2: a post has an intent, not known for old ones, and Latin words are found whole, so the word index is
    made anew from the normal forms that are stored.
    """
    (posts,) = connection.execute("SELECT count(*) FROM bodies").fetchone()
    _log.info("index upgrade from=%d to=%d posts=%d", version, VERSION, posts)
    connection.execute("ALTER TABLE posts ADD COLUMN intent TEXT NOT NULL DEFAULT ''")
    connection.execute("DROP TABLE words")
    connection.execute(CREATE_WORDS)
    last = -1
    while rows := connection.execute(
        "SELECT n, norm_title, norm_text FROM bodies WHERE n > ? ORDER BY n LIMIT ?", (last, _SHELF)
    ).fetchall():
        connection.executemany(INSERT_WORDS, ((n, pairs(title), pairs(text)) for n, title, text in rows))
        last = rows[-1][0]
    connection.execute(f"PRAGMA user_version = {VERSION}")
    _log.info("index upgraded posts=%d", posts)
