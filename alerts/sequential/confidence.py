"""Scores day by day in, an interval for their mean on each day out that holds on all days at once.

The betting process inverted (Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", JRSS-B
2024): a mean m stays in the interval until bets against it, half of them upwards and half downwards, have multiplied
their capital by 1 / alpha. A chart may be looked at daily: the chance that the line ever leaves the band is alpha.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.sequential.bets import GRID

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALPHA = 0.05
CANDIDATES = 199
_MOST = 0.95


@dataclass(frozen=True, slots=True)
class Band:
    """Lower and upper bound after each day; both only ever narrow."""

    low: Floats
    high: Floats


def confidence_band(
    scores: Floats,
    days: Ints,
    number: int,
    *,
    alpha: float = ALPHA,
    grid: Sequence[float] = GRID,
    candidates: int = CANDIDATES,
) -> Band:
    """Return the band of the mean of scores in [0, 1] over ``number`` days.

    Args:
        scores: X of every comment, or of every day's mean where days are volatile.
        days: The day of each, from 0, in order.
        number: How many days the band has.
        alpha: The chance that the band ever misses the mean.
        grid: Stakes; each is tried upwards and downwards.
        candidates: How many means are tried: the bounds are as exact as they lie apart.
    """
    means = np.linspace(0, 1, candidates + 2)[1:-1]
    capital = np.logaddexp(
        _capital(scores, days, number, means, grid), _capital(1 - scores, days, number, 1 - means, grid)
    ) - np.log(2)
    kept = np.maximum.accumulate(capital, axis=0) < np.log(1 / alpha)
    step = means[1] - means[0]
    inside = kept.any(axis=1)
    low = np.where(inside, means[kept.argmax(axis=1)] - step, np.nan)
    high = np.where(inside, means[candidates - 1 - kept[:, ::-1].argmax(axis=1)] + step, np.nan)
    return Band(np.maximum(low, 0), np.minimum(high, 1))


def _capital(scores: Floats, days: Ints, number: int, means: Floats, grid: Sequence[float]) -> Floats:
    """Return log capital [day, mean] of bets that the true mean is larger, averaged over the stakes."""
    logs = []
    ends = np.searchsorted(days, np.arange(number), side="right")
    sums = np.zeros((len(scores) + 1, len(means)))
    for stake in grid:
        stakes = np.minimum(stake, _MOST / means)
        np.cumsum(np.log1p(stakes * (scores[:, None] - means)), axis=0, out=sums[1:])
        logs.append(sums[ends])
    return np.asarray(np.logaddexp.reduce(logs, axis=0) - np.log(len(logs)))
