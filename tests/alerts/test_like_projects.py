"""A claim without a number and without a before is measured by what is usual among like projects."""

import pytest

from alerts.like_projects import LEAST, against_peers, peer_levels, shares_of
from alerts.prevalence import measure
from alerts.rules.divergence import Divergence
from minsheng.domain import ClaimKind, Verdict


def test_the_level_is_what_three_quarters_stay_below():
    levels = peer_levels([{"": 0.1, "safety": share} for share in (0.1, 0.2, 0.3, 0.4, 0.5)])

    assert levels == {"": pytest.approx(0.1), "safety": pytest.approx(0.4)}


def test_too_few_like_projects_give_no_level():
    assert peer_levels([{"": 0.3}] * (LEAST - 1)) == {}


def test_shares_are_given_where_enough_comments_allow_one(world, make_seen):
    posts = world.posts(120, (0.6, 0.1, 0.3), aspect="quality") + world.posts(6, aspect="safety")

    shares = shares_of(make_seen(posts))

    assert set(shares) == {"", "quality"}
    assert shares["quality"] == pytest.approx(2 / 3, abs=0.12)


def test_without_a_calibration_there_are_no_shares(world, make_seen):
    assert shares_of(make_seen(world.posts(120), calibration=None)) == {}


@pytest.mark.parametrize(
    ("shares", "usual", "verdict"),
    [
        ((0.80, 0.05, 0.15), 0.40, Verdict.DIVERGES),
        ((0.80, 0.05, 0.15), 0.95, Verdict.COMPATIBLE),
        ((0.10, 0.10, 0.80), 0.01, Verdict.TENSION),
        ((0.10, 0.10, 0.80), 0.30, Verdict.COMPATIBLE),
    ],
)
def test_worse_than_its_peers_and_much_complained_of_diverges(world, calibration, shares, usual, verdict):
    measured = measure(world.posts(300, shares), calibration, seed=1)

    assert against_peers(measured, usual, 0.5)[0] is verdict


@pytest.mark.parametrize(("peers", "words"), [({"quality": 0.3}, "同类项目"), ({}, "折算")])
def test_a_claim_with_nothing_before_it_is_judged_by_peers_if_there_are(world, make_seen, make_claim, peers, words):
    claim = make_claim(kind=ClaimKind.POLARITY, value=None, aspect="quality")
    seen = make_seen(world.posts(150, (0.85, 0.05, 0.10)), claim, peers=peers)

    (finding,) = Divergence().check(seen)

    assert finding.verdict is Verdict.DIVERGES
    assert words in finding.why


def test_comments_before_the_claim_come_before_peers(world, make_seen, make_claim):
    claim = make_claim(kind=ClaimKind.POLARITY, value=None, aspect="quality")
    posts = world.posts(150, (0.85, 0.05, 0.10)) + world.posts(100, since=110, until=65, tag="before")

    (finding,) = Divergence().check(make_seen(posts, claim, peers={"quality": 0.3}))

    assert "同类项目" not in finding.why
