"""SQLite files in use in, consistent copies of them out; and deleted words wiped from them for good."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from minsheng.errors import IndexUnavailable

_MAGIC = b"SQLite format 3\0"
_BUSY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What an SQLite file says of itself: whose it is, and the version of its schema."""

    application: int
    version: int


def is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def snapshot(path: Path, copy: Path) -> Mark:
    """Copy a database as it is at one moment, while others write to it; what was committed before is in the copy.

    Raises:
        IndexUnavailable: The database cannot be read, or is damaged: then an older backup must not be given up.
    """
    with _translated(path), closing(_connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)  # in one step: a copy in several would begin anew with every write of others
        answer = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if answer != "ok":
            raise IndexUnavailable(f"{path}: is damaged ({answer}); restore it from the last good backup")
        return _mark(target)


def scrub(path: Path) -> None:
    """Wipe what was deleted from the file: SQLite itself leaves deleted rows in free pages and in the WAL.

    Full-text tables are merged first, since they too keep deleted words until then. Readers go on meanwhile; the file
    needs its own size in free space.

    Raises:
        IndexUnavailable: It could not be done now, for example because another process reads all the time.
    """
    with _translated(path), closing(_connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'")
        for (name,) in tables.fetchall():
            connection.execute(f'INSERT INTO "{name}" ("{name}") VALUES (\'optimize\')')
        connection.execute("VACUUM")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise IndexUnavailable(f"{path}: others read it all the time, so that its log cannot be emptied; try again")


def _connect(path: Path) -> sqlite3.Connection:
    # Not ``sqlite3.connect(path)``: that would make a file that is not there.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _mark(connection: sqlite3.Connection) -> Mark:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return Mark(application, version)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise IndexUnavailable(
            f"{path}: {error}. Check that the file is ours, whole, not kept busy, and that the disk has room"
        ) from error
