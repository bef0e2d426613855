"""Counts in, intervals and exact tests out: the few classical formulas that a briefing needs."""

from collections.abc import Sequence
from math import exp, hypot, lgamma, sqrt
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); with nothing counted it is [0, 1]."""
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float, float]:  # fmt: skip
    """Return second minus first with its 95 % interval from both (value, low, high): MOVER, Zou & Donner 2008."""
    (value1, low1, high1), (value2, low2, high2) = first, second
    gap = value2 - value1
    return gap, gap - hypot(value2 - low2, high1 - value1), gap + hypot(high2 - value2, value1 - low1)


def fisher_greater(hits: int, n: int, hits_before: int, n_before: int) -> float:
    """Return the one-sided exact p that the share has not risen (Fisher 1934)."""
    total, everything = hits + hits_before, n + n_before
    ways = _log_comb(everything, n)
    cases = range(max(hits, n - (everything - total)), min(total, n) + 1)
    terms = (exp(_log_comb(total, k) + _log_comb(everything - total, n - k) - ways) for k in cases)
    return min(1.0, sum(terms))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p adjusted for how many were tested (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, worst = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = worst
    return adjusted


def _log_comb(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
