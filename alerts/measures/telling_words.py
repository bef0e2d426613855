"""Texts of two sides in, the words that each says and the other does not out.

Log odds with an informative Dirichlet prior, "Fightin' Words" (Monroe, Colaresi & Quinn, Political Analysis 2008).
A word is a run of two to four Han characters; no dictionary decides what one is. One text counts a word once, so that
a text which repeats itself says no more than another.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

from minsheng.text import normalise

PRIOR = 1000.0
"""Tokens that the prior is worth."""
LEAST_TEXTS = 3
LEAST_Z = 3.0
_SHORTEST, _LONGEST = 2, 4
_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
# A run that begins or ends so is a piece of a sentence, not a word.
_EDGES = frozenset(
    "的了是在和与也就都而及或被把将从对向到为以其这那我你他她它们个么呢吧吗啊哦着过地得不没很又还要会能有说"
)
_SAME = 0.7


@dataclass(frozen=True, slots=True)
class TellingWord:
    """A word with its z (above 0: the public's) and in how many texts of each side it stands."""

    word: str
    z: float
    official: int
    public: int


def telling_words(official: Sequence[str], public: Sequence[str], most: int = 8) -> tuple[TellingWord, ...]:
    """Return at most ``most`` words of each side, the public's first, the surest first."""
    counts = [_counted(side) for side in (official, public)]
    sizes = [sum(side.values()) for side in counts]
    if not all(sizes):
        return ()
    met = [word for word, n in (counts[0] + counts[1]).items() if n >= LEAST_TEXTS]
    found = [_told(word, counts, sizes) for word in met]
    sure = sorted((one for one in found if abs(one.z) >= LEAST_Z), key=lambda one: (-abs(one.z), one.word))
    ours = _without_pieces(one for one in sure if one.z > 0)[:most]
    return (*ours, *_without_pieces(one for one in sure if one.z < 0)[:most])


def _told(word: str, counts: Sequence[Counter[str]], sizes: Sequence[int]) -> TellingWord:
    there = [side[word] for side in counts]
    prior = PRIOR * sum(there) / sum(sizes)
    odds = [log((y + prior) / (n + PRIOR - y - prior)) for y, n in zip(there, sizes, strict=True)]
    spread = sqrt(sum(1 / (y + prior) for y in there))
    return TellingWord(word, (odds[1] - odds[0]) / spread, there[0], there[1])


def _counted(texts: Sequence[str]) -> Counter[str]:
    return Counter(word for text in texts for word in _words(text))


def _words(text: str) -> set[str]:
    return {
        run[start : start + size]
        for run in _RUN.findall(normalise(text))
        for size in range(_SHORTEST, _LONGEST + 1)
        for start in range(len(run) - size + 1)
        if run[start] not in _EDGES and run[start + size - 1] not in _EDGES
    }


def _without_pieces(words: Iterable[TellingWord]) -> list[TellingWord]:
    """Leave out what mostly stands inside a longer word or beside it by one letter, and what a commoner one has."""
    kept: list[TellingWord] = []
    for one in sorted(words, key=lambda word: (-len(word.word), word.word)):
        texts = one.official + one.public
        near = [other for other in kept if _is_piece(one.word, other.word)]
        if any(other.official + other.public >= _SAME * texts for other in near):
            continue
        kept = [other for other in kept if other not in near]
        kept.append(one)
    return sorted(kept, key=lambda one: (-abs(one.z), one.word))


def _is_piece(word: str, other: str) -> bool:
    shifted = len(word) > _SHORTEST and (word[1:] in other or word[:-1] in other)
    return word in other or shifted
