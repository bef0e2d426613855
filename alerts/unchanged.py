"""A database file and a way to read it in, what was read out: read again once anybody has written to the file."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from minsheng.errors import IndexUnavailable

T = TypeVar("T")


class Unchanged(Generic[T]):
    """What a page reads at every request, and what changes a few times a day; threads share it.

    SQLite tells a connection that stays open whether another one, of any process, has committed since it last asked.
    """

    def __init__(self, path: Path, read: Callable[[], T]) -> None:
        self._path, self._read = path, read
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        self._known: tuple[int, T] | None = None

    def __call__(self) -> T:
        """Return what the file holds now.

        Raises:
            IndexUnavailable: It cannot be read.
        """
        version = self._version()
        known = self._known
        if known is not None and known[0] == version:
            return known[1]
        value = self._read()
        self._known = version, value  # what is committed between the two is read again: its version is newer
        return value

    def _version(self) -> int:
        try:
            with self._lock:
                if self._connection is None:
                    self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
                (version,) = self._connection.execute("PRAGMA data_version").fetchone()
                return int(version)
        except sqlite3.Error as error:
            raise IndexUnavailable(f"{self._path}: cannot be read: {error}. Check that the folder is ours") from error
