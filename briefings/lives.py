"""Alerts and a window in, what began, lasted or ended in it out."""

from collections.abc import Sequence
from dataclasses import dataclass

from minsheng.domain import Alert, Verdict, Window

NEW, LASTING, ENDED, PASSING = "新增", "持续", "结束", "出现并结束"

_ORDER = (NEW, PASSING, LASTING, ENDED)
_STRENGTH = (Verdict.DIVERGES, Verdict.TENSION, Verdict.COMPATIBLE, Verdict.NOT_ASSESSABLE)


@dataclass(frozen=True, slots=True)
class Life:
    """What an alert did in a window."""

    stage: str
    alert: Alert


def lives(alerts: Sequence[Alert], window: Window) -> list[Life]:
    """Return the alerts that lived in the window: new before lasting before ended, strongest first in each."""
    found = [Life(stage, alert) for alert in alerts if (stage := _stage(alert, window))]
    return sorted(found, key=_strength)


def _stage(alert: Alert, window: Window) -> str:
    """Judge by dates alone: a briefing made later must say what was so in its window."""
    if alert.opened_at >= window.until or (alert.closed_at is not None and alert.closed_at < window.since):
        return ""
    began = alert.opened_at >= window.since
    if alert.closed_at is not None and alert.closed_at < window.until:
        return PASSING if began else ENDED
    return NEW if began else LASTING


def _strength(life: Life) -> tuple[int, int, str, float, str]:
    finding = life.alert.finding
    return (
        _ORDER.index(life.stage),
        _STRENGTH.index(finding.verdict),
        finding.rule,
        -finding.level,
        finding.key,
    )
