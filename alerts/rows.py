"""Findings and alerts in, rows of the store out, and back without loss."""

import functools
import json
import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.database import moment, stamp
from alerts.life import Track
from minsheng.domain import Alert, AlertState, Finding
from minsheng.plain import dumped

if TYPE_CHECKING:
    from pydantic import TypeAdapter


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
            dumped(alert.finding),
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


@functools.cache
def _adapter() -> "TypeAdapter[Finding]":
    from pydantic import TypeAdapter

    return TypeAdapter(Finding)
