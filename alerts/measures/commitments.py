"""Replies in, which of them name a day by which something is to be done, and what is known of it later, out.

Known is what offices write in the same conversation afterwards. Where they write nothing, it is *unknown* whether the
thing was done: never a broken promise. Descriptive; no alert rests on it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerts.evidence import quotes
from alerts.hours import working_day_after
from minsheng.domain import BEIJING, Kind, LabelledPost, Quote
from minsheng.text import normalise

Pair = tuple[LabelledPost, LabelledPost]

_SPAN = re.compile(r"(?<![0-9])([0-9]{1,3}|[一二三四五六七八九十两])个?(工作日|天|日|周|星期|月)(?:之内|以内|内)")
_DAY = re.compile(
    r"(?:(20[0-9]{2})年)?(?<![0-9])([0-9]{1,2})月(?:([0-9]{1,2})[日号](?:前|之前|以前)|([底末])(?:前|之前)?)"
)
_YEAR = re.compile(r"(?:(20[0-9]{2})年|今年|本年|年)(?:底|末)(?:前|之前)?")
_DONE = re.compile(
    r"已(?:经)?(?:全部|基本|于[^。；]{1,12})?(?:完成|完工|修复|修好|更换|整改|清理|处理完|解决|恢复|安装|到位|办结)"
)
_FIGURES = dict(zip("一二三四五六七八九十", range(1, 11), strict=True)) | {"两": 2}
_HALF_YEAR = 183
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Commitments:
    """Replies that name a day: those whose day is to come, and of the others what was written later.

    ``done``: an office wrote later that it is done; ``told``: it wrote later, but not that; the rest is unknown.
    """

    named: int
    to_come: int
    done: int
    told: int
    unknown: tuple[Quote, ...]

    @property
    def past(self) -> int:
        return self.named - self.to_come

    @property
    def without_news(self) -> int:
        return self.past - self.done - self.told


def commitments_of(pairs: Sequence[Pair], posts: Sequence[LabelledPost], now: datetime) -> Commitments | None:
    """Look for days in the first replies to messages; None where no reply names one."""
    by_message = [(message, reply, deadline_in(reply)) for message, reply in pairs]
    named = [(message, reply, day) for message, reply, day in by_message if day is not None]
    if not named:
        return None
    official = _conversations(posts)
    past = [(message, reply) for message, reply, day in named if day < now.astimezone(BEIJING).date()]
    later = [(reply, _later(message, reply, official)) for message, reply in past]
    done = sum(any(_DONE.search(normalise(one.post.text)) for one in news) for _, news in later)
    silent = [reply for reply, news in later if not news]
    return Commitments(
        named=len(named),
        to_come=len(named) - len(past),
        done=done,
        told=len(past) - done - len(silent),
        unknown=quotes(silent, _SHOWN),
    )


def deadline_in(reply: LabelledPost) -> date | None:
    """Return the last day that a reply names for something still to come; None if it names none."""
    said = reply.post.published_at.astimezone(BEIJING).date()
    words = normalise(reply.post.text)
    found = [_after(said, match[1], match[2]) for match in _SPAN.finditer(words)]
    found += [day for match in _DAY.finditer(words) if (day := _named(said, match)) is not None]
    found += [date(int(match[1] or said.year), 12, 31) for match in _YEAR.finditer(words)]
    return max((day for day in found if day >= said), default=None)


def _after(said: date, number: str, unit: str) -> date:
    count = _FIGURES.get(number) or int(number)
    if unit == "工作日":
        return working_day_after(said, count)
    return said + timedelta(days=count * {"天": 1, "日": 1, "周": 7, "星期": 7, "月": 30}[unit])


def _named(said: date, match: re.Match[str]) -> date | None:
    """Return the day of a match; without a year that of the reply, or the next where it would lie half a year back."""
    year, month, day, _ = match.groups()
    if not 1 <= int(month) <= 12:  # noqa: PLR2004 - months
        return None
    try:
        found = _day_of(int(year or said.year), int(month), day)
        is_next = not year and (said - found).days > _HALF_YEAR
        return _day_of(said.year + 1, int(month), day) if is_next else found
    except ValueError:
        return None  # 2月30日 is no day


def _day_of(year: int, month: int, day: str | None) -> date:
    if day is not None:
        return date(year, month, int(day))
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _conversations(posts: Sequence[LabelledPost]) -> Mapping[str, list[LabelledPost]]:
    found: dict[str, list[LabelledPost]] = {}
    for one in posts:
        if one.post.kind is Kind.OFFICIAL:
            found.setdefault(one.post.thread if one.post.reply_to is None else one.post.reply_to, []).append(one)
    return found


def _later(
    message: LabelledPost, reply: LabelledPost, official: Mapping[str, Sequence[LabelledPost]]
) -> list[LabelledPost]:
    told = [
        *official.get(message.post.id, ()),
        *official.get(message.post.thread, ()),
        *official.get(reply.post.id, ()),
    ]
    return [one for one in told if one.post.published_at > reply.post.published_at]
