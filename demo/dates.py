"""A moment and now in, the moment as the city's sites write it out."""

from datetime import date, datetime, timedelta

_MINUTE, _HOUR, _DAY, _WEEK = (timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days", "weeks"))


def relative(at: datetime, now: datetime) -> str:
    """Write as forums do: 刚刚, 5分钟前, 3小时前, 昨天 12:30, 前天 08:05, 5天前, then 2026-8-3 09:12."""
    age = now - at
    days = (now.date() - at.date()).days
    if age < _MINUTE:
        return "刚刚"
    if age < _HOUR:
        return f"{age // _MINUTE}分钟前"
    if days == 0:
        return f"{age // _HOUR}小时前"
    if days in _NAMED:
        return f"{_NAMED[days]} {at:%H:%M}"
    if age < _WEEK:
        return f"{age // _DAY}天前"
    return f"{at.year}-{at.month}-{at.day} {at:%H:%M}"


def chinese(day: date) -> str:
    """Write as offices do: 2026年8月3日."""
    return f"{day.year}年{day.month}月{day.day}日"


_NAMED = {1: "昨天", 2: "前天"}
