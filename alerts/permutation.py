"""Two groups of threads in, the chance of their difference if the groups were alike out.

Whole threads change sides, never single comments: comments of one thread repeat one another (methods.md §3). The
difference is divided by its standard error first: threads of one side may be longer than those of the other, and
only a studentised difference keeps its error rate then (Chung & Romano, Annals of Statistics 2013).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from alerts.prevalence import Folded

Floats = NDArray[np.float64]
Sides = NDArray[np.bool_]
"""One row for each way to divide the threads: which are on the second side."""

PERMUTATIONS = 999
_TINY = 1e-12
_ENOUGH_EXCEEDANCES = 20
_FIRST, _AT_ONCE = 32, 128
_ALIKE = 1e-9


def rise(before: Sequence[Folded], after: Sequence[Folded], seed: int) -> float:
    """Return the one-sided chance of a mean negative probability as much higher after as seen, or more."""
    return _tail(before, after, seed, sign=1.0)


def fall(before: Sequence[Folded], after: Sequence[Folded], seed: int) -> float:
    """Return the one-sided chance of a mean negative probability as much lower after as seen, or more."""
    return _tail(before, after, seed, sign=-1.0)


def _tail(before: Sequence[Folded], after: Sequence[Folded], seed: int, *, sign: float) -> float:
    units = np.array([*_threads(before), *_threads(after)])
    in_after = np.arange(len(units)) >= len(_threads(before))

    def difference(sides: Sides) -> Floats:
        (mean, error), (other, other_error) = _means(units, sides), _means(units, ~sides)
        return np.asarray(sign * (mean - other) / np.sqrt(error + other_error + _TINY))

    return chance(difference, in_after, seed)


def _means(units: Floats, sides: Sides) -> tuple[Floats, Floats]:
    """Return by row the mean score of the threads on a side and its squared standard error (ratio estimator)."""
    scores, sizes = units.T
    sums = sides.astype(np.float64) @ np.stack([scores, sizes, scores**2, scores * sizes, sizes**2], axis=1)
    total, number, squares, products, squared_sizes = sums.T
    mean = total / number
    spread = np.maximum(squares - 2 * mean * products + mean**2 * squared_sizes, 0.0)
    threads = sides.sum(axis=1)
    return mean, spread * threads / np.maximum(threads - 1, 1) / number**2


def _threads(votes: Sequence[Folded]) -> list[tuple[float, float]]:
    """Return (sum of negative probabilities, number) of each thread."""
    sums: dict[str, tuple[float, float]] = {}
    for vote in votes:
        total, number = sums.get(vote.labelled.post.thread, (0.0, 0.0))
        sums[vote.labelled.post.thread] = (total + vote.opinion.negative, number + 1)
    return list(sums.values())


def chance(
    statistic: Callable[[Sides], Floats], sides: NDArray[np.bool_], seed: int, most: int = PERMUTATIONS
) -> float:
    """Return the permutation p-value of a statistic of which units are on the second side, one row for each shuffle.

    Stops once 20 shuffles reached the observed value: still exact (Besag & Clifford, Biometrika 1991).
    """
    rng = np.random.default_rng(seed)
    observed, reached, done = float(statistic(sides[None, :])[0]) - _ALIKE, 0, 0
    while done < most:
        number = min(max(_FIRST, done), _AT_ONCE, most - done)  # few are enough where the observed value is usual
        shuffled = rng.permuted(np.tile(sides, (number, 1)), axis=1)
        hits = reached + np.cumsum(statistic(shuffled) >= observed)
        if hits[-1] >= _ENOUGH_EXCEEDANCES:
            return _ENOUGH_EXCEEDANCES / (done + int(np.searchsorted(hits, _ENOUGH_EXCEEDANCES)) + 1)
        reached, done = int(hits[-1]), done + len(shuffled)
    return (reached + 1) / (most + 1)
