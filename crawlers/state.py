"""What a source has been read so far, in one SQLite file: threads, fingerprints of posts, no text and no names."""

import hashlib
import re
import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.inbox import publish
from minsheng.domain import Post

_SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (address TEXT PRIMARY KEY, activity TEXT NOT NULL, first_read REAL NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_TIME_OR_COUNT = re.compile(
    r"\d[\d:./,-]*\s*(?:秒|分钟|个?小时|天|周|个月|[年月日时分万])?前?|刚刚|刚才|半小时前|大?前天|[昨今][天日晚]|[上下]午"
)


def fingerprint(post: Post) -> str:
    """Return the fingerprint of what a post says (masked), to see whether it was edited."""
    return hashlib.sha256(f"{post.title}\0{post.text}".encode()).hexdigest()[:16]


class CrawlState:
    """The memory of one source. Changes take effect together, when ``record`` returns.

    A segment of the inbox and what it holds become true at one moment, the commit of ``record``: killed before it,
    the segment is removed and its threads are read again; killed after it, the next start publishes the segment.
    """

    def __init__(self, path: Path, inbox: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._source, self._inbox = path.stem, inbox
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        self._base.executescript(_SCHEMA)
        self._settle()
        self.was_complete = self._note("complete") == "yes"
        self.ever_complete = self._note("ever_complete") == "yes"

    def wants_thread(self, address: str, activity: str | None, now: datetime, revisit: timedelta | None) -> bool:
        """Return whether a thread is to be read: unknown, with other activity, or young enough to look again."""
        row = self._base.execute("SELECT activity, first_read FROM threads WHERE address = ?", (address,)).fetchone()
        if row is None:
            return True
        if activity is not None:
            return bool(row[0] != _trace(activity))
        return revisit is not None and now.timestamp() - float(row[1]) < revisit.total_seconds()

    def fingerprint_of(self, post_id: str) -> str | None:
        """Return the fingerprint under which a post was written, or None if it never was."""
        row = self._base.execute("SELECT fingerprint FROM posts WHERE id = ?", (post_id,)).fetchone()
        return None if row is None else str(row[0])

    def count(self) -> int:
        """Return how many posts of the source were ever written."""
        return int(self._base.execute("SELECT count(*) FROM posts").fetchone()[0])

    def begin(self) -> None:
        """Note that a crawl is under way, so that one that dies is not taken for a complete one."""
        self._set_note("complete", "no")

    def finish(self) -> None:
        """Note that a crawl read all there was."""
        self._set_note("complete", "yes")
        self._set_note("ever_complete", "yes")

    def record(
        self,
        posts: Iterable[tuple[str, str]],
        threads: Iterable[tuple[str, str | None]],
        now: datetime,
        segment: str | None,
    ) -> None:
        """Record written posts (id, fingerprint), threads read (address, activity) and the segment to publish."""
        rows = [(address, _trace(activity or ""), now.timestamp()) for address, activity in threads]
        self._base.execute("BEGIN IMMEDIATE")
        self._base.executemany("INSERT OR REPLACE INTO posts VALUES (?, ?)", posts)
        self._base.executemany(
            "INSERT INTO threads VALUES (?, ?, ?) ON CONFLICT(address) DO UPDATE SET activity = excluded.activity", rows
        )
        if segment:
            self._set_note("publish", segment)
        self._base.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _settle(self) -> None:
        """Publish the segment that a killed run had recorded, and remove those that it had not."""
        recorded = self._note("publish")
        for path in self._inbox.glob(f"*-{self._source}.ready"):
            if path.stem == recorded:
                publish(self._inbox, path.stem)
            else:
                path.unlink()

    def _note(self, name: str) -> str | None:
        row = self._base.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _set_note(self, name: str, value: str) -> None:
        self._base.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))


def _trace(activity: str) -> str:
    """Keep of a thread's activity what tells time or count: a name beside it must not be stored, not even hashed."""
    return " ".join(_TIME_OR_COUNT.findall(activity))
