"""Briefings in, their lasting numbers out: a folder of files with one small record beside each pair."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from briefings.words import last_day, local
from minsheng.domain import Briefing, Window
from minsheng.errors import ConfigError
from minsheng.files import write_whole

_WEEK = 7
_LONGEST_MONTH = timedelta(days=31)
_KIND = re.compile(r"[a-z]+")
_PROJECT = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Issue:
    """The number of a briefing in its year, and in all."""

    number: int
    total: int


@dataclass(frozen=True, slots=True)
class _Record:
    briefing: Briefing
    total: int


class Archive:
    """The briefings of an office in one folder.

    - ``next_number`` gives a window (and project) the number that it already has, or the next one of its kind; numbers
      start anew each year, totals never.
    - ``keep`` makes a number lasting; keeping the same window again replaces the record.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def stem(self, kind: str, window: Window, project: str = "") -> str:
        """Return the name of a window's files: the day, ISO week or month if it is one, else both ends."""
        if not _KIND.fullmatch(kind) or (project and not _PROJECT.fullmatch(project)):
            raise ValueError(f"{kind!r} of project {project!r} is not a kind of briefing")
        if project:
            kind = f"{kind}-{project}"
        since, until = local(window.since), local(window.until)
        whole = all((t.hour, t.minute, t.second, t.microsecond) == (0, 0, 0, 0) for t in (since, until))
        if whole and until - since == timedelta(days=1):
            return f"{kind}-{since:%Y-%m-%d}"
        if whole and until - since == timedelta(days=_WEEK) and since.weekday() == 0:
            return f"{kind}-{since:%G-W%V}"
        if whole and since.day == until.day == 1 and timedelta() < until - since <= _LONGEST_MONTH:
            return f"{kind}-{since:%Y-%m}"
        return f"{kind}-{since:%Y%m%dT%H%M%S}-{until:%Y%m%dT%H%M%S}"

    def next_number(self, kind: str, window: Window, project: str = "") -> Issue:
        records = [record for record in self._records() if record.briefing.kind == kind]
        for record in records:
            if record.briefing.window == window and record.briefing.project == project:
                return Issue(record.briefing.number, record.total)
        year = last_day(window).year
        numbers = [r.briefing.number for r in records if last_day(r.briefing.window).year == year]
        return Issue(max(numbers, default=0) + 1, max((record.total for record in records), default=0) + 1)

    def keep(
        self, kind: str, window: Window, made_at: datetime, files: tuple[Path, ...], project: str = ""
    ) -> Briefing:
        """Record a briefing whose files stand in the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        issue, stem = self.next_number(kind, window, project), self.stem(kind, window, project)
        briefing = Briefing(stem, kind, issue.number, window, made_at, tuple(path.name for path in files), project)
        content = json.dumps(_row(briefing, issue.total), ensure_ascii=False, indent=1)
        write_whole(self.folder / f"{stem}.json", content.encode())
        return briefing

    def list(self) -> Sequence[Briefing]:
        """Return all briefings, the latest window first."""
        found = [record.briefing for record in self._records()]
        return sorted(found, key=lambda briefing: (briefing.window.until, briefing.id), reverse=True)

    def _records(self) -> Sequence[_Record]:
        return [_read(path) for path in sorted(self.folder.glob("*.json")) if not path.name.startswith(".")]


def _row(briefing: Briefing, total: int) -> dict[str, object]:
    return {
        "id": briefing.id,
        "kind": briefing.kind,
        "number": briefing.number,
        "total": total,
        "since": briefing.window.since.astimezone(UTC).isoformat(),
        "until": briefing.window.until.astimezone(UTC).isoformat(),
        "made_at": briefing.made_at.astimezone(UTC).isoformat(),
        "files": list(briefing.files),
        "project": briefing.project,
    }


def _read(path: Path) -> _Record:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        since, until, made = (datetime.fromisoformat(row[key]) for key in ("since", "until", "made_at"))
        files = tuple(str(name) for name in row["files"])
        project = str(row.get("project", ""))  # records before the first 专报 have none
        briefing = Briefing(row["id"], row["kind"], int(row["number"]), Window(since, until), made, files, project)
        return _Record(briefing, int(row["total"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"not a record of a briefing: {error!r}"
        raise ConfigError(f"{path}: {why}. Restore it from a backup, or remove it and render again") from error
