"""The interval of a review: what a person's labels leave of the negative share, whenever they stop."""

import numpy as np
import pytest

from alerts.sequential.labels import believable
from minsheng.domain import Sentiment

BAD, NONE, GOOD = Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE


def test_nothing_read_and_nothing_but_neutral_leaves_every_share():
    assert believable([]) == (0.0, 1.0)
    assert believable([NONE] * 60) == (0.0, 1.0)


def test_both_ends_are_the_same_seen_from_the_other_side():
    low, high = believable([BAD] * 30 + [GOOD] * 10)
    other_low, other_high = believable([GOOD] * 30 + [BAD] * 10)

    assert (other_low, other_high) == pytest.approx((1 - high, 1 - low))
    assert 0.4 < low < 0.75 < high < 0.95


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_the_true_share_is_outside_at_most_once_in_twenty_however_the_person_stops(share):
    """The one who stops at the worst of several places is the person who would most like to mislead."""
    drawn = np.random.default_rng(8).random((100, 60)) < share
    missed = 0
    for row in drawn:
        labels = [BAD if one else GOOD for one in row]
        found = [believable(labels[:stop]) for stop in (5, 10, 20, 30, 45, 60)]
        missed += any(not low <= share <= high for low, high in found)

    assert missed <= 10  # 5 wanted of 100 at most; more than 10 has a chance of 1 in 70
