"""A desk and a moment in, what is new since then out; and how many comments there are today against usual."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import quote

from alerts.entries import EntryState
from console.desk import Desk
from console.language import say
from indexer.base import Query
from minsheng import words
from minsheng.domain import BEIJING, Alert, Kind, Window

COOKIE: Final = "looked"
PAUSE: Final = timedelta(minutes=30)
"""Who comes back after so long has looked away; until then the same news stay."""

DAYS: Final = 28
WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is new: a word for it, the project it is about (an id), what is said of it, where it stands."""

    word: str
    project: str
    text: str
    at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Today:
    """Comments since midnight, at this hour on the same weekday of the four weeks before, and day by day."""

    count: int
    usual: tuple[int, ...]
    days: tuple[tuple[date, int], ...]

    @property
    def word(self) -> str:
        """How today compares with the weeks before."""
        if not any(self.usual):
            return say("此前四周的同日没有评论，无从比较")
        if self.count > max(self.usual):
            return say("多于此前四周的同日同时")
        return say("少于此前四周的同日同时" if self.count < min(self.usual) else "与此前四周的同日同时相当")


def last_look(cookie: str, now: datetime) -> tuple[datetime | None, str]:
    """Return when the reader looked before this visit (None: not known), and what the cookie shall say from now on.

    It holds two times in seconds, the end of the visit before and the latest look; it stays in the browser.
    """
    before, _, latest = cookie.partition(".")
    if not (before.isascii() and before.isdigit() and latest.isascii() and latest.isdigit()):
        return None, f"0.{int(now.timestamp())}"
    if int(latest) < (now - PAUSE).timestamp():
        before = latest
    known = 0 < int(before) <= now.timestamp()
    looked = datetime.fromtimestamp(int(before), BEIJING) if known else None
    return looked, f"{before if known else 0}.{int(now.timestamp())}"


def changes_since(desk: Desk, since: datetime) -> list[Change]:
    """Return what is new, the latest first: alerts, sources in trouble or well again, proposed claims."""
    found = [*_alerts(desk.alerts(), since), *_sources(desk, since), *_proposals(desk, since)]
    return sorted(found, key=lambda change: change.at, reverse=True)


def _alerts(alerts: Iterable[Alert], since: datetime) -> Iterator[Change]:
    for alert in alerts:
        address = f"/alerts#{quote(alert.id)}"
        rule = say(words.RULES.get(alert.finding.rule, alert.finding.rule))
        if alert.closed_at and alert.closed_at >= since:
            yield Change(
                f"{rule} · {say('已解除')}", alert.finding.project, alert.finding.why, alert.closed_at, address
            )
        elif alert.opened_at >= since:
            yield Change(
                f"{rule} · {say('新提示')}", alert.finding.project, alert.finding.why, alert.opened_at, address
            )


def _sources(desk: Desk, since: datetime) -> Iterator[Change]:
    for name, health in desk.health().items():
        is_first = health.state == "ok" and health.last.started_at <= health.since
        if name in desk.sources and health.since >= since and not is_first:
            yield Change(say(words.HEALTH[health.state]), "", desk.sources[name].title, health.since, "/sources")


def _proposals(desk: Desk, since: datetime) -> Iterator[Change]:
    waiting = [e for e in desk.entries() if e.state is EntryState.PROPOSED and e.proposed_at >= since]
    if waiting:
        text = say("%(number)d 条提案等人决定") % {"number": len(waiting)}
        yield Change(say("表述提案"), "", text, max(e.proposed_at for e in waiting), "/claims")


def end_of_minute(now: datetime) -> datetime:
    """Return where the minute ends: up to there all readers of a minute count, so that it is counted for them once."""
    begun = now.replace(second=0, microsecond=0)
    return begun if begun == now else begun + timedelta(minutes=1)


def today(desk: Desk, now: datetime) -> Today:
    """Count the comments of today and of the days before, and those up to the same minute on the same weekdays."""
    midnight = datetime.combine(now.astimezone(BEIJING).date(), time(), BEIJING)
    comments, minute = Query(kinds=(Kind.PUBLIC,)), end_of_minute(now)

    def until_now(weeks: int) -> int:
        back = timedelta(weeks=weeks)
        return desk.index.count(replace(comments, window=Window(midnight - back, minute - back)))

    first = midnight - timedelta(days=DAYS)
    counts = desk.index.histogram(replace(comments, window=Window(first, midnight + timedelta(days=1))), "day")
    days = [first.date() + timedelta(days=place) for place in range(DAYS + 1)]
    usual = tuple(until_now(week) for week in range(1, WEEKS + 1))
    return Today(until_now(0), usual, tuple((day, counts.get(day, 0)) for day in days))
