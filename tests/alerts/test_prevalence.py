from dataclasses import replace

import numpy as np
import pytest

from alerts.prevalence import (
    DEFAULT_ICC,
    effective_size,
    estimate,
    fitting,
    folded,
    is_usable,
    measure,
    polar_share,
)
from alerts.quantify import bayesian_acc, emq, pacc
from minsheng.domain import Calibration

PLANTED = [(0.1, 0.2, 0.7), (0.5, 0.2, 0.3), (0.9, 0.05, 0.05), (0.0, 1.0, 0.0)]


@pytest.mark.parametrize("shares", PLANTED)
def test_planted_shares_are_recovered(world, shares):
    calibration = world.calibration(3000)

    found = pacc(world.draw(4000, shares), np.array(calibration.soft))

    assert found == pytest.approx(shares, abs=0.03)


@pytest.mark.parametrize("shares", PLANTED[:3])
def test_the_check_by_expectation_maximisation_recovers_them_too(world, shares):
    assert emq(world.draw(4000, shares), np.full(3, 1 / 3)) == pytest.approx(shares, abs=0.03)


def test_pacc_is_the_best_point_of_the_simplex():
    rng = np.random.default_rng(5)
    for _ in range(30):
        soft = rng.dirichlet([1, 1, 1], size=3).T
        scores = rng.dirichlet([0.5, 0.5, 0.5], size=8)
        grid = rng.dirichlet([0.7, 0.7, 0.7], size=3000)

        found = pacc(scores, soft)

        best = min(np.sum((soft @ point - scores.mean(axis=0)) ** 2) for point in grid)
        assert found.min() >= 0
        assert found.sum() == pytest.approx(1)
        assert np.sum((soft @ found - scores.mean(axis=0)) ** 2) <= best + 1e-9


def test_pacc_beats_counting_labels_where_the_model_errs(world):
    calibration = world.calibration(1000)
    errors = []
    for _ in range(40):
        shares = world.rng.dirichlet(np.ones(3))
        scores = world.draw(300, tuple(shares))
        counted = np.bincount(scores.argmax(axis=1), minlength=3) / 300
        corrected = pacc(scores, np.array(calibration.soft))
        errors.append((np.abs(counted - shares).mean(), np.abs(corrected - shares).mean()))

    by_counting, by_pacc = np.mean(errors, axis=0)

    assert by_pacc < by_counting


@pytest.mark.parametrize("size", [50, 200])
def test_the_interval_covers_the_planted_share(make_world, size):
    world = make_world(seed=size)
    covered = []
    for number in range(60):
        known = np.array(world.calibration(100).counts)
        shares = world.rng.dirichlet(np.ones(3))
        labels = np.bincount(world.draw(size, tuple(shares)).argmax(axis=1), minlength=3)
        low, high = np.quantile(bayesian_acc(labels, known, seed=number)[:, 0], (0.025, 0.975))
        covered.append(low <= shares[0] <= high)

    assert np.mean(covered) >= 0.90


def test_the_interval_narrows_with_more_comments_and_never_below_what_calibration_allows(world):
    counts = np.array(world.calibration(100).counts)
    widths = []
    for size in (30, 300, 30_000):
        low, high = np.quantile(
            bayesian_acc(np.array([size // 2, size // 4, size // 4]), counts, seed=1)[:, 0], (0.025, 0.975)
        )
        widths.append(high - low)

    assert widths == sorted(widths, reverse=True)
    assert widths[2] > 0.03


def test_peers_pull_a_small_sample_and_hardly_move_a_large_one(world):
    counts = np.array(world.calibration().counts)
    peers = (0.9, 0.05, 0.05)

    def moved(size: int) -> float:
        labels = np.array([size // 5, size // 5, size - 2 * (size // 5)])
        with_peers = bayesian_acc(labels, counts, prior=peers, seed=2)[:, 0].mean()
        return with_peers - bayesian_acc(labels, counts, seed=2)[:, 0].mean()

    assert moved(10) > 0.1
    assert abs(moved(1000)) < moved(10) / 3


@pytest.mark.parametrize("copies", [1, 10, 100])
def test_copies_do_not_move_the_estimate(world, calibration, make_labelled, copies):
    posts = world.posts(100)
    pasted = [
        make_labelled(
            "好得很", negative=0.01, neutral=0.01, positive=0.98, cluster="forum:first", thread="http://forum.example/p"
        )
        for _ in range(copies)
    ]

    once = estimate([*posts, pasted[0]], calibration, seed=1)
    often = estimate([*posts, *pasted], calibration, seed=1)

    assert abs(once.negative - often.negative) < 0.01
    assert abs(once.low - often.low) < 0.01
    assert (often.posts, often.clusters) == (100 + copies, 101)


def test_folding_keeps_the_earliest_post_and_the_mean_opinion(make_labelled, now):
    late = make_labelled(negative=0.6, neutral=0.2, positive=0.2, cluster="a", published_at=now)
    early = make_labelled(negative=0.8, neutral=0.1, positive=0.1, cluster="a")
    other = make_labelled()

    votes = folded([late, early, other])

    assert [vote.copies for vote in votes] == [2, 1]
    assert votes[0].labelled == early
    assert votes[0].opinion.negative == pytest.approx(0.7)


def test_no_comments_have_no_prevalence(calibration):
    assert estimate([], calibration, seed=1) is None


def test_the_same_comments_give_the_same_interval(world, calibration):
    posts = world.posts(60)

    assert measure(posts, calibration, seed=7) == measure(posts, calibration, seed=7)


def test_the_check_starts_from_the_shares_for_which_the_scores_are_honest(world, calibration):
    posts = world.posts(400, (0.5, 0.3, 0.2))
    even = replace(calibration, prior=(1 / 3, 1 / 3, 1 / 3))
    lopsided = replace(calibration, prior=(0.9, 0.05, 0.05))

    gaps = [measure(posts, one, seed=1).disagreement for one in (even, lopsided)]

    assert gaps[0] < 0.1 < gaps[1]


def test_shares_sum_to_one_and_the_interval_holds_the_point(make_world, calibration):
    for seed in range(10):
        found = measure(make_world(seed).posts(25, (0.3, 0.4, 0.3)), calibration, seed=seed)

        assert found.prevalence.negative + found.prevalence.neutral + found.prevalence.positive == pytest.approx(1)
        assert found.prevalence.low <= found.prevalence.negative <= found.prevalence.high
        assert found.polar_low <= found.polar <= found.polar_high


def test_counts_of_threads_and_sources_are_those_of_first_appearances(world, calibration):
    posts = world.posts(30, per_thread=3)
    elsewhere = replace(
        posts[0], post=replace(posts[0].post, id="mirror:1", source="mirror", thread="http://mirror.example/1")
    )

    found = estimate([*posts, elsewhere], calibration, seed=1)

    assert (found.threads, found.sources, found.clusters, found.posts) == (10, 2, 30, 31)


def test_comments_alone_in_their_threads_all_count():
    assert effective_size(np.linspace(0, 1, 50), [str(n) for n in range(50)]) == pytest.approx(50)
    assert effective_size(np.array([]), []) == 0


def test_one_long_thread_counts_for_less_than_twenty():
    assert effective_size(np.linspace(0, 1, 200), ["one"] * 200) == pytest.approx(200 / (1 + 199 * DEFAULT_ICC))


def test_threads_of_one_voice_count_as_one_each():
    scores = np.repeat([0.1, 0.9] * 10, 5)
    threads = [str(n // 5) for n in range(100)]

    assert effective_size(scores, threads) == pytest.approx(20)


def test_threads_of_mixed_voices_keep_the_least_likeness():
    rng = np.random.default_rng(1)
    found = effective_size(rng.random(100), [str(n // 5) for n in range(100)])

    assert found == pytest.approx(100 / (1 + 4 * DEFAULT_ICC), rel=0.15)


def test_a_model_that_cannot_tell_labels_apart_is_not_usable(calibration):
    third = ((1 / 3,) * 3,) * 3
    blind = Calibration("blind", third, ((34, 33, 33), (33, 34, 33), (33, 33, 34)))
    without_positive = Calibration("two", calibration.soft, ((80, 20, 0), (20, 80, 0), (0, 0, 0)))

    assert is_usable(calibration)
    assert not is_usable(blind)
    assert not is_usable(without_positive)


def test_nobody_with_an_attitude_is_even():
    assert polar_share(np.array([0.0, 1.0, 0.0])) == 0.5
    assert polar_share(np.array([0.6, 0.2, 0.2])) == pytest.approx(0.75)


def test_errors_of_one_version_do_not_describe_the_readings_of_another(world, calibration):
    posts = world.posts(40)
    measured = replace(calibration, readings="civic@1a2b3c4d", digest="9f8e7d6c")
    read = [replace(one, reading=replace(one.reading, model="civic@1a2b3c4d")) for one in posts]
    joined = [replace(one, reading=replace(one.reading, model="civic@1a2b3c4d+other@00000000")) for one in posts]

    assert fitting(measured, read) == measured
    assert fitting(measured, joined) == measured
    assert fitting(measured, [*read, posts[0]]) == measured
    assert fitting(measured, [*read, *posts[:10]]) is None
    assert fitting(None, read) is None


def test_an_estimate_says_whose_errors_it_corrects(world, calibration):
    measured = replace(calibration, readings="civic@1a2b3c4d", digest="9f8e7d6c")

    assert estimate(world.posts(30), measured, seed=1).calibration == "civic@1a2b3c4d/9f8e7d6c"
