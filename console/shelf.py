"""What was measured of a project in, the same out until it is no longer of any use: in memory, or in a file.

The file is for a service and for several processes of a console: who opens a page first finds what another has
measured. It may be lost at any time. Beside it stands how often posts of each project changed.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from alerts.database import Database, Schema, moment, stamp

FILE: Final = "pages.sqlite"

_SCHEMA = Schema(
    "what pages show of projects",
    1,
    """
CREATE TABLE changes (
    project TEXT PRIMARY KEY, number INTEGER NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE kept (
    kind TEXT NOT NULL, project TEXT NOT NULL, at TEXT NOT NULL, count INTEGER NOT NULL, inputs TEXT NOT NULL,
    changes INTEGER NOT NULL, body TEXT NOT NULL, UNIQUE (project, kind)
);
""",
    "every page of a project is then measured anew",
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a thing was made of: how many posts, a digest of all else, and how often posts had changed before."""

    count: int
    inputs: str
    changes: int


@dataclass(frozen=True, slots=True)
class Row:
    """A thing as JSON, when it was made and of what."""

    at: datetime
    basis: Basis
    body: str


@dataclass(frozen=True, slots=True)
class Resting:
    """Something that is not due, and the digest of what it rests on besides posts."""

    kind: str
    project: str
    inputs: str


class Shelf(Protocol):
    """Things by kind and project; several threads may use it at once.

    - ``look`` sees the number of changes and the thing at one moment.
    - ``put`` leaves out what was made of posts that were forgotten meanwhile.
    """

    def look(self, kind: str, project: str) -> tuple[int, Row | None]: ...

    def put(self, kind: str, project: str, row: Row) -> None: ...

    def resting(self, since: datetime, lately: datetime) -> Collection[Resting]:
        """Return what was made since a moment, of posts that have not changed or else lately."""
        ...

    def touch(self, projects: Iterable[str]) -> None:
        """Note that posts of these projects came, went or changed."""
        ...

    def forget(self, projects: Iterable[str]) -> None:
        """Remove what quotes posts of these projects: some of them were deleted."""
        ...

    def keep_only(self, projects: Collection[str]) -> None:
        """Remove everything about other projects."""
        ...


class MemoryShelf:
    """A shelf that is gone with its process."""

    def __init__(self) -> None:
        self._changes: Counter[str] = Counter()
        self._forgotten: Counter[str] = Counter()
        self._rows: dict[tuple[str, str], Row] = {}

    def look(self, kind: str, project: str) -> tuple[int, Row | None]:
        return self._changes[project], self._rows.get((kind, project))

    def put(self, kind: str, project: str, row: Row) -> None:
        if row.basis.changes >= self._forgotten[project]:
            self._rows[kind, project] = row

    def resting(self, since: datetime, lately: datetime) -> Collection[Resting]:
        return {
            Resting(kind, project, row.basis.inputs)
            for (kind, project), row in self._rows.items()
            if row.at >= since and (row.basis.changes == self._changes[project] or row.at >= lately)
        }

    def touch(self, projects: Iterable[str]) -> None:
        self._changes.update(set(projects))

    def forget(self, projects: Iterable[str]) -> None:
        gone = set(projects)
        self.touch(gone)
        for project in gone:
            self._forgotten[project] = self._changes[project]
        self._rows = {key: row for key, row in self._rows.items() if key[1] not in gone}

    def keep_only(self, projects: Collection[str]) -> None:
        self._rows = {key: row for key, row in self._rows.items() if key[1] in projects}


class FileShelf:
    """A shelf in an SQLite file that several processes may use at once."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def look(self, kind: str, project: str) -> tuple[int, Row | None]:
        with self._database.read() as rows:
            changes = rows.execute("SELECT number FROM changes WHERE project = ?", (project,)).fetchone()
            row = rows.execute("SELECT * FROM kept WHERE project = ? AND kind = ?", (project, kind)).fetchone()
        found = row and Row(moment(row["at"]), Basis(row["count"], row["inputs"], row["changes"]), row["body"])
        return changes["number"] if changes else 0, found

    def put(self, kind: str, project: str, row: Row) -> None:
        basis = row.basis
        values = kind, project, stamp(row.at), basis.count, basis.inputs, basis.changes, row.body
        with self._database.write() as rows:
            known = rows.execute("SELECT forgotten FROM changes WHERE project = ?", (project,)).fetchone()
            if known is None or basis.changes >= known["forgotten"]:
                rows.execute("REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def resting(self, since: datetime, lately: datetime) -> Collection[Resting]:
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT kind, project, inputs FROM kept LEFT JOIN changes USING (project)"
                " WHERE at >= ? AND (kept.changes = coalesce(number, 0) OR at >= ?)",
                (stamp(since), stamp(lately)),
            ).fetchall()
        return {Resting(row["kind"], row["project"], row["inputs"]) for row in found}

    def touch(self, projects: Iterable[str]) -> None:
        names = [(project,) for project in sorted(set(projects))]
        if names:
            with self._database.write() as rows:
                rows.executemany(
                    "INSERT INTO changes (project, number) VALUES (?, 1)"
                    " ON CONFLICT (project) DO UPDATE SET number = number + 1",
                    names,
                )

    def forget(self, projects: Iterable[str]) -> None:
        names = [(project,) for project in sorted(set(projects))]
        with self._database.write() as rows:
            rows.executemany(
                "INSERT INTO changes (project, number, forgotten) VALUES (?, 1, 1)"
                " ON CONFLICT (project) DO UPDATE SET number = number + 1, forgotten = number + 1",
                names,
            )
            rows.executemany("DELETE FROM kept WHERE project = ?", names)

    def keep_only(self, projects: Collection[str]) -> None:
        with self._database.write() as rows:
            rows.execute(
                "DELETE FROM kept WHERE project NOT IN (SELECT value FROM json_each(?))",
                (json.dumps(sorted(projects)),),
            )
