"""What persons did in, a file that only grows and in which every line vouches for all before it out."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from console.access.flushing import Flushing, Written
from minsheng.errors import MinshengError

START = "0" * 64
"""What the first line follows."""

LONGEST = 2000
"""Letters of what an entry says; more is cut and the cut is marked."""

_TAIL = 1 << 16
_KEYS = ("number", "at", "who", "what", "about", "after", "seal")


class AuditUnwritable(MinshengError):
    """The audit log cannot be written. Raised before what it should note is done."""


class AuditBroken(MinshengError):
    """The audit log is not as it was written: the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: somebody of the office did something, after the line whose seal is ``after``."""

    number: int
    at: str
    who: str
    what: str
    about: str
    after: str

    @property
    def seal(self) -> str:
        """The digest of everything else in the line."""
        body = json.dumps([self.number, self.at, self.who, self.what, self.about, self.after], ensure_ascii=True)
        return hashlib.sha256(body.encode()).hexdigest()

    def line(self) -> bytes:
        """Return the line as it is stored."""
        fields = {name: getattr(self, name) for name in _KEYS}
        return json.dumps(fields, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a log by its number and seal: who keeps it elsewhere can prove that nothing was cut off."""

    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.number}:{self.seal}"


class AuditLog:
    """The log in one file, for several threads and processes at once.

    - what ``note`` returned from is on the disk, after everything noted before it.
    - nothing is ever taken out but the beginning of a line that a crash cut off; the next line says so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._flushing = Flushing()

    def note(self, who: str, what: str, about: str, at: datetime) -> Head:
        """Append a line; return it as the new head.

        Raises:
            AuditUnwritable: The disk is full, the file is not ours, or its last line is none of ours.
        """
        noting = self.begin(who, what, about, at)
        noting.wait()
        return noting.head

    def begin(self, who: str, what: str, about: str, at: datetime) -> "Noting":
        """Append a line that is on the disk once its ``wait`` returns; until then no answer may go out.

        Raises:
            AuditUnwritable: As of ``note``.
        """
        try:
            file = self._locked()
            try:
                last = _mended(file, self.path, at)
                entry = Entry(last.number + 1, at.astimezone(UTC).isoformat(), who, what, clipped(about), last.seal)
                _append(file, entry)
                written = self._flushing.wrote(file)
                fcntl.flock(file, fcntl.LOCK_UN)
            except BaseException:
                file.close()
                raise
        except OSError as error:
            raise self._unwritable(error) from error
        except AuditBroken as error:
            raise AuditUnwritable(f"{error}; keep the file, move it aside, then a new one begins") from error
        return Noting(self, Head(entry.number, entry.seal), file, written)

    def flush(self, file: BinaryIO, written: Written) -> None:
        """Wait for a write and close its file; one fsync serves all who wait."""
        try:
            with file:
                self._flushing.wait(file, written)
        except OSError as error:
            raise self._unwritable(error) from error

    def verify(self, head: Head | None = None) -> Head:
        """Read the whole log; return its head.

        Raises:
            AuditBroken: A line was changed, removed, moved, added by hand or cut; or the log no longer holds ``head``.
        """
        last, found = Head(0, START), head is None or head.number == 0
        for last in self._checked():
            found = found or last == head
        if not found:
            raise AuditBroken(
                f"{self.path}: ends with line {last.number} and does not hold {head}: lines were cut off or rewritten"
            )
        return last

    def entries(self) -> Iterator[Entry]:
        """Yield all entries as they stand, oldest first."""
        with self.path.open("rb") as file:
            yield from (_read(line, number, self.path) for number, line in enumerate(file, 1))

    def _checked(self) -> Iterator[Head]:
        last = Head(0, START)
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for place, line in enumerate(file, 1):
                last = _follow(last, _sealed(line, place, self.path), f"{self.path}:{place}")
                yield last

    def _unwritable(self, error: OSError) -> AuditUnwritable:
        return AuditUnwritable(f"{self.path}: {error.strerror}; what is not noted is not done: mend this first")

    def _locked(self) -> BinaryIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b")
        fcntl.flock(file, fcntl.LOCK_EX)
        return file


@dataclass(frozen=True, slots=True)
class Noting:
    """A line that was appended, and the way to wait until it is on the disk."""

    log: AuditLog
    head: Head
    file: BinaryIO
    written: Written

    def wait(self) -> None:
        """Return once the line is on the disk; to be called once.

        Raises:
            AuditUnwritable: It may not be there.
        """
        self.log.flush(self.file, self.written)


def clipped(about: str) -> str:
    """Return what an entry says of something: all of it, or its beginning and how long it is."""
    return about if len(about) <= LONGEST else f"{about[:LONGEST]}…（共 {len(about)} 字）"


def _append(file: BinaryIO, entry: Entry) -> None:
    file.write(entry.line())
    file.flush()


def _mended(file: BinaryIO, path: Path, at: datetime) -> Head:
    """Return the head; what a crash has left of a line is taken away, and a line says that it was."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    whole, _, torn = file.read().rpartition(b"\n")
    lines = whole.split(b"\n")
    last = _read(lines[-1], 0, path) if lines[-1] else None
    head = Head(last.number, last.seal) if last else Head(0, START)
    if not torn:
        return head
    file.truncate(size - len(torn))
    mend = Entry(head.number + 1, at.astimezone(UTC).isoformat(), "system", "mended", f"{len(torn)} bytes", head.seal)
    _append(file, mend)
    return Head(mend.number, mend.seal)


def _read(line: bytes, place: int, path: Path) -> Entry:
    return _parsed(line, place, path)[0]


def _sealed(line: bytes, place: int, path: Path) -> Entry:
    entry, seal = _parsed(line, place, path)
    if entry.seal != seal or entry.line() != line:
        raise AuditBroken(f"{path}:{place}: the line was changed or cut")
    return entry


def _parsed(line: bytes, place: int, path: Path) -> tuple[Entry, str]:
    try:
        fields = json.loads(line)
        seal = fields.pop("seal")
        return Entry(**fields), seal
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise AuditBroken(f"{path}:{place or 'end'}: is not a line of the audit log, or was cut") from error


def _follow(last: Head, entry: Entry, place: str) -> Head:
    wanted = last.number + 1
    if entry.number > wanted:
        raise AuditBroken(
            f"{place}: holds number {entry.number}, wants {wanted}: lines before it were removed or moved"
        )
    if entry.number < wanted:
        raise AuditBroken(
            f"{place}: holds number {entry.number} again or too late, wants {wanted}: a line was moved or added"
        )
    if entry.after != last.seal:
        raise AuditBroken(f"{place}: does not follow the line before it: that line was changed or put in its place")
    return Head(entry.number, entry.seal)
