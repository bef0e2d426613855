"""Posts in, the near-duplicate cluster of each out; remembered in one SQLite file."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from minsheng.domain import Post
from minsheng.errors import IndexUnavailable
from minsheng.text import normalise
from models.copies import SHORT, are_copies, bands, fold, similarity

_SCHEMA = """
CREATE TABLE IF NOT EXISTS member (post TEXT PRIMARY KEY, key BLOB NOT NULL, cluster TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_cluster ON member (cluster);
CREATE TABLE IF NOT EXISTS exact (key BLOB PRIMARY KEY, cluster TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS exact_cluster ON exact (cluster);
CREATE TABLE IF NOT EXISTS leader (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, folded TEXT NOT NULL,
                                   cluster TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS leader_cluster ON leader (cluster);
CREATE TABLE IF NOT EXISTS band (band INTEGER NOT NULL, leader INTEGER NOT NULL, PRIMARY KEY (band, leader))
    WITHOUT ROWID;
"""
_CANDIDATES = """
SELECT DISTINCT leader.number, leader.folded, leader.cluster FROM band JOIN leader ON leader.number = band.leader
WHERE band.band IN ({marks}) AND leader.kind = ? ORDER BY leader.number
"""


class ClusterStore:
    """Gives each post the cluster of its near copies, named by the id of the first post of them.

    - the same post gets the same cluster, today and after a restart; a post whose text was edited is placed anew.
    - a text is compared with the first text of each cluster, never with later members: clusters do not creep.
    - official and public posts never share a cluster.
    - one batch is one transaction: killed at any moment, the file holds whole batches, and the rest can be repeated.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")
        except (OSError, sqlite3.Error) as error:
            raise IndexUnavailable(
                f"cluster store {path}: cannot be opened: {error}; "
                "move the file away to start afresh (copies of older posts will then count anew)"
            ) from error

    def assign(self, posts: Sequence[Post]) -> list[str]:
        """Return the cluster of each post, in order; a post that was placed before keeps its cluster."""
        with self._transaction():
            return [self._place(post) for post in posts]

    def close(self) -> None:
        """Close the file; what was assigned is kept."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._in_transaction():
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise IndexUnavailable(
                        f"cluster store {self._path}: cannot be written: {error}; is there room on the disk?"
                    ) from error
                raise

    def _in_transaction(self) -> bool:
        try:
            return self._db.in_transaction
        except sqlite3.ProgrammingError:  # the store was closed
            return False

    def _place(self, post: Post) -> str:
        folded = fold(post.text) or fold(post.title)
        key = _key(post, folded)
        known = self._db.execute("SELECT key, cluster FROM member WHERE post = ?", (post.id,)).fetchone()
        if known and known[0] == key:
            return str(known[1])
        if known:
            self._leave(post.id, str(known[1]))
        cluster = self._find(post, folded, key) or self._found(post, folded, key)
        self._db.execute("INSERT OR REPLACE INTO member VALUES (?, ?, ?)", (post.id, key, cluster))
        return cluster

    def _leave(self, post: str, cluster: str) -> None:
        """Take an edited post out of its cluster; a cluster that nobody else is in is forgotten."""
        self._db.execute("DELETE FROM member WHERE post = ?", (post,))
        if self._db.execute("SELECT 1 FROM member WHERE cluster = ? LIMIT 1", (cluster,)).fetchone():
            return
        leaders = self._db.execute("SELECT number, folded, kind FROM leader WHERE cluster = ?", (cluster,)).fetchall()
        for number, folded, kind in leaders:
            self._db.executemany(
                "DELETE FROM band WHERE band = ? AND leader = ?", [(b, number) for b in bands(folded, kind)]
            )
        self._db.execute("DELETE FROM leader WHERE cluster = ?", (cluster,))
        self._db.execute("DELETE FROM exact WHERE cluster = ?", (cluster,))

    def _find(self, post: Post, folded: str, key: bytes) -> str | None:
        exact = self._db.execute("SELECT cluster FROM exact WHERE key = ?", (key,)).fetchone()
        if exact or len(folded) < SHORT:
            return str(exact[0]) if exact else None
        numbers = bands(folded, post.kind)
        found = self._db.execute(_CANDIDATES.format(marks=",".join("?" * len(numbers))), (*numbers, post.kind))
        alike = [(text, cluster) for _, text, cluster in found if are_copies(folded, text)]
        if not alike:
            return None
        cluster = str(max(alike, key=lambda pair: similarity(folded, pair[0]))[1])
        self._db.execute("INSERT INTO exact VALUES (?, ?)", (key, cluster))
        return cluster

    def _found(self, post: Post, folded: str, key: bytes) -> str:
        cluster = self._free_name(post.id, key)
        self._db.execute("INSERT INTO exact VALUES (?, ?)", (key, cluster))
        if len(folded) >= SHORT:
            row = (str(post.kind), folded, cluster)
            leader = self._db.execute("INSERT INTO leader (kind, folded, cluster) VALUES (?, ?, ?)", row).lastrowid
            self._db.executemany(
                "INSERT OR IGNORE INTO band VALUES (?, ?)", [(b, leader) for b in bands(folded, post.kind)]
            )
        return cluster

    def _free_name(self, post: str, key: bytes) -> str:
        """Name a new cluster after its first post; an edited post may have given its name to copies of its old text."""
        taken = self._db.execute("SELECT 1 FROM exact WHERE cluster = ? LIMIT 1", (post,)).fetchone()
        return f"{post}~{key.hex()[:8]}" if taken else post


def _key(post: Post, folded: str) -> bytes:
    """Return what exact copies share. A short text also needs the same source, thread and hour.

    The thread goes beyond methods.md 7: people who say 支持 under two news items in one hour are two people.
    """
    parts = [str(post.kind), folded]
    if len(folded) < SHORT:
        hour = post.published_at.strftime("%Y%m%d%H")
        words = folded or normalise(post.text) or post.id
        parts += [words, post.source, post.thread, hour]
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
