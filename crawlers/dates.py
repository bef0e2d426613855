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
_MIDNIGHT = 24
_OLDEST_SHORT_YEAR = 20
_HALF_MONTH = timedelta(days=15)

_HALVES = r"凌晨|清晨|早上|早晨|上午|中午|午后|下午|傍晚|晚上|晚间|夜里"
_CLOCK = (
    rf"(?P<half>{_HALVES}|am|pm)?\s*(?P<hour>\d{{1,2}})\s*"
    r"(?::(?P<minute>\d{2})(?!\d)(?::(?P<second>\d{2})(?!\d))?(?:\.\d+)?"
    r"|[点时](?:(?P<minutes>\d{1,2})(?:分(?:(?P<seconds>\d{1,2})秒)?|(?!\d))|(?P<part>整|半|[一三]刻))?)"
    r"(?:\s*(?P<after>am|pm)\b)?"
)
_ZONE = r"\s*(?P<zone>(?:utc|gmt)(?:[+-]\d{1,2}(?::?\d{2})?)?\b|z\b|\+(?:0\d|1[0-4]):?\d{2}\b|-(?:0\d|1[0-2])00\b)?"
_MAYBE_CLOCK = rf"(?:[\st,日号]*(?:[((]?(?:周|星期)[一二三四五六日天][))]?)?\s*{_CLOCK}{_ZONE})?"
_YMD = (
    r"(?<!\d)(?<!\d[-/.])(?P<year>\d{4}|\d{2})\s*(?P<mark>[-/.年])\s*(?P<month>\d{1,2})\s*[-/.月]"
    r"\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
)
_MD = r"(?P<month>\d{1,2})\s*(?P<mark>[-/.月])\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?"
_PREFIX = (
    r"^(?:最后|最新|首次)?(?:发表|发布|回复|答复|更新|提交|留言|评论|编辑|创建|发帖|来信|办理)?"
    r"(?:时间|日期|于|在)?[:\s]*"
)
# Signs of a clock where none was read: better no time than midnight by mistake.
_UNREAD_CLOCK = re.compile(rf"\d:\d|\d[点时](?![间击赞评])|[一二三四五六七八九十]点|{_HALVES}")
_SPAN = re.compile(r"^\s*(?:至|到|~|-{1,2}|—{1,2})\s*\d")
_TWO_ZONES = re.compile(r"\bcst\b")  # of China and of Chicago
_MONTH_NAME = re.compile(r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\b")

_DIGITS = "一二三四五六七八九"
_PAIR = (
    r"(?P<number{0}>\d+(?:\.\d+)?|半|[一二两三四五六七八九十]{{1,3}})\s*(?P<and_half{0}>个半)?\s*"
    r"(?P<unit{0}>秒钟?|分钟?|个?小时|个?钟头|天|日|周|个?星期|个月|月|年"
    r"|s(?:ec(?:ond)?s?)?|min(?:ute)?s?|h(?:our)?s?|days?)\s*"
)
_SECONDS = {"秒": 1, "分": 60, "小": 3600, "钟": 3600, "天": 86400, "日": 86400, "周": 604800, "星": 604800} | {
    "s": 1, "m": 60, "h": 3600, "d": 86400,
}  # fmt: skip
_MONTHS = {"个月": 1, "月": 1, "年": 12}
_DAYS_BACK = {"今": 0, "昨": 1, "前": 2, "大前": 3}
_AFTERNOON = {"午后", "下午", "傍晚", "晚上", "晚间", "夜里", "pm"}
_MORNING = {"凌晨", "清晨", "早上", "早晨", "上午", "am"}
_TWELVE_OF_TWO = {"上午", "早上", "早晨", "清晨", "傍晚", "晚上", "晚间", "夜里"}
_IN_WORDS = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)


def parse_time(text: str, now: datetime) -> datetime:
    """Read a time. What is shown to the day is the start of that day; a missing year is the latest that fits.

    Raises:
        ValueError: The text is not understood, may mean two moments, or one more than a day after ``now``.
    """
    plain = _IN_WORDS.sub(_in_digits, normalise(text))
    if not plain or len(plain) > _LONGEST or _TWO_ZONES.search(plain):
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
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    if len(found["year"]) == 2:  # noqa: PLR2004 - two digits
        short = now.year % 100
        years = range(short - _OLDEST_SHORT_YEAR, short + 1)
        unsure = year not in years or (year <= _NOON and day in years)
        if year > short or (found["mark"] != "年" and unsure):
            raise ValueError("which number is the year?")
        year += 2000
    return _at(date(year, month, day), found)


def _month_and_day(found: re.Match[str], now: datetime) -> datetime:
    # Without a clock, 3-5 and 3.5 may be a span or a number: then both parts want two digits.
    vague = found["mark"] != "月" and (found["mark"] == "." or min(len(found["month"]), len(found["day"])) == 1)
    if vague and found["hour"] is None:
        raise ValueError("two numbers may be anything")
    for year in range(now.year + 1, now.year - _LEAP_CYCLE, -1):
        try:
            moment = _at(date(year, int(found["month"]), int(found["day"])), found)
        except ValueError:
            continue  # 29 February of another year, or no such day at all
        if moment <= now + _CLOCK_AHEAD:
            return moment
    raise ValueError("no such day")


def _named_day(found: re.Match[str], now: datetime) -> datetime:
    moment = _at(now.date() - timedelta(days=_DAYS_BACK[found["name"]]), found)
    if found["night"] is None or found["hour"] is None:
        return moment
    if moment.hour in {0, _NOON}:
        raise ValueError("twelve at night belongs to two days")
    return moment + timedelta(hours=_NOON) if moment.hour < _NOON else moment


def _weekday(found: re.Match[str], now: datetime) -> datetime:
    wanted = "一二三四五六日".index(found["weekday"].replace("天", "日"))
    back = now.weekday() - wanted
    if found["which"] == "上":
        back += 7
    elif found["which"] is None:
        back %= 7
    moment = _at(now.date() - timedelta(days=back), found)
    if moment > now + _CLOCK_AHEAD:
        if found["which"]:
            raise ValueError("a weekday to come")
        moment -= timedelta(days=7)
    return moment


def _clock_alone(found: re.Match[str], now: datetime) -> datetime:
    moment = _at(now.date(), found)
    return moment if moment <= now + _CLOCK_AHEAD else moment - timedelta(days=1)


def _ago(found: re.Match[str], now: datetime) -> datetime:
    moment = now
    for index in (1, 2):
        if found[f"number{index}"]:
            number = _number(found[f"number{index}"]) + (0.5 if found[f"and_half{index}"] else 0)
            moment = _back(moment, number, found[f"unit{index}"])
    return moment


def _back(moment: datetime, number: float, unit: str) -> datetime:
    if unit in _MONTHS:
        months = number * _MONTHS[unit]
        return _months_back(moment, int(months)) - (_HALF_MONTH if months % 1 else timedelta(0))
    seconds = _SECONDS[unit.removeprefix("个")[0]]
    if number == 0.5 and seconds >= _SECONDS["天"]:  # noqa: PLR2004 - a half
        raise ValueError("half a day is no time")
    return moment - timedelta(seconds=number * seconds)


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


def _digits_alone(found: re.Match[str], now: datetime) -> datetime:
    del now
    shape = "%Y%m%d%H%M%S"[: 2 * len([part for part in found.groups() if part])]
    return datetime.strptime("".join(filter(None, found.groups())), shape).replace(tzinfo=BEIJING)


def _script_date(found: re.Match[str], now: datetime) -> datetime:
    del now
    return parsedate_to_datetime(f"{found['day']} {found['month']} {found['year']} {found['clock']} {found['zone']}")


def _rfc822(found: re.Match[str], now: datetime) -> datetime:
    del now
    moment = parsedate_to_datetime(found[0])
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _at(day: date, found: re.Match[str]) -> datetime:
    """Put the clock of a match on a day; no clock is the start of the day."""
    parts = found.groupdict()
    around = found.string[: found.start()] + " " + found.string[found.end() :]
    if _SPAN.search(found.string[found.end() :]):
        raise ValueError("a span of days")
    if parts.get("hour") is None:
        if _UNREAD_CLOCK.search(around):
            raise ValueError("a clock beside the day that is not understood")
        return datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    minute = int(parts["minute"] or parts["minutes"] or {"半": 30, "一刻": 15, "三刻": 45}.get(parts["part"] or "", 0))
    hour = _hour(int(parts["hour"]), parts["half"] or parts["after"], minute)
    seconds = int(parts["second"] or parts["seconds"] or 0)
    moment = datetime.fromisoformat(f"{day}T{hour % _MIDNIGHT:02}:{minute:02}:{seconds:02}{_zone(parts.get('zone'))}")
    return moment + timedelta(days=1) if hour == _MIDNIGHT else moment


def _zone(shown: str | None) -> str:
    shift = (shown or "+08").lstrip("zutcgm")
    if not shift:
        return "+00:00"
    digits = shift[1:].replace(":", "")
    hours, minutes = (digits, "00") if len(digits) < 3 else (digits[:-2], digits[-2:])  # noqa: PLR2004 - +8, +08, +0800
    return f"{shift[0]}{int(hours):02}:{minutes}"


def _hour(hour: int, half: str | None, minute: int) -> int:
    if hour > _MIDNIGHT or (hour == _MIDNIGHT and (half or minute)):
        raise ValueError(f"no hour {hour}")
    if hour == _NOON and half in _TWELVE_OF_TWO:
        raise ValueError(f"{half}{hour} is noon to some and midnight to others")
    if hour > _NOON and half in _MORNING:
        raise ValueError(f"no hour {hour} {half}")
    if half in _AFTERNOON or (half == "中午" and hour < _NOON - 2):
        return hour + _NOON if hour < _NOON else hour
    return 0 if half in {"凌晨", "am"} and hour == _NOON else hour


def _in_digits(found: re.Match[str]) -> str:
    year = "".join(str("零一二三四五六七八九".index(digit.replace("〇", "零"))) for digit in found[1])
    return f"{year}年{_number(found[2]):.0f}月{_number(found[3]):.0f}日"


def _number(text: str) -> float:
    if text == "半":
        return 0.5
    if text[0].isdigit():
        return float(text)
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

    if not _MONTH_NAME.search(plain):
        return None  # 03/05/2024 is March or May; yesterday would be the clock's, not that of ``now``
    settings = {"STRICT_PARSING": True, "TIMEZONE": "+0800", "RETURN_AS_TIMEZONE_AWARE": True}
    found = dateparser.parse(plain, languages=["en"], settings=settings)
    return found if isinstance(found, datetime) else None


def _rules() -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], datetime]]]:
    """Yield pattern and reader, the surest first."""
    yield re.compile(r"^\d{4}-\d{2}-\d{2}t\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:z|[+-]\d{2}:?\d{2})?$"), _iso
    yield re.compile(r"^(?:/date\()?(\d{10})(?:\d{3}|\.\d+)?(?:[+-]\d{4})?(?:\)/)?$"), _epoch
    yield re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})(?:[ t]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?$"), _digits_alone
    yield re.compile(r"^(?:\w{3},\s*)?\d{1,2} [a-z]{3} \d{4} \d{2}:\d{2}.*$"), _rfc822
    day = r"(?P<month>[a-z]{3}) (?P<day>\d{2}) (?P<year>\d{4})"
    yield re.compile(rf"^\w{{3}} {day} (?P<clock>\d{{2}}:\d{{2}}:\d{{2}}) gmt(?P<zone>[+-]\d{{4}})"), _script_date
    yield re.compile(_YMD + _MAYBE_CLOCK), _absolute
    pairs = rf"(?:{_PAIR.format(1)}零?)?{_PAIR.format(2)}"
    yield re.compile(rf"(?<![\d.几数多十百千万{_DIGITS}半]){pairs}(?:以?前|之前|ago)"), _ago
    yield re.compile(r"刚刚|刚才|just now"), _just_now
    day = rf"(?P<name>大前|前|昨|今)(?:[天日早晨]|(?P<night>[晚夜])){_MAYBE_CLOCK}"
    yield re.compile(day), _named_day
    weekday = rf"(?P<which>上|本|这)?(?:个?星期|周|礼拜)(?P<weekday>[一二三四五六日天]){_MAYBE_CLOCK}"
    yield re.compile(rf"(?<![下每隔上本这个]){weekday}"), _weekday
    yield re.compile(rf"{_PREFIX}{_MD}{_MAYBE_CLOCK}(?=$|[\s,|])"), _month_and_day
    yield re.compile(rf"{_PREFIX}{_CLOCK}$"), _clock_alone


_RULES = tuple(_rules())
