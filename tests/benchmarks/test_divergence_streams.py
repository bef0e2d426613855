"""The instruments of the benchmark on made-up scores: what they count must be right before what they say is."""

import numpy as np
import pytest

from benchmarks.divergence.alarms import (
    Betting,
    Tally,
    Window,
    detected,
    first_after_change,
    paused,
    tuned,
    window_alarms,
)
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.shares import accuracy
from benchmarks.divergence.splits import split
from benchmarks.divergence.streams import CHANGE, DAYS, Plan, Weather, changed, comments, quiet
from benchmarks.divergence.study import play

PER_LABEL = 120


@pytest.fixture(scope="module")
def pool():
    """A reader that is right four times in five, and honest about it."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(3), PER_LABEL)
    corners = 2.4 * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.866]])
    points = corners[labels] + rng.standard_normal((len(labels), 2))
    logits = -((points[:, None, :] - corners) ** 2).sum(axis=2) / 2
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return Pool("made up", "none", raised / raised.sum(axis=1, keepdims=True), labels, ("",) * len(labels), 0)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_halves_share_no_text_and_a_sample_has_none_twice(pool, rng):
    numbered = np.arange(3.0 * PER_LABEL)[:, None].repeat(3, axis=1) + 1
    parts = split(numbered, pool.labels, rng)

    drawn = parts.draw(np.array([60, 30, 0]), rng)[:, 0]

    assert parts.available.tolist() == [60, 60, 60]
    assert len(set(drawn)) == 90
    assert np.array(parts.calibration.counts).sum() == 180


@pytest.mark.parametrize("size", [20, 100])
def test_the_shown_interval_covers_at_least_nine_in_ten_and_correction_beats_counting(pool, size):
    found = accuracy(pool, size, 60, seed=3)

    assert found.coverage >= 0.9
    assert found.coverage > found.plain_coverage
    assert found.all_error[1] < found.all_error[0]


def test_a_sample_that_the_pool_cannot_hold_is_an_error(pool):
    with pytest.raises(ValueError, match="no sample of 300 texts"):
        accuracy(pool, 300, 1, seed=1)


def test_streams_have_the_shares_and_the_copies_of_their_plan(pool, rng):
    parts = split(pool.scores, pool.labels, rng)
    days = list(comments(changed(0.60), 10, parts, rng))

    copies = sum(int(day.copy.sum()) for day in days)
    late = np.concatenate([day.scores[~day.copy, 0] for day in days[CHANGE:]])
    early = np.concatenate([day.scores[~day.copy, 0] for day in days[:CHANGE]])

    assert len(days) == DAYS
    assert copies == pytest.approx(14 * 0.05 * 25 * DAYS, rel=0.15)
    assert late.mean() > early.mean() + 0.1


def test_volatile_days_keep_their_mean_and_move_around_it(pool, rng):
    parts = split(np.eye(3)[pool.labels], pool.labels, rng)
    plan = Plan(np.full((20, DAYS), 0.25), (Weather.VOLATILE,) * 20)

    negative = np.zeros((20, DAYS))
    for number, day in enumerate(comments(plan, 100, parts, rng)):
        said, good = (np.bincount(day.owners, day.scores[:, label], 20) for label in (0, 2))
        negative[:, number] = said / (said + good)

    assert negative.mean() == pytest.approx(0.25, abs=0.01)
    assert negative.std() == pytest.approx(0.20, abs=0.02)


def test_a_rule_keeps_still_for_two_weeks_after_an_alarm():
    ringing = np.ones((1, 40), dtype=bool)

    assert np.flatnonzero(paused(ringing)[0]).tolist() == [0, 14, 28]


def test_a_window_counts_the_last_days_and_copies_only_where_they_are_not_folded():
    numbers = np.array([[4, 0, 4, 10]])
    tally = Tally(numbers, np.array([[0, 0, 3, 9]]), numbers - np.array([[0, 0, 0, 8]]), np.array([[0, 0, 3, 1]]))

    assert window_alarms(tally, Window(2, 0.7)).tolist() == [[False, False, False, True]]
    assert window_alarms(tally, Window(2, 0.7, folds=True)).tolist() == [[False] * 4]
    assert window_alarms(tally, Window(1, 0.7, 4)).tolist() == [[False, False, True, False]]


def test_tuning_takes_the_lowest_threshold_that_keeps_to_the_rate(pool):
    calm = play(pool, quiet(20), 3.0, 1, (1,), Betting())

    (rule,) = tuned(calm.tally, 1, 1.0, [Window(14, 0.0)])

    assert window_alarms(calm.tally, rule).sum() <= 1
    assert window_alarms(calm.tally, Window(14, rule.share - 0.01)).sum() > 1


def test_the_detector_finds_a_change_and_days_count_from_it(pool, rng):
    parts = split(pool.scores, pool.labels, rng)
    plan = changed(0.90, projects=8)

    alarms, _ = detected(comments(plan, 10, parts, rng), parts, 8, Betting())
    days, seen = first_after_change(alarms[0])

    assert seen.all()
    assert not alarms[0, :, :CHANGE].any()
    assert (days < DAYS - CHANGE).all()
