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


def _null(share: float, weight: float, corners: list[Floats], calibration: Calibration, z: float) -> Null:
    """The mean of X is linear in the shares, so its largest value under the null lies at a corner of the null."""
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is not a share between 0 and 1")
    soft = np.array(calibration.soft, dtype=np.float64)
    texts = np.array(calibration.counts, dtype=np.float64).sum(axis=0)
    means = np.clip(soft[_NEGATIVE] + weight * soft[_NEUTRAL], 0.0, 1.0)
    # The calibration holds means only; in [0, 1] the variance is at most mean * (1 - mean).
    errors = means * (1 - means) / np.maximum(texts, 1.0)
    mean = max(float(corner @ means) for corner in corners)
    bound = max(float(corner @ means + z * np.sqrt(corner**2 @ errors)) for corner in corners)
    return Null(share, weight, mean, min(bound, 1.0), float(means[_NEGATIVE] - means[_POSITIVE]))
