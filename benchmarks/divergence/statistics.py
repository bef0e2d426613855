"""Outcomes of runs in, the few figures that the tables show out; own lines instead of a statistics library."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Z = 1.96
_BISECTIONS = 80


def wilson(hits: float, trials: float) -> tuple[float, float]:
    """Return the Wilson interval: what a plain counter of labels would print."""
    share = hits / trials
    middle = (share + Z * Z / (2 * trials)) / (1 + Z * Z / trials)
    half = Z / (1 + Z * Z / trials) * math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials))
    return middle - half, middle + half


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of the mean of a Poisson count (Garwood, Biometrika 1936)."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _bisect(lambda mean: 1 - _poisson_cdf(count - 1, mean) < tail, count)
    return low, _bisect(lambda mean: _poisson_cdf(count, mean) > tail, count)


def _bisect(too_low: Callable[[float], bool], count: int) -> float:
    low, high = 0.0, count + 20 * math.sqrt(count + 1) + 20
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return (low + high) / 2


def _poisson_cdf(count: int, mean: float) -> float:
    if mean <= 0:
        return 1.0
    logs = [k * math.log(mean) - mean - math.lgamma(k + 1) for k in range(count + 1)]
    return float(np.exp(np.logaddexp.reduce(logs)))


@dataclass(frozen=True, slots=True)
class Survival:
    """Days until found, by Kaplan-Meier: the median (None: fewer than half found), found at the end, restricted mean.

    The restricted mean counts a stream that was never found as found at the horizon, so that two rules that find few
    can be compared too.
    """

    median: float | None
    found: float
    mean: float


def kaplan_meier(days: Floats, seen: Bools, horizon: float) -> Survival:
    """Return how long it takes, where streams that were not found are censored, not dropped.

    Args:
        days: Days to the alarm, or to where the stream ends.
        seen: Whether it ended by an alarm.
        horizon: How long streams were watched at most.
    """
    left, mean, before, median = 1.0, 0.0, 0.0, None
    for day in np.unique(days[seen]):
        mean += left * (day - before)
        before = float(day)
        left *= 1 - float((seen & (days == day)).sum()) / float((days >= day).sum())
        if median is None and left <= 1 / 2:
            median = float(day)
    return Survival(median, 1 - left, mean + left * (horizon - before))


def share_error(share: float, number: int) -> float:
    """Return the standard error of a share."""
    return math.sqrt(max(share * (1 - share), 1e-12) / number)


def auc(scores: Floats, positive: Bools) -> float:
    """Return the chance that a positive has a higher score than another (Mann-Whitney); ties count half."""
    yes, no = scores[positive][:, None], scores[~positive][None, :]
    return float((yes > no).mean() + (yes == no).mean() / 2)
