"""What was watched when and on what, in; which projects and rules need no new look, out. It may be lost at any time."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from alerts.course import Bound, Burst, Course
from alerts.database import Database, Schema, moment, stamp

MEMORY = Schema(
    "memory of the watch",
    2,
    """
CREATE TABLE touched (number INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL UNIQUE);

CREATE TABLE watched (
    project TEXT PRIMARY KEY, as_of TEXT NOT NULL, inputs TEXT NOT NULL, until TEXT NOT NULL, shares TEXT NOT NULL,
    peers TEXT NOT NULL, course TEXT NOT NULL DEFAULT '[[], []]'
) WITHOUT ROWID;
""",
    "the next watch then looks at every project again",
    {1: "ALTER TABLE watched ADD COLUMN course TEXT NOT NULL DEFAULT '[[], []]'"},
)
FILE = "watch.sqlite"


@dataclass(frozen=True, slots=True)
class Watched:
    """The last watch of a project: when, and a digest of all that it rested on but posts and peers.

    ``until`` says by rule how long its answer stands; ``shares`` and ``peers`` are as in ``alerts.like_projects``;
    ``course`` is that of the first watch of its day.
    """

    as_of: datetime
    inputs: str
    until: Mapping[str, datetime]
    shares: Mapping[str, float]
    peers: Mapping[str, float]
    course: Course = field(default_factory=Course)


@dataclass(frozen=True, slots=True)
class Touched:
    """Projects of which posts came, went or changed; ``last`` numbers the latest of these notes."""

    projects: frozenset[str]
    last: int


class WatchMemory:
    """One file beside the alerts. Whoever loses it, or restores an older one, costs a full watch and nothing else."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, MEMORY)

    def touch(self, projects: Iterable[str]) -> None:
        """Note that posts of these projects change."""
        rows = [(project,) for project in sorted(set(projects))]
        if rows:
            with self._database.write() as connection:
                connection.executemany("INSERT OR REPLACE INTO touched (project) VALUES (?)", rows)

    def touched(self) -> Touched:
        with self._database.read() as connection:
            rows = connection.execute("SELECT number, project FROM touched").fetchall()
        return Touched(frozenset(row["project"] for row in rows), max((row["number"] for row in rows), default=0))

    def watched(self) -> dict[str, Watched]:
        """Return the last watch of each project."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT * FROM watched").fetchall()
        return {
            row["project"]: Watched(
                moment(row["as_of"]),
                row["inputs"],
                {rule: moment(until) for rule, until in json.loads(row["until"]).items()},
                json.loads(row["shares"]),
                json.loads(row["peers"]),
                _course(row["course"]),
            )
            for row in rows
        }

    def course(self, project: str) -> Course:
        """Return what the chart of a project shows beside its points; nothing before its first watch."""
        with self._database.read() as connection:
            row = connection.execute("SELECT course FROM watched WHERE project = ?", (project,)).fetchone()
        return _course(row["course"]) if row else Course()

    def keep(self, watched: Mapping[str, Watched], seen: Touched) -> None:
        """Keep what a watch found out, and forget the notes that it began with: later ones are for the next."""
        rows = [
            (
                project, stamp(one.as_of), one.inputs, json.dumps({rule: stamp(at) for rule, at in one.until.items()}),
                json.dumps(dict(one.shares)), json.dumps(dict(one.peers)), _written(one.course),
            )
            for project, one in watched.items()
        ]  # fmt: skip
        with self._database.write() as connection:
            connection.executemany("REPLACE INTO watched VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            connection.execute("DELETE FROM touched WHERE number <= ?", (seen.last,))


def _written(course: Course) -> str:
    bounds = [(one.day.isoformat(), one.low, one.high) for one in course.bounds]
    return json.dumps((bounds, [(one.first.isoformat(), one.last.isoformat(), one.comments) for one in course.bursts]))


def _course(text: str) -> Course:
    bounds, bursts = json.loads(text)
    return Course(
        tuple(Bound(date.fromisoformat(day), low, high) for day, low, high in bounds),
        tuple(Burst(date.fromisoformat(first), date.fromisoformat(last), count) for first, last, count in bursts),
    )
