"""Splits of a pool in, error and coverage of each estimator out: the artificial-prevalence protocol.

Shares are drawn even over the simplex, the labels of a sample of n from them, its texts from the half that did not
calibrate, none twice. The truth is the share that was drawn, so that an error holds the luck of the sample as well.
A draw that needs more texts of a label than there are is drawn anew: with few praising texts large samples cannot
hold much praise, and the tables say between which shares they lie.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.quantify import bayesian_acc, emq, interval, pacc
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.splits import Split, split
from benchmarks.divergence.statistics import wilson
from minsheng.domain import Calibration

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZES = (20, 50, 100, 200, 500)
METHODS = ("CC", "PACC", "EMQ", "Bayesian ACC", "PACC + EMQ")
THIRDS = ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0))
_PER_SPLIT = 5
_TRIES = 10_000
# Of more than 400 texts of 990 a half is left; a sample of 500 needs more, and leaves fewer to calibrate on.
_LARGE, _SMALL_PART = 400, 0.4


@dataclass(frozen=True, slots=True)
class Trial:
    """One sample: the shares drawn, what each method says [method, label], and the intervals of the negative share."""

    truth: Floats
    points: Floats
    ours: tuple[float, float]
    plain: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What many samples of one size show. Arrays have one number a method."""

    size: int
    samples: int
    negative_error: Floats
    all_error: Floats
    bias: Floats
    coverage: float
    width: float
    plain_coverage: float
    plain_width: float
    thirds: tuple[tuple[int, float], ...]
    span: tuple[float, float]
    most_positive: float


def accuracies(pool: Pool, samples: int, seed: int) -> list[Accuracy]:
    """Return how the estimators do at every sample size."""
    return [accuracy(pool, size, samples, seed) for size in SIZES]


def accuracy(pool: Pool, size: int, samples: int, seed: int) -> Accuracy:
    """Return how the estimators do at one sample size; a new split every five samples."""
    share = _SMALL_PART if size > _LARGE and len(pool) < 3 * size else 0.5

    def halves(rng: np.random.Generator) -> Split:
        return split(pool.scores, pool.labels, rng, share)

    return _summary(size, trials(halves, size, samples, seed))


def shifted(known: Pool, pool: Pool, size: int, samples: int, seed: int) -> Accuracy:
    """Return the same where the errors were measured on another domain: outside of what the methods assume."""

    def halves(rng: np.random.Generator) -> Split:
        errors = split(known.scores, known.labels, rng).calibration
        return Split(errors, split(pool.scores, pool.labels, rng).tests)

    return _summary(size, trials(halves, size, samples, seed))


def trials(halves: Callable[[np.random.Generator], Split], size: int, samples: int, seed: int) -> list[Trial]:
    """Draw samples and measure each."""
    rng = np.random.default_rng([seed, size])
    made: list[Trial] = []
    while len(made) < samples:
        parts = halves(rng)
        made += [_trial(parts, size, rng) for _ in range(min(_PER_SPLIT, samples - len(made)))]
    return made


def _trial(parts: Split, size: int, rng: np.random.Generator) -> Trial:
    truth, counts = _shares(size, parts.available, rng)
    scores = parts.draw(counts, rng)
    return measured(scores, parts.calibration, truth, int(rng.integers(2**31)))


def measured(scores: Floats, calibration: Calibration, truth: Floats, seed: int) -> Trial:
    """Measure one sample by every method, as ``alerts.prevalence`` does."""
    soft, counts = np.array(calibration.soft), np.array(calibration.counts)
    labels = np.bincount(scores.argmax(axis=1), minlength=3)
    draws = bayesian_acc(labels, counts, seed=seed)
    point, check = pacc(scores, soft), emq(scores, np.array(calibration.prior))
    points = np.stack([labels / len(scores), point, check, draws.mean(axis=0), (point + check) / 2])
    return Trial(truth, points, interval(draws[:, 0], float(point[0])), wilson(float(labels[0]), len(scores)))


def _shares(size: int, available: Ints, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Draw shares and the numbers of a sample; again where there are not enough texts."""
    for _ in range(_TRIES):
        shares = rng.dirichlet(np.ones(3))
        counts = rng.multinomial(size, shares)
        if (counts <= available).all():
            return shares, counts
    raise ValueError(f"no sample of {size} texts can be drawn from {available.tolist()} of each label")


def _summary(size: int, made: list[Trial]) -> Accuracy:
    truths = np.array([one.truth for one in made])
    errors = np.array([one.points for one in made]) - truths[:, None, :]
    ours, plain = np.array([one.ours for one in made]), np.array([one.plain for one in made])
    share = truths[:, 0]
    covered = (ours[:, 0] <= share) & (share <= ours[:, 1])
    by_chance = (plain[:, 0] <= share) & (share <= plain[:, 1])
    groups = [(low <= share) & (share < high) for low, high in THIRDS]
    return Accuracy(
        size=size,
        samples=len(made),
        negative_error=np.abs(errors[:, :, 0]).mean(axis=0),
        all_error=np.abs(errors).mean(axis=(0, 2)),
        bias=errors[:, :, 0].mean(axis=0),
        coverage=float(covered.mean()),
        width=float((ours[:, 1] - ours[:, 0]).mean()),
        plain_coverage=float(by_chance.mean()),
        plain_width=float((plain[:, 1] - plain[:, 0]).mean()),
        thirds=tuple((int(group.sum()), float(covered[group].mean()) if group.any() else 0.0) for group in groups),
        span=(float(share.min()), float(share.max())),
        most_positive=float(truths[:, 2].max()),
    )
