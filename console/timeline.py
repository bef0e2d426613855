"""A search in, its hits over time out: one bar per day, week or month, each of which is the search within it."""

import calendar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from console.criteria import Criteria
from indexer.base import Interval, PostIndex
from indexer.conditions import Condition

MOST_DAYS: Final = 62
MOST_WEEKS: Final = 105
FEW_MONTHS: Final = 6
_MOST_BARS: Final = 120
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Bar:
    """The days from ``since`` to ``until`` (included), the number of single posts in them, its part of the most."""

    since: date
    until: date
    count: int
    part: float
    url: str


def timeline(index: PostIndex, criteria: Criteria, where: Condition) -> list[Bar]:
    """Return the bars in order, empty ones between others too; none where all would be one bar or nothing."""
    interval, query = _interval(criteria), replace(criteria.query(where), fold=False)
    counts = index.histogram(query, interval)
    if interval == "month" and 0 < len(counts) <= FEW_MONTHS:
        interval = "week"
        counts = index.histogram(query, interval)
    if not counts:
        return []
    most, starts = max(counts.values()), _starts(min(counts), max(counts), interval)[-_MOST_BARS:]
    bars = [_bar(criteria, start, interval, counts.get(start, 0), most) for start in starts]
    return bars if len(bars) > 1 else []


def _interval(criteria: Criteria) -> Interval:
    if criteria.since is None or criteria.until is None:
        return "month"
    days = (criteria.until - criteria.since).days + 1
    if days <= MOST_DAYS:
        return "day"
    return "week" if days <= MOST_WEEKS * _WEEK else "month"


def _starts(first: date, last: date, interval: Interval) -> list[date]:
    starts = [first]
    while starts[-1] < last:
        starts.append(_last(starts[-1], interval) + timedelta(days=1))
    return starts


def _last(start: date, interval: Interval) -> date:
    match interval:
        case "day":
            return start
        case "week":
            return start + timedelta(days=_WEEK - 1)
    return start.replace(day=calendar.monthrange(start.year, start.month)[1])


def _bar(criteria: Criteria, start: date, interval: Interval, count: int, most: int) -> Bar:
    since = max(start, criteria.since or start)
    until = min(_last(start, interval), criteria.until or date.max)
    return Bar(since, until, count, count / most, criteria.changed(since=since, until=until).url)
