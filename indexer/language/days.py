"""The words of a date field in, the window that they mean out, and back; days are Beijing days."""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from unicodedata import normalize

from minsheng.domain import BEIJING, Window

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2199, 12, 31)
EXPECTED = (
    "请写成 2026、2026-03、2026-03-05、2026-01..2026-03、2026-03..，或今天、昨天、本周、上周、本月、上月、近7天。"
)
Span = tuple[date, date]
"""First and last day, both included."""

_RANGE = re.compile(r"\.{2,}|~|至")
_DAY = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?")
_WORDS = {
    "今天": "today", "今日": "today", "today": "today",
    "昨天": "yesterday", "昨日": "yesterday", "yesterday": "yesterday",
    "本周": "thisweek", "thisweek": "thisweek",
    "上周": "lastweek", "lastweek": "lastweek",
    "本月": "thismonth", "thismonth": "thismonth",
    "上月": "lastmonth", "lastmonth": "lastmonth",
}  # fmt: skip
_RECENT = re.compile(r"(?:近|最近|last)(\d{1,4})(?:天|日|d|days?)")


def window_of(written: str, today: date) -> Window | None:
    """Return the window that a value of the date field means, or None if it means none."""
    text = normalize("NFKC", written).casefold()
    ends = [part.strip() for part in _RANGE.split(text)]
    spans = [_span(end, today) if end else None for end in ends]
    if len(ends) == 1:
        return spans[0] and _window(*spans[0])
    if len(ends) > 2 or not any(ends) or any(end and not span for end, span in zip(ends, spans, strict=True)):  # noqa: PLR2004 - a range has two ends
        return None
    since, until = spans[0] or (FIRST_DAY, FIRST_DAY), spans[1] or (LAST_DAY, LAST_DAY)
    return _window(since[0], until[1])


def write_window(window: Window) -> str:
    """Return the shortest value that means the window.

    Raises:
        ValueError: It does not begin and end with a Beijing day, or is empty.
    """
    first, last = _first_and_last(window)
    open_since, open_until = first == FIRST_DAY, last == LAST_DAY
    for form in ("%Y", "%Y-%m", "%Y-%m-%d"):
        since, until = f"{first:{form}}", f"{last:{form}}"
        if _day_span(since) == _day_span(until) == (first, last):
            return since
        starts, ends = _day_span(since), _day_span(until)
        if (open_since or (starts and starts[0] == first)) and (open_until or (ends and ends[1] == last)):
            break
    if open_since and open_until:
        return f"{FIRST_DAY}.."
    return f"{'' if open_since else since}..{'' if open_until else until}"


def _first_and_last(window: Window) -> Span:
    since, until = window.since.astimezone(BEIJING), window.until.astimezone(BEIJING)
    first, last = since.date(), until.date() - timedelta(days=1)
    if since.time() != time() or until.time() != time() or not FIRST_DAY <= first <= last <= LAST_DAY:
        raise ValueError(f"the window {since} .. {until} is not made of whole Beijing days")
    return first, last


def from_day(first: date) -> Window:
    """Return the window that has no end."""
    return Window(_midnight(first), _midnight(LAST_DAY + timedelta(days=1)))


def _window(first: date, last: date) -> Window | None:
    if not FIRST_DAY <= first <= last <= LAST_DAY:
        return None
    return Window(_midnight(first), _midnight(last + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def _span(written: str, today: date) -> Span | None:
    return _day_span(written) or _word_span(written, today)


def _day_span(written: str) -> Span | None:
    match = _DAY.fullmatch(written)
    if not match:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return first, first
    until = month or 12
    return first, date(first.year, until, monthrange(first.year, until)[1])


def _word_span(written: str, today: date) -> Span | None:
    recent = _RECENT.fullmatch(written)
    if recent and int(recent[1]) > 0:
        return today - timedelta(days=int(recent[1]) - 1), today
    name = _WORDS.get(written)
    return _named_span(name, today) if name else None


def _named_span(name: str, today: date) -> Span:
    day, monday, month = timedelta(days=1), today - timedelta(days=today.weekday()), today.replace(day=1)
    return {
        "today": (today, today),
        "yesterday": (today - day, today - day),
        "thisweek": (monday, monday + 6 * day),
        "lastweek": (monday - 7 * day, monday - day),
        "thismonth": (month, _last_of(month)),
        "lastmonth": ((month - day).replace(day=1), month - day),
    }[name]


def _last_of(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])
