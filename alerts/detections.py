"""The daily watch of claims in, kept in the file of alerts out: states, which comments were bet, what audits drew.

A state and the bets that led to it are stored together or not at all. So a comment is bet once, however often it is
handed in, and a watch that is killed at any moment goes on where its last whole piece of work ended.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from alerts.database import Database
from alerts.sequential.detector import Detector
from alerts.sequential.null import Null
from alerts.sequential.stream import Alarm, Arrival, Run, Stream, Terms
from alerts.sequential.volatility import Spread
from minsheng.domain import Sentiment

Key = tuple[str, str]
"""A project and one of its claims."""

_OF_STREAM = "stream = (SELECT number FROM streams WHERE project = ? AND claim = ?)"


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim's state and the comments that were bet on the way to it."""

    key: Key
    stream: Stream
    bet: Sequence[Arrival]


@dataclass(frozen=True, slots=True)
class Draw:
    """A comment drawn for an audit, in the order drawn, and the label a person gave it or None."""

    post: str
    label: Sentiment | None


class DetectorStore:
    """What the daily watch remembers, in the file of ``AlertStore``; several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)

    def streams(self, project: str | None = None) -> Mapping[Key, Stream]:
        """Return the state of every watched claim, of one project or of all."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT * FROM streams WHERE ?1 IS NULL OR project = ?1 ORDER BY number", (project,)
            ).fetchall()
        return {(row["project"], row["claim"]): load_stream(row["body"]) for row in found}

    def known(self, key: Key) -> dict[str, date]:
        """Return what was bet for a claim: names of clusters and of the posts that stood for them, with their days."""
        with self._database.read() as rows:
            found = rows.execute(f"SELECT name, said FROM bets WHERE {_OF_STREAM}", key).fetchall()
        return {row["name"]: date.fromisoformat(row["said"]) for row in found}

    def keep(self, settled: Iterable[Settled], forget_before: date) -> None:
        """Store states with their bets, all or none; drop bets on comments published before a day.

        Comments that old are no longer handed in, so that nothing of them needs to be remembered.
        """
        with self._database.write() as rows:
            for each in settled:
                number = _write(rows, each.key, each.stream)
                rows.executemany(
                    "INSERT OR IGNORE INTO bets (stream, name, said) VALUES (?, ?, ?)",
                    [
                        (number, name, arrival.published.isoformat())
                        for arrival in each.bet
                        for name in {arrival.post, arrival.cluster}
                    ],
                )
                rows.execute("DELETE FROM bets WHERE stream = ? AND said < ?", (number, forget_before.isoformat()))

    def drawn(self, key: Key, round_: str) -> list[Draw]:
        """Return what was drawn in one round of audit, in the order drawn."""
        with self._database.read() as rows:
            found = rows.execute(
                f"SELECT post, label FROM drawn WHERE {_OF_STREAM} AND round = ? ORDER BY place", (*key, round_)
            ).fetchall()
        return [Draw(row["post"], Sentiment(row["label"]) if row["label"] else None) for row in found]

    def rounds(self) -> Mapping[Key, Sequence[str]]:
        """Return the rounds of audit in which something was labelled, of each claim, the latest first."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT DISTINCT project, claim, round FROM drawn JOIN streams ON stream = number"
                " WHERE label IS NOT NULL ORDER BY round DESC"
            ).fetchall()
        rounds: dict[Key, list[str]] = {}
        for row in found:
            rounds.setdefault((row["project"], row["claim"]), []).append(row["round"])
        return rounds

    def draw(self, key: Key, round_: str, posts: Sequence[str]) -> None:
        """Add comments to a round, after those drawn before."""
        with self._database.write() as rows:
            (number,) = rows.execute("SELECT number FROM streams WHERE project = ? AND claim = ?", key).fetchone()
            (last,) = rows.execute(
                "SELECT coalesce(max(place), 0) FROM drawn WHERE stream = ? AND round = ?", (number, round_)
            ).fetchone()
            rows.executemany(
                "INSERT INTO drawn (stream, round, place, post) VALUES (?, ?, ?, ?)",
                [(number, round_, place, post) for place, post in enumerate(posts, start=last + 1)],
            )

    def label(self, key: Key, round_: str, labels: Mapping[str, Sentiment], outcome: Stream | None) -> None:
        """Store labels of a round and, if they decide it, what becomes of the claim's watch."""
        with self._database.write() as rows:
            rows.executemany(
                f"UPDATE drawn SET label = ? WHERE {_OF_STREAM} AND round = ? AND post = ?",
                [(label.value, *key, round_, post) for post, label in labels.items()],
            )
            if outcome is not None:
                _write(rows, key, outcome)


def _write(rows: sqlite3.Connection, key: Key, stream: Stream) -> int:
    row = rows.execute(
        "INSERT INTO streams (project, claim, version, body) VALUES (?, ?, ?, ?) ON CONFLICT (project, claim)"
        " DO UPDATE SET version = excluded.version, body = excluded.body RETURNING number",
        (*key, stream.terms.version, dump_stream(stream)),
    ).fetchone()
    return int(row["number"])


def dump_stream(stream: Stream) -> str:
    """Return a state as JSON, without loss."""
    return json.dumps(_plain(stream), default=_plain)


def load_stream(text: str) -> Stream:
    """Return what ``dump_stream`` stored."""
    raw: dict[str, Any] = json.loads(text)
    under, detector = raw["terms"], raw["detector"]
    return Stream(
        terms=Terms(under["version"], under["basis"], Null(**under["null"]), under["alarm"], under["watch"]),
        detector=Detector(
            np.array(detector["growth"]),
            np.array(detector["wealth"]),
            Spread(**{name: np.array(values) for name, values in detector["spread"].items()}),
            # A state stored before heads were kept apart holds them among the units: R is the same.
            np.array(detector.get("heads", np.zeros((2, 1)))),
        ),
        run=Run(np.array(raw["run"]["gain"]), np.array(raw["run"]["since"], dtype=np.int64)),
        began=date.fromisoformat(raw["began"]),
        settled=date.fromisoformat(raw["settled"]),
        bets=raw["bets"],
        why=raw["why"],
        watched=_day(raw["watched"]),
        watch_began=_day(raw["watch_began"]),
        alarm=_alarm(raw["alarm"]),
        recent=tuple((date.fromisoformat(day), number, total) for day, number, total in raw["recent"]),
        calm_since=_day(raw["calm_since"]),
    )


def _alarm(raw: dict[str, Any] | None) -> Alarm | None:
    if raw is None:
        return None
    return Alarm(**(raw | {"day": date.fromisoformat(raw["day"]), "since": date.fromisoformat(raw["since"])}))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    raise TypeError(f"a state holds a {type(value).__name__}, which has no JSON form")
