"""A host in, the turn of the next request to it out: what all crawls of a deployment together may ask of one host."""

import fcntl
import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from minsheng.domain import BEIJING

_FOLDER = "hosts"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS hosts (
    name TEXT PRIMARY KEY, day TEXT NOT NULL, asked INTEGER NOT NULL, not_before REAL NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Host:
    """How often a host was asked on a day, and the moment before which it must not be asked again."""

    name: str
    asked: int
    not_before: float


class HostLedger:
    """The requests to each host, counted over all crawls and kept over runs: ``hosts/ledger.sqlite``.

    Times are those of the machine (seconds since 1970), because crawls of several processes share them.
    """

    def __init__(self, state: Path) -> None:
        folder = state / _FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._base = sqlite3.connect(folder / "ledger.sqlite", isolation_level=None, timeout=30)
        self._base.execute("PRAGMA journal_mode=WAL")
        # A power cut may cost the last few counts of a budget; it must not cost a disk flush for every request.
        self._base.execute("PRAGMA synchronous=NORMAL")
        self._base.execute(_SCHEMA)

    def look(self, name: str, day: str) -> Host:
        """Return how a host stands on a day."""
        row = self._base.execute("SELECT day, asked, not_before FROM hosts WHERE name = ?", (name,)).fetchone()
        if row is None:
            return Host(name, 0, 0.0)
        return Host(name, int(row[1]) if row[0] == day else 0, float(row[2]))

    def count(self, name: str, day: str) -> None:
        """Count one request; a new day begins at one."""
        self._base.execute(
            "INSERT INTO hosts VALUES (?, ?, 1, 0) ON CONFLICT(name) DO UPDATE SET"
            " asked = CASE day WHEN excluded.day THEN asked + 1 ELSE 1 END, day = excluded.day",
            (name, day),
        )

    def postpone(self, name: str, until: float) -> None:
        """Note that a host must not be asked before a moment; an earlier one changes nothing."""
        self._base.execute(
            "INSERT INTO hosts VALUES (?, '', 0, ?) ON CONFLICT(name) DO UPDATE SET"
            " not_before = max(not_before, excluded.not_before)",
            (name, until),
        )

    def open_lock(self, name: str) -> int:
        """Return a descriptor of the lock that whoever asks a host holds; one that dies lets go of it."""
        return os.open(self._folder / f"{quote(name, safe='')}.lock", os.O_RDWR | os.O_CREAT, 0o644)

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def try_lock(descriptor: int) -> bool:
    """Take a lock if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def day_of(moment: datetime) -> str:
    """Return the Beijing day for which requests are counted."""
    return moment.astimezone(BEIJING).date().isoformat()
