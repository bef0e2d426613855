"""Posts in, complete JSON-lines files in the inbox out: a file appears whole, or not at all."""

import fcntl
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from minsheng.domain import Post
from minsheng.files import sync_folder
from minsheng.jsonl import dump_post


def new_run(now: datetime) -> str:
    """Return a name for a run: names sort by time and never meet."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def inbox_files(inbox: Path) -> list[Path]:
    """Return the complete files, oldest first; a missing inbox holds none."""
    return sorted(path for path in inbox.glob("*.jsonl") if not path.name.startswith("."))


class LinesFile:
    """A file of lines that is written under a temporary name and then renamed.

    The name goes ``.part`` (being written, locked) → ``.ready`` (complete and on disk) → ``.jsonl`` (published).
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._folder = folder
        self._file = _open_locked(folder / f"{name}.part")

    def write(self, line: str) -> None:
        """Add one line."""
        self._file.write(line + "\n")

    def prepare(self) -> None:
        """Bring the file to disk whole, not yet visible to readers."""
        self._file.flush()
        os.fsync(self._file.fileno())
        (self._folder / f"{self.name}.part").rename(self._folder / f"{self.name}.ready")
        sync_folder(self._folder)
        self._file.close()

    def publish(self) -> Path:
        """Make the prepared file visible."""
        return publish(self._folder, self.name)

    def discard(self) -> None:
        """Remove what was written."""
        (self._folder / f"{self.name}.part").unlink(missing_ok=True)
        self._file.close()


class InboxWriter:
    """Writes the posts of one run of a source in segments."""

    def __init__(self, inbox: Path, source: str, run: str) -> None:
        inbox.mkdir(parents=True, exist_ok=True)
        remove_leftovers(inbox, source)
        self._inbox, self._source, self._run = inbox, source, run
        self._segment = 0
        self._open: LinesFile | None = None
        self._ready: LinesFile | None = None

    def write(self, post: Post) -> None:
        """Add a post to the open segment."""
        if self._open is None:
            self._segment += 1
            self._open = LinesFile(self._inbox, f"{self._run}-{self._segment:05}-{self._source}")
        self._open.write(dump_post(post))

    def prepare(self) -> str | None:
        """Close the segment and bring it to disk; return its name, or None if there is nothing in it.

        Between ``prepare`` and ``publish`` the caller records what the segment holds: see ``crawlers.state``.
        """
        if self._open is None:
            return None
        segment = self._open
        segment.prepare()
        self._open, self._ready = None, segment
        return segment.name

    def publish(self) -> Path | None:
        """Make the prepared segment visible."""
        ready, self._ready = self._ready, None
        return ready.publish() if ready else None

    def commit(self) -> Path | None:
        """Prepare and publish in one go, for callers that keep no state."""
        self.prepare()
        return self.publish()

    def discard(self) -> None:
        """Remove the open segment."""
        if self._open is not None:
            self._open.discard()
            self._open = None


def publish(folder: Path, name: str) -> Path:
    """Give a prepared file its final name; harmless if it has it already."""
    ready, final = folder / f"{name}.ready", folder / f"{name}.jsonl"
    if ready.exists():
        ready.rename(final)
        sync_folder(folder)
    return final


def remove_leftovers(folder: Path, source: str) -> None:
    """Remove what killed runs of a source left half written; files that a living process writes are locked."""
    for path in folder.glob(f"*-{source}.part"):
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink(missing_ok=True)
        except (BlockingIOError, FileNotFoundError):
            continue


def _open_locked(path: Path) -> IO[str]:
    file = path.open("w", encoding="utf-8")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file
