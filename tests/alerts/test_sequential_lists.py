"""Lists over projects, bands for charts, audits by persons, bursts: what stands beside the detector."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.sequential.bursts import burst_days
from alerts.sequential.confidence import confidence_band
from alerts.sequential.labels import MOST_LABELS, Outcome, audit
from alerts.sequential.multiple import e_bh
from minsheng.domain import Sentiment

BAD, NEITHER, GOOD = Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE


def self_consistent(values: list[float], alpha: float) -> set[int]:
    """The definition, by trying every set: the largest R in which each e-value is at least N / (alpha |R|)."""
    places = range(len(values))
    for size in range(len(values), 0, -1):
        for chosen in combinations(places, size):
            if all(values[place] >= len(values) / (alpha * size) for place in chosen):
                return set(chosen)
    return set()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(0.01, 400), max_size=8), st.sampled_from([0.05, 0.1, 0.3]))
def test_the_list_is_the_largest_self_consistent_set(values, alpha):
    assert set(e_bh(list(np.log(values)), alpha)) == self_consistent(values, alpha)


def test_the_list_begins_with_the_strongest_and_grows_when_more_bear_one_another_out():
    assert e_bh(np.log([1.0, 20.0, 1.0, 400.0, 0.5]).tolist(), 0.10) == [3]
    assert e_bh(np.log([1.0, 20.0, 1.0, 400.0, 18.0]).tolist(), 0.10) == [3, 1, 4]
    assert e_bh([]) == []


def test_the_share_of_innocent_projects_on_the_list_stays_below_alpha():
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(400):
        bets = np.where(np.arange(40) < 32, 0.5, 0.9)
        logs = np.log1p(0.8 * ((rng.random((60, 40)) < bets) - 0.5)).sum(axis=0)
        listed = e_bh(logs.tolist(), 0.10)
        shares.append(sum(place < 32 for place in listed) / max(len(listed), 1))
        assert listed

    assert np.mean(shares) < 0.10


def test_a_band_that_is_looked_at_daily_holds_the_mean_on_all_days():
    rng = np.random.default_rng(4)
    days = np.repeat(np.arange(60), 3)
    left = 0
    for _ in range(60):
        band = confidence_band((rng.random(180) < 0.35).astype(float), days, 60)
        left += bool(np.any((band.low > 0.35) | (band.high < 0.35)))

    assert left <= 7  # 5 % of 60 is 3; eight would have a chance of 1 %


def test_a_band_only_narrows_and_does_not_know_the_future():
    scores = (np.random.default_rng(9).random(300) < 0.6).astype(float)
    days = np.repeat(np.arange(30), 10)

    whole = confidence_band(scores, days, 30)
    early = confidence_band(scores[:100], days[:100], 10)

    assert np.all(np.diff(whole.low) >= 0)
    assert np.all(np.diff(whole.high) <= 0)
    assert np.array_equal(whole.low[:10], early.low)
    assert whole.high[-1] - whole.low[-1] < 0.3


def test_an_audit_confirms_as_soon_as_the_evidence_is_there():
    found = audit([BAD] * 60, 0.35)

    assert found.outcome is Outcome.CONFIRMED
    assert found.read < 12
    assert found.evidence >= 20
    assert audit([BAD] * found.read, 0.35) == found


def test_an_audit_that_finds_what_the_claim_allows_refutes_after_sixty_labels():
    labels = [BAD, GOOD, GOOD] * 20

    assert audit(labels, 0.35).outcome is Outcome.REFUTED
    assert audit(labels[: MOST_LABELS - 1], 0.35).outcome is Outcome.OPEN
    assert (audit(labels, 0.35).negative, audit(labels, 0.35).positive) == (20, 40)


def test_neutral_labels_are_read_and_speak_for_neither_side():
    with_neutral = audit([NEITHER, BAD, NEITHER, GOOD], 0.35)

    assert with_neutral.evidence == pytest.approx(audit([BAD, GOOD], 0.35).evidence)
    assert with_neutral.read == 4


def test_an_audit_of_a_claim_that_holds_confirms_one_time_in_twenty_at_most():
    rng = np.random.default_rng(12)
    drawn = rng.random((800, MOST_LABELS)) < 0.35

    confirmed = [audit([BAD if bad else GOOD for bad in row], 0.35).outcome is Outcome.CONFIRMED for row in drawn]

    assert np.mean(confirmed) < 0.05
    assert any(confirmed)


def test_a_burst_is_marked_from_its_first_day_to_its_last():
    own = [1, 2, 1, 9, 12, 8, 1, 2]

    assert burst_days(own, [50] * 8) == [False] * 3 + [True] * 3 + [False] * 2


def test_a_day_on_which_everybody_writes_more_is_no_burst_of_one_project():
    assert burst_days([2, 2, 20, 2], [50, 50, 500, 50]) == [False] * 4
    assert burst_days([0, 0], [3, 4]) == [False] * 2
    assert burst_days([3, 4], [3, 4]) == [False] * 2


def test_a_burst_needs_numbers_that_can_be():
    with pytest.raises(ValueError, match="at least the project's own"):
        burst_days([5], [4])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=9))
def test_the_marked_days_are_the_cheapest_of_all_ways_to_mark_them(own):
    everyone = [40] * len(own)
    if not sum(own):
        return
    usual = sum(own) / sum(everyone)
    ways = []
    for mask in range(2 ** len(own)):
        marks = [bool(mask >> day & 1) for day in range(len(own))]
        cost, before = 0.0, False
        for mark, count in zip(marks, own, strict=True):
            share = min(2 * usual, 0.9999) if mark else usual
            cost += -count * np.log(share) - (40 - count) * np.log1p(-share)
            cost += np.log(len(own)) if mark and not before else 0
            before = mark
        ways.append((cost, marks))
    best = min(cost for cost, _ in ways)

    found = next(cost for cost, marks in ways if marks == burst_days(own, everyone))

    assert found == pytest.approx(best)
