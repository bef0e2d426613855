"""Crawl reports in, the same reports out, newest first, and how each source stands; one SQLite file for all sources."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawlers.health import Standing, has_fallen, next_standing
from minsheng.crawls import CrawlReport, SourceHealth
from minsheng.errors import IndexUnavailable

_COLUMNS = tuple(field.name for field in fields(CrawlReport))
_KEPT_PER_SOURCE = 300
_COUNTED_DAYS = timedelta(days=30)
_STANDINGS = """
CREATE TABLE IF NOT EXISTS standings (
    source TEXT PRIMARY KEY, state TEXT NOT NULL, since TEXT NOT NULL, times INTEGER NOT NULL, told INTEGER NOT NULL
) WITHOUT ROWID
"""


class CrawlHistory:
    """How the crawls of each source ended. Any thread may call; the console reads while a crawl is added.

    Raises:
        IndexUnavailable: From every method, when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._lock = path, threading.Lock()
        with self._alone():
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            self._base.execute("PRAGMA journal_mode=WAL")
            columns = ", ".join(_COLUMNS)
            self._base.execute(f"CREATE TABLE IF NOT EXISTS reports (number INTEGER PRIMARY KEY, {columns})")
            self._add_columns()
            self._base.execute("CREATE INDEX IF NOT EXISTS by_source ON reports (source, number)")
            self._base.execute(_STANDINGS)

    def add(self, report: CrawlReport) -> None:
        """Keep a report, and what it says of the source; only the latest three hundred of a source stay."""
        values = [value.isoformat() if isinstance(value, datetime) else value for value in astuple(report)]
        places = ", ".join("?" * len(_COLUMNS))
        with self._alone(), self._at_once():
            self._base.execute(f"INSERT INTO reports ({', '.join(_COLUMNS)}) VALUES ({places})", values)
            self._base.execute(
                "DELETE FROM reports WHERE source = ? AND number NOT IN "
                "(SELECT number FROM reports WHERE source = ? ORDER BY number DESC LIMIT ?)",
                (report.source, report.source, _KEPT_PER_SOURCE),
            )
            recent = self._reports(report.source, _KEPT_PER_SOURCE)
            standing = next_standing(self._standing(report.source), report, has_fallen=has_fallen(recent))
            self._write(report.source, standing)

    def reports(self, source: str, limit: int = 30) -> list[CrawlReport]:
        """Return the last reports of a source, newest first."""
        with self._alone():
            return self._reports(source, limit)

    def latest(self) -> dict[str, CrawlReport]:
        """Return the last report of each source."""
        with self._alone():
            return self._latest()

    def health(self) -> dict[str, SourceHealth]:
        """Return how each source stands, since when, and how many of its posts went from the site."""
        with self._alone():
            latest = self._latest()
            return {name: self._health(name, report) for name, report in latest.items()}

    def untold(self) -> list[SourceHealth]:
        """Return the sources that are broken for sure and of which nobody was told since they were well."""
        health = self.health()
        with self._alone():
            ripe = [name for name in health if (standing := self._standing(name)) and standing.is_to_be_told]
        return [health[name] for name in ripe]

    def told(self, source: str) -> None:
        """Note that somebody was told; nobody is told again until the source has been well."""
        with self._alone():
            self._base.execute("UPDATE standings SET told = 1 WHERE source = ?", (source,))

    def close(self) -> None:
        """Close the file."""
        with self._alone():
            self._base.close()

    def _add_columns(self) -> None:
        """Give a file of an older version the columns that came later; what was not counted then is 0."""
        there = {row[1] for row in self._base.execute("PRAGMA table_info(reports)")}
        for field in fields(CrawlReport):
            if field.name not in there:
                default = "''" if field.type is str else "0"
                self._base.execute(f"ALTER TABLE reports ADD COLUMN {field.name} DEFAULT {default}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one thread at a time at the file, and say so when it cannot be read or written."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise IndexUnavailable(
                    f"{self._path}: the history of crawls cannot be read or written: {error}; "
                    "is there room on the disk?"
                ) from error

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._base.in_transaction:  # a full disk ends it by itself
                self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    def _latest(self) -> dict[str, CrawlReport]:
        rows = self._read("WHERE number IN (SELECT max(number) FROM reports GROUP BY source) ORDER BY source", ())
        return {report.source: report for report in rows}

    def _reports(self, source: str, limit: int) -> list[CrawlReport]:
        return self._read("WHERE source = ? ORDER BY number DESC LIMIT ?", (source, limit))

    def _health(self, source: str, last: CrawlReport) -> SourceHealth:
        # A file of an older version knows reports and no standing: its last report is all that is known.
        standing = self._standing(source) or next_standing(None, last, has_fallen=False)
        since = (last.started_at - _COUNTED_DAYS).isoformat()
        row = self._base.execute(
            "SELECT coalesce(sum(deleted), 0) FROM reports WHERE source = ? AND started_at >= ?", (source, since)
        ).fetchone()
        return SourceHealth(source, standing.state, standing.since, last, int(row[0]), last.known)

    def _standing(self, source: str) -> Standing | None:
        row = self._base.execute(
            "SELECT state, since, times, told FROM standings WHERE source = ?", (source,)
        ).fetchone()
        return row and Standing(row[0], datetime.fromisoformat(row[1]).astimezone(UTC), row[2], bool(row[3]))

    def _write(self, source: str, standing: Standing) -> None:
        values = (source, standing.state, standing.since.isoformat(), standing.times, standing.was_told)
        self._base.execute("INSERT OR REPLACE INTO standings VALUES (?, ?, ?, ?, ?)", values)

    def _read(self, where: str, values: tuple[Any, ...]) -> list[CrawlReport]:
        rows = self._base.execute(f"SELECT {', '.join(_COLUMNS)} FROM reports {where}", values).fetchall()
        return [_report(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _report(row: dict[str, Any]) -> CrawlReport:
    for name in ("started_at", "finished_at"):
        row[name] = datetime.fromisoformat(row[name]).astimezone(UTC)
    return CrawlReport(**row)
