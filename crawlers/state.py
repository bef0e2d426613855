"""What a source has been read so far, in one SQLite file: threads, fingerprints of posts, no text and no names."""

import hashlib
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.inbox import publish
from crawlers.items import ThreadEnd
from minsheng.domain import Post, Window

_SCHEMA = """
CREATE TABLE IF NOT EXISTS threads (address TEXT PRIMARY KEY, activity TEXT NOT NULL, first_read REAL NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS posts (id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, etag TEXT NOT NULL, modified TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS backfilled (address TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
# Added since the first version: a file without them gets them, and learns what they hold as threads are read again.
_ADDED = {
    "threads": {"checked": "REAL NOT NULL DEFAULT 0", "entry": "TEXT NOT NULL DEFAULT ''"},
    "posts": {"thread": "TEXT NOT NULL DEFAULT ''", "missing": "REAL"},
}
_INDEXES = """
CREATE INDEX IF NOT EXISTS posts_of_thread ON posts (thread);
CREATE INDEX IF NOT EXISTS missing_posts ON posts (missing) WHERE missing IS NOT NULL;
CREATE INDEX IF NOT EXISTS threads_by_check ON threads (checked);
"""
_TIME_OR_COUNT = re.compile(
    r"\d[\d:./,-]*\s*(?:秒|分钟|个?小时|天|周|个月|[年月日时分万])?前?|刚刚|刚才|半小时前|大?前天|[昨今][天日晚]|[上下]午"
)
_SURE_AFTER = timedelta(minutes=1)
_LOOK_AGAIN_AFTER = timedelta(days=7)


def fingerprint(post: Post) -> str:
    """Return the fingerprint of what a post says (masked), to see whether it was edited."""
    return hashlib.sha256(f"{post.title}\0{post.text}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a post: its fingerprint, and the thread in which it was last seen."""

    fingerprint: str
    thread: str


@dataclass(slots=True)
class Change:
    """What a part of a crawl found; ``CrawlState.apply`` makes it true in one step.

    ``posts`` are ids with fingerprint and thread, of those written and those that moved; ``seen`` were missing and are
    there again; ``missing`` were not there for the first time; ``deleted`` for the second.
    """

    posts: dict[str, Known] = field(default_factory=dict)
    threads: list[ThreadEnd] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    pages: list[tuple[str, str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.posts or self.threads or self.pages)


class CrawlState:
    """The memory of one source. Changes take effect together, when ``apply`` returns.

    A segment of the inbox and what it holds become true at one moment, the commit of ``apply``: killed before it,
    the segment is removed and its threads are read again; killed after it, the next start publishes the segment.
    """

    def __init__(self, path: Path, inbox: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.folder = path.parent
        self._source, self._inbox = path.stem, inbox
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=FULL")
        _make_tables(self._base)
        self._settle()
        self.was_complete = self._note("complete") == "yes"
        self.ever_complete = self._note("ever_complete") == "yes"
        self.span: Window | None = None

    def fill_back(self, span: Window | None) -> None:
        """Turn this crawl into one that brings what was published within ``span``, and nothing else.

        It goes through the whole list, and on where the last one of the same span ended.
        """
        self.span = span
        if span is not None:
            self.was_complete = False

    def wish(self, span: Window) -> None:
        """Note the span that is to be filled; what an earlier one had reached counts no more if it was another."""
        wanted = f"{span.since.isoformat()} {span.until.isoformat()}"
        if self._note("backfill") != wanted:
            self._base.execute("DELETE FROM backfilled")
            self._set_note("backfill", wanted)

    def wants_thread(self, address: str, activity: str | None, now: datetime, revisit: timedelta | None) -> bool:
        """Return whether a thread is to be read: unknown, with other activity or missing posts, or young enough."""
        row = self._base.execute("SELECT activity, first_read FROM threads WHERE address = ?", (address,)).fetchone()
        if self.span is not None and self._is_backfilled(address):
            return False
        if row is None or self.misses_posts(address):
            return True
        if activity is not None:
            return bool(row[0] != _trace(activity))
        return revisit is not None and now.timestamp() - float(row[1]) < revisit.total_seconds()

    def fingerprint_of(self, post_id: str) -> str | None:
        """Return the fingerprint under which a post was written, or None if it never was."""
        known = self.known(post_id)
        return known.fingerprint if known else None

    def known(self, post_id: str) -> Known | None:
        """Return what is known of a post; None if it never was written, or went from the site since."""
        row = self._base.execute("SELECT fingerprint, thread FROM posts WHERE id = ?", (post_id,)).fetchone()
        return None if row is None else Known(str(row[0]), str(row[1]))

    def posts_in(self, thread: str) -> dict[str, float | None]:
        """Return the ids of a thread's posts, and since when each is missing."""
        rows = self._base.execute("SELECT id, missing FROM posts WHERE thread = ?", (thread,))
        return {str(row[0]): row[1] for row in rows}

    def count(self) -> int:
        """Return how many posts of the source are known."""
        return int(self._base.execute("SELECT count(*) FROM posts").fetchone()[0])

    def misses_posts(self, address: str) -> bool:
        """Return whether a post of a thread was not there when it was last read."""
        query = "SELECT 1 FROM posts WHERE thread = ? AND missing IS NOT NULL LIMIT 1"
        return self._base.execute(query, (address,)).fetchone() is not None

    def to_check(self, now: datetime, limit: int) -> list[tuple[str, str, str]]:
        """Return (address, activity, entry) of threads to look at again, as their list may not tell of deletions.

        First those in which posts were missed, then those not read for a week, the longest ago first.
        """
        long_ago = (now - _LOOK_AGAIN_AFTER).timestamp()
        rows = self._base.execute(
            "SELECT address, activity, entry FROM threads WHERE entry != '' AND address IN"
            " (SELECT thread FROM posts WHERE missing IS NOT NULL) UNION ALL SELECT * FROM"
            " (SELECT address, activity, entry FROM threads WHERE entry != '' AND checked < ?"
            " ORDER BY checked LIMIT ?)",
            (long_ago, limit),
        ).fetchall()
        found = [(str(address), str(activity), str(entry)) for address, activity, entry in rows]
        return list(dict.fromkeys(found))[:limit]

    def thread_count(self) -> int:
        """Return how many threads are known."""
        return int(self._base.execute("SELECT count(*) FROM threads").fetchone()[0])

    def validators(self, url: str) -> tuple[str, str] | None:
        """Return (ETag, Last-Modified) of a page that, unchanged, has nothing new for us."""
        row = self._base.execute("SELECT etag, modified FROM pages WHERE url = ?", (url,)).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def forget_page(self, url: str) -> None:
        """Ask for a page unconditionally from now on."""
        self._base.execute("DELETE FROM pages WHERE url = ?", (url,))

    def begin(self) -> None:
        """Note that a crawl is under way, so that one that dies is not taken for a complete one."""
        if self.span is None:
            self._set_note("complete", "no")

    def finish(self) -> None:
        """Note that a crawl read all there was."""
        if self.span is not None:
            self._base.executescript("DELETE FROM backfilled; DELETE FROM notes WHERE name = 'backfill'")
            return
        self._set_note("complete", "yes")
        self._set_note("ever_complete", "yes")

    def apply(self, change: Change, now: datetime, segment: str | None) -> None:
        """Make what was found true, and name the segment to publish."""
        self._base.execute("BEGIN IMMEDIATE")
        self._record_posts(change, now)
        self._base.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", change.pages)
        if self.span is None:
            self._record_threads(change.threads, now)
        else:
            rows = [(end.address,) for end in change.threads]
            self._base.executemany("INSERT OR IGNORE INTO backfilled VALUES (?)", rows)
        if segment:
            self._set_note("publish", segment)
        self._base.execute("COMMIT")

    def _record_posts(self, change: Change, now: datetime) -> None:
        rows = [(post_id, known.fingerprint, known.thread) for post_id, known in change.posts.items()]
        self._base.executemany(
            "INSERT OR REPLACE INTO posts (id, fingerprint, thread, missing) VALUES (?, ?, ?, NULL)", rows
        )
        # A post that is there again before its deletion was carried out stays.
        self._base.executemany("DELETE FROM deletions WHERE id = ?", [(post_id,) for post_id in change.posts])
        self._base.executemany("UPDATE posts SET missing = NULL WHERE id = ?", [(each,) for each in change.seen])
        missing = [(now.timestamp(), each) for each in change.missing]
        self._base.executemany("UPDATE posts SET missing = ? WHERE id = ?", missing)
        deleted = [(each,) for each in change.deleted]
        self._base.executemany("DELETE FROM posts WHERE id = ?", deleted)
        self._base.executemany("INSERT OR IGNORE INTO deletions VALUES (?)", deleted)

    def _record_threads(self, threads: Iterable[ThreadEnd], now: datetime) -> None:
        moment = now.timestamp()
        rows = [(end.address, _trace(end.activity or ""), moment, moment, end.entry) for end in threads]
        self._base.executemany(
            "INSERT INTO threads (address, activity, first_read, checked, entry) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT(address) DO UPDATE SET activity = excluded.activity, checked = excluded.checked,"
            " entry = CASE excluded.entry WHEN '' THEN entry ELSE excluded.entry END",
            rows,
        )

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def _is_backfilled(self, address: str) -> bool:
        return self._base.execute("SELECT 1 FROM backfilled WHERE address = ?", (address,)).fetchone() is not None

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


def judge_missing(known: dict[str, float | None], seen: Iterable[str], now: datetime) -> tuple[list[str], list[str]]:
    """Return the posts that are missing for the first time, and those that were missing before and so are deleted."""
    gone = set(known) - set(seen)
    sure = now.timestamp() - _SURE_AFTER.total_seconds()
    deleted = {each for each in gone if (since := known[each]) is not None and since <= sure}
    first = {each for each in gone if known[each] is None}
    return sorted(first), sorted(deleted)


def _make_tables(base: sqlite3.Connection) -> None:
    base.executescript(_SCHEMA)
    for table, columns in _ADDED.items():
        there = {row[1] for row in base.execute(f"PRAGMA table_info({table})")}
        for name, kind in columns.items():
            if name not in there:
                base.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    base.executescript(_INDEXES)


def _trace(activity: str) -> str:
    """Keep of a thread's activity what tells time or count: a name beside it must not be stored, not even hashed."""
    return " ".join(_TIME_OR_COUNT.findall(activity))
