"""What measures share: a number with its interval, the correction of labels for known errors, many tests at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.counts import exact_interval

Floats = NDArray[np.float64]

_EM_STEPS = 200
_TINY = 1e-12
_JEFFREYS = 0.5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval and what it rests on; ``n`` may be an effective number."""

    value: float
    low: float
    high: float
    n: float


def share_of(hits: float, n: float) -> Estimate:
    """Return a share with its exact interval."""
    return Estimate(hits / n, *exact_interval(hits, n), n)


def confusion_of(counts: Sequence[Sequence[int]]) -> Floats:
    """Return the chance of each label (row) given the true class (column); a class never tested is read rightly."""
    table = np.array(counts, dtype=np.float64)
    totals = table.sum(axis=0)
    rates = np.where(totals > 0, table / np.maximum(totals, 1.0), np.eye(len(table)))
    return np.asarray(rates)


def corrected(shares: Floats, confusion: Floats) -> Floats:
    """Return the likeliest true shares behind shares of labels (last axis), by expectation maximisation.

    Adjusted classify and count as a maximum-likelihood problem: it stays in the simplex by itself, with any number of
    classes, where the inverse of the confusion would leave it.
    """
    true: Floats = np.full(shares.shape, 1 / shares.shape[-1])
    for _ in range(_EM_STEPS):
        true = true * ((shares / (true @ confusion.T + _TINY)) @ confusion)
        true = true / true.sum(axis=-1, keepdims=True)
    return np.asarray(true)


def posterior(counts: Floats, size: float, draws: int, rng: np.random.Generator) -> Floats:
    """Return draws of the shares behind counts that are worth ``size`` independent texts (Jeffreys prior)."""
    weights = counts / counts.sum() * size + _JEFFREYS
    gammas = rng.standard_gamma(np.broadcast_to(weights, (draws, len(weights)))) + _TINY
    return np.asarray(gammas / gammas.sum(axis=1, keepdims=True))


def interval_of(draws: Floats, point: float) -> tuple[float, float]:
    """Return 95 % of the draws, widened to hold the point."""
    low, high = (float(bound) for bound in np.quantile(draws, (0.025, 0.975)))
    return min(low, point), max(high, point)


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """Return p-values adjusted for how many were looked at (false discovery rate, 1995), in the order given."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    adjusted, least = [1.0] * len(chances), 1.0
    for rank, place in reversed(list(enumerate(order, start=1))):
        least = min(least, chances[place] * len(chances) / rank)
        adjusted[place] = least
    return adjusted
