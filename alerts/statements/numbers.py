"""A sentence in, its shares and changes out: 98.5%, 百分之九十八点五, 近九成五, 95%以上, 2.1个百分点, 95%至98%."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from minsheng.domain import ClaimBound

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_HAN = "零〇一二两三四五六七八九十百点"
_FIGURE = re.compile(
    r"(?P<number>\d{1,4}(?:\.\d{1,4})?) ?(?:%|(?P<points>个百分点))"
    rf"|百分之(?P<han>[{_HAN}]{{1,9}})"
    r"|(?P<tenths>[一二两三四五六七八九十])成(?P<fifth>[一二三四五六七八九半])?"
    r"(?![立功果员绩交品语就熟年本人为])"
    r"|(?P<whole>百分百)"
)
_RANGE = re.compile(r"(?P<low>\d{1,3}(?:\.\d{1,4})?) ?[-—~～至到] ?$")
_BEFORE = (
    (ClaimBound.OVER, re.compile(r"(?:超过?|逾|突破|不低于|不少于|至少|高于|大于|优于|多于)[了达至]?$")),
    (ClaimBound.UNDER, re.compile(r"(?:不到|不足|低于|未达到?|不超过|不高于|至多|小于|少于)$")),
    (ClaimBound.ABOUT, re.compile(r"(?:约为?|将?近|接近|大约|大概|约有|近达)$")),
)
_AFTER = (
    (ClaimBound.OVER, re.compile(r"及?以上|有余|多(?![少种项])|强")),
    (ClaimBound.UNDER, re.compile(r"以[下内]|之内")),
    (ClaimBound.ABOUT, re.compile(r"左右|上下")),
)
_RISE = re.compile(r"(?:提高|提升|上升|增加|增长|上涨|攀升|增幅)(?:了|约|近|超过?|逾|达){0,2}$")
_FALL = re.compile(r"(?:下降|降低|减少|回落|下滑|降幅|压减|缩减)(?:了|约|近|超过?|逾|达){0,2}$")
_LOOK = 8


@dataclass(frozen=True, slots=True)
class Number:
    """A share, or a change where ``sign`` is +1 or −1; ``points`` if it counts percentage points."""

    start: int
    end: int
    value: float
    bound: ClaimBound
    high: float | None = None
    sign: int = 0
    points: bool = False


def find_numbers(sentence: str) -> tuple[Number, ...]:
    """Return the numbers of a sentence in order; the two ends of a range are one number."""
    found: list[Number] = []
    for number in _numbers(sentence):
        between = sentence[found[-1].end : number.start].strip() if found else "x"
        if found and between in {"至", "到", "-", "—", "~", "～"} and not _starts_change(sentence, found[-1].start):
            low = found.pop()
            found.append(Number(low.start, number.end, low.value, ClaimBound.EXACT, high=number.value))
        else:
            found.append(number)
    return tuple(found)


def _numbers(sentence: str) -> Iterator[Number]:
    for match in _FIGURE.finditer(sentence):
        value = _value(match)
        if value is None:
            continue
        before, after = sentence[max(0, match.start() - _LOOK) : match.start()], sentence[match.end() : match.end() + 3]
        low = _RANGE.search(before)
        if low and match["number"] and not match["points"]:
            start, least = match.start() - len(low[0]), round(float(low["low"]) / 100, 6)
            yield Number(start, match.end(), least, ClaimBound.EXACT, high=value)
            continue
        sign = 1 if _RISE.search(before) else -1 if _FALL.search(before) else 0
        yield Number(match.start(), match.end(), value, _bound(before, after), None, sign, match["points"] is not None)


def _starts_change(sentence: str, place: int) -> bool:
    """Whether the number is where something came from: 从82%到95%."""
    return re.search(r"[从由][^，。；]{0,6}$", sentence[max(0, place - _LOOK) : place]) is not None


def _value(match: re.Match[str]) -> float | None:
    if match["number"]:
        return round(float(match["number"]) / 100, 6)
    if match["han"]:
        return _han(match["han"])
    if match["whole"]:
        return 1.0
    tenths = 10 if match["tenths"] == "十" else _DIGITS[match["tenths"]]
    fifth = 5 if match["fifth"] == "半" else _DIGITS.get(match["fifth"] or "零", 0)
    return round(tenths / 10 + fifth / 100, 6)


def _han(words: str) -> float | None:
    """Read 九十八点五 as 0.985; None for what is no number (十百点)."""
    whole, _, fraction = words.partition("点")
    if any(char not in _DIGITS for char in fraction):
        return None
    digits = "".join(str(_DIGITS[char]) for char in fraction)
    number = _whole(whole)
    return None if number is None else round(float(f"{number}.{digits or 0}") / 100, 6)


def _whole(words: str) -> int | None:
    """Read 一百, 九十八, 八十, 十二, 百 as numbers up to 999."""
    total = pending = 0
    for char in words:
        if char in _DIGITS:
            pending = _DIGITS[char]
        else:
            total += (pending or 1) * (100 if char == "百" else 10)
            pending = 0
    return total + pending if words else None


def _bound(before: str, after: str) -> ClaimBound:
    for bound, pattern in _BEFORE:
        if pattern.search(before):
            return bound
    for bound, pattern in _AFTER:
        if pattern.match(after):
            return bound
    return ClaimBound.EXACT
