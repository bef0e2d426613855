"""Text in, its normal form and the units by which engines find any piece of it out.

A run of ASCII letters and digits is one unit (see ``indexer.matching``), any other character a unit of its own. Engines
cut text at signs and spaces and read some as syntax. So every ASCII character moves to the private use area, where
``normalise`` lets nothing stand: no user text can be cut in the wrong place or be read as syntax, and a phrase of
neighbouring units is exactly a piece of the text.

A run ends with a mark, so that it is not the beginning of a longer one. A run that is longer than engines bear is cut;
every part but the first begins with a mark, so that no part is taken for another run. Text and query are cut alike.
"""

import re
from itertools import pairwise

from indexer.matching import is_latin
from minsheng.domain import LabelledPost
from minsheng.text import normalise

MOST_LETTERS = 100
"""Elasticsearch cuts tokens of more than 255 characters, and some of ours are two units."""

_ASCII_AWAY = {code: 0xE000 + code for code in range(128)}
_END, _GOES_ON = "\ue080", "\ue081"
_RUN = re.compile(f"[{''.join(chr(away) for code, away in _ASCII_AWAY.items() if is_latin(chr(code)))}]+")
_BACK: dict[int, int | None] = {away: code for code, away in _ASCII_AWAY.items()} | dict.fromkeys(
    map(ord, (" ", _END, _GOES_ON))
)


def normals_of(labelled: LabelledPost) -> tuple[str, str]:
    """Return the normal forms of title and text."""
    return normalise(labelled.post.title), normalise(labelled.post.text)


def units(normal: str) -> list[str]:
    """Return what matches as a whole: 坐bus去 → 坐, bus, 去, without ASCII."""
    moved = normal.translate(_ASCII_AWAY)
    found: list[str] = []
    end = 0
    for run in _RUN.finditer(moved):
        found += moved[end : run.start()]  # each character
        found += _parts(run[0])
        end = run.end()
    found += moved[end:]
    return found


def tokens(normal: str) -> str:
    """Return the units as tokens: 路灯坏 → 路 灯 坏."""
    return " ".join(units(normal))


def pairs(normal: str) -> str:
    """Return pairs of neighbouring units as tokens: 路灯坏 → 路灯 灯坏 坏."""
    return " ".join(map("".join, pairwise([*units(normal), ""])))


def phrase(piece: str) -> str:
    """Return the FTS5 expression of the texts in ``pairs`` that hold a piece: its pairs one after another."""
    found = units(piece)
    if len(found) == 1:
        return f'"{found[0]}"*'
    return f'"{" ".join(map("".join, pairwise(found)))}"'


def normal_of(tokens: str) -> str:
    """Return the normal form whose units these are."""
    return tokens.translate(_BACK)


def _parts(run: str) -> list[str]:
    cut = [run[start : start + MOST_LETTERS] for start in range(0, len(run), MOST_LETTERS)]
    return [(_GOES_ON if n else "") + part + (_END if n == len(cut) - 1 else "") for n, part in enumerate(cut)]
