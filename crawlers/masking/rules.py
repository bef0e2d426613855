"""Patterns in, rules that find one kind of personal data in a folded text out.

Every repetition in a pattern is bounded, so a rule does a bounded amount of work at each letter and time grows
linearly with the text. What is found becomes a gap filled with a private letter of its kind; no pattern counts these
letters, so the text with gaps and the text with marks look the same to all rules: masking is idempotent.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

Span = tuple[int, int]

PHONE, ID_CARD, PASSPORT, BANK_CARD, PLATE = "电话", "身份证", "护照", "银行卡", "车牌"
MAIL, WECHAT, QQ, HOME, NAME, NICKNAME = "邮箱", "微信", "QQ", "住址", "姓名", "昵称"
KINDS = (PHONE, ID_CARD, PASSPORT, BANK_CARD, PLATE, MAIL, WECHAT, QQ, HOME, NAME, NICKNAME)
"""Kinds of personal data, as they stand in the marks."""

FILL = {kind: chr(0xE000 + number) for number, kind in enumerate(KINDS)}
"""The private letter that stands for a piece of each kind while rules run."""
GAP = f"{chr(0xE000)}-{chr(0xE000 + len(KINDS) - 1)}"
"""All of them, for use inside a class."""
CONTACT = "".join(FILL[kind] for kind in (PHONE, ID_CARD, PASSPORT, BANK_CARD, MAIL, WECHAT, QQ))
HAN = "\u4e00-\u9fff"

_GAPS = re.compile(f"[{GAP}]")
_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Rule:
    """What ``pattern`` finds in group ``x`` is of ``kind`` if ``check`` holds.

    ``needs``: without one of these letters the pattern cannot match and is not tried.
    ``trim``: tells how many letters of ``x`` are meant, 0 for none.
    ``inner``: finds the pieces in an ``x`` that is a list.
    """

    kind: str
    pattern: str
    check: Callable[[re.Match[str]], bool] | None
    needs: frozenset[str]
    trim: Callable[[re.Match[str]], int] | None
    inner: str

    def spans(self, text: str) -> list[Span]:
        """Return the spans in order."""
        pattern = _compiled(self.pattern)
        found = [match for match in pattern.finditer(text) if self.check is None or self.check(match)]
        if self.inner:
            whole = [match.span("x") for match in found]
            found = [match for start, end in whole for match in _compiled(self.inner).finditer(text, start, end)]
        return [span for match in found if (span := self._span(match))[1] > span[0]]

    def _span(self, match: re.Match[str]) -> Span:
        start, end = match.span("x")
        return (start, end) if self.trim is None else (start, start + self.trim(match))


def rule(
    kind: str,
    pattern: str,
    check: Callable[[re.Match[str]], bool] | None = None,
    *,
    needs: str = "",
    trim: Callable[[re.Match[str]], int] | None = None,
    inner: str = "",
) -> Rule:
    """Make a rule; ``needs`` defaults to the digits."""
    return Rule(kind, pattern, check, frozenset(needs) or _DIGITS, trim, inner)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern when a text first needs it: all of them take a third of the time in which a crawl starts."""
    return re.compile(pattern, re.MULTILINE)


def before(match: re.Match[str], letters: int) -> str:
    """Return up to so many letters before ``x``, from the last gap or line end on."""
    start = match.start("x")
    return re.split(rf"[{GAP}\n]", match.string[max(0, start - letters) : start])[-1]


def after(match: re.Match[str], end: int) -> str:
    """Return the letter at ``end``, "" at the end of the text or of a line, " " where a gap begins."""
    letter = match.string[end : end + 1]
    return " " if _GAPS.match(letter) else letter.strip("\n")
