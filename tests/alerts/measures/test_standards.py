"""Looks against use, aspect by aspect: corrected shares, what a claim leaves room for, many aspects paid for."""

import numpy as np
import pytest

from alerts.measures.standards import looks_index, standards
from alerts.prevalence import folded
from minsheng.domain import Kind

GOOD, BAD = (0.02, 0.08, 0.9), (0.9, 0.07, 0.03)
USED = ("quality", "traffic", "service", "utilities")


def measured(posts, calibration, *claims):
    official = [one for one in posts if one.post.kind is Kind.OFFICIAL]
    public = [one for one in posts if one.post.kind is Kind.PUBLIC]
    return standards(official, public, claims, calibration, "road")


@pytest.fixture
def shining(world):
    """Offices praise looks; people complain of one use more than of the others."""
    return [
        *world.posts(20, GOOD, kind=Kind.OFFICIAL, aspect="facilities", per_thread=1),
        *world.posts(120, BAD, aspect="quality"),
        *[post for aspect in USED[1:] for post in world.posts(90, (0.3, 0.3, 0.4), aspect=aspect)],
        *world.posts(30, (0.3, 0.3, 0.4), aspect="facilities"),
    ]


def test_the_aspect_that_people_complain_of_stands_out_with_quotes(shining, calibration):
    found = measured(shining, calibration)

    first, *others = found.aspects
    assert (first.aspect, first.stands_out, first.by_claim) == ("quality", True, False)
    assert first.gap > 0.5
    assert first.chance <= 0.05
    assert first.quotes[0].url.startswith("http")
    assert not any(one.stands_out for one in others)


def test_the_index_says_that_looks_are_praised_and_use_is_spoken_of(shining, calibration):
    index = measured(shining, calibration).index

    assert index.value.low > 0.5
    assert index.value.low <= index.value.value <= index.value.high
    assert index.praised_form == index.praised
    assert index.said_form < 0.2 * index.said


def test_alike_aspects_hardly_ever_stand_out(make_world, calibration):
    """Five like aspects, 15 projects: a discovery in at most two."""
    noisy = 0
    for seed in range(15):
        world = make_world(seed)
        posts = [post for aspect in (*USED, "safety") for post in world.posts(60, (0.4, 0.2, 0.4), aspect=aspect)]
        noisy += any(one.stands_out for one in measured(posts, calibration).aspects)

    assert noisy <= 2


def test_a_claim_on_the_aspect_says_how_much_complaint_it_leaves_room_for(shining, calibration, make_claim):
    found = measured(shining, calibration, make_claim(aspect="quality", value=0.95))

    quality = next(one for one in found.aspects if one.aspect == "quality")
    assert quality.by_claim
    assert quality.level == pytest.approx(0.345, abs=0.001)
    assert (quality.official, quality.praised, quality.official_all) == (1, 1, 21)


def test_few_comments_on_an_aspect_leave_it_grey(world, calibration):
    found = measured(world.posts(12, BAD, aspect="safety"), calibration)

    (only,) = found.aspects
    assert (only.negative, only.chance, only.gap, only.stands_out) == (None, None, None, False)
    assert only.mentions == 12
    assert "至少要 3 条" in found.missing


def test_without_a_calibration_counts_are_given_and_shares_are_not(shining):
    found = measured(shining, None)

    assert all(one.negative is None for one in found.aspects)
    assert sum(one.mentions for one in found.aspects) == 420


def test_copies_do_not_change_what_is_measured(shining, calibration):
    assert [
        (one.aspect, one.mentions, one.negative) for one in measured([*shining, *shining], calibration).aspects
    ] == [(one.aspect, one.mentions, one.negative) for one in measured(shining, calibration).aspects]


def test_the_interval_of_the_index_covers_the_truth(make_world):
    """Comments on form are drawn at 30 %; 95 % intervals by threads hold it in at least 50 of 60 worlds."""
    held = 0
    for seed in range(60):
        world, rng = make_world(seed), np.random.default_rng(seed)
        form = int(rng.binomial(40, 0.3))
        posts = [*world.posts(form, BAD, aspect="facilities", per_thread=1),
                 *world.posts(40 - form, BAD, aspect="quality", per_thread=1)]  # fmt: skip
        texts = world.posts(10, GOOD, kind=Kind.OFFICIAL, aspect="facilities", per_thread=1)
        index, _ = looks_index(folded(texts), folded(posts), (), seed)
        praised = index.praised_form / index.praised
        held += index.value.low <= praised - 0.3 <= index.value.high

    assert held >= 50
