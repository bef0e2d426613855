"""The file of the near-duplicates and ids of posts in, that file without them and without their words out."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from minsheng.errors import IndexUnavailable
from models.copies import bands

_BUSY_SECONDS = 30.0


class ClusterEraser:
    """Takes posts out of a ``ClusterStore`` that others may be using; what a call returned from is done for good.

    A cluster keeps its name for the posts that stay. Its text is that of its first post: it goes with that post, and
    later copies then found a cluster of their own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def forget(self, posts: Iterable[str]) -> int:
        """Forget posts; return how many were known."""
        if not self._path.exists():
            return 0
        with self._transaction() as rows:
            return sum(_forget(rows, post) for post in posts)

    def of_source(self, name: str) -> list[str]:
        """Return the ids of all posts of a source: they begin with its name."""
        if not self._path.exists():
            return []
        with self._transaction() as rows:
            found = rows.execute("SELECT post FROM member WHERE post >= ? AND post < ?", (f"{name}:", f"{name};"))
            return [post for (post,) in found.fetchall()]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)) as rows:
                rows.execute("BEGIN IMMEDIATE")
                yield rows
                rows.execute("COMMIT")
        except sqlite3.Error as error:
            raise IndexUnavailable(
                f"cluster store {self._path}: cannot be written: {error}; is there room on the disk?"
            ) from error


def _forget(rows: sqlite3.Connection, post: str) -> int:
    found = rows.execute("SELECT cluster FROM member WHERE post = ?", (post,)).fetchone()
    known = rows.execute("DELETE FROM member WHERE post = ?", (post,)).rowcount
    # Clusters are named by their first post, and ``post~key`` where that name was taken already.
    named = rows.execute(
        "SELECT DISTINCT cluster FROM leader WHERE cluster = ? OR cluster GLOB ?", (post, f"{_literal(post)}~*")
    )
    clusters = {cluster for (cluster,) in named.fetchall()}
    if found and not rows.execute("SELECT 1 FROM member WHERE cluster = ? LIMIT 1", found).fetchone():
        clusters.add(found[0])
    for cluster in clusters:
        _drop(rows, cluster)
    return known


def _drop(rows: sqlite3.Connection, cluster: str) -> None:
    leaders = rows.execute("SELECT number, folded, kind FROM leader WHERE cluster = ?", (cluster,)).fetchall()
    for number, folded, kind in leaders:
        rows.executemany("DELETE FROM band WHERE band = ? AND leader = ?", [(b, number) for b in bands(folded, kind)])
    rows.execute("DELETE FROM leader WHERE cluster = ?", (cluster,))
    rows.execute("DELETE FROM exact WHERE cluster = ?", (cluster,))


def _literal(text: str) -> str:
    """Return a GLOB pattern for just this text."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
