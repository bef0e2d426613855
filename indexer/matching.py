"""A normal form and a piece of one in, the places where the piece stands out: the one rule of what matches.

A run of ASCII letters and digits is a word and matches as a whole: ``bus`` does not stand in ``business``, nor
``3号线`` in ``13号线`` or ``K3号线``. Every other character is a word of its own (Han, kana, signs, emoji, the space,
and letters that ASCII lacks: é, я), so that any run of them is found wherever it stands. ``normalise`` has folded
full-width letters and digits before.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_LATIN = "0-9A-Za-z"


def is_latin(char: str) -> bool:
    """Say whether a character of a normal form belongs to a run that matches as a whole."""
    return char.isascii() and char.isalnum()


def contains(normal: str, piece: str) -> bool:
    """Say whether the piece stands in the text."""
    if is_plain(piece):
        return piece in normal
    return piece in normal and _pattern(piece).search(normal) is not None


def count(normal: str, piece: str) -> int:
    """Return how often the piece stands in the text, no character counted twice."""
    if is_plain(piece):
        return normal.count(piece)
    return len(_pattern(piece).findall(normal)) if piece in normal else 0


def occurrences(normal: str, piece: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of every place where the piece stands; places may overlap."""
    start = normal.find(piece)
    while start >= 0:
        if _pattern(piece).match(normal, start):
            yield start, start + len(piece)
        start = normal.find(piece, start + 1)


def is_plain(piece: str) -> bool:
    """Say whether the piece may stand anywhere: neither end of it is a letter or digit of ASCII."""
    return not (is_latin(piece[0]) or is_latin(piece[-1]))


def stand_together(normal: str, *pieces: str) -> bool:
    """Say whether the pieces follow one another in this order with nothing or one space between."""
    return all(piece in normal for piece in pieces) and _pattern(*pieces).search(normal) is not None


@lru_cache(maxsize=1024)
def _pattern(*pieces: str) -> re.Pattern[str]:
    return re.compile(" ?".join(map(_bounded, pieces)))


def _bounded(piece: str) -> str:
    before = f"(?<![{_LATIN}])" if is_latin(piece[0]) else ""
    after = f"(?![{_LATIN}])" if is_latin(piece[-1]) else ""
    return f"{before}{re.escape(piece)}{after}"
