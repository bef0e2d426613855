"""Messages with their replies in, whether replies are near in meaning to what they answer out (methods.md §6).

By the sentence vectors of the reader. There are no hand-checked good replies, so that no cosine can be called enough:
a reply is compared with its own message and with all other messages. Descriptive; no alert rests on it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.evidence import quotes
from alerts.measures.base import Estimate, share_of
from minsheng.domain import LabelledPost, Quote

Floats = NDArray[np.float64]
Pair = tuple[LabelledPost, LabelledPost]

MIN_PAIRS = 20
MOST_PAIRS = 500
NEAREST = 0.1
"""A reply is to the point if its own message is among this part of all messages that are nearest to it."""
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Nearness:
    """The share of replies to the point, a tenth by chance; median cosine with the own message, and with others.

    ``far`` are replies whose own message is nearer than under half of the others.
    """

    to_the_point: Estimate
    own: float
    others: float
    far: tuple[Quote, ...]


def nearness_of(pairs: Sequence[Pair]) -> Nearness | None:
    """Compare the newest pairs of which both sides have a vector of one space; None with too few."""
    known = _comparable(pairs)
    if len(known) < MIN_PAIRS:
        return None
    asked, told = (_directions([pair[side] for pair in known]) for side in (0, 1))
    cosines = told @ asked.T
    own = cosines.diagonal()
    other = ~np.eye(len(known), dtype=bool)
    nearer = ((cosines > own[:, None]) & other).sum(axis=1)  # how many other messages are nearer than the own one
    hits = int((nearer < NEAREST * len(known)).sum())
    far = [known[place][1] for place in np.flatnonzero(nearer > len(known) / 2)]
    return Nearness(
        share_of(hits, len(known)),
        float(np.median(own)),
        float(np.median(cosines[other])),
        quotes(far, _SHOWN),
    )


def _comparable(pairs: Sequence[Pair]) -> list[Pair]:
    spaces = Counter(vector.space for pair in pairs for one in pair if (vector := one.reading.vector))
    if not spaces:
        return []
    space = spaces.most_common(1)[0][0]
    known = [pair for pair in pairs if all(one.reading.vector and one.reading.vector.space == space for one in pair)]
    return sorted(known, key=lambda pair: (pair[1].post.published_at, pair[1].post.id))[-MOST_PAIRS:]


def _directions(posts: Sequence[LabelledPost]) -> Floats:
    rows = np.array([np.frombuffer(one.reading.vector.numbers, np.int8) for one in posts if one.reading.vector])
    floats = rows.astype(np.float64)
    return np.asarray(floats / np.linalg.norm(floats, axis=1, keepdims=True))
