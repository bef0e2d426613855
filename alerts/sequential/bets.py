"""Scores of one day and what they are bet against in, the evidence of the day for every stake out.

A stake l multiplies its capital by 1 + l (X - q0) at each comment. If the mean of X, given all before, is at most q0,
no stake gains on average, whatever the distribution (methods.md §2). Evidence is the logarithm of the factor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.4)
"""Stakes that share the capital: small ones find small excesses late, large ones large excesses soon."""
_MOST = 0.95
"""No stake may lose more than this share of its capital at one comment."""


@dataclass(frozen=True, slots=True)
class Bets:
    """The stakes of S streams: ``null[s]`` is what the mean of stream s is bet against, ``stakes[s, l]`` the grid."""

    null: Floats
    stakes: Floats

    @property
    def size(self) -> int:
        return len(self.null)


def bets_against(null: ArrayLike, grid: Sequence[float] = GRID) -> Bets:
    """Return the bets against one mean or several, one a stream; stakes that could lose everything are made smaller."""
    means = np.atleast_1d(np.asarray(null, dtype=np.float64))
    if means.min() <= 0 or means.max() > 1:
        raise ValueError(f"a mean to bet against lies in (0, 1], got {means.min()} to {means.max()}")
    return Bets(means, np.minimum(np.asarray(grid)[None, :], _MOST / means[:, None]))


def each_comment(bets: Bets, scores: Floats, owners: Ints) -> Floats:
    """Return the evidence [stream, stake] of one bet a comment; ``owners`` says whose stream each comment is in."""
    steps = np.log1p(bets.stakes[owners] * (scores - bets.null[owners])[:, None])
    evidence = np.zeros_like(bets.stakes)
    for stake in range(evidence.shape[1]):
        evidence[:, stake] = np.bincount(owners, weights=steps[:, stake], minlength=bets.size)
    return evidence


def whole_day(bets: Bets, totals: Floats, numbers: Floats) -> Floats:
    """Return the evidence [stream, stake] of one bet on the mean of the day; none where there was no comment."""
    means = np.divide(totals, numbers, out=bets.null.copy(), where=numbers > 0)
    return np.asarray(np.log1p(bets.stakes * (means - bets.null)[:, None]))
