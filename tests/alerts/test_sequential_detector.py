"""The promise of the detector: so many false alarms a year and no more, and a state that only arrived days can change."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.counts import seed_of
from alerts.sequential.bets import bets_against, each_comment, whole_day
from alerts.sequential.detector import Detector, pass_days, restart, settle, settle_late, threshold
from alerts.sequential.null import _most_variance, attitude_null, negative_null
from alerts.sequential.volatility import ENOUGH, Spread
from minsheng.domain import Calibration

NONE = np.zeros(0)
NOBODY = np.zeros(0, dtype=np.int64)
BEFORE = np.array([0.9, 0.1, 0.4, 0.8])
scores = st.lists(st.floats(0, 1), min_size=1, max_size=12)
nulls = st.floats(0.05, 0.95)


def one(values) -> tuple[np.ndarray, np.ndarray]:
    return np.array(values, dtype=float), np.zeros(len(values), dtype=np.int64)


def count_alarms(days, bets, tiers: list[float], streams: int, head_start: float = 0.0) -> np.ndarray:
    """Play days of (scores, owners); return how many alarms each tier raised."""
    detector = Detector.fresh(streams, head_starts=[head_start] * len(tiers))
    alarms = np.zeros(len(tiers), dtype=int)
    for values, owners in days:
        detector = settle(detector, bets, values, owners)
        ringing = detector.log_value() >= np.log(tiers)[:, None]
        alarms += ringing.sum(axis=1)
        detector = restart(detector, ringing)
    return alarms


def poisson_low(count: int) -> float:
    """One-sided lower 99 % bound of the mean of a Poisson count, by bisection of its exact tail."""
    low, high = 0.0, float(count)
    for _ in range(60):
        middle = (low + high) / 2
        terms = np.cumsum(np.log(np.maximum(middle, 1e-12)) - np.log(np.arange(1, max(count, 1))))
        below = np.exp(-middle) * (1 + np.exp(terms).sum())
        low, high = (middle, high) if 1 - below < 0.01 else (low, middle)
    return low


class Reader:
    """A model with beta scores for negatives and others; exact or measured on ``texts`` a class."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def scores(self, negative: np.ndarray) -> np.ndarray:
        return np.where(negative, self.rng.beta(3.2, 0.8, len(negative)), self.rng.beta(0.8, 3.2, len(negative)))

    def calibration(self, texts: int) -> Calibration:
        wrong = [self.scores(np.full(texts, label)) for label in (True, False, False)]
        soft = np.array([[each.mean(), (1 - each).mean() / 2, (1 - each).mean() / 2] for each in wrong]).T
        counts = ((texts, 0, 0), (0, texts, 0), (0, 0, texts))
        return Calibration("test", tuple(map(tuple, soft.tolist())), counts)

    def year(self, streams: int, a_day: float, share: float, days: int = 365, **how: float):
        """Yield days of comments at ``share``; ``spread`` varies it by day, ``burst`` doubles or trebles volumes."""
        for _ in range(days):
            volume = self.rng.poisson(a_day * np.where(self.rng.random(streams) < how.get("burst", 0), 10, 1))
            spread = how.get("spread", 0)
            shares = self.rng.choice([share - spread, share + spread], streams) if spread else np.full(streams, share)
            owners = np.repeat(np.arange(streams), volume)
            yield self.scores(self.rng.random(len(owners)) < shares[owners]), owners


@pytest.mark.parametrize("how", [{}, {"burst": 0.05}, {"spread": 0.25}], ids=["steady", "bursts", "volatile days"])
def test_at_the_boundary_of_the_claim_false_alarms_stay_within_the_number_wished(how):
    streams, share, wished = 1000, 0.3, [1.0, 52.0]
    reader = Reader(np.random.default_rng(seed_of(str(how))))
    bets = bets_against(np.full(streams, 0.3 * 0.8 + 0.7 * 0.2))  # the exact mean, no margin: the worst allowed
    tiers = [threshold(100, each) for each in wished]

    alarms = count_alarms(reader.year(streams, 3, share, **how), bets, tiers, streams)

    assert tiers == [36_500, pytest.approx(702, abs=0.1)]
    assert [poisson_low(int(count)) for count in alarms] <= [streams / 100 * each for each in wished]
    assert alarms[1] > 0, "a boundary that never rings tests nothing"


def test_a_head_start_is_paid_for_by_the_threshold():
    streams = 1000
    reader = Reader(np.random.default_rng(13))
    bets = bets_against(np.full(streams, 0.3 * 0.8 + 0.7 * 0.2))
    tiers = [threshold(100, wished, 365.0) for wished in (1, 52)]

    alarms = count_alarms(reader.year(streams, 3, 0.3), bets, tiers, streams, head_start=365.0)

    assert tiers[0] == 73_000
    assert [poisson_low(int(count)) for count in alarms] <= [10.0, 520.0]
    assert alarms[1] > 0


def test_late_days_bring_no_evidence_on_average_while_the_claim_holds():
    """Exactly, by all ways in which three late days of one comment can turn out at the boundary of the null."""
    null, daily = 0.4, [[1.0, 0.0], [], [1.0], [0.0, 1.0, 1.0]]
    bets, before = bets_against(null), Detector.fresh(head_starts=[365.0, 10.0])
    for values in daily:
        before = settle(before, bets, *one(values))

    expected = np.zeros((2, 1))
    for outcome in itertools.product([0.0, 1.0], repeat=3):
        after = settle_late(before, bets, [one([value]) for value in outcome], [1, 2, 1], 9)
        expected += np.exp(after.log_value()) * np.prod([null if value else 1 - null for value in outcome])

    assert expected == pytest.approx(np.exp(before.log_value()))


def test_histories_that_arrive_in_pieces_raise_no_more_alarms_than_are_allowed():
    """At the boundary; 90 days in three pieces after quiet months, then daily: 52 a year and 100 streams are allowed."""
    streams, wished = 1000, 52.0
    reader = Reader(np.random.default_rng(17))
    bets = bets_against(np.full(streams, 0.3 * 0.8 + 0.7 * 0.2))
    tier = threshold(100, wished, 365.0)
    past, daily = list(reader.year(streams, 3, 0.3, days=90)), list(reader.year(streams, 3, 0.3, days=60))
    detector, alarms = pass_days(Detector.fresh(streams, head_starts=[365.0]), 90), 0
    for number, piece in enumerate([past[60:], past[::2][:30], past[1:60:2]]):
        detector = settle_late(pass_days(detector, 1), bets, piece, [1, *[2 if number else 1] * (len(piece) - 1)], 91)
        ringing = detector.log_value() >= np.log(tier)
        alarms, detector = alarms + int(ringing.sum()), restart(detector, ringing)
    late = alarms
    for values, owners in daily:
        detector = settle(detector, bets, values, owners)
        ringing = detector.log_value() >= np.log(tier)
        alarms, detector = alarms + int(ringing.sum()), restart(detector, ringing)

    assert poisson_low(alarms) <= streams * (365 + 153) / tier
    assert late > 0, "late days that never ring test nothing"


def test_a_calibration_drawn_anew_for_every_city_keeps_the_promise_too():
    cities, projects, share = 40, 25, 0.3
    reader = Reader(np.random.default_rng(7))
    bounds = [negative_null(share, reader.calibration(50)).bound for _ in range(cities)]
    streams = cities * projects

    alarms = count_alarms(
        reader.year(streams, 3, share), bets_against(np.repeat(bounds, projects)), [threshold(100, 52)], streams
    )

    assert poisson_low(int(alarms[0])) <= streams / 100 * 52


def test_a_change_is_found_after_long_quiet_and_the_restarting_detector_is_sooner_than_the_e_process():
    streams, goal = 200, np.log(36_500)
    reader = Reader(np.random.default_rng(11))
    bets = bets_against(np.full(streams, 0.38))
    detector = Detector.fresh(streams)
    for values, owners in reader.year(streams, 10, 0.2, days=120):
        detector = settle(detector, bets, values, owners)
    found = np.full((2, streams), 999)
    for day, (values, owners) in enumerate(reader.year(streams, 10, 0.5, days=90)):
        detector = settle(detector, bets, values, owners)
        reached = np.stack([detector.log_value()[0], detector.log_evidence()]) >= goal
        found = np.where(reached & (found == 999), day, found)

    assert np.median(found[0]) < 45
    assert np.median(found[1]) > 60


@settings(max_examples=60, deadline=None)
@given(nulls, st.integers(0, 30), st.integers(1, 9))
def test_a_comment_that_scores_exactly_the_boundary_changes_nothing_but_the_daily_unit(null, before, copies):
    bets = bets_against(null)
    detector = settle(pass_days(Detector.fresh(), before), bets, *one(BEFORE))

    after = settle(detector, bets, *one([null] * copies))

    assert np.exp(after.log_value()) == pytest.approx(np.exp(detector.log_value()) + 1)
    assert after.log_evidence() == pytest.approx(detector.log_evidence())


@settings(max_examples=40, deadline=None)
@given(nulls, st.lists(scores, min_size=1, max_size=6))
def test_a_detector_that_started_again_is_a_fresh_one(null, days):
    bets = bets_against(null)
    used = settle(Detector.fresh(), bets, *one(BEFORE))
    again, fresh = restart(used, np.array([[True]])), Detector.fresh()
    for day in days:
        again, fresh = settle(again, bets, *one(day)), settle(fresh, bets, *one(day))

    assert again.log_value() == pytest.approx(fresh.log_value())


@settings(max_examples=40, deadline=None)
@given(nulls, st.integers(0, 60), scores)
def test_days_without_comments_may_be_counted_in_one_go(null, days, first):
    bets = bets_against(null)
    begun = settle(Detector.fresh(), bets, *one(first))
    stepped = begun
    for _ in range(days):
        stepped = settle(stepped, bets, NONE, NOBODY)

    assert pass_days(begun, days).growth == pytest.approx(stepped.growth)


def test_many_streams_at_once_are_each_of_them_alone():
    rng = np.random.default_rng(3)
    levels = np.array([0.3, 0.5, 0.9])
    days = [(rng.random(n), rng.integers(0, 3, n)) for n in rng.integers(0, 30, 40)]
    together = Detector.fresh(3)
    alone = [Detector.fresh() for _ in levels]
    for values, owners in days:
        together = settle(together, bets_against(levels), values, owners)
        alone = [settle(each, bets_against(levels[s]), *one(values[owners == s])) for s, each in enumerate(alone)]

    assert together.log_value()[0] == pytest.approx([each.log_value()[0, 0] for each in alone])
    assert together.log_evidence() == pytest.approx([each.log_evidence()[0] for each in alone])


def test_no_flood_of_comments_breaks_the_arithmetic():
    bets = bets_against([0.2, 0.9])
    owners = np.repeat([0, 1], 50_000)

    detector = settle(settle(Detector.fresh(2), bets, *one([])), bets, 1.0 * (owners == 0), owners)

    assert np.isfinite(detector.growth).all()
    assert np.isfinite(detector.wealth).all()


def test_a_threshold_spends_the_wished_false_alarms_over_all_streams():
    assert threshold(100, 1) == 36_500
    with pytest.raises(ValueError, match="positive"):
        threshold(100, 0)


def test_no_stake_can_lose_everything_and_a_mean_outside_its_range_is_refused():
    bets = bets_against([0.05, 0.5, 1.0])

    worst = each_comment(bets, np.zeros(3), np.arange(3))

    assert np.isfinite(worst).all()
    with pytest.raises(ValueError, match="lies in"):
        bets_against(0.0)


def test_one_bet_a_day_is_a_bet_on_the_mean():
    bets = bets_against(0.4)

    assert whole_day(bets, np.array([3 * 0.7]), np.array([3.0])) == pytest.approx(each_comment(bets, *one([0.7])))
    assert not whole_day(bets, np.array([0.0]), np.array([0.0])).any()


def spread_over(days) -> Spread:
    spread = Spread.unknown(1)
    for day in days:
        spread = spread.after(np.array([float(len(day))]), np.array([day.sum()]), np.array([(day**2).sum()]))
    return spread


def test_days_that_swing_are_one_bet_and_days_that_do_not_are_one_bet_a_comment():
    rng = np.random.default_rng(5)
    swinging = [rng.beta(*pair, 10) for pair in [(4, 1), (1, 4)] * 20]
    calm = [rng.beta(1, 1, 10) for _ in range(40)]

    assert spread_over(swinging).one_bet_a_day()[0]
    assert spread_over(swinging).likeness()[0] > 0.3
    assert not spread_over(calm).one_bet_a_day()[0]


def test_one_lasting_change_is_not_volatility():
    rng = np.random.default_rng(6)
    changed = [rng.random(10) < 0.2 for _ in range(40)] + [rng.random(10) < 0.7 for _ in range(40)]

    assert spread_over([day.astype(float) for day in changed]).likeness()[0] < 0.05


def test_until_days_are_known_each_is_one_bet():
    rng = np.random.default_rng(8)
    days = [rng.random(5) for _ in range(int(ENOUGH))]

    assert spread_over(days).one_bet_a_day()[0]  # as many days have one pair less


@pytest.mark.parametrize("share", [0.1, 0.345, 0.5, 0.8])
def test_no_mix_of_neutral_comments_scores_above_the_null_of_a_claim(share):
    calibration = Reader(np.random.default_rng(1)).calibration(200)
    opinions = np.array(calibration.soft).T  # the mean opinion on a negative, a neutral, a positive comment
    null = attitude_null(share, calibration)

    for neutral in np.linspace(0, 1, 11):
        mix = np.array([share * (1 - neutral), neutral, (1 - share) * (1 - neutral)])
        assert mix @ null.scores(opinions) <= null.mean + 1e-9
    assert null.bound > null.mean


def test_a_neutral_comment_is_no_evidence_on_a_share_among_attitudes():
    soft = ((0.8, 0.2, 0.1), (0.15, 0.7, 0.2), (0.05, 0.1, 0.7))
    null = attitude_null(0.3, Calibration("test", soft, ((200, 0, 0), (0, 200, 0), (0, 0, 200))))

    assert null.scores(np.array(soft).T)[1] == pytest.approx(null.mean)
    assert 0 < null.neutral < 1


@pytest.mark.parametrize("neutral", [0.0, 0.4, 1.0])
def test_the_variance_that_a_calibration_allows_is_no_less_than_that_of_its_texts(neutral):
    rng = np.random.default_rng(int(neutral * 10))
    for _ in range(40):
        opinions = rng.dirichlet(rng.uniform(0.1, 3, 3), 60)
        scores = opinions @ np.array([1, neutral, 0])
        read = np.bincount(opinions.argmax(axis=1), minlength=3).astype(float)

        allowed = _most_variance(float(scores.mean()), neutral, read)

        assert scores.var() <= allowed + 1e-9
        assert allowed <= scores.mean() * (1 - scores.mean()) + 1e-9


def test_a_calibration_whose_means_and_counts_do_not_fit_gets_the_plain_bound():
    assert _most_variance(0.9, 0.5, np.array([0.0, 0.0, 80.0])) == pytest.approx(0.09)
    assert _most_variance(0.3, 0.5, np.zeros(3)) == pytest.approx(0.21)


def test_a_small_calibration_set_must_be_overcome_by_more_evidence():
    soft = ((0.8, 0.2, 0.1), (0.15, 0.7, 0.2), (0.05, 0.1, 0.7))
    bounds = [attitude_null(0.3, Calibration("t", soft, ((n, 0, 0), (0, n, 0), (0, 0, n)))).bound for n in (20, 2000)]

    assert bounds[0] > bounds[1] + 0.05
