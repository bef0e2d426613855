import numpy as np
import pytest

from benchmarks.divergence.statistics import auc, kaplan_meier, poisson_interval


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_the_exact_interval_of_a_poisson_count_is_the_published_one(count, low, high):
    assert poisson_interval(count) == pytest.approx((low, high), rel=1e-3)


def test_streams_that_were_never_found_are_censored_and_not_dropped():
    days = np.array([10.0, 20.0, 100.0, 100.0, 100.0])
    seen = np.array([True, True, False, False, False])

    found = kaplan_meier(days, seen, 100)

    assert found.median is None
    assert found.found == pytest.approx(0.4)
    assert found.mean == pytest.approx((10 + 20 + 3 * 100) / 5)


def test_the_median_is_the_day_by_which_half_were_found():
    days = np.array([3.0, 1.0, 2.0, 9.0])

    assert kaplan_meier(days, np.array([True, True, True, False]), 9).median == 2


def test_a_stream_that_leaves_early_counts_while_it_is_there():
    days, seen = np.array([5.0, 10.0, 20.0]), np.array([False, True, True])

    found = kaplan_meier(days, seen, 20)

    assert (found.median, found.found) == (10, pytest.approx(1))


def test_the_area_under_the_curve_is_one_half_where_nothing_is_told_apart():
    positive = np.array([True, False, True, False])

    assert auc(np.ones(4), positive) == 0.5
    assert auc(np.array([2.0, 1.0, 3.0, 0.0]), positive) == 1
