"""Days of scores in, whether the comments of one day hang together so much that a day is one bet out.

If people write in waves, ten comments of one day are not ten bets: one bet a comment gave twice the false alarms
allowed where days vary (methods.md §2). The rule looks back only: a day is bet as the days *before* it say.
The share of variance that lies between days is estimated from the differences of *consecutive* days, so that one
lasting change, which is what a detector looks for, does not pass for volatility.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LIMIT = 0.05
"""Likeness within a day (ICC) above which a day is one bet."""
ENOUGH = 14.0
"""Pairs of days, and comments beyond the first of their day, without which volatility is unknown: one bet a day."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over the past days of S streams that had comments; each field has one number a stream."""

    pairs: Floats
    weight: Floats
    moved: Floats
    within: Floats
    freedom: Floats
    last_mean: Floats
    last_number: Floats

    @classmethod
    def unknown(cls, streams: int) -> "Spread":
        return cls(*(np.zeros(streams) for _ in range(7)))

    def after(self, numbers: Floats, totals: Floats, squares: Floats) -> "Spread":
        """Return the sums with one more day: per stream how many comments, the sum of scores, of their squares."""
        some = numbers > 0
        means = np.divide(totals, numbers, out=self.last_mean.copy(), where=some)
        paired = some & (self.last_number > 0)
        both = numbers * self.last_number
        weight = np.divide(both, numbers + self.last_number, out=np.zeros_like(both), where=paired)
        return Spread(
            self.pairs + paired,
            self.weight + weight,
            self.moved + weight * (means - self.last_mean) ** 2,
            self.within + np.maximum(squares - totals * means, 0.0),
            self.freedom + np.maximum(numbers - 1, 0.0),
            means,
            np.where(some, numbers, self.last_number),
        )

    def likeness(self) -> Floats:
        """Return the ICC within a day: variance between days / all variance.

        With weights w = 1 / (1/n + 1/n'), the mean of w (difference)^2 is 2 w between + within.
        """
        within = self.within / np.maximum(self.freedom, 1.0)
        between = np.maximum(self.moved - within * self.pairs, 0.0) / np.maximum(2 * self.weight, 1e-12)
        total = between + within
        return np.divide(between, total, out=np.zeros_like(total), where=total > 0)

    def one_bet_a_day(self) -> Floats:
        """Return for each stream whether its next day is one bet: days are volatile, or too few to know."""
        unknown = (self.pairs < ENOUGH) | (self.freedom < ENOUGH)
        return np.asarray(unknown | (self.likeness() > LIMIT))
