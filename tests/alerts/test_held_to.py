"""A claim is held to no more than it says: over, about and under are not the bare number."""

import pytest

from alerts.rules.divergence import Divergence
from alerts.tipping import least_claimed
from minsheng.domain import ClaimBound, ClaimKind, Kind, Verdict


@pytest.mark.parametrize(
    ("value", "bound", "least"),
    [
        (0.95, ClaimBound.EXACT, 0.95),
        (0.95, ClaimBound.OVER, 0.95),
        (0.90, ClaimBound.ABOUT, 0.875),
        (0.93, ClaimBound.ABOUT, 0.925),
        (0.985, ClaimBound.ABOUT, 0.9845),
        (0.02, ClaimBound.ABOUT, 0.015),
        (0.0, ClaimBound.ABOUT, 0.0),
    ],
)
def test_the_least_of_a_number(value, bound, least):
    assert least_claimed(value, bound) == pytest.approx(least)


def test_an_upper_bound_claims_no_least():
    with pytest.raises(ValueError, match="no least"):
        least_claimed(0.95, ClaimBound.UNDER)


@pytest.mark.parametrize("kind", [ClaimKind.SATISFACTION, ClaimKind.REPLY_RATE])
def test_not_even_so_many_is_never_contradicted(world, make_seen, make_claim, kind):
    claim = make_claim(bound=ClaimBound.UNDER, kind=kind)

    (finding,) = Divergence().check(make_seen(world.posts(200, (0.9, 0.05, 0.05)), claim))

    assert finding.verdict is Verdict.NOT_ASSESSABLE
    assert "只说不到多少" in finding.why


def test_about_is_judged_more_mildly_than_the_number(world, make_seen, make_claim):
    posts = world.posts(300, (0.5, 0.1, 0.4))
    levels = {}
    for bound in (ClaimBound.EXACT, ClaimBound.OVER, ClaimBound.ABOUT):
        (finding,) = Divergence().check(make_seen(posts, make_claim(bound=bound)))
        levels[bound] = finding.level

    assert levels[ClaimBound.ABOUT] < levels[ClaimBound.EXACT] == levels[ClaimBound.OVER]


def test_a_reply_rate_of_about_so_many_is_held_to_its_least(world, make_seen, make_claim):
    messages = world.posts(200, per_thread=1, since=90, until=30)
    replies = world.posts(1, kind=Kind.OFFICIAL)
    claim = make_claim(kind=ClaimKind.REPLY_RATE, value=0.05, bound=ClaimBound.ABOUT)

    (finding,) = Divergence().check(make_seen([*messages, *replies], claim))

    assert finding.verdict in {Verdict.COMPATIBLE, Verdict.TENSION, Verdict.NOT_ASSESSABLE}
