"""Labels that a person gave to comments drawn at random in, whether they confirm a watch out.

An e-process of its own on what the person read, so the model's errors play no part: prod(1 + l (y - p0)) over a few
stakes, y = 1 for negative and 0 for positive; a neutral comment speaks for neither side. Under the null E reaches 20
with a chance of at most 1 in 20, however soon the person stops (methods.md §2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from alerts.sequential.bets import bets_against
from minsheng.domain import Sentiment

STAKES = (0.2, 0.5, 1.0, 1.5, 2.0, 2.5)
CONFIRMED_AT = 20.0
MOST_LABELS = 60
_EACH_SIDE = 40.0
"""1 in 40 for each end of an interval: 95 % for both, however soon the person stops."""
_SHARES = np.linspace(0.001, 0.999, 999)


class Outcome(StrEnum):
    """What an audit says so far; the words stand in the store's file."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Audit:
    """Where an audit stands: ``evidence`` is E after ``read`` labels, ``negative`` and ``positive`` count them."""

    outcome: Outcome
    evidence: float
    read: int
    negative: int
    positive: int


def audit(labels: Sequence[Sentiment], share: float, most: int = MOST_LABELS) -> Audit:
    """Judge labels in the order drawn against "at most ``share`` of the comments with an attitude are negative".

    It stops at the first label with E >= 20, or after ``most``; labels beyond are not looked at.
    """
    against = np.clip(share, 1e-6, 1.0)
    stakes = bets_against(against, STAKES).stakes[0]
    capital = np.ones(len(stakes))
    counts = dict.fromkeys(Sentiment, 0)
    for read, label in enumerate(labels[:most], start=1):
        counts[label] += 1
        if label is not Sentiment.NEUTRAL:
            capital = capital * (1 + stakes * ((label is Sentiment.NEGATIVE) - against))
        if capital.mean() >= CONFIRMED_AT:
            return _audit(Outcome.CONFIRMED, capital.mean(), read, counts)
    read = min(len(labels), most)
    return _audit(Outcome.REFUTED if read == most else Outcome.OPEN, capital.mean(), read, counts)


def believable(labels: Sequence[Sentiment]) -> tuple[float, float]:
    """Return the interval (95 %) of the negative share among labels with an attitude.

    The same bets against every share: what they refute is outside. So it holds whenever the person stops, which an
    interval for a number fixed beforehand would not.
    """
    said = [label is Sentiment.NEGATIVE for label in labels if label is not Sentiment.NEUTRAL]
    negative = np.array(said, dtype=np.float64)
    return _least(negative), 1 - _least(1 - negative)


def _least(hits: NDArray[np.float64]) -> float:
    """Return the largest share that is refuted as too small, 0 if none is."""
    if not len(hits):
        return 0.0
    stakes = bets_against(_SHARES, STAKES).stakes
    factors = 1 + stakes[:, :, None] * (hits - _SHARES[:, None])[:, None, :]
    refuted = factors.prod(axis=2).mean(axis=1) >= _EACH_SIDE
    number = len(_SHARES) if refuted.all() else int(np.argmin(refuted))
    return float(_SHARES[number - 1]) if number else 0.0


def _audit(outcome: Outcome, evidence: float, read: int, counts: dict[Sentiment, int]) -> Audit:
    return Audit(outcome, float(evidence), read, counts[Sentiment.NEGATIVE], counts[Sentiment.POSITIVE])
