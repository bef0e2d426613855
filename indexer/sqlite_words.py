"""Conditions made of words in, FTS5 expressions and the rows they find out.

FTS5's NOT needs something to take away from: what only excludes has no expression. Heavy parts come first: FTS5 parses
left to right on a stack of 100 places, and only a part that is not the first waits on it together with those before it.
"""

import sqlite3
from collections.abc import Sequence

import numpy as np

from indexer.columns import Ints
from indexer.conditions import All, Any, Condition, Holds, Not
from indexer.tokens import phrase
from indexer.tree import leaves

# Numbers as one text: SQLite and NumPy write and read it in a third of the time that Python needs for as many rows.
_ROWS = """SELECT group_concat(rowid) FROM (
    SELECT rowid FROM words WHERE words MATCH ? AND rowid >= ? AND rowid < ? ORDER BY rowid)"""


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


def in_title(piece: str) -> str:
    """Return the FTS5 expression of the rows whose title holds a piece."""
    return f"title : {phrase(piece)}"


def together(join: type[All] | type[Any], parts: Sequence[Condition]) -> list[Condition]:
    """Return the parts with all that one FTS5 expression can say as one of them."""
    words = [part for part in parts if expression(part) is not None]
    if words and join is All:
        words += [part for part in parts if isinstance(part, Not) and expression(part.part) is not None]
    others = [part for part in parts if part not in words]
    return [*others, *([join(tuple(words))] if words else [])]


def rows_of(connection: sqlite3.Connection, words: str, first: int, end: int) -> Ints:
    """Return the numbers of the rows from ``first`` to before ``end`` that an expression finds, in order."""
    (found,) = connection.execute(_ROWS, (words, first, end)).fetchone()
    return np.fromstring(found or "", dtype=np.int64, sep=",")


def _expressions(parts: Sequence[Condition]) -> list[str] | None:
    found = [expression(part) for part in sorted(parts, key=lambda part: -sum(1 for _ in leaves(part)))]
    known = [words for words in found if words is not None]
    return known if len(known) == len(found) else None
