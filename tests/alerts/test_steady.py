"""Rules name the moment until which their verdict stands; nothing that is seen can change it before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rules import RULES
from alerts.rules.silence import Silence
from alerts.rules.surge import Surge
from alerts.steady import NEVER, Patient, crossings, next_change, next_crossing

DAY = timedelta(days=1)


@pytest.fixture
def at(make_labelled, make_seen):
    """Build what a rule sees of comments so many days old."""

    def build(*ages, **fields):
        seen = make_seen([], **fields)
        posts = [make_labelled(published_at=seen.now - timedelta(days=age)) for age in sorted(ages, reverse=True)]
        return replace(seen, posts=posts)

    return build


@pytest.mark.parametrize("kind", RULES.values(), ids=list(RULES))
def test_every_shipped_rule_says_how_long_its_answer_stands(kind):
    assert isinstance(kind(), Patient)


def test_the_next_crossing_is_that_of_the_oldest_post_that_is_younger(at):
    seen = at(9, 6.5, 2)

    assert next_crossing(seen, [7]) == seen.now + timedelta(days=0.5)
    assert next_crossing(seen, [7, 2.25]) == seen.now + timedelta(days=0.25)


def test_a_post_on_the_edge_crosses_now_and_none_never(at):
    assert next_crossing(at(7), [7]) == at(7).now
    assert next_crossing(at(9), [7]) == NEVER


def test_a_post_of_tomorrow_crosses_when_its_time_comes(at):
    seen = at(-0.5, 3)

    assert next_crossing(seen, [0]) == seen.now + timedelta(days=0.5)


def test_crossings_of_a_day_come_in_order(at):
    seen = at(13.9, 6.25, 6, 3)

    assert crossings(seen, [14, 7], DAY) == [seen.now + timedelta(days=one) for one in (0.1, 0.75, 1)]


def test_the_next_change_is_the_first_after_which_it_looks_different(at):
    seen = at(6.5, 6.2, 1)
    moments = crossings(seen, [7], DAY)

    found = next_change(
        seen, moments, lambda one: sum(item.post.published_at >= one.now - 7 * DAY for item in one.posts) > 1
    )

    assert found == moments[1]


def test_a_quiet_project_is_left_alone_by_surge_until_somebody_writes(at):
    seen = at(*range(1, 60, 2))

    assert Surge().steady_until(seen, Surge().check(seen)) == NEVER


def test_a_flow_that_falls_silent_today_is_asked_about_when_it_does(at):
    ages = [7 * week + day for week in range(1, 5) for day in (0.5, 1, 2, 3, 4, 5, 6, 6.5)]
    seen = at(*ages, 6.75)
    silence = Silence()

    until = silence.steady_until(seen, silence.check(seen))

    assert until == seen.now + timedelta(days=0.25)
    assert not any(one.fired for one in silence.check(seen))
    assert any(one.fired for one in silence.check(replace(seen, now=until + timedelta(seconds=1))))
