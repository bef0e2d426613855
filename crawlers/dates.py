"""A time as a Chinese page shows it in, the moment in UTC out; pages mean Beijing time unless they say otherwise."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from minsheng.domain import BEIJING
from minsheng.text import normalise

_LONGEST = 80
_AHEAD = timedelta(days=1)
_CLOCK_AHEAD = timedelta(minutes=10)
_LEAP_CYCLE = 9
_NOON = 12

_HALF_DAY = r"(?P<half>凌晨|清晨|早上|早晨|上午|中午|午后|下午|傍晚|晚上|晚间|夜里|am|pm)?"
_CLOCK = (
    rf"{_HALF_DAY}\s*(?P<hour>\d{{1,2}})\s*(?:[:时点])\s*(?P<minute>\d{{2}})?分?"
    r"(?:[:]?(?P<second>\d{2})秒?)?(?:\.\d+)?"
)
_ZONE = r"\s*(?P<zone>z\b|[+-]\d{2}:?\d{2}\b)?"
_MAYBE_CLOCK = rf"(?:[\st,日号]*(?:[((]?(?:周|星期)[一二三四五六日天][))]?)?\s*{_CLOCK}{_ZONE})?"
_YMD = r"(?<!\d)(?P<year>\d{4}|\d{2})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
_MD = r"(?<![\d])(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
_PREFIX = (
    r"^(?:最后|最新|首次)?(?:发表|发布|回复|答复|更新|提交|留言|评论|编辑|创建|发帖|来信|办理)?"
    r"(?:时间|日期|于|在)?[:\s]*"
)

_DIGITS = "一二三四五六七八九"
_NUMBER = r"(?P<number>\d+|半|[一二两三四五六七八九十]{1,3})"
_UNIT = (
    r"(?P<unit>秒钟?|分钟?|个?小时|个?钟头|天|日|周|个?星期|个月|月|年"
    r"|s(?:ec(?:ond)?s?)?|min(?:ute)?s?|h(?:our)?s?|days?)"
)
_SECONDS = {"秒": 1, "分": 60, "小": 3600, "钟": 3600, "天": 86400, "日": 86400, "周": 604800, "星": 604800} | {
    "s": 1, "m": 60, "h": 3600, "d": 86400,
}  # fmt: skip
_MONTHS = {"月": 1, "年": 12}
_DAYS_BACK = {"今": 0, "昨": 1, "前": 2, "大前": 3}
_AFTERNOON = {"午后", "下午", "傍晚", "晚上", "晚间", "夜里", "pm"}


def parse_time(text: str, now: datetime) -> datetime:
    """Read a time. What is shown to the day is the start of that day; a missing year is the latest that fits.

    Raises:
        ValueError: The text is not understood, or says a moment more than a day after ``now``.
    """
    plain = normalise(text)
    if not plain or len(plain) > _LONGEST:
        raise ValueError(f"not a time: {text[:_LONGEST]!r}")
    moment = _read(plain, now.astimezone(BEIJING), text).astimezone(UTC)
    if moment > now + _AHEAD:
        raise ValueError(f"a time in the future: {text!r}")
    return moment


def _read(plain: str, now: datetime, text: str) -> datetime:
    for pattern, rule in _RULES:
        found = pattern.search(plain)
        if found:
            try:
                return rule(found, now)
            except (ValueError, OverflowError) as error:
                raise ValueError(f"not a time: {text!r} ({error})") from error
    spelled = _spelled_out(plain)
    if spelled is None:
        raise ValueError(f"not a time: {text!r}")
    return spelled


def _absolute(found: re.Match[str], now: datetime) -> datetime:
    del now
    year = int(found["year"])
    day = date(year if year > 99 else 2000 + year, int(found["month"]), int(found["day"]))  # noqa: PLR2004 - two digits
    return _at(day, found)


def _month_and_day(found: re.Match[str], now: datetime) -> datetime:
    for year in range(now.year, now.year - _LEAP_CYCLE, -1):
        try:
            moment = _at(date(year, int(found["month"]), int(found["day"])), found)
        except ValueError:
            continue  # 29 February of another year, or no such day at all
        if moment <= now + _CLOCK_AHEAD:
            return moment
    raise ValueError("no such day")


def _named_day(found: re.Match[str], now: datetime) -> datetime:
    moment = _at(now.date() - timedelta(days=_DAYS_BACK[found["name"]]), found)
    evening = found["night"] and found["hour"] and moment.hour < _NOON
    return moment + timedelta(hours=_NOON) if evening else moment


def _weekday(found: re.Match[str], now: datetime) -> datetime:
    wanted = "一二三四五六日".index(found["weekday"].replace("天", "日"))
    back = (now.weekday() - wanted) % 7
    if found["last"]:
        back = now.weekday() + 7 - wanted
    return _at(now.date() - timedelta(days=back), found)


def _clock_alone(found: re.Match[str], now: datetime) -> datetime:
    moment = _at(now.date(), found)
    return moment if moment <= now + _CLOCK_AHEAD else moment - timedelta(days=1)


def _ago(found: re.Match[str], now: datetime) -> datetime:
    number, unit = _number(found["number"]), found["unit"].removeprefix("个")
    if unit[0] in _MONTHS:
        return _months_back(now, round(number * _MONTHS[unit[0]]))
    return now - timedelta(seconds=number * _SECONDS[unit[0]])


def _just_now(found: re.Match[str], now: datetime) -> datetime:
    del found
    return now


def _iso(found: re.Match[str], now: datetime) -> datetime:
    del now
    moment = datetime.fromisoformat(found[0].upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)


def _epoch(found: re.Match[str], now: datetime) -> datetime:
    del now
    return datetime.fromtimestamp(int(found[1]), UTC)


def _rfc822(found: re.Match[str], now: datetime) -> datetime:
    del now
    moment = parsedate_to_datetime(found[0])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _at(day: date, found: re.Match[str]) -> datetime:
    """Put the clock of a match on a day; no clock is the start of the day."""
    parts = found.groupdict()
    if parts.get("hour") is None:
        return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    hour = _hour(int(parts["hour"]), parts["half"])
    clock = f"{hour % 24:02}:{int(parts['minute'] or 0):02}:{int(parts['second'] or 0):02}"
    return datetime.fromisoformat(f"{day}T{clock}{(parts.get('zone') or '+08:00').upper()}")


def _hour(hour: int, half: str | None) -> int:
    if hour > 2 * _NOON or (hour == 2 * _NOON and half):
        raise ValueError(f"no hour {hour}")
    if half in _AFTERNOON or (half == "中午" and hour < _NOON - 2):
        return hour + _NOON if hour < _NOON else hour
    return 0 if half in {"凌晨", "am"} and hour == _NOON else hour


def _number(text: str) -> float:
    if text == "半":
        return 0.5
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.replace("两", "二").rpartition("十")
    value = (_DIGITS.index(tens) + 1 if tens else 1) * 10 if ten else 0
    return value + (_DIGITS.index(ones) + 1 if ones else 0)


def _months_back(now: datetime, months: int) -> datetime:
    year, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in range(now.day, 0, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue  # the month is shorter
    raise ValueError("no such month")


def _spelled_out(plain: str) -> datetime | None:
    """Read what is left, such as ``5 march 2024``; a date that lacks day, month or year is not guessed."""
    import dateparser

    settings = {"STRICT_PARSING": True, "TIMEZONE": "+0800", "RETURN_AS_TIMEZONE_AWARE": True}
    found = dateparser.parse(plain, languages=["en"], settings=settings)
    return found if isinstance(found, datetime) else None


def _rules() -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], datetime]]]:
    """Yield pattern and reader, the surest first."""
    yield re.compile(r"^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:z|[+-]\d{2}:?\d{2})?$"), _iso
    yield re.compile(r"^(\d{10})(?:\d{3})?$"), _epoch
    yield re.compile(r"^(?:\w{3},\s*)?\d{1,2} [a-z]{3} \d{4} \d{2}:\d{2}.*$"), _rfc822
    yield re.compile(_YMD + _MAYBE_CLOCK), _absolute
    yield re.compile(rf"{_NUMBER}\s*{_UNIT}\s*(?:以?前|之前|ago)"), _ago
    yield re.compile(r"刚刚|刚才|just now"), _just_now
    yield re.compile(rf"(?P<name>大前|前|昨|今)(?:[天日]|(?P<night>晚)){_MAYBE_CLOCK}"), _named_day
    yield re.compile(rf"(?P<last>上)?(?:个?星期|周|礼拜|本周)(?P<weekday>[一二三四五六日天]){_MAYBE_CLOCK}"), _weekday
    yield re.compile(rf"{_PREFIX}{_MD}{_MAYBE_CLOCK}(?=$|[\s,|])"), _month_and_day
    yield re.compile(rf"{_PREFIX}{_CLOCK}$"), _clock_alone


_RULES = tuple(_rules())
