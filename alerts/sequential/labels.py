"""Labels that a person gave to comments drawn at random in, whether they confirm a watch out.

An e-process of its own on what the person read, so the model's errors play no part: prod(1 + l (y - p0)) over a few
stakes, y = 1 for negative and 0 for positive; a neutral comment speaks for neither side. Under the null E reaches 20
with a chance of at most 1 in 20, however soon the person stops (methods.md §2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from alerts.sequential.bets import bets_against
from minsheng.domain import Sentiment

STAKES = (0.2, 0.5, 1.0, 1.5, 2.0, 2.5)
CONFIRMED_AT = 20.0
MOST_LABELS = 60


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


def _audit(outcome: Outcome, evidence: float, read: int, counts: dict[Sentiment, int]) -> Audit:
    return Audit(outcome, float(evidence), read, counts[Sentiment.NEGATIVE], counts[Sentiment.POSITIVE])
