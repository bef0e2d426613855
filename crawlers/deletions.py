"""The state of a source in, the posts that went from the site and are still kept out."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path


def pending(path: Path) -> frozenset[str]:
    """Return the ids of posts that the site no longer shows, and that nobody has deleted here yet."""
    if not path.exists():
        return frozenset()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as base:
        if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'deletions'").fetchone():
            return frozenset()
        return frozenset(str(row[0]) for row in base.execute("SELECT id FROM deletions"))


def done(path: Path, ids: Iterable[str]) -> None:
    """Note that posts are deleted here too."""
    with closing(sqlite3.connect(path, timeout=30)) as base, base:
        base.executemany("DELETE FROM deletions WHERE id = ?", [(each,) for each in ids])
