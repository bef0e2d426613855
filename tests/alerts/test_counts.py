import math

import numpy as np
import pytest

from alerts.counts import at_least, beta_cdf, beta_quantile, dispersion_of, exact_interval, none_at_all, seed_of


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 20, 0.0, 0.16843), (10, 20, 0.27196, 0.72804), (20, 20, 0.83157, 1.0), (7, 120, 0.02378, 0.11647)],
)
def test_exact_intervals_are_those_of_the_tables(hits, trials, low, high):
    assert exact_interval(hits, trials) == pytest.approx((low, high), abs=2e-4)


def test_an_exact_interval_covers_at_least_as_often_as_it_says():
    for share in (0.05, 0.3, 0.9):
        chances = [math.comb(30, k) * share**k * (1 - share) ** (30 - k) for k in range(31)]

        covered = sum(chances[k] for k in range(31) if exact_interval(k, 30)[0] <= share <= exact_interval(k, 30)[1])

        assert covered >= 0.95


@pytest.mark.parametrize(("hits", "trials"), [(3, 2), (-1, 5), (0, 0)])
def test_more_hits_than_trials_are_refused(hits, trials):
    with pytest.raises(ValueError, match="not a share"):
        exact_interval(hits, trials)


def test_the_beta_quantile_undoes_the_distribution():
    for a, b in [(0.5, 0.5), (2, 7), (120, 3), (900, 1100)]:
        for q in (0.001, 0.3, 0.975):
            assert beta_cdf(beta_quantile(q, a, b), a, b) == pytest.approx(q, abs=1e-9)
    assert beta_cdf(0, 2, 3) == 0
    assert beta_cdf(1, 2, 3) == 1


def test_the_chance_of_a_surge_agrees_with_simulation():
    rng = np.random.default_rng(3)
    rates = rng.gamma(40.5, 1 / 4, size=200_000)

    simulated = (rng.poisson(rates) >= 18).mean()

    assert at_least(18, 40, 4) == pytest.approx(simulated, abs=0.004)
    assert at_least(0, 40, 4) == 1


def test_the_chance_of_silence_is_the_rest_of_any_comment():
    assert none_at_all(40, 4) == pytest.approx(1 - at_least(1, 40, 4))
    assert none_at_all(40, 4, dispersion=4) > none_at_all(40, 4)


def test_bursts_raise_the_dispersion_and_evenness_does_not_lower_it_below_one():
    assert dispersion_of([5, 5, 5, 5]) == 1
    assert dispersion_of([0, 0, 20, 0]) > 5
    assert dispersion_of([0, 0], []) == 1


def test_the_seed_of_a_matter_never_changes():
    assert seed_of("divergence|c1") == 706222856
