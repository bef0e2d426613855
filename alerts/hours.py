"""A moment in, the first moment from it on at which mail may leave: quiet hours and the working days of China.

Working days follow the State Council's yearly notice on public holidays with its exchanged weekends (调休), as kept in
the package chinesecalendar. The notice of a year comes out late in the year before: beyond what the package knows,
Monday to Friday count as working days, and the log says so.
"""

import functools
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


@functools.cache
def _warn_unknown(year: int) -> None:
    logger.warning("holidays unknown year=%d; Monday to Friday count as working days; update chinesecalendar", year)
