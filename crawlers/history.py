"""Crawl reports in, the same reports out, newest first; one SQLite file for all sources."""

import sqlite3
import threading
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from minsheng.domain import CrawlReport

_COLUMNS = tuple(field.name for field in fields(CrawlReport))
_KEPT_PER_SOURCE = 300


class CrawlHistory:
    """How the crawls of each source ended. Any thread may call; the console reads while a crawl is added."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute(f"CREATE TABLE IF NOT EXISTS reports (number INTEGER PRIMARY KEY, {', '.join(_COLUMNS)})")
        self._base.execute("CREATE INDEX IF NOT EXISTS by_source ON reports (source, number)")

    def add(self, report: CrawlReport) -> None:
        """Keep a report; only the latest three hundred of a source stay."""
        values = [value.isoformat() if isinstance(value, datetime) else value for value in astuple(report)]
        places = ", ".join("?" * len(_COLUMNS))
        with self._lock:
            self._base.execute(f"INSERT INTO reports ({', '.join(_COLUMNS)}) VALUES ({places})", values)
            self._base.execute(
                "DELETE FROM reports WHERE source = ? AND number NOT IN "
                "(SELECT number FROM reports WHERE source = ? ORDER BY number DESC LIMIT ?)",
                (report.source, report.source, _KEPT_PER_SOURCE),
            )

    def reports(self, source: str, limit: int = 30) -> list[CrawlReport]:
        """Return the last reports of a source, newest first."""
        return self._read("WHERE source = ? ORDER BY number DESC LIMIT ?", (source, limit))

    def latest(self) -> dict[str, CrawlReport]:
        """Return the last report of each source."""
        rows = self._read("WHERE number IN (SELECT max(number) FROM reports GROUP BY source) ORDER BY source", ())
        return {report.source: report for report in rows}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def _read(self, where: str, values: tuple[Any, ...]) -> list[CrawlReport]:
        with self._lock:
            rows = self._base.execute(f"SELECT {', '.join(_COLUMNS)} FROM reports {where}", values).fetchall()
        return [_report(dict(zip(_COLUMNS, row, strict=True))) for row in rows]


def _report(row: dict[str, Any]) -> CrawlReport:
    for name in ("started_at", "finished_at"):
        row[name] = datetime.fromisoformat(row[name]).astimezone(UTC)
    return CrawlReport(**row)
