import math

import pytest

from alerts.tipping import cap_claim, classify, threshold_share, tipping_point
from minsheng.domain import Verdict


@pytest.mark.parametrize(("claimed", "low", "rho"), [(0.95, 0.5, 19), (0.95, 0.2, 4.75), (0.9, 0.5, 9), (0.5, 0.5, 1)])
def test_the_ratio_is_the_odds_of_complaint_times_the_odds_of_the_claim(claimed, low, rho):
    assert tipping_point(claimed, low) == pytest.approx(rho)


@pytest.mark.parametrize(("claimed", "share"), [(0.95, 0.345), (0.98, 0.169), (0.90, 0.526)])
def test_the_threshold_share_at_a_ratio_of_ten_is_that_of_the_method(claimed, share):
    assert threshold_share(claimed, 10) == pytest.approx(share, abs=0.001)


@pytest.mark.parametrize("claimed", [0.6, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("rho", [1.5, 3.0, 10.0, 40.0])
def test_the_ratio_at_the_threshold_share_is_the_largest_ratio(claimed, rho):
    assert tipping_point(claimed, threshold_share(claimed, rho)) == pytest.approx(rho)


def test_the_ratio_grows_with_complaint_and_with_the_claim():
    grid = [0.0, 0.1, 0.3, 0.5, 0.9, 0.99]

    by_complaint = [tipping_point(0.9, low) for low in grid]
    by_claim = [tipping_point(claimed, 0.3) for claimed in grid]

    assert by_complaint == sorted(by_complaint)
    assert by_claim == sorted(by_claim)


def test_the_ends_are_zero_and_without_bound():
    assert tipping_point(0.95, 0.0) == 0
    assert tipping_point(0.0, 1.0) == 0
    assert tipping_point(1.0, 0.3) == math.inf
    assert tipping_point(0.95, 1.0) == math.inf


@pytest.mark.parametrize(("claimed", "low"), [(1.2, 0.5), (0.5, -0.1), (95, 0.2)])
def test_what_is_no_share_is_refused(claimed, low):
    with pytest.raises(ValueError, match="not a share"):
        tipping_point(claimed, low)


def test_a_claim_of_everybody_without_a_survey_is_read_as_99_percent():
    assert cap_claim(1.0, None) == 0.99
    assert cap_claim(0.95, None) == 0.95


def test_a_small_survey_claims_less_than_a_large_one():
    assert cap_claim(1.0, 50) == pytest.approx(51 / 52)
    assert cap_claim(1.0, 50) < cap_claim(1.0, 5000) < 1


@pytest.mark.parametrize(
    ("rho", "verdict"),
    [
        (2.99, Verdict.COMPATIBLE),
        (3.0, Verdict.TENSION),
        (10.0, Verdict.TENSION),
        (10.01, Verdict.DIVERGES),
        (math.inf, Verdict.DIVERGES),
    ],
)
def test_the_verdict_changes_at_three_and_beyond_ten(rho, verdict):
    assert classify(rho, 20) is verdict


def test_nothing_is_judged_on_fewer_than_twenty_effective_comments():
    assert classify(50, 19.9) is Verdict.NOT_ASSESSABLE
