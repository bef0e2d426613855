"""Two groups of threads in, the chance of their difference if the groups were alike out.

Whole threads change sides, never single comments: comments of one thread repeat one another (methods.md §3). The
difference is divided by its standard error first: threads of one side may be longer than those of the other, and
only a studentised difference keeps its error rate then (Chung & Romano, Annals of Statistics 2013).
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from alerts.prevalence import Folded

Floats = NDArray[np.float64]

PERMUTATIONS = 999
_TINY = 1e-12
_ENOUGH_EXCEEDANCES = 20


def rise(before: Sequence[Folded], after: Sequence[Folded], seed: int) -> float:
    """Return the one-sided chance of a mean negative probability as much higher after as seen, or more."""
    return _tail(before, after, seed, sign=1.0)


def fall(before: Sequence[Folded], after: Sequence[Folded], seed: int) -> float:
    """Return the one-sided chance of a mean negative probability as much lower after as seen, or more."""
    return _tail(before, after, seed, sign=-1.0)


def _tail(before: Sequence[Folded], after: Sequence[Folded], seed: int, *, sign: float) -> float:
    units = np.array([*_threads(before), *_threads(after)])
    in_after = np.arange(len(units)) >= len(_threads(before))

    def difference(sides: NDArray[np.bool_]) -> float:
        (mean, error), (other, other_error) = _mean(units[sides]), _mean(units[~sides])
        return sign * (mean - other) / math.sqrt(error + other_error + _TINY)

    return chance(difference, in_after, seed)


def _mean(units: Floats) -> tuple[float, float]:
    """Return the mean score of some threads and its squared standard error (ratio estimator, threads as units)."""
    total, number = units.sum(axis=0)
    mean = total / number
    spread = float(((units[:, 0] - mean * units[:, 1]) ** 2).sum())
    return float(mean), spread * len(units) / max(len(units) - 1, 1) / float(number) ** 2


def _threads(votes: Sequence[Folded]) -> list[tuple[float, float]]:
    """Return (sum of negative probabilities, number) of each thread."""
    sums: dict[str, tuple[float, float]] = {}
    for vote in votes:
        total, number = sums.get(vote.labelled.post.thread, (0.0, 0.0))
        sums[vote.labelled.post.thread] = (total + vote.opinion.negative, number + 1)
    return list(sums.values())


def chance(
    statistic: Callable[[NDArray[np.bool_]], float], sides: NDArray[np.bool_], seed: int, most: int = PERMUTATIONS
) -> float:
    """Return the permutation p-value of a statistic of which units are on the second side.

    Stops early once 20 shuffles reached the observed value: still exact (Besag & Clifford, Biometrika 1991).
    """
    rng = np.random.default_rng(seed)
    observed, reached = statistic(sides) - 1e-12, 0
    for done in range(1, most + 1):
        reached += statistic(rng.permutation(sides)) >= observed
        if reached == _ENOUGH_EXCEEDANCES:
            return reached / done
    return (reached + 1) / (most + 1)
