"""A pool in, one random half to calibrate on and the other to draw samples from out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minsheng.domain import Calibration
from models.evaluation.scaling import honest_shares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LABELS = 3


@dataclass(frozen=True, slots=True)
class Split:
    """How the model errs on one part, and the scores of the other part by true label."""

    calibration: Calibration
    tests: tuple[Floats, Floats, Floats]

    @property
    def available(self) -> Ints:
        """How many texts of each label samples can be drawn from."""
        return np.array([len(rows) for rows in self.tests])

    def draw(self, counts: Ints, rng: np.random.Generator) -> Floats:
        """Return the scores of so many texts of each label, none twice."""
        parts = [
            rows[rng.choice(len(rows), size=count, replace=False)]
            for rows, count in zip(self.tests, counts, strict=True)
        ]
        return np.concatenate(parts)


def split(scores: Floats, labels: Ints, rng: np.random.Generator, share: float = 0.5) -> Split:
    """Divide texts at random, each label in the same shares; ``share`` of them calibrate."""
    calibrating = np.zeros(len(labels), dtype=bool)
    for label in range(LABELS):
        places = rng.permutation(np.flatnonzero(labels == label))
        calibrating[places[: round(share * len(places))]] = True
    negative, neutral, positive = (scores[~calibrating & (labels == label)] for label in range(LABELS))
    return Split(calibrated(scores[calibrating], labels[calibrating]), (negative, neutral, positive))


def calibrated(scores: Floats, labels: Ints) -> Calibration:
    """Describe the errors on some texts, each of the same weight, as ``models.evaluation`` does for a shipped model."""
    soft = np.stack([scores[labels == label].mean(axis=0) for label in range(LABELS)], axis=1)
    counts = np.zeros((LABELS, LABELS), dtype=int)
    np.add.at(counts, (scores.argmax(axis=1), labels), 1)
    negative, neutral, positive = honest_shares(scores, labels, np.ones(len(labels))).tolist()
    return Calibration(
        "split",
        tuple((float(a), float(b), float(c)) for a, b, c in soft),
        tuple((int(a), int(b), int(c)) for a, b, c in counts),
        (negative, neutral, positive),
    )
