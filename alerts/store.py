"""Findings in, alerts with a life out; what an opening alert mails is queued in the same transaction."""

import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from alerts.channels.base import Mail
from alerts.database import Database, moment, stamp
from alerts.life import Change, Patience, Track, close, is_silent, step
from alerts.outbox import enqueue
from alerts.rows import alert_of, load_finding, write_track
from minsheng.domain import BEIJING, Alert, AlertState, Finding
from minsheng.errors import QueryError
from minsheng.plain import dumped

logger = logging.getLogger(__name__)

Compose = Callable[[Alert], Sequence[Mail]]

_WITHDRAWN = "不再判断：这一表述或规则已撤下"
_NOT_REGISTERED = "不再判断：项目已不在登记中"
_AGAIN = "关闭后不久再次出现，接续原提示，不另发邮件。"


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One thing for a digest: an alert as it stands, and what happened to it when and why."""

    alert: Alert
    change: Change
    at: datetime
    reason: str


ComposeDigest = Callable[[str, Sequence[DigestItem]], Mail | None]


class AlertStore:
    """All alerts of a deployment, in one file that several threads and processes may use at once.

    - one matter (``Finding.key``) has at most one alert that is not closed, and one mail when it opens.
    - a matter that fires again within ``reopen_after`` of closing continues its old alert, without a mail of its own.
    - a silence belongs to the matter and keeps mails and digest items back until it ends.
    - a change and the mails it causes are stored together or not at all.
    """

    def __init__(
        self, path: Path, *, close_after: timedelta = timedelta(days=2), reopen_after: timedelta = timedelta(days=14)
    ) -> None:
        self._database = Database(path)
        self._patience = Patience(close_after, reopen_after)

    @property
    def path(self) -> Path:
        return self._database.path

    def apply(
        self,
        findings: Sequence[Finding],
        now: datetime,
        compose: Compose,
        *,
        projects: Collection[str] | None = None,
    ) -> list[Alert]:
        """Take in all findings of one or more projects; return the alerts whose state changed.

        A matter of a judged project that is not among the findings is no longer judged: its alert closes. Findings
        older than what the store knows of their project are left out, so replaying an old run does no harm.

        Args:
            findings: Every finding of each project that occurs, fired or not.
            now: When they were made.
            compose: What to mail when an alert opens; called inside the transaction, so it must be pure.
            projects: Every project of the register, if known: alerts of any other project close.
        """
        with self._database.write() as rows:
            fresh = _fresh(rows, findings, now)
            changed = [self._take(rows, finding, now, compose) for finding in fresh.values()]
            gone = _no_longer_judged(rows, fresh, projects)
            closed = [_withdraw(rows, key, reason, now) for key, reason in gone.items()]
        alerts = [alert for alert in changed + closed if alert is not None]
        for alert in alerts:
            logger.info("alert changed alert=%s rule=%s project=%s state=%s", alert.id, alert.finding.rule,
                        alert.finding.project, alert.state)  # fmt: skip
        return alerts

    def alerts(self, state: AlertState | None = None, project: str | None = None) -> list[Alert]:
        """Return alerts, the latest opened first."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT * FROM alerts WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR project = ?2)"
                " ORDER BY opened_at DESC, id",
                (state, project),
            ).fetchall()
        return [alert_of(row) for row in found]

    def alert(self, alert_id: str) -> Alert | None:
        with self._database.read() as rows:
            row = rows.execute("SELECT * FROM alerts WHERE id = ?", (alert_id,)).fetchone()
        return alert_of(row) if row else None

    def findings(self, project: str | None = None) -> list[Finding]:
        """Return the latest finding of every matter that is judged, fired or not, by key."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT body FROM findings WHERE ?1 IS NULL OR project = ?1 ORDER BY key", (project,)
            ).fetchall()
        return [load_finding(row["body"]) for row in found]

    def seen(self) -> dict[str, datetime]:
        """Return when each project was last judged."""
        with self._database.read() as rows:
            found = rows.execute("SELECT project, max(seen_at) AS seen_at FROM findings GROUP BY project").fetchall()
        return {row["project"]: moment(row["seen_at"]) for row in found}

    def moving(self) -> set[str]:
        """Return the projects with an alert that the clock alone moves on: a new one, or one that has fallen quiet."""
        with self._database.read() as rows:
            found = rows.execute(
                "SELECT DISTINCT project FROM alerts WHERE state = ?1 OR (state != ?2 AND quiet_since IS NOT NULL)",
                (AlertState.OPEN, AlertState.CLOSED),
            ).fetchall()
        return {row["project"] for row in found}

    def history(self, alert_id: str) -> list[tuple[datetime, AlertState, str]]:
        """Return when an alert came into which state and why, oldest first; empty for an unknown alert."""
        with self._database.read() as rows:
            found = rows.execute("SELECT * FROM history WHERE alert = ? ORDER BY number", (alert_id,)).fetchall()
        return [(moment(row["at"]), AlertState(row["state"]), row["reason"]) for row in found]

    def silence(self, alert_id: str, until: datetime, reason: str, now: datetime) -> Alert:
        """Keep an alert's matter out of mails and digests until a moment; a moment not after ``now`` ends it.

        Raises:
            QueryError: There is no such alert.
        """
        with self._database.write() as rows:
            row = rows.execute("SELECT * FROM alerts WHERE id = ?", (alert_id,)).fetchone()
            if row is None:
                raise QueryError(f"no alert {alert_id!r}; ids stand in the list of alerts")
            track = _track(row)
            alert = replace(track.alert, silenced_until=until if until > now else None)
            write_track(rows, replace(track, alert=alert))
            words = f"静默至 {until.astimezone(BEIJING):%Y-%m-%d %H:%M}" if until > now else "结束静默"
            _remember(rows, alert, now, f"{words}：{reason}")
        return alert

    def digest(
        self, department_projects: Mapping[str, Sequence[str]], now: datetime, compose_digest: ComposeDigest
    ) -> int:
        """Queue a digest for each department that has news and has had none on this Beijing day; return how many.

        News are openings and returns without a mail of their own, and closings. When ``compose_digest`` gives no
        mail (nobody to send it to), the news wait.
        """
        day = now.astimezone(BEIJING).date().isoformat()
        with self._database.write() as rows:
            queued = [
                _queue_digest(rows, department, projects, day, compose_digest)
                for department, projects in department_projects.items()
            ]
        return sum(queued)

    def _take(self, rows: sqlite3.Connection, finding: Finding, now: datetime, compose: Compose) -> Alert | None:
        body = dumped(finding)
        rows.execute(
            "INSERT OR REPLACE INTO findings (key, project, seen_at, body) VALUES (?, ?, ?, ?)",
            (finding.key, finding.project, stamp(now), body),
        )
        before = _latest(rows, finding.key)
        if before is None and not finding.fired:
            return None
        # What is mailed and kept with the alert is what is kept here: most findings are read back for nothing else.
        track, change = step(before, load_finding(body), now, self._patience)
        if track is None or track is before:
            return None
        write_track(rows, track)
        if change is None:
            return None
        _announce(rows, track.alert, change, now, compose)
        return track.alert


def _announce(rows: sqlite3.Connection, alert: Alert, change: Change, now: datetime, compose: Compose) -> None:
    """Write down a change; queue the mails of an opening; leave what has no mail of its own to the digest."""
    reason = _AGAIN + alert.finding.why if change is Change.REOPENED else alert.finding.why
    _remember(rows, alert, now, reason)
    if change is Change.CONTINUED or is_silent(alert, now):
        return
    mails = compose(alert) if change is Change.OPENED else ()
    if mails:
        enqueue(rows, mails)
    else:
        _add_news(rows, alert, change, now, reason)


def _fresh(rows: sqlite3.Connection, findings: Iterable[Finding], now: datetime) -> dict[str, Finding]:
    """Return one finding for each matter (the one that fired, then the higher level) of projects not seen later."""
    fresh: dict[str, Finding] = {}
    for finding in findings:
        rival = fresh.get(finding.key)
        if rival is None or (finding.fired, finding.level) > (rival.fired, rival.level):
            fresh[finding.key] = finding
    seen = dict(rows.execute("SELECT project, max(seen_at) FROM findings GROUP BY project").fetchall())
    late = {finding.project for finding in fresh.values() if seen.get(finding.project, "") > stamp(now)}
    for project in sorted(late):
        logger.warning("findings left out project=%s now=%s seen=%s", project, stamp(now), seen[project])
    return {key: finding for key, finding in fresh.items() if finding.project not in late}


def _no_longer_judged(
    rows: sqlite3.Connection, fresh: Mapping[str, Finding], projects: Collection[str] | None
) -> dict[str, str]:
    judged = {finding.project for finding in fresh.values()}
    known = rows.execute(
        "SELECT key, project FROM findings UNION SELECT key, project FROM alerts WHERE state != ?", (AlertState.CLOSED,)
    ).fetchall()
    gone = {}
    for key, project in known:
        if project in judged and key not in fresh:
            gone[key] = _WITHDRAWN
        elif projects is not None and project not in projects:
            gone[key] = _NOT_REGISTERED
    return gone


def _withdraw(rows: sqlite3.Connection, key: str, reason: str, now: datetime) -> Alert | None:
    rows.execute("DELETE FROM findings WHERE key = ?", (key,))
    track = _latest(rows, key)
    if track is None or track.alert.state is AlertState.CLOSED:
        return None
    closed = close(track, now)
    write_track(rows, closed)
    _remember(rows, closed.alert, now, reason)
    if not is_silent(closed.alert, now):
        _add_news(rows, closed.alert, Change.CLOSED, now, reason)
    return closed.alert


def _queue_digest(
    rows: sqlite3.Connection, department: str, projects: Sequence[str], day: str, compose_digest: ComposeDigest
) -> int:
    done = rows.execute("SELECT 1 FROM digests WHERE department = ? AND day = ?", (department, day)).fetchone()
    waiting = _waiting_news(rows, projects)
    mail = compose_digest(department, [item for _, item in waiting]) if waiting and not done else None
    if mail is None:
        return 0
    enqueue(rows, [mail])
    rows.execute("INSERT INTO digests (department, day, mail) VALUES (?, ?, ?)", (department, day, mail.id))
    rows.executemany("UPDATE news SET digest = ? WHERE number = ?", [(mail.id, number) for number, _ in waiting])
    return 1


def _waiting_news(rows: sqlite3.Connection, projects: Sequence[str]) -> list[tuple[int, DigestItem]]:
    found = rows.execute(
        "SELECT news.number, news.change, news.at, news.reason, alerts.* FROM news"
        " JOIN alerts ON alerts.id = news.alert"
        " WHERE news.digest IS NULL AND news.project IN (SELECT value FROM json_each(?)) ORDER BY news.number",
        (json.dumps(list(projects)),),
    ).fetchall()
    return [
        (row["number"], DigestItem(alert_of(row), Change(row["change"]), moment(row["at"]), row["reason"]))
        for row in found
    ]


def _latest(rows: sqlite3.Connection, key: str) -> Track | None:
    row = rows.execute("SELECT * FROM alerts WHERE key = ? ORDER BY opened_at DESC LIMIT 1", (key,)).fetchone()
    return _track(row) if row else None


def _track(row: sqlite3.Row) -> Track:
    return Track(alert_of(row), moment(row["quiet_since"]) if row["quiet_since"] else None)


def _remember(rows: sqlite3.Connection, alert: Alert, now: datetime, reason: str) -> None:
    rows.execute(
        "INSERT INTO history (alert, at, state, reason) VALUES (?, ?, ?, ?)",
        (alert.id, stamp(now), alert.state, reason),
    )


def _add_news(rows: sqlite3.Connection, alert: Alert, change: Change, now: datetime, reason: str) -> None:
    rows.execute(
        "INSERT INTO news (alert, project, at, change, reason) VALUES (?, ?, ?, ?, ?)",
        (alert.id, alert.finding.project, stamp(now), change, reason),
    )
