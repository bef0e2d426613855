"""The run-time folder in, the sources that were withdrawn out: one small file each, which outlives their settings."""

import json
from datetime import datetime
from pathlib import Path

from minsheng.errors import ConfigError
from minsheng.files import write_whole


class Withdrawn(ConfigError):
    """A source that was withdrawn is to be read. Raised before a crawl or an import starts."""


def withdrawn(var: Path) -> tuple[str, ...]:
    """Return the names of the sources that were withdrawn."""
    marks = sorted((var / "withdrawn").glob("[!.]*.json"))
    return tuple(str(json.loads(path.read_text(encoding="utf-8"))["source"]) for path in marks)


def mark(var: Path, name: str, now: datetime) -> None:
    """Note that a source must not be read any more; noted twice, the first time stays."""
    path = mark_path(var, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_whole(path, json.dumps({"source": name, "at": now.isoformat()}, ensure_ascii=False).encode())


def refuse(var: Path, name: str) -> None:
    """Do nothing for a source that may be read.

    Raises:
        Withdrawn: It may not.
    """
    path = mark_path(var, name)
    if path.exists():
        raise Withdrawn(f"source {name!r} was withdrawn and is not read any more; to read it again, remove {path}")


def mark_path(var: Path, name: str) -> Path:
    return var / "withdrawn" / f"{name.replace('/', '_')}.json"
