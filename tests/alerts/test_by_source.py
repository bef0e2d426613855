import numpy as np
import pytest

from alerts.by_source import FEW, equal_weight, left_out
from alerts.prevalence import estimate

CLEAR = np.eye(3)


def votes(*counts):
    """Return scores and sources: for each source so many negative and so many positive votes, read without error."""
    rows, names = [], []
    for name, (negative, positive) in zip("abcdefgh", counts, strict=False):
        rows += [[1.0, 0.0, 0.0]] * negative + [[0.0, 0.0, 1.0]] * positive
        names += [name] * (negative + positive)
    return np.array(rows), names


def test_a_source_that_writes_most_weighs_no_more_than_the_others():
    scores, sources = votes((90, 10), (2, 8))

    assert equal_weight(scores, sources, CLEAR) == pytest.approx((0.9 + 0.2) / 2)


def test_thin_sources_are_weighed_together_as_one():
    scores, sources = votes((20, 0), (0, 5), (0, 5))

    assert equal_weight(scores, sources, CLEAR) == pytest.approx(0.5)


def test_a_handful_of_votes_gets_no_weight_of_its_own():
    scores, sources = votes((15, 5), (5, 15), (3, 0))

    assert equal_weight(scores, sources, CLEAR) == pytest.approx(0.5)


@pytest.mark.parametrize("counts", [((30, 10),), ((30, 10), (0, FEW - 1))])
def test_with_one_source_of_weight_there_is_nothing_to_weigh(counts):
    assert equal_weight(*votes(*counts), CLEAR) is None


def test_the_range_without_each_source_shows_what_one_source_does():
    low, high = left_out(*votes((90, 10), (2, 8), (8, 12)), CLEAR)

    assert (low, high) == pytest.approx((10 / 30, 92 / 110))


def test_a_rest_of_a_few_votes_is_not_measured():
    low, high = left_out(*votes((90, 10), (0, 5)), CLEAR)

    assert low == high == pytest.approx(0.9)
    assert left_out(*votes((90, 10)), CLEAR) is None


def test_an_estimate_carries_what_its_sources_do(world, calibration):
    negative = world.posts(60, (0.9, 0.05, 0.05), sources=("forum",))
    positive = world.posts(20, (0.05, 0.05, 0.9), sources=("board",))

    found = estimate([*negative, *positive], calibration, seed=1)

    assert found.equal_sources < found.negative
    assert found.without_source_low < found.equal_sources < found.without_source_high
