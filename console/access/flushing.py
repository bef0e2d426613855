"""Writes to one file by several threads in, all of them on the disk out: one fsync serves every write before it."""

import os
from dataclasses import dataclass
from threading import Lock
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Written:
    """A write of this process: to which file (device and inode), and how many there were before."""

    place: tuple[int, int]
    number: int


class Flushing:
    """Group commit: who waits while another flushes then finds its own write on the disk, or flushes for all who wait.

    ``wrote`` is called after a write and before anybody else of this process may write.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._last = Written((0, 0), 0)
        self._flushed = self._last
        self._lost = 0

    def wrote(self, file: BinaryIO) -> Written:
        """Note a write, to wait for it."""
        status = os.fstat(file.fileno())
        self._last = Written((status.st_dev, status.st_ino), self._last.number + 1)
        return self._last

    def wait(self, file: BinaryIO, mine: Written) -> None:
        """Return once a write is on the disk.

        Raises:
            OSError: It may not be there. Nobody asks again: the kernel tells of a loss once, then that all is well.
        """
        with self._turn:
            if mine.number <= self._lost:
                raise OSError(0, "an earlier write did not reach the disk")
            if mine.place == self._flushed.place and mine.number <= self._flushed.number:
                return
            last = self._last
            until = last if last.place == mine.place else mine  # else another file has been put in its place
            try:
                os.fsync(file.fileno())
            except OSError:
                self._lost = until.number
                raise
            self._flushed = until
