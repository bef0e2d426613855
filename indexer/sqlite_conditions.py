"""A tree of conditions in, one SQL expression with its values out: true or false of each row, never NULL.

Parts made of words alone become one FTS5 expression, as far as FTS5 can say them: its NOT needs something to take away
from, so what only excludes is said in SQL. Heavy parts come first: SQLite and FTS5 parse left to right on a stack of
100 places, and only a part that is not the first waits on it together with those before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any as Anything

from indexer.conditions import All, Among, Any, Condition, During, Holds, Not
from indexer.matching import is_plain
from indexer.times import to_micros
from indexer.tokens import phrase
from indexer.tree import leaves
from minsheng.domain import Window


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL with the values of its question marks."""

    text: str
    values: tuple[Anything, ...] = ()


def expression(condition: Condition) -> str | None:
    """Return the FTS5 expression of a condition made of words, None where FTS5 cannot say it."""
    match condition:
        case Holds(piece):
            return phrase(piece)
        case All(parts):
            wanted = _expressions([part for part in parts if not isinstance(part, Not)])
            unwanted = _expressions([part.part for part in parts if isinstance(part, Not)])
            if not wanted or unwanted is None:
                return None
            found = f"({' AND '.join(wanted)})"
            return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found
        case Any(parts):
            found_parts = _expressions(parts)
            return f"({' OR '.join(found_parts)})" if found_parts else None
    return None


def looked_up(condition: Condition) -> Sql:
    """Say a condition of the row ``p`` of posts; words are looked up in the FTS index."""
    words = expression(condition)
    if words is not None:
        return _in_words("IN", words)
    match condition:
        case Not(part):
            words = expression(part)
            return _not(looked_up(part)) if words is None else _in_words("NOT IN", words)
        case All(parts):
            return _join(" AND ", map(looked_up, _together(All, parts)))
        case Any(parts):
            return _join(" OR ", map(looked_up, _together(Any, parts)))
    return _filter(condition)


def read(condition: Condition) -> Sql:
    """Say the same condition where words are looked for in the texts of the row ``b`` of bodies."""
    match condition:
        case Holds(piece):
            function = "instr" if is_plain(piece) else "contains"
            return Sql(f"({function}(b.norm_title, ?) OR {function}(b.norm_text, ?))", (piece, piece))
        case Not(part):
            return _not(read(part))
        case All(parts):
            return _join(" AND ", map(read, _heavy_first(parts)))
        case Any(parts):
            return _join(" OR ", map(read, _heavy_first(parts)))
    return _filter(condition)


def _expressions(parts: Sequence[Condition]) -> list[str] | None:
    found = [expression(part) for part in _heavy_first(parts)]
    known = [words for words in found if words is not None]
    return known if len(known) == len(found) else None


def _together(join: type[All] | type[Any], parts: Sequence[Condition]) -> list[Condition]:
    """Return the parts with all that one FTS5 expression can say as one of them."""
    words = [part for part in parts if expression(part) is not None]
    if words and join is All:
        words += [part for part in parts if isinstance(part, Not) and expression(part.part) is not None]
    others = [part for part in parts if part not in words]
    return _heavy_first([*others, *([join(tuple(words))] if words else [])])


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _filter(condition: Condition) -> Sql:
    match condition:
        case Among("project", values):
            return Sql(f"p.n IN (SELECT n FROM links WHERE project IN ({_marks(values)}))", values)
        case Among("reply_to", values):
            return Sql(f"(p.reply_to IS NOT NULL AND p.reply_to IN ({_marks(values)}))", values)
        case Among(field, values):
            return Sql(f"p.{field} IN ({_marks(values)})", values)
        case During(Window(since, until)):
            return Sql("(p.published >= ? AND p.published < ?)", (to_micros(since), to_micros(until)))
    raise TypeError(f"no such condition: {condition!r}")


def _in_words(how: str, words: str) -> Sql:
    return Sql(f"p.n {how} (SELECT rowid FROM words WHERE words MATCH ?)", (words,))


def _not(part: Sql) -> Sql:
    return Sql(f"NOT ({part.text})", part.values)


def _join(word: str, parts: Iterable[Sql]) -> Sql:
    known = list(parts)
    return Sql(f"({word.join(part.text for part in known)})", tuple(value for part in known for value in part.values))


def _heavy_first(parts: Sequence[Condition]) -> list[Condition]:
    return sorted(parts, key=lambda part: -sum(1 for _ in leaves(part)))
