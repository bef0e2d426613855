"""The SQLite files of alerts with mails and of claims: opened, versioned and locked here; failures say what to do."""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from minsheng.errors import IndexUnavailable

VERSION = 2
_BUSY_SECONDS = 30.0
_LITTLE = 1_000_000
"""Bytes: less is a full disk to a file with its log."""

_SCHEMA = """
CREATE TABLE findings (
    key TEXT PRIMARY KEY, project TEXT NOT NULL, seen_at TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX findings_project ON findings (project, seen_at);

CREATE TABLE alerts (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, project TEXT NOT NULL, state TEXT NOT NULL,
    opened_at TEXT NOT NULL, updated_at TEXT NOT NULL, closed_at TEXT, silenced_until TEXT, quiet_since TEXT,
    body TEXT NOT NULL
);
CREATE INDEX alerts_key ON alerts (key, opened_at);
CREATE INDEX alerts_state ON alerts (state, opened_at);

CREATE TABLE history (
    number INTEGER PRIMARY KEY, alert TEXT NOT NULL REFERENCES alerts, at TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX history_alert ON history (alert, number);

CREATE TABLE news (
    number INTEGER PRIMARY KEY, alert TEXT NOT NULL REFERENCES alerts, project TEXT NOT NULL, at TEXT NOT NULL,
    change TEXT NOT NULL, reason TEXT NOT NULL, digest TEXT
);
CREATE INDEX news_waiting ON news (project) WHERE digest IS NULL;

CREATE TABLE digests (
    department TEXT NOT NULL, day TEXT NOT NULL, mail TEXT NOT NULL, PRIMARY KEY (department, day)
) WITHOUT ROWID;

CREATE TABLE mails (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, created_at TEXT NOT NULL, alert TEXT NOT NULL, body TEXT NOT NULL,
    pending TEXT NOT NULL, refused TEXT NOT NULL DEFAULT '[]', tries INTEGER NOT NULL DEFAULT 0,
    next_try TEXT NOT NULL, since TEXT NOT NULL, sent_at TEXT, reply TEXT NOT NULL DEFAULT ''
);
CREATE INDEX mails_state ON mails (state, next_try);
CREATE INDEX mails_sent ON mails (sent_at);

CREATE TABLE attempts (
    number INTEGER PRIMARY KEY, mail TEXT NOT NULL REFERENCES mails, at TEXT NOT NULL, outcome TEXT NOT NULL,
    reply TEXT NOT NULL
);
CREATE INDEX attempts_mail ON attempts (mail, number);
"""

_DETECTORS = """
CREATE TABLE streams (
    number INTEGER PRIMARY KEY, project TEXT NOT NULL, claim TEXT NOT NULL, version TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (project, claim)
);

CREATE TABLE bets (
    stream INTEGER NOT NULL REFERENCES streams, name TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY (stream, name)
) WITHOUT ROWID;

CREATE TABLE drawn (
    stream INTEGER NOT NULL REFERENCES streams, round TEXT NOT NULL, place INTEGER NOT NULL, post TEXT NOT NULL,
    label TEXT, PRIMARY KEY (stream, round, place)
) WITHOUT ROWID;
"""
"""Since version 2: what the daily watch of each claim remembers (``alerts.detections``)."""


@dataclass(frozen=True, slots=True)
class Schema:
    """What a file holds, its tables and their version; ``lost`` says what moving the file away costs.

    ``upgrades`` holds for an older version the statements that lead to the next.
    """

    what: str
    version: int
    tables: str
    lost: str
    upgrades: Mapping[int, str] = field(default_factory=dict)


ALERTS = Schema("alerts", VERSION, _SCHEMA + _DETECTORS, "alerts then start anew", {1: _DETECTORS})


class Database:
    """A file that several threads and processes may use at once: one connection for each piece of work.

    What ``write`` returned from is on the disk (WAL, synchronous FULL); what it did not return from never happened.
    """

    def __init__(self, path: Path, schema: Schema = ALERTS) -> None:
        self.path = path
        self._schema = schema
        with self._translated():
            self._make_folder()
            self._prepare()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one unchanging state."""
        with self._translated(), closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside a transaction that is kept when the block ends and undone when it raises."""
        with self._translated(), closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Yield whether this is the only process and thread inside; the lock ends with the process, however it ends."""
        with self._translated():
            guard = sqlite3.connect(self.path.with_suffix(".lock"), timeout=0, isolation_level=None)
        with closing(guard):
            yield self._lock(guard)

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexUnavailable(
                f"{self.path.parent}: the folder of the {self._schema.what} cannot be made: {error}"
            ) from error

    def _lock(self, guard: sqlite3.Connection) -> bool:
        with self._translated():
            try:
                guard.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                    return False
                raise
            return True

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _prepare(self) -> None:
        with closing(self._connect()) as connection:
            if _version(connection) == 0:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")
                if _version(connection) == 0:  # another process may have been first
                    _run(connection, self._schema.tables, self._schema.version)
                connection.execute("COMMIT")
            if _version(connection) in self._schema.upgrades:
                self._upgrade(connection)
            if _version(connection) != self._schema.version:
                raise IndexUnavailable(
                    f"{self.path}: has schema {_version(connection)}, this program knows {self._schema.version}. "
                    f"Use the program that wrote it, or move the file away: {self._schema.lost}"
                )

    def _upgrade(self, connection: sqlite3.Connection) -> None:
        """Bring an older file up to date, whole or not at all."""
        connection.execute("BEGIN IMMEDIATE")
        while (version := _version(connection)) in self._schema.upgrades:
            _run(connection, self._schema.upgrades[version], version + 1)
        connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            what_to_do = (
                "the disk is full; make room and try again"
                if self._is_full(error)
                else "Check that the folder is ours; if the file is damaged, restore it from the backup"
            )
            raise IndexUnavailable(
                f"{self.path}: {self._schema.what} cannot be read or written: {error}. {what_to_do}"
            ) from error

    def _is_full(self, error: sqlite3.Error) -> bool:
        """Tell a full disk, which SQLite calls an I/O error while it makes a file."""
        name = getattr(error, "sqlite_errorname", "")
        free = shutil.disk_usage(self.path.parent).free if self.path.parent.is_dir() else _LITTLE
        return name == "SQLITE_FULL" or (name.startswith("SQLITE_IOERR") and free < _LITTLE)


def stamp(moment: datetime) -> str:
    """Return the form in which moments are stored: UTC, of one length, so that text order is time order."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment}: a stored moment must be aware")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """Return what ``stamp`` stored."""
    return datetime.fromisoformat(text)


def _run(connection: sqlite3.Connection, statements: str, version: int) -> None:
    for statement in filter(str.strip, statements.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
