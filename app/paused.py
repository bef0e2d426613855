"""The run-time folder in, the sources that rest out: one small file each, gone when they are read again."""

import json
from datetime import datetime
from pathlib import Path

from minsheng.files import write_whole


def paused(var: Path) -> tuple[str, ...]:
    """Return the names of the sources that rest."""
    marks = sorted((var / "paused").glob("[!.]*.json"))
    return tuple(str(json.loads(path.read_text(encoding="utf-8"))["source"]) for path in marks)


def pause(var: Path, name: str, now: datetime) -> None:
    """Let a source rest until ``resume``; what it gave stays in the index."""
    path = _mark(var, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps({"source": name, "at": now.isoformat()}, ensure_ascii=False).encode())


def resume(var: Path, name: str) -> None:
    """Let a source be read again; nothing happens if it does not rest."""
    _mark(var, name).unlink(missing_ok=True)


def is_paused(var: Path, name: str) -> bool:
    return _mark(var, name).exists()


def _mark(var: Path, name: str) -> Path:
    return var / "paused" / f"{name.replace('/', '_')}.json"
