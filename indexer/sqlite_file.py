"""A path in, transactions on that SQLite file out; every failure of the file becomes an IndexUnavailable."""

import logging
import queue
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.sqlite_conversion import CONVERSIONS
from indexer.sqlite_schema import APPLICATION_ID, CREATE, VERSION
from minsheng.errors import IndexUnavailable

_log = logging.getLogger(__name__)

_CACHE_KIB = 16_000
_WAL_PAGES = 8000
"""The WAL is moved into the file at 32 MB: pages that every batch writes are moved once for many batches."""

_WAL_TRIES = 100
_WAL_PAUSE_SECONDS = 0.05

_ADVICE = {
    "SQLITE_BUSY": "another process has been writing for too long; stop it or try again",
    "SQLITE_LOCKED": "another process has been writing for too long; stop it or try again",
    "SQLITE_NOTADB": "this is not an SQLite file; point the setting `index` elsewhere or move the file away",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup, or move it away and read the inbox again",
    "SQLITE_CANTOPEN": "check that the folder exists and that this user may write there",
    "SQLITE_READONLY": "check that this user may write the file and its folder",
    "SQLITE_FULL": "the disk is full; make room and try again",
    "SQLITE_IOERR": "the disk failed to read or write; check it",
}

_MAY_LACK_ROOM = frozenset({"SQLITE_IOERR", "SQLITE_CANTOPEN"})
"""What SQLite also says where the disk has no room for the memory that processes share (``-shm``)."""

_LEAST_ROOM = 1_000_000


class SqliteFile:
    """Connections to one file: each is used by one thread at a time and kept for the next.

    - ``read`` sees one state of the file from start to end, whatever is written meanwhile (WAL).
    - ``write`` is all or nothing; when it ends well, the change is on disk (``synchronous=FULL``).
    """

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        self._one_writer = threading.Lock()
        self._is_closed = False
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connect()
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._idle.put(connection)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        with self._one_writer, self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the idle connections; those in use close when they are given back."""
        self._is_closed = True
        while (connection := self._take_idle()) is not None:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        if self._is_closed:
            raise IndexUnavailable(f"index {self._path}: is closed")
        with self._translated():
            connection = self._take_idle() or self._connect()
            is_good = False
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
                is_good = True
            finally:
                # Closing rolls back; a connection that saw an error is not used again.
                if is_good and not self._is_closed:
                    self._idle.put(connection)
                else:
                    connection.close()

    def _take_idle(self) -> sqlite3.Connection | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _connect(self) -> sqlite3.Connection:
        # isolation_level None: transactions are begun and ended here alone.
        connection = sqlite3.connect(
            self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Make the tables, or convert those of an older Minsheng: all of it or nothing."""
        if self._version(connection) == VERSION:
            return
        _switch_to_wal(connection)
        connection.execute("BEGIN IMMEDIATE")
        version = self._version(connection)  # another process may have been faster
        while version in CONVERSIONS:
            _log.info("index conversion starts file=%s from=%d to=%d", self._path, version, VERSION)
            version = CONVERSIONS[version](connection)
        if version != VERSION:
            for statement in CREATE:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    def _version(self, connection: sqlite3.Connection) -> int:
        """Return the schema version, 0 of an empty file."""
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not tables:
            return 0
        if mark != APPLICATION_ID:
            raise IndexUnavailable(
                f"index {self._path}: this SQLite file belongs to another program; point the setting `index` elsewhere"
            )
        if version != VERSION and version not in CONVERSIONS:
            raise IndexUnavailable(
                f"index {self._path}: has schema version {version}, this Minsheng knows {VERSION} and converts "
                f"{', '.join(map(str, CONVERSIONS))}; use the Minsheng that wrote it, or move the file away and read "
                "the sources again"
            )
        return int(version)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # our bugs, not the file's
        except sqlite3.DatabaseError as error:
            code = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
            advice = _ADVICE.get(code, "see the cause; if it stays, restore a backup")
            if code in _MAY_LACK_ROOM and _lacks_room(self._path.parent):
                advice = _ADVICE["SQLITE_FULL"]
            raise IndexUnavailable(f"index {self._path}: {error}: {advice}") from error
        except OSError as error:
            raise IndexUnavailable(f"index {self._path}: {error}: {_ADVICE['SQLITE_CANTOPEN']}") from error


def _lacks_room(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST_ROOM
    except OSError:
        return False  # the folder is gone, which the cause says


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Two processes that make the same file at once meet here, and SQLite does not wait at this switch."""
    for _ in range(_WAL_TRIES - 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")
