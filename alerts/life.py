"""An alert and the latest finding of its matter in, the alert's next state out; pure."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.database import stamp
from minsheng.domain import Alert, AlertState, Finding


class Change(StrEnum):
    """What happened to an alert; the words stand in the store's file."""

    OPENED = "opened"
    CONTINUED = "continued"
    REOPENED = "reopened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a matter must be quiet before its alert closes, and closed before it is news again."""

    close_after: timedelta = timedelta(days=2)
    reopen_after: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Track:
    """An alert, and since when its matter has been seen not to fire (None: it fires)."""

    alert: Alert
    quiet_since: datetime | None = None


def step(
    track: Track | None, finding: Finding, now: datetime, patience: Patience
) -> tuple[Track | None, Change | None]:
    """Return the matter's alert after the finding, and what changed. The same step twice changes nothing more."""
    if track is None or track.alert.closed_at is None:
        if track is None:
            return _first(finding, now)
        return _lasting(track, finding, now) if finding.fired else _quiet(track, finding, now, patience)
    if not finding.fired:
        return track, None
    if now - track.alert.closed_at >= patience.reopen_after:
        return _open(finding, now, track.alert.silenced_until), Change.OPENED
    again = replace(track.alert, state=AlertState.ONGOING, finding=finding, updated_at=now, closed_at=None)
    return Track(again), Change.REOPENED


def close(track: Track, now: datetime) -> Track:
    """Return the alert closed: its matter is no longer judged."""
    return replace(track, alert=replace(track.alert, state=AlertState.CLOSED, updated_at=now, closed_at=now))


def is_silent(alert: Alert, now: datetime) -> bool:
    return alert.silenced_until is not None and now < alert.silenced_until


def _first(finding: Finding, now: datetime) -> tuple[Track | None, Change | None]:
    return (_open(finding, now, None), Change.OPENED) if finding.fired else (None, None)


def _open(finding: Finding, now: datetime, silenced_until: datetime | None) -> Track:
    """A silence belongs to the matter: it outlives the alert it was set on."""
    silence = silenced_until if silenced_until is not None and now < silenced_until else None
    identity = hashlib.sha256(f"{finding.key} {stamp(now)}".encode("utf-8", "replace")).hexdigest()[:16]
    return Track(Alert(identity, AlertState.OPEN, finding, opened_at=now, updated_at=now, silenced_until=silence))


def _lasting(track: Track, finding: Finding, now: datetime) -> tuple[Track, Change | None]:
    alert = replace(track.alert, finding=finding, updated_at=now)
    if alert.state is AlertState.OPEN and now > alert.opened_at:
        return Track(replace(alert, state=AlertState.ONGOING)), Change.CONTINUED
    return Track(alert), None


def _quiet(track: Track, finding: Finding, now: datetime, patience: Patience) -> tuple[Track, Change | None]:
    """Close only after long quiet, so that a matter swinging about its threshold does not open and close daily."""
    quiet = Track(replace(track.alert, finding=finding, updated_at=now), track.quiet_since or now)
    if now - (track.quiet_since or now) < patience.close_after:
        return quiet, None
    return close(quiet, now), Change.CLOSED
