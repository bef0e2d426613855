"""A project in, everything that decides whether it is alerted out: values, thresholds, the life of each alert."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.base import Rule
from alerts.life import Patience
from alerts.measures.asks import AsksMeasure, asks_of
from alerts.rules import RULES
from app.bootstrap import Office
from app.watch import observe
from minsheng.domain import Alert, Finding, Project


@dataclass(frozen=True, slots=True)
class Threshold:
    """One key of a rule as it stands; ``is_set``: a file sets it to something else than the default."""

    key: str
    value: object
    is_set: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """One matter: what its rule answers now, what the last watch found, and what has become of its alert.

    ``quiet_until``: until then an alert of this matter would bring no mail: it is silenced, or was closed so lately
    that a return counts as the same matter. None: nothing holds a mail back.
    """

    now: Finding
    last: Finding | None
    alert: Alert | None
    quiet_until: datetime | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A project as of a moment, matter by matter; ``thresholds`` by rule; ``off`` names rules switched off."""

    project: Project
    at: datetime
    matters: tuple[Explained, ...]
    thresholds: dict[str, tuple[Threshold, ...]]
    off: tuple[str, ...]
    asks: AsksMeasure


def explain_project(office: Office, project_id: str) -> Explanation:
    """Check one project now, without touching alerts; return what every rule answers and what holds it back."""
    project, now = office.register.project(project_id), office.now()
    around = replace(office.surroundings, daily=office.daily_watch(remember=False))
    watched = office.watch_memory.watched().get(project_id)
    seen = observe(project, office.index, around, now, watched.peers if watched else None)
    findings = [finding for rule in office.rules for finding in rule.check(seen)]
    last = {finding.key: finding for finding in office.alerts.findings(project_id)}
    alerts = office.alerts.alerts(project=project_id)
    return Explanation(
        project=project,
        at=now,
        matters=tuple(_explained(one, last.get(one.key), alerts, now) for one in findings),
        thresholds={rule.name: _thresholds(rule) for rule in office.rules},
        off=tuple(sorted(set(RULES) - {rule.name for rule in office.rules})),
        asks=asks_of(project, seen.posts, office.recorded, now),
    )


def _explained(finding: Finding, last: Finding | None, alerts: Sequence[Alert], now: datetime) -> Explained:
    own = [alert for alert in alerts if alert.finding.key == finding.key]
    alert = max(own, key=lambda one: (one.opened_at, one.id), default=None)
    return Explained(finding, last, alert, _quiet_until(alert, now))


def _quiet_until(alert: Alert | None, now: datetime) -> datetime | None:
    if alert is None:
        return None
    silenced = [alert.silenced_until] if alert.silenced_until else []
    returned = [alert.closed_at + Patience().reopen_after] if alert.closed_at else []
    later = [moment for moment in (*silenced, *returned) if moment > now]
    return max(later, default=None)


def _thresholds(rule: Rule) -> tuple[Threshold, ...]:
    kind = RULES[rule.name]
    return tuple(
        Threshold(key, getattr(rule, key), getattr(rule, key) != field.default)
        for key, field in kind.model_fields.items()
        if key != "enabled"
    )
