"""Findings and alerts in, rows of the store out, and back without loss."""

import functools
import json
import sqlite3
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from alerts.database import moment, stamp
from alerts.life import Track
from minsheng.domain import Alert, AlertState, Finding

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import TypeAdapter


def dump_finding(finding: Finding) -> str:
    """Return a finding as JSON; times in ISO 8601. A lone surrogate of a broken page becomes a question mark."""
    text = json.dumps(finding, ensure_ascii=False, default=_plain)
    return text.encode("utf-8", "replace").decode()


def load_finding(text: str) -> Finding:
    return _adapter().validate_python(json.loads(text))


def write_track(rows: sqlite3.Connection, track: Track) -> None:
    """Insert or replace an alert."""
    alert = track.alert
    rows.execute(
        "INSERT INTO alerts (id, key, project, state, opened_at, updated_at, closed_at, silenced_until, quiet_since,"
        " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
        " updated_at = excluded.updated_at, closed_at = excluded.closed_at, silenced_until = excluded.silenced_until,"
        " quiet_since = excluded.quiet_since, body = excluded.body",
        (
            alert.id, alert.finding.key, alert.finding.project, alert.state, stamp(alert.opened_at),
            stamp(alert.updated_at), _maybe(alert.closed_at), _maybe(alert.silenced_until), _maybe(track.quiet_since),
            dump_finding(alert.finding),
        ),
    )  # fmt: skip


def alert_of(row: sqlite3.Row) -> Alert:
    return Alert(
        row["id"],
        AlertState(row["state"]),
        load_finding(row["body"]),
        moment(row["opened_at"]),
        moment(row["updated_at"]),
        moment(row["closed_at"]) if row["closed_at"] else None,
        moment(row["silenced_until"]) if row["silenced_until"] else None,
    )


def _maybe(when: datetime | None) -> str | None:
    return stamp(when) if when else None


def _plain(value: object) -> object:
    """Return what JSON can hold; ``asdict`` copies all of a finding, which costs more than the rest of storing it."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    raise TypeError(f"a finding holds a {type(value).__name__}, which has no JSON form")


@functools.cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@functools.cache
def _adapter() -> "TypeAdapter[Finding]":
    from pydantic import TypeAdapter

    return TypeAdapter(Finding)
