"""A sentence in, the claims that are made with a number out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from alerts.statements import measures
from alerts.statements.numbers import Number, find_numbers
from alerts.statements.scope import Meant, clause_end, clause_start, is_condition, meant_at
from alerts.statements.stated import Stated
from minsheng.domain import ClaimBound, ClaimKind, ClaimStatus

_GAP = 26
"""Letters between a measure and its number, at most (methods.md §3: 25)."""
_LOOK_BACK = 14
_AT_ONCE = 3
"""Letters between 分别为 and the first number, at most."""
_BARRED = re.compile(r"[，。；;！!]|\d%|方面|占")
_OF_ALL = re.compile(r"\d{1,6}/\d{1,6}[，,（(]?")
_SAME_AGAIN = re.compile(
    r"[，,、（( ]?(?:并|且|其中)?(?:力争|确保|目标|争取)?(?:已|现)?"
    r"(?:实际(?:完成)?|(?:较|比|与|同比|环比)[^，。；\d%]{0,9}|(?:提高|提升|上升|增加|增长|下降|降低|回落|达到?|升至|降至|连续)[^，。；\d%]{0,6}|再)"
    r"(?:提高|提升|上升|增加|增长|下降|降低|回落|达到?|了|至|到|为|约|近|超过?){0,4}$"
)
_CAME_FROM = re.compile(r"[从由][^，。；]{0,12}$")
_GOES_ON = re.compile(r"[^，。；\d]{0,10}[至到为达]")
_LIST = re.compile(r"(?:分别|依次|均|都)(?:是|为|达到?|高达|超过?|约|在|达)?(?:了)?")
_NEXT = re.compile(r"^(?:以上|左右)?[，、和及与以 ]{1,2}(?:超过?|近|约)?$")
_ZERO = re.compile(
    r"零(?:投诉|差评|信访)|(?:未|无|没有)(?:接到|收到|发生|出现)?(?:一起|一件|任何|一例)(?:群众|居民|有效)?投诉"
)
_SURVEY = (
    re.compile(r"(?:有效|回收|收回)[^，。；\d]{0,8}(?P<n>\d[\d,]{0,8}) ?(?:份|个|人|户)"),
    re.compile(
        r"(?:调查|抽样|抽查|回访|访问|受访|样本|问卷|走访|测评|调研)[^，。；\d]{0,10}"
        r"(?P<n>\d[\d,]{0,8}) ?余?(?:户|名|人次|人|份|位|个样本|家)"
    ),
)


@dataclass(frozen=True, slots=True)
class _Measure:
    kind: ClaimKind
    start: int
    end: int
    counts: bool = False
    subject: str = ""


def read_shares(sentence: str) -> Iterator[Stated]:
    """Yield the claims with a number, and 零投诉."""
    found = _measures(sentence)
    numbers = find_numbers(sentence)
    listed, taken = _lists(sentence, found, numbers)
    for measure, number in listed:
        yield from _stated(sentence, measure, number)
    last: tuple[_Measure, Number] | None = None
    for number in numbers:
        if number in taken:
            continue
        measured = _before(sentence, found, number, last) or _behind(sentence, number)
        if measured:
            last = (measured, number)
            yield from _stated(sentence, measured, number)
    zero = _ZERO.search(sentence)
    if zero and meant_at(sentence, zero.start()) is not Meant.BASE:
        status = meant_at(sentence, zero.start()).status
        yield Stated(ClaimKind.SATISFACTION, status, 1.0, start=zero.start(), end=zero.end())


def survey_size(sentence: str) -> int | None:
    """Return how many were asked, if the sentence says so; those who answered before those who were asked."""
    for pattern in _SURVEY:
        found = pattern.search(sentence)
        if found:
            return int(found["n"].replace(",", "")) or None
    return None


def _measures(sentence: str) -> list[_Measure]:
    barred = [(match.start(), match.end()) for match in measures.NOT_A_RATE.finditer(sentence)]
    rates = [
        _Measure(ClaimKind(str(match.lastgroup)), match.start(), match.end())
        for match in measures.RATE.finditer(sentence)
        if not any(start <= match.start() < end for start, end in barred)
    ]
    counts = [
        _Measure(ClaimKind(str(match.lastgroup)), match.start(), match.end(), counts=True)
        for match in measures.COUNT.finditer(sentence)
    ]
    return sorted(rates + counts, key=lambda measure: measure.start)


def _lists(
    sentence: str, found: list[_Measure], numbers: tuple[Number, ...]
) -> tuple[list[tuple[_Measure, Number]], set[Number]]:
    """Pair A、B分别为x和y; a list whose lengths do not fit is left out whole: it cannot be read for sure."""
    pairs: list[tuple[_Measure, Number]] = []
    taken: set[Number] = set()
    for mark in _LIST.finditer(sentence):
        names = _joined_before(sentence, found, mark.start())
        row = _row_of(sentence, numbers, mark.end())
        if not names or not row:
            continue
        if mark[0][0] in "均都":
            pairs += [(name, row[0]) for name in names]
            taken.add(row[0])
            continue
        taken.update(row)
        if len(names) == len(row):
            pairs += list(zip(names, row, strict=True))
        elif len(names) == 1:
            pairs += [(names[0], number) for number in row]
    return pairs, taken


def _joined_before(sentence: str, found: list[_Measure], place: int) -> list[_Measure]:
    """Return the measures that are listed up to ``place``, in order."""
    row: list[_Measure] = []
    for measure in reversed([one for one in found if one.end <= place and not one.counts]):
        between = sentence[measure.end : row[0].start if row else place]
        if _BARRED.search(between) or len(between) > _GAP or (row and not re.match(r"[、和及与]", between)):
            break
        row.insert(0, measure)
    return row


def _row_of(sentence: str, numbers: tuple[Number, ...], place: int) -> list[Number]:
    row: list[Number] = []
    for number in numbers:
        if number.start < place:
            continue
        between = sentence[row[-1].end if row else place : number.start]
        if (row and not _NEXT.match(between)) or (not row and len(between) > _AT_ONCE):
            break
        row.append(number)
    return row


def _before(
    sentence: str, found: list[_Measure], number: Number, last: tuple[_Measure, Number] | None
) -> _Measure | None:
    """Return the measure in front of a number: right before it, or that of the number before if that goes on."""
    near = max((one for one in found if one.end <= number.start), key=lambda one: one.end, default=None)
    if near and (last is None or near.start > last[1].start or near.start > last[0].start):
        between = _OF_ALL.sub("", sentence[near.end : number.start])
        if not _BARRED.search(between) and len(between) <= _GAP:
            return near
    if last and _goes_on(sentence, last, number):
        return last[0]
    done = measures.DONE_BEFORE.search(sentence, clause_start(sentence, number.start), number.start)
    done = done or measures.SPENT.search(sentence, 0, number.start)
    return _Measure(ClaimKind.COMPLETION, done.start(), number.start) if done else None


def _goes_on(sentence: str, last: tuple[_Measure, Number], number: Number) -> bool:
    """Whether a number is of the measure of the one before it: …，同比提高3个百分点；由86%跃升至97%."""
    measure, before = last
    between = sentence[max(measure.end, before.end) : number.start]
    if _is_base(sentence, before):
        return re.search(r"[，。；]", between) is None
    return _SAME_AGAIN.match(between) is not None


def _is_base(sentence: str, number: Number) -> bool:
    """Whether the number is where a change came from: 由去年的89.4%提高到."""
    before = sentence[max(0, number.start - _LOOK_BACK) : number.start]
    return _CAME_FROM.search(before) is not None and _GOES_ON.match(sentence, number.end) is not None


def _behind(sentence: str, number: Number) -> _Measure | None:
    """Return what stands behind a number and makes a claim of it: 96%的受访居民表示满意."""
    if number.points or number.sign:
        return None
    rest = sentence[number.end : min(clause_end(sentence, number.end), number.end + 48)]
    people = measures.PEOPLE_SAY.match(rest)
    if people:
        return _Measure(ClaimKind.SATISFACTION, number.start, number.end + people.end(), subject=people["who"])
    say = measures.SAY.match(rest)
    if say:
        named = measures.PEOPLE.findall(sentence, max(0, number.start - _GAP), number.start)
        subject = str(named[-1]) if named else ""
        return _Measure(ClaimKind.SATISFACTION, number.start, number.end + say.end(), subject=subject)
    for kind, pattern in measures.THINGS_DONE:
        done = pattern.match(rest)
        if done:
            return _Measure(kind, number.start, number.end + done.end())
    return None


def _stated(sentence: str, measure: _Measure, number: Number) -> Iterator[Stated]:
    """Yield the claim of a measure and a number, unless it is a condition, a base, or no change where one is needed."""
    first = min(measure.start, number.start)
    meant = meant_at(sentence, number.start)
    if meant is Meant.BASE or is_condition(sentence, first, number.end) or _is_base(sentence, number):
        return
    is_change = bool(number.sign)
    if measure.counts and not is_change:
        return
    value = number.sign * number.value if is_change else number.value
    status = ClaimStatus.DELTA if is_change and meant is not Meant.GOAL else meant.status
    yield Stated(
        measure.kind,
        status,
        None if is_change and meant is Meant.GOAL else value,
        ClaimBound.EXACT if is_change else number.bound,
        number.high,
        subject=measure.subject or _subject(sentence, measure),
        start=first,
        end=max(measure.end, number.end),
    )


def _subject(sentence: str, measure: _Measure) -> str:
    """Return who was asked or served: the last word for people before the measure, in its clause."""
    named = measures.PEOPLE.findall(sentence, clause_start(sentence, measure.start), measure.end)
    return str(named[-1]) if named else ""
