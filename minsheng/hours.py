"""A moment in, its day in Beijing, and whether it lies in quiet hours, out."""

from datetime import date, datetime, time

from minsheng.domain import BEIJING

PATTERN = r"^$|^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
"""How quiet hours are written: ``23:00-06:00``, or nothing."""


def day_of(moment: datetime) -> date:
    """Return the day of Beijing on which a moment lies."""
    return moment.astimezone(BEIJING).date()


def is_quiet(hours: str, moment: datetime) -> bool:
    """Return whether a moment lies in the quiet hours, such as ``23:00-06:30`` of Beijing time; the end is not in."""
    if not hours:
        return False
    since, _, until = hours.partition("-")
    start, end, now = time.fromisoformat(since), time.fromisoformat(until), moment.astimezone(BEIJING).time()
    return start <= now < end if start <= end else now >= start or now < end
