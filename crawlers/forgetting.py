"""The places where crawls and imports put things in, those places without what must go out."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from crawlers.inbox import inbox_files
from minsheng.domain import Post
from minsheng.errors import BadRow, IndexUnavailable
from minsheng.files import write_whole
from minsheng.jsonl import parse_post

_NAME = re.compile(r"(?P<run>\d{8}T\d{6}Z)-[0-9a-f]{8}(?:-\d{5})?-(?P<source>.+)\.(?:jsonl|ready|part)")
_STATE_ENDS = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".report.json")


def source_of(path: Path) -> str:
    """Return the source whose run wrote a file of the inbox or the rejects; empty for a foreign file."""
    found = _NAME.fullmatch(path.name)
    return found["source"] if found else ""


def run_of(path: Path) -> datetime | None:
    """Return when the run began that wrote a file."""
    found = _NAME.fullmatch(path.name)
    return datetime.strptime(found["run"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if found else None


def sift_inbox(inbox: Path, doomed: Callable[[Post], bool], tell: Callable[[Path, list[Post]], None]) -> None:
    """Rewrite each complete file without doomed posts; ``tell`` hears of them before they go.

    Nobody may read the inbox meanwhile. Killed at any moment, a file is as it was or as it shall be.
    """
    for path in inbox_files(inbox):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        parsed = [(line, _parsed(line)) for line in lines]
        gone = [post for _, post in parsed if post is not None and doomed(post)]
        if not gone:
            continue
        tell(path, gone)
        ids = {id(post) for post in gone}
        kept = [line for line, post in parsed if id(post) not in ids]
        if kept:
            write_whole(path, "".join(kept).encode())
        else:
            path.unlink()


def posts_of(inbox: Path) -> Iterator[Post]:
    """Yield every post that waits."""
    for path in inbox_files(inbox):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            post = _parsed(line)
            if post is not None:
                yield post


def leftovers(folder: Path, source: str) -> list[Path]:
    """Return the files of a source that are not published, or that hold lines that are no posts."""
    return sorted(path for path in folder.glob("*") if source_of(path) == source)


def addresses_in(rejects: Path) -> Iterator[str]:
    """Yield the addresses of the rows in a file of rejects."""
    for line in rejects.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            row = json.loads(line).get("row")
        except (ValueError, AttributeError):
            continue  # a file of an import or of the inbox, whose rows have another form
        if isinstance(row, dict):
            yield from (str(row.get(name) or "") for name in ("url", "thread"))


def forget_state(state: Path, source: str) -> int:
    """Remove what is known of a source's threads and posts; its crawl must not run. Return how many files went."""
    files = [path for end in _STATE_ENDS if (path := state / f"{source}{end}").exists()]
    for path in files:
        path.unlink()
    return len(files)


def forget_history(path: Path, source: str) -> int:
    """Remove the reports of a source's crawls; return how many."""
    if not path.exists():
        return 0
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as rows:
            if rows.execute("SELECT 1 FROM sqlite_master WHERE name = 'standings'").fetchone():
                rows.execute("DELETE FROM standings WHERE source = ?", (source,))
            return rows.execute("DELETE FROM reports WHERE source = ?", (source,)).rowcount
    except sqlite3.Error as error:
        raise IndexUnavailable(f"{path}: cannot be written: {error}") from error


def _parsed(line: str) -> Post | None:
    try:
        return parse_post(line)
    except BadRow:
        return None
