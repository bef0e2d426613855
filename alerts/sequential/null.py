"""A share that a claim allows and the model's known errors in, what a comment scores and may score on average out.

A comment is a bet on its score X in [0, 1]. As long as the claim holds, the mean of X is at most q0; what is bet
against is q0+, its upper bound: the calibration set is one for all projects, so that an error in it would ring
everywhere at once (methods.md §2: q0 itself gave up to 75 false alarms a year).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minsheng.domain import Calibration

Floats = NDArray[np.float64]

BOUND = 1.645
"""Standard errors above the estimate: 95 %, one-sided."""
_ROUNDING = 1e-6
_NEGATIVE, _NEUTRAL, _POSITIVE = range(3)


@dataclass(frozen=True, slots=True)
class Null:
    """H0: the negative share is at most ``share``. X = P(negative) + ``neutral`` * P(neutral), and E X <= ``bound``.

    ``mean`` is the estimate of which ``bound`` is the upper bound; ``slope`` is by how much the mean of X rises from a
    positive comment to a negative one.
    """

    share: float
    neutral: float
    mean: float
    bound: float
    slope: float

    def scores(self, opinions: Floats) -> Floats:
        """Return X of each row of probabilities (negative, neutral, positive)."""
        return np.clip(opinions[..., _NEGATIVE] + self.neutral * opinions[..., _NEUTRAL], 0.0, 1.0)


def attitude_null(share: float, calibration: Calibration, z: float = BOUND) -> Null:
    """Return the null of negative / (negative + positive) <= ``share``, however many comments are neutral.

    A neutral comment must be no evidence for either side: ``neutral`` is the weight at which its mean score is that
    of comments at the boundary of the claim.
    """
    soft = np.array(calibration.soft, dtype=np.float64)
    mix = np.array([share, 0.0, 1.0 - share])
    neutral_only = np.array([0.0, 1.0, 0.0])
    gap = soft @ mix - soft @ neutral_only  # what the boundary scores more than a neutral comment, label by label
    weight = float(np.clip(gap[_NEGATIVE] / -gap[_NEUTRAL], 0.0, 1.0)) if gap[_NEUTRAL] < 0 else 0.0
    return _null(share, weight, [mix, neutral_only], calibration, z)


def negative_null(share: float, calibration: Calibration, z: float = BOUND) -> Null:
    """Return the null of negative / all comments <= ``share``, whatever the others are."""
    rest = 1.0 - share
    return _null(share, 0.0, [np.array([share, rest, 0.0]), np.array([share, 0.0, rest])], calibration, z)


def means_of_negative(shares: Floats, calibration: Calibration, z: float = BOUND) -> tuple[Floats, Floats]:
    """Return the least and the largest mean of P(negative) at each negative share, whatever the others are."""
    means = np.array(calibration.soft, dtype=np.float64)[_NEGATIVE]
    counts = np.array(calibration.counts, dtype=np.float64)
    variances = [_most_variance(float(mean), 0.0, own) for mean, own in zip(means, counts.T, strict=True)]
    errors = np.array(variances) / np.maximum(counts.sum(axis=0), 1.0)
    mixed = [shares * means[_NEGATIVE] + (1 - shares) * means[other] for other in (_NEUTRAL, _POSITIVE)]
    spread = [
        z * np.sqrt(shares**2 * errors[_NEGATIVE] + (1 - shares) ** 2 * errors[other])
        for other in (_NEUTRAL, _POSITIVE)
    ]
    low = np.minimum(mixed[0] - spread[0], mixed[1] - spread[1])
    high = np.maximum(mixed[0] + spread[0], mixed[1] + spread[1])
    return low, high


def _null(share: float, weight: float, corners: list[Floats], calibration: Calibration, z: float) -> Null:
    """The mean of X is linear in the shares, so its largest value under the null lies at a corner of the null."""
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is not a share between 0 and 1")
    soft = np.array(calibration.soft, dtype=np.float64)
    counts = np.array(calibration.counts, dtype=np.float64)
    means = np.clip(soft[_NEGATIVE] + weight * soft[_NEUTRAL], 0.0, 1.0)
    variances = [_most_variance(float(mean), weight, own) for mean, own in zip(means, counts.T, strict=True)]
    errors = np.array(variances) / np.maximum(counts.sum(axis=0), 1.0)
    mean = max(float(corner @ means) for corner in corners)
    bound = max(float(corner @ means + z * np.sqrt(corner**2 @ errors)) for corner in corners)
    return Null(share, weight, mean, min(bound, 1.0), float(means[_NEGATIVE] - means[_POSITIVE]))


def _most_variance(mean: float, weight: float, counts: Floats) -> float:
    """Return the largest variance that X can have over texts of one class.

    The calibration holds no variances, but the mean and how many texts were read as which label. A text read as r has
    its largest probability there, so its X lies between bounds; all X at the ends of their bounds vary most, and the
    mean says how many lie at the upper ends, dearest first. It is never more than mean (1 - mean).
    """
    plain = mean * (1 - mean)
    shares = counts / max(counts.sum(), 1.0)
    low, high = _bounds(weight)
    inside, room = low.copy(), mean - float(shares @ low)
    for label in np.argsort(-(low + high)):
        if shares[label] > 0 and room > 0:
            step = min(high[label] - low[label], room / shares[label])
            inside[label] += step
            room -= step * shares[label]
    if abs(room) > _ROUNDING or not counts.sum():
        return plain  # means and counts that were rounded or weighted apart
    return min(plain, float(shares @ ((low + high) * inside - low * high)) - mean**2)


def _bounds(weight: float) -> tuple[Floats, Floats]:
    """Return the least and the largest X of a text by the label that it is read as: at the corners of its region."""
    corners = np.eye(3)
    regions = [[*((corners[r] + corners) / 2), np.full(3, 1 / 3)] for r in range(3)]
    values = np.array(regions) @ np.array([1.0, weight, 0.0])
    return values.min(axis=1), values.max(axis=1)
