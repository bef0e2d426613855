"""A text that need not stand anywhere as it is in, the parts of it out, some of which must stand: what "roughly" means.

The parts are the pairs of neighbouring units of each run of letters, digits and Han; signs and spaces part runs, and a
run of one unit is a part as it is: ``A7县 毛唐铺`` has a7县, 毛唐 and 唐铺. A post says roughly the same where it holds
a sixth of the different parts, and two at least if there are as many. No dictionary says what a word is: two
characters are what most Chinese words have, and what names have in common with their short forms.
"""

import re
from itertools import pairwise

from indexer.conditions import All, Condition, Holds, Roughly
from minsheng.text import normalise

MOST_PARTS = 100
"""Parts that a query typed by a person may have in all."""

_RUN = re.compile(r"[^\W_]+")
_UNIT = re.compile(r"[0-9A-Za-z]+|[^\W_]")
_LONGEST = 200
_FRACTION = 6


def parts_of(normal: str) -> tuple[str, ...]:
    """Return the different parts of a normal form in order; the whole where it holds signs alone."""
    found: dict[str, None] = {}
    for run in _RUN.findall(normal):
        units = _UNIT.findall(run)
        found.update(dict.fromkeys(map("".join, pairwise(units)) if len(units) > 1 else units))
    return tuple(found) or (normal,)


def least_of(parts: int) -> int:
    """Return how many of so many parts a post must hold."""
    return max(min(2, parts), -(-parts // _FRACTION))


def softened(where: Condition) -> Condition | None:
    """Return what holds roughly where all words of a query are asked for; None if that would be nothing else.

    Filters, exclusions and alternatives beside the words stay.
    """
    asked = where.parts if isinstance(where, All) else (where,)
    text = " ".join(part.piece for part in asked if isinstance(part, Holds))
    normal = normalise(text)
    if not normal or len(normal) > _LONGEST or not 1 < len(parts_of(normal)) <= MOST_PARTS:
        return None
    rest = tuple(part for part in asked if not isinstance(part, Holds))
    return All((Roughly(text), *rest)) if rest else Roughly(text)
