"""True and predicted labels in, the usual scores with their sampling error out; plain numpy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Interval = tuple[float, float]
DRAWS = 2000
SEED = 0
BINS = 10


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one label; ``support`` counts its true texts."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class Intervals:
    """95 % intervals over texts; None for a label that occurs neither among the true ones nor among the guesses."""

    accuracy: Interval
    macro_f1: Interval
    f1: tuple[Interval | None, ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """The texts whose confidence lies in [low, high): how sure the model was of them, and how often it was right."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def confusion(true: Sequence[int], guessed: Sequence[int], labels: int) -> Counts:
    """Return counts[guessed][true]."""
    counts = np.zeros((labels, labels), dtype=np.int64)
    np.add.at(counts, (np.asarray(guessed, dtype=int), np.asarray(true, dtype=int)), 1)
    return counts


def scores(counts: Counts) -> list[Score]:
    """Return the scores of each label; a label without texts or guesses scores 0."""
    hits, guessed, true = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return [
        Score(_share(h, g), _share(h, t), _share(2 * h, g + t), int(t))
        for h, g, t in zip(hits, guessed, true, strict=True)
    ]


def accuracy(true: Sequence[int], guessed: Sequence[int]) -> float:
    """Return the share of texts that were read right."""
    return _share(sum(t == g for t, g in zip(true, guessed, strict=True)), len(true))


def macro_f1(true: Sequence[int], guessed: Sequence[int], labels: int) -> float:
    """Return the mean F1 over the labels that occur among the true ones or the guesses."""
    if not len(true):
        return 0.0
    return float(np.nanmean(_f1(confusion(true, guessed, labels)[None])[0]))


def bootstrap(
    true: Sequence[int], guessed: Sequence[int], labels: int, draws: int = DRAWS, seed: int = SEED
) -> Intervals:
    """Return 95 % intervals by resampling the texts; in each draw macro-F1 is over the labels that occur in it."""
    (samples,) = _resampled(true, [guessed], labels, draws, seed)
    f1 = _f1(samples)
    right = np.trace(samples, axis1=1, axis2=2) / len(true)
    each = [column[~np.isnan(column)] for column in f1.T]
    return Intervals(
        _interval(right), _interval(np.nanmean(f1, axis=1)), tuple(_interval(c) if len(c) else None for c in each)
    )


def paired_difference(
    true: Sequence[int],
    first: Sequence[int],
    second: Sequence[int],
    labels: int,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval:
    """Return the 95 % interval of macro-F1 of the first minus that of the second, both on the same resampled texts."""
    one, two = _resampled(true, [first, second], labels, draws, seed)
    return _interval(np.nanmean(_f1(one), axis=1) - np.nanmean(_f1(two), axis=1))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p of as uneven a split of the texts that one of two readers alone got right."""
    n = only_first + only_second
    tail = sum(math.comb(n, k) for k in range(min(only_first, only_second) + 1))
    return min(1.0, float(2 * tail / 2**n))


def reliability(probabilities: npt.NDArray[Any], true: Sequence[int], bins: int = BINS) -> list[Bin]:
    """Sort texts by the probability of their top label into bins of equal width; empty bins are left out."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == np.asarray(true)
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        Bin(b / bins, (b + 1) / bins, int(here.sum()), float(confidence[here].mean()), float(right[here].mean()))
        for b in range(bins)
        if (here := places == b).any()
    ]


def calibration_error(probabilities: npt.NDArray[Any], true: Sequence[int], bins: int = BINS) -> float:
    """Return the expected calibration error of the top label over bins of equal width."""
    gaps = [abs(b.accuracy - b.confidence) * b.n for b in reliability(probabilities, true, bins)]
    return sum(gaps) / len(true)


def calibration_error_if_honest(
    probabilities: npt.NDArray[Any], bins: int = BINS, draws: int = 200, seed: int = SEED
) -> Interval:
    """Return mean and 95 % bound of the error of these probabilities if the labels were drawn from them.

    Few texts scatter about any curve, so even perfect probabilities show an error; a smaller one than the bound cannot
    be told from none.
    """
    confidence = probabilities.max(axis=1)
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    right = np.random.default_rng(seed).random((draws, len(confidence))) < confidence
    gaps = np.zeros(draws)
    for b in range(bins):
        here = places == b
        gaps += np.abs((right[:, here] - confidence[here]).sum(axis=1)) / len(confidence)
    return float(gaps.mean()), float(np.quantile(gaps, 0.95))


def log_loss(probabilities: npt.NDArray[Any], true: Sequence[int]) -> float:
    """Return the mean surprise at the true label, in nats; a probability of 0 counts as 1e-12."""
    given = probabilities[np.arange(len(true)), np.asarray(true, dtype=int)]
    return float(-np.log(np.clip(given, 1e-12, 1)).mean())


def brier(probabilities: npt.NDArray[Any], true: Sequence[int]) -> float:
    """Return the mean squared distance to the truth, summed over the labels: 0 is perfect, 2 the worst."""
    wanted = np.eye(probabilities.shape[1])[np.asarray(true, dtype=int)]
    return float(((probabilities - wanted) ** 2).sum(axis=1).mean())


def _resampled(
    true: Sequence[int], guesses: Sequence[Sequence[int]], labels: int, draws: int, seed: int
) -> list[Counts]:
    """Return the confusion counts of each guesser in every draw, shape (draws, guessed, true); draws are shared."""
    kinds, sizes = np.unique(np.array([true, *guesses], dtype=int).T, axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(true), sizes / len(true), size=draws)
    found = []
    for column in kinds.T[1:]:
        cells = np.zeros((len(kinds), labels * labels), dtype=np.int64)
        cells[np.arange(len(kinds)), column * labels + kinds[:, 0]] = 1
        found.append((drawn @ cells).reshape(draws, labels, labels))
    return found


def _f1(counts: Counts) -> npt.NDArray[np.float64]:
    """Return F1 by sample and label, NaN where the label does not occur in the sample."""
    hits = np.diagonal(counts, axis1=1, axis2=2)
    occurring = counts.sum(axis=1) + counts.sum(axis=2)
    return np.where(occurring > 0, 2 * hits / np.maximum(occurring, 1), np.nan)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def _interval(values: npt.NDArray[np.float64]) -> Interval:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
