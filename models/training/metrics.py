"""True and predicted labels in, the usual scores out; plain Python and numpy, no scikit-learn needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 of one label; ``support`` counts its true texts."""

    precision: float
    recall: float
    f1: float
    support: int


def confusion(true: Sequence[int], guessed: Sequence[int], labels: int) -> npt.NDArray[np.int64]:
    """Return counts[guessed][true]."""
    counts = np.zeros((labels, labels), dtype=np.int64)
    np.add.at(counts, (np.asarray(guessed, dtype=int), np.asarray(true, dtype=int)), 1)
    return counts


def scores(counts: npt.NDArray[np.int64]) -> list[Score]:
    """Return the scores of each label; a label without texts or guesses scores 0."""
    hits, guessed, true = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return [
        Score(_share(h, g), _share(h, t), _share(2 * h, g + t), int(t))
        for h, g, t in zip(hits, guessed, true, strict=True)
    ]


def macro_f1(true: Sequence[int], guessed: Sequence[int], labels: int) -> float:
    """Return the mean F1 over the labels that occur among the true ones or the guesses."""
    counts = confusion(true, guessed, labels)
    return _macro(counts)


def bootstrap(
    true: Sequence[int], guessed: Sequence[int], labels: int, draws: int = 2000, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Return 95 % intervals of accuracy and macro-F1 by resampling the texts."""
    rng = np.random.default_rng(seed)
    pairs = np.asarray(guessed, dtype=int) * labels + np.asarray(true, dtype=int)
    shares = np.bincount(pairs, minlength=labels * labels) / len(pairs)
    samples = rng.multinomial(len(pairs), shares, size=draws).reshape(draws, labels, labels)
    accuracy = np.trace(samples, axis1=1, axis2=2) / len(pairs)
    macro = np.array([_macro(sample) for sample in samples])
    return {"accuracy": _interval(accuracy), "macro_f1": _interval(macro)}


def calibration_error(probabilities: npt.NDArray[Any], true: Sequence[int], bins: int = 10) -> float:
    """Return the expected calibration error of the top label over equal-width bins."""
    confidence, guessed = probabilities.max(axis=1), probabilities.argmax(axis=1)
    right = guessed == np.asarray(true)
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = (
        abs(right[places == b].mean() - confidence[places == b].mean()) * (places == b).mean()
        for b in range(bins)
        if (places == b).any()
    )
    return float(sum(gaps))


def _macro(counts: npt.NDArray[np.int64]) -> float:
    hits, occurring = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    present = occurring > 0
    return float((2 * hits[present] / occurring[present]).mean()) if present.any() else 0.0


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0


def _interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
