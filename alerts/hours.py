"""Moments in, the first from one on at which mail may leave, and working days between two, out: quiet hours, holidays.

Working days follow the State Council's yearly notice on public holidays with its exchanged weekends (调休), as kept in
the package chinesecalendar. The notice of a year comes out late in the year before: beyond what the package knows,
Monday to Friday count as working days, and the log says so.
"""

import functools
import itertools
import logging
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import chinese_calendar

from minsheng.domain import BEIJING
from minsheng.hours import is_quiet

logger = logging.getLogger(__name__)

_FRIDAY = 4
_MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class Hours:
    """When mail may leave: outside ``quiet`` (``22:00-07:30`` of Beijing time; empty: always), on every day or not."""

    quiet: str = ""
    working_days_only: bool = False

    def opens(self, moment: datetime) -> datetime:
        """Return the first moment, ``moment`` or later, at which mail may leave."""
        for _ in range(_MOST_STEPS):
            later = self._after_quiet(self._on_working_day(moment))
            if later == moment:
                break
            moment = later
        return moment

    def _on_working_day(self, moment: datetime) -> datetime:
        there = moment.astimezone(BEIJING)
        if not self.working_days_only or is_working_day(there.date()):
            return moment
        return datetime.combine(there.date() + timedelta(days=1), time(), BEIJING)

    def _after_quiet(self, moment: datetime) -> datetime:
        if not is_quiet(self.quiet, moment):
            return moment
        there = moment.astimezone(BEIJING)
        end = time.fromisoformat(self.quiet.partition("-")[2])
        day = there.date() if there.time() < end else there.date() + timedelta(days=1)
        return datetime.combine(day, end, BEIJING)


def is_working_day(day: date) -> bool:
    """Return whether offices work on a day."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        _warn_unknown(day.year)
        return day.weekday() <= _FRIDAY


def working_days_between(start: date, end: date) -> int:
    """Return how many working days there are from ``start`` on, before ``end``; 0 if that is not later."""
    whole = sum(_worked_in(year)[-1] for year in range(start.year, end.year))
    return max(0, whole + _worked_before(end) - _worked_before(start))


def working_day_after(day: date, number: int) -> date:
    """Return the working day that is so many after a day, which itself does not count; for 0 that day."""
    later = (day + timedelta(days=n) for n in itertools.count(1))
    return next(itertools.islice(itertools.chain([day], filter(is_working_day, later)), number, None))


def _worked_before(day: date) -> int:
    return _worked_in(day.year)[day.timetuple().tm_yday - 1]


@functools.cache
def _worked_in(year: int) -> tuple[int, ...]:
    """Return the working days of a year before each of its days, and in all of it."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return tuple(itertools.accumulate(map(is_working_day, days), initial=0))


@functools.cache
def _warn_unknown(year: int) -> None:
    logger.warning("holidays unknown year=%d; Monday to Friday count as working days; update chinesecalendar", year)
