"""A typed query in, a tree of conditions out, or an error that names the place and what was expected.

all    = either ([AND] either)*         words side by side must all hold
either = term ((OR | "|") term)*        OR holds closer than AND: 夜里 打桩 OR 施工 is 夜里 (打桩 OR 施工)
term   = (- | NOT) term | "(" all ")" | [~] (word | "phrase") | field:value,value
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate

from indexer.conditions import All, Among, Any, Condition, During, Holds, Not, Roughly
from indexer.language.days import EXPECTED, window_of
from indexer.language.error import LanguageError, shown
from indexer.language.names import TITLES, FieldName, Names, field_of, look_up, near
from indexer.language.scan import Part, Token, scan
from indexer.roughly import MOST_PARTS, parts_of
from indexer.tree import leaves
from minsheng.domain import Window
from minsheng.text import normalise

LONGEST_QUERY = 500
MOST_PIECES = 50
MOST_CONDITIONS = 180
"""Engines take 200; filters beside the query need some."""
DEEPEST = 30
"""Levels of brackets and exclusions in one another."""
DEEPEST_TREE = 29
"""Levels of the tree; engines take 30 and put one on top that joins it to the filters."""

_BOTH_SIDES = "“{}”两边都要有词；要找这几个字本身，请加引号。"


def parse(text: str, names: Names, today: date) -> Condition:
    """Read a query; an empty one holds for everything.

    Raises:
        LanguageError: Names the place in ``text``, what is wrong there and what was expected.
    """
    if len(text) > LONGEST_QUERY:
        expected = f"检索条件有 {len(text)} 字，最多 {LONGEST_QUERY} 字，请只留关键的词。"
        raise LanguageError(text, LONGEST_QUERY, len(text) - LONGEST_QUERY, "起超出长度", expected)
    tokens = scan(text)
    _check_number(text, tokens)
    return _Parser(text, tokens, names, today).parse()


def _check_number(text: str, tokens: list[Token]) -> None:
    pieces = [token for token in tokens if token.sort == "word"]
    if len(pieces) > MOST_PIECES:
        first = pieces[MOST_PIECES]
        expected = f"检索词有 {len(pieces)} 个，最多 {MOST_PIECES} 个，请只留关键的词。"
        raise LanguageError(text, first.offset, first.length, "起词太多", expected)
    _check_parts(text, [token for token in tokens if token.sort == "roughly"])


def _check_parts(text: str, tokens: list[Token]) -> None:
    numbers = accumulate(len(parts_of(normalise(token.piece))) for token in tokens)
    for number, token in zip(numbers, tokens, strict=True):
        if number > MOST_PARTS:
            expected = f"“~”后面的话合起来最多约 {MOST_PARTS} 字，请只留关键的。"
            raise LanguageError(text, token.offset, token.length, "太长", expected)


@dataclass
class _Parser:
    text: str
    tokens: list[Token]
    names: Names
    today: date
    at: int = 0
    opened: list[Token] = field(default_factory=list)
    innermost: tuple[int, Token] | None = None

    def parse(self) -> Condition:
        if not self.tokens:
            return All()
        found = self._all()
        if self.innermost and _levels(found) > DEEPEST_TREE:
            raise self._too_deep(self.innermost[1])
        if _size(found) > MOST_CONDITIONS:
            expected = f"词、字段与“~”后面的字组合起来最多 {MOST_CONDITIONS} 个，请分成几次检索。"
            raise LanguageError(self.text, 0, len(self.text), "条件太多", expected)
        return found

    def _all(self) -> Condition:
        parts = [self._either()]
        while (token := self._peek()) and not (token.sort == ")" and self.opened):
            if token.sort == "and":
                self.at += 1
                self._want_term(token)
            parts.append(self._either())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _either(self) -> Condition:
        parts = [self._term()]
        while (token := self._peek()) and token.sort == "or":
            self.at += 1
            self._want_term(token)
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _term(self) -> Condition:
        token = self.tokens[self.at]
        self.at += 1
        if token.field:
            return self._field(token.field, token)
        match token.sort:
            case "word":
                return Holds(token.piece)
            case "roughly":
                return Roughly(token.piece)
            case "(":
                return self._group(token)
            case "not":
                return self._without(token)
            case ")":
                raise self._error(token, "多余", "它前面没有与之配对的左括号；要找括号本身，请加引号。")
        raise self._error(token, "前面少一个词", _BOTH_SIDES.format(self._said(token)))

    def _group(self, token: Token) -> Condition:
        after = self._peek()
        if after and after.sort == ")":
            both = Token("(", token.offset, after.offset + after.length - token.offset)
            raise self._error(both, "里没有词", "请在括号里写词，或去掉括号；要找括号本身，请加引号。")
        if not after:
            raise self._open(token)
        self._enter(token)
        found = self._all()
        if not self._peek():
            raise self._open(token)
        self.at += 1
        self.opened.pop()
        return found

    def _without(self, token: Token) -> Condition:
        self._want_term(token)
        self._enter(token)
        found = Not(self._term())
        self.opened.pop()
        return found

    def _enter(self, token: Token) -> None:
        self.opened.append(token)
        depth = len(self.opened)
        if depth > DEEPEST:
            raise self._too_deep(token)
        if self.innermost is None or depth > self.innermost[0]:
            self.innermost = depth, token

    def _want_term(self, token: Token) -> None:
        """Refuse a sign with nothing behind it that it could join or exclude."""
        after = self._peek()
        if after is None or after.sort in {")", "or", "and"}:
            sides = "请在它后面写要排除的词；要找这几个字本身，请加引号。"
            expected = sides if token.sort == "not" else _BOTH_SIDES.format(self._said(token))
            raise self._error(token, "后面少一个词", expected)

    def _field(self, name: FieldName, token: Token) -> Condition:
        if name == "date":
            days = tuple(During(self._window(value)) for value in token.values)
            return days[0] if len(days) == 1 else Any(days)
        if name == "claim":
            said = tuple(self.names.after[id_] for value in token.values for id_ in self._ids(name, token, value))
            return said[0] if len(said) == 1 else Any(said)
        ids = [id_ for value in token.values for id_ in self._ids(name, token, value)]
        return Among(field_of(name), tuple(dict.fromkeys(ids)))

    def _window(self, value: Part) -> Window:
        found = window_of(value.text, self.today)
        if found is None:
            raise LanguageError(self.text, value.offset, max(value.length, 1), "不是看得懂的日期", EXPECTED)
        return found

    def _ids(self, name: FieldName, token: Token, value: Part) -> tuple[str, ...]:
        found = look_up(name, value.text, self.names)
        if not found:
            wrong = f"不是登记或约定的{TITLES[name]}"
            quoted = f"要找“{shown(self._said(token))}”这几个字本身，请整个加引号。"
            expected = near(name, value.text, self.names) + quoted
            raise LanguageError(self.text, value.offset, value.length, wrong, expected)
        return found

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _said(self, token: Token) -> str:
        return self.text[token.offset : token.offset + token.length]

    def _error(self, token: Token, wrong: str, expected: str) -> LanguageError:
        return LanguageError(self.text, token.offset, token.length, wrong, expected)

    def _open(self, token: Token) -> LanguageError:
        return self._error(token, "没有收尾", "请补上与它配对的右括号，或去掉它；要找括号本身，请加引号。")

    def _too_deep(self, token: Token) -> LanguageError:
        return self._error(token, "套得太深", f"括号与排除一层套一层，最多约 {DEEPEST} 层，请分成几次检索。")


def _levels(condition: Condition) -> int:
    match condition:
        case All(parts) | Any(parts):
            return 1 + max(map(_levels, parts), default=0)
        case Not(part):
            return 1 + _levels(part)
        case Roughly():
            return 2  # its parts are below it
    return 1


def _size(condition: Condition) -> int:
    """Return how many conditions the engines are asked for."""
    return sum(len(parts_of(normalise(leaf.text))) if isinstance(leaf, Roughly) else 1 for leaf in leaves(condition))
