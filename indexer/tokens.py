"""Text in, its normal form and the tokens by which engines find any substring of it out.

Engines cut text at signs and spaces and read some as syntax. So every ASCII character moves to the private use area,
where ``normalise`` lets nothing stand: no user text can be cut in the wrong place or be read as syntax, and a phrase
of neighbouring tokens is exactly a substring.
"""

from minsheng.domain import LabelledPost
from minsheng.text import normalise

_ASCII_AWAY = {code: 0xE000 + code for code in range(128)}


def normals_of(labelled: LabelledPost) -> tuple[str, str]:
    """Return the normal forms of title and text."""
    return normalise(labelled.post.title), normalise(labelled.post.text)


def safe(normal: str) -> str:
    """Return a normal form without ASCII; one character stays one character."""
    return normal.translate(_ASCII_AWAY)


def characters(normal: str) -> str:
    """Return single characters as tokens: 路灯坏 → 路 灯 坏."""
    return " ".join(safe(normal))


def pairs(normal: str) -> str:
    """Return pairs of neighbouring characters as tokens: 路灯坏 → 路灯 灯坏 坏."""
    moved = safe(normal)
    return " ".join(moved[start : start + 2] for start in range(len(moved)))
