"""A typed query in, its tokens out: words, phrases, fields with their values, and signs, each with its place.

What is typed on a Chinese keyboard counts the same: full-width signs, “ ” 「 」 and the full-width colon. A sentence
pasted from elsewhere is words: only a known field name makes a colon special, a minus sign is one only before a word,
a quotation mark within a word that nothing closes is plain, and so is the bracket of ``1）`` with text behind it.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal
from unicodedata import normalize

from indexer.language.error import LanguageError
from indexer.language.names import FIELDS, TITLES, FieldName
from minsheng.text import normalise

Sort = Literal["word", "roughly", "field", "(", ")", "or", "and", "not"]
OPENING, CLOSING, BARS, MINUS, TILDES, COMMAS = map(frozenset, ("(（", ")）", "|｜", "-－", "~～", ",，、"))
QUOTES = {'"': '"＂', "＂": '"＂', "“": "”", "”": "“”", "「": "」", "｢": "｣", "『": "』"}
STRAIGHT, ESCAPED = frozenset('"＂'), frozenset('"＂\\')
LONGEST_PIECE = 200

_ENDS = re.escape("".join(sorted(OPENING | CLOSING | BARS | QUOTES.keys())))
_SPACE = re.compile(r"\s+")
_FIELD = re.compile(r"([^\W\d_]{2,12})\s*[:：]")
_RUN = re.compile(rf"[^\s{_ENDS}{''.join(sorted(COMMAS))}]+")
_WORD = re.compile(rf"[^\s{_ENDS}]+")
_NUMBERING = re.compile(r"(?<!\d)\d{1,2}$")
_RANGE_WITH_GAP = re.compile(r"\s+(?:\.{2,}|…+|[~～至])(?=\s|\d|$)|(?<=[.…~～至])\s+(?=\d{4}[-/.年])")
_SIGNS: dict[str, Sort] = {"OR": "or", "AND": "and", "NOT": "not"}
_TERMS = frozenset[Sort](("word", "roughly", "field", ")"))
_TO_QUOTE = "要找这几个字本身，请加引号。"


@dataclass(frozen=True, slots=True)
class Part:
    """Some characters of the query and what they say: without quotation marks, escapes read."""

    text: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Token:
    """A sign, a word (or phrase) to look for, or a field with its values."""

    sort: Sort
    offset: int
    length: int
    piece: str = ""
    field: FieldName | None = None
    values: tuple[Part, ...] = ()


def scan(text: str) -> list[Token]:
    """Cut a query into tokens.

    Raises:
        LanguageError: A quotation mark is not closed, a phrase has no words, a field no value, or a piece is too long.
    """
    return _Scanner(text).tokens()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        self._skip_space()
        while self._at < len(self._text):
            last = found[-1] if found else None
            touches = last is not None and last.sort in _TERMS and last.offset + last.length == self._at
            token = self._next(touches=touches)
            if token:
                found.append(token)
            self._skip_space()
        return found

    def _next(self, *, touches: bool) -> Token | None:
        char = self._char()
        if char in OPENING:
            self._depth += 1
            return self._sign("(")
        if char in CLOSING:
            self._depth = max(0, self._depth - 1)
            return self._sign(")")
        if char in BARS:
            return self._sign("or", 2 if self._char(1) in BARS else 1)
        if char in QUOTES:
            return self._phrase(must_close=not touches)
        return self._prefixed(char) or self._field() or self._word()

    def _prefixed(self, char: str) -> Token | None:
        if char in MINUS and not self._is_dash():
            return self._minus()
        if char in TILDES and self._is_before_term():
            return self._roughly()
        return None

    def _sign(self, sort: Sort, length: int = 1) -> Token:
        self._at += length
        return Token(sort, self._at - length, length)

    def _is_dash(self) -> bool:
        """Say whether the minus sign is one of several in a row: a line drawn, not an operator."""
        return self._char(1) in MINUS

    def _is_before_term(self) -> bool:
        after = self._char(1)
        return after.isalnum() or after in QUOTES or after in OPENING

    def _roughly(self) -> Token:
        start = self._at
        self._at += 1
        if self._char() in OPENING:
            raise self._error(start, 2, "不能连用", '请写 ~词 或 ~"几个词"；要找波浪号本身，请加引号。')
        read = self._quoted() if self._char() in QUOTES else self._plain()
        if read is None:
            raise self._unclosed()
        if not normalise(read.text):
            raise self._error(start, read.length + 1, "里没有字", "请在引号里写大致要找的话。")
        return replace(self._piece(read), sort="roughly", offset=start, length=self._at - start)

    def _minus(self) -> Token:
        after = self._char(1)
        if not after.strip() or after in CLOSING | BARS:
            raise self._error(self._at, 1, "后面少一个词", "请紧接着写要排除的词，如 -招聘；要找减号本身，请加引号。")
        return self._sign("not")

    def _phrase(self, *, must_close: bool) -> Token | None:
        start = self._at
        read = self._quoted()
        if read is None:
            if must_close:
                raise self._unclosed()
            return self._word()
        if not normalise(read.text):
            raise self._error(start, read.length, "里没有字", "请在引号里写要找的短语。")
        return self._piece(read)

    def _quoted(self) -> Part | None:
        """Read from a quotation mark to the one that closes it; None if nothing does."""
        start, closers = self._at, QUOTES[self._char()]
        # "C:\" has no closing mark if its \" is an escape: then it is none.
        for escapes in (ESCAPED, frozenset[str]()) if self._char() in STRAIGHT else (frozenset[str](),):
            read: list[str] = []
            at = start + 1
            while at < len(self._text) and self._text[at] not in closers:
                if self._text[at] == "\\" and self._text[at + 1 : at + 2] in escapes:
                    at += 1
                read.append(self._text[at])
                at += 1
            if at < len(self._text):
                self._at = at + 1
                return Part("".join(read), start, self._at - start)
        return None

    def _field(self) -> Token | None:
        match = _FIELD.match(self._text, self._at)
        name = FIELDS.get(normalise(match[1])) if match else None
        if match is None or name is None:
            return None
        start, self._at = self._at, match.end()
        values = [self._value(name, start)]
        while self._char() in COMMAS:
            self._at += 1
            values.append(self._value(name, start))
        gap = _RANGE_WITH_GAP.match(self._text, self._at) if name == "date" else None
        if gap:
            raise self._error(start, gap.end() - start, "中间有空格", "起止日期请连着写，如 日期:2026-01..2026-03。")
        return Token("field", start, self._at - start, field=name, values=tuple(values))

    def _value(self, name: FieldName, start: int) -> Part:
        self._skip_space()
        if self._char() in QUOTES:
            quoted = self._quoted()
            if quoted is None:
                raise self._unclosed()
            return quoted
        run = _RUN.match(self._text, self._at)
        if run is None:
            end = max(self._at, start + 1)
            raise self._error(start, end - start, "后面少一个值", f"请写要哪个{TITLES[name]}；{_TO_QUOTE}")
        self._at = run.end()
        return Part(run[0], run.start(), len(run[0]))

    def _word(self) -> Token | None:
        """Read to the next space or sign; nothing is found in characters that no one sees."""
        read = self._plain()
        sort = _SIGNS.get(normalize("NFKC", read.text))
        if sort:
            return Token(sort, read.offset, read.length)
        return self._piece(read) if normalise(read.text) else None

    def _plain(self) -> Part:
        start = self._at
        self._at += 1
        while True:
            more = _WORD.match(self._text, self._at)
            self._at = more.end() if more else self._at
            if not self._goes_on(start):
                break
            self._at += 1
        return Part(self._text[start : self._at], start, self._at - start)

    def _goes_on(self, start: int) -> bool:
        """Say whether the sign that stands here is plain text: an unclosed quotation mark, or the bracket of 1）."""
        char, after = self._char(), self._char(1)
        if char in QUOTES:
            at, closed = self._at, self._quoted()
            self._at = at
            return closed is None
        if char not in CLOSING or self._depth or not after.strip() or after in CLOSING:
            return False
        return _NUMBERING.search(self._text[start : self._at]) is not None

    def _piece(self, read: Part) -> Token:
        if len(normalise(read.text)) > LONGEST_PIECE:
            expected = f"一个词或短语最多 {LONGEST_PIECE} 字，请截短，或用空格分成几个词。"
            raise self._error(read.offset, read.length, "太长", expected)
        return Token("word", read.offset, read.length, read.text)

    def _char(self, ahead: int = 0) -> str:
        return self._text[self._at + ahead : self._at + ahead + 1]

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at

    def _unclosed(self) -> LanguageError:
        want = '"' if self._char() in STRAIGHT else QUOTES[self._char()][-1]
        return self._error(self._at, 1, "没有收尾", f"请在短语末尾补上“{want}”，或去掉这个引号。")

    def _error(self, offset: int, length: int, wrong: str, expected: str) -> LanguageError:
        return LanguageError(self._text, offset, length, wrong, expected)
