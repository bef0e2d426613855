"""Counts in, exact intervals and tail probabilities out; own few lines instead of a statistics library."""

import math
import zlib
from collections.abc import Sequence

_TINY = 1e-300
_STEPS = 400
_BISECTIONS = 60


def seed_of(key: str) -> int:
    """Return the seed of a matter: the same in every process, unlike ``hash``."""
    return zlib.crc32(key.encode())


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (Abramowitz & Stegun 26.5.8, Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_cdf(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _continued_fraction(x, a, b) / a


def _continued_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-12:  # noqa: PLR2004  # converged to double precision
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(q: float, a: float, b: float) -> float:
    """Return x with I_x(a, b) = q, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_cdf(middle, a, b) < q else (low, middle)
    return (low + high) / 2


def exact_interval(hits: float, trials: float, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a share (Biometrika 1934); fractions are allowed as effective counts."""
    if not 0 <= hits <= trials or trials <= 0:
        raise ValueError(f"{hits} of {trials} is not a share")
    tail = (1 - level) / 2
    low = beta_quantile(tail, hits, trials - hits + 1) if hits > 0 else 0.0
    high = beta_quantile(1 - tail, hits + 1, trials - hits) if hits < trials else 1.0
    return low, high


def at_least(count: float, baseline: float, weeks: int, dispersion: float = 1.0) -> float:
    """Return the chance of ``count`` or more in one week after ``baseline`` in ``weeks``.

    Predictive negative binomial of a Poisson rate under the Jeffreys prior Gamma(1/2, 0), so that an uncertain
    baseline counts as uncertain; ``dispersion`` (variance / mean) divides both counts (quasi-Poisson).
    """
    if count <= 0:
        return 1.0
    return beta_cdf(1 / (weeks + 1), count / dispersion, baseline / dispersion + 0.5)


def none_at_all(baseline: float, weeks: int, dispersion: float = 1.0) -> float:
    """Return the chance of no comment in one week after ``baseline`` in ``weeks``; model as in ``at_least``."""
    return float((weeks / (weeks + 1)) ** (baseline / dispersion + 0.5))


def dispersion_of(*series: Sequence[int]) -> float:
    """Return the largest variance / mean of some series of counts, at least 1: bursts make counts less telling."""
    return max([1.0, *(_variance_ratio(counts) for counts in series)])


def _variance_ratio(counts: Sequence[int]) -> float:
    mean = sum(counts) / len(counts) if counts else 0.0
    if mean == 0 or len(counts) == 1:
        return 1.0
    return sum((count - mean) ** 2 for count in counts) / (len(counts) - 1) / mean
