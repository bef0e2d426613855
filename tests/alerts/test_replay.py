"""A rule on the past: day by day, nothing seen before its day, nothing written, alerts as the store would open them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

import pytest

from alerts.replay import as_of, days_of, replay, summarise
from alerts.rules.base import RuleSettings, counted
from alerts.rules.surge import Surge
from minsheng.crawls import CrawlReport
from minsheng.domain import BEIJING, Finding, Verdict, Window

NOON = datetime(2026, 3, 1, 12, tzinfo=BEIJING)


class Many(RuleSettings):
    """Fires on more than two comments of the last two days."""

    name: ClassVar[str] = "many"
    title: ClassVar[str] = "多"

    def check(self, seen):
        window = Window(seen.now - timedelta(days=2), seen.now)
        posts = [one for one in seen.posts if one.post.published_at in window]
        verdict = Verdict.DIVERGES if len(posts) > 2 else Verdict.COMPATIBLE
        return [Finding("many", "road", len(posts) > 2, verdict, f"{len(posts)} 条。", counted("条", posts, window))]


@pytest.fixture
def seen(make_labelled, make_seen, make_claim):
    def make(*days, **fields):
        posts = [make_labelled(published_at=NOON + timedelta(days=day, minutes=n)) for n, day in enumerate(days)]
        claim = make_claim(published_at=NOON + timedelta(days=5))
        return make_seen(posts, claim, now=NOON + timedelta(days=60), **fields)

    return make


def moments(number, every=1):
    return days_of(Window(NOON.replace(hour=0), NOON.replace(hour=0) + timedelta(days=number)), every)


def test_a_replay_looks_at_the_end_of_each_beijing_day():
    assert [str(moment) for moment in moments(2)] == ["2026-03-02 00:00:00+08:00", "2026-03-03 00:00:00+08:00"]
    assert len(moments(10, every=3)) == 4
    assert days_of(Window(NOON, NOON + timedelta(hours=1))) == []


def test_posts_claims_and_crawls_of_later_days_are_not_seen(seen):
    crawls = {"forum": [CrawlReport("forum", NOON, NOON + timedelta(days=day), "ok", 1, 0, 0, 0, "") for day in (9, 1)]}
    whole = seen(0, 1, 8, crawls=crawls)

    early, late = (as_of(whole, NOON + timedelta(days=day)) for day in (4, 10))

    assert [len(one.posts) for one in (early, late)] == [2, 3]
    assert [len(one.claims) for one in (early, late)] == [0, 1]
    assert [len(one.crawls["forum"]) for one in (early, late)] == [1, 2]
    assert early.now == NOON + timedelta(days=4)


def test_what_comes_later_changes_nothing_of_an_earlier_day(seen):
    """The strictest form: any future gives the same past."""
    past = (0, 0, 1, 2, 2, 2, 3)
    one = list(replay(Many(), seen(*past), moments(4)))
    other = list(replay(Many(), seen(*past, *[9] * 40), moments(4)))

    assert [(day.day, day.findings[0].why, day.findings[0].fired) for day in one] == [
        (day.day, day.findings[0].why, day.findings[0].fired) for day in other
    ]


def test_a_real_rule_has_no_look_ahead_either(world, make_seen):
    calm, burst = world.posts(60, since=59), world.posts(300, since=8, until=1, tag="burst")
    days = days_of(Window(NOON - timedelta(days=6), NOON + timedelta(days=6)))

    alone, both = (list(replay(Surge(), make_seen(posts), days)) for posts in (calm, [*calm, *burst]))
    until = min(post.post.published_at for post in burst)
    before = sum(datetime.combine(day.day, datetime.min.time(), BEIJING) + timedelta(days=1) <= until for day in alone)

    assert before > 3
    assert alone[:before] == both[:before]
    assert alone[-1] != both[-1]


def test_posts_that_were_crawled_later_are_left_out_where_that_is_asked(seen):
    whole = seen(0, 1)
    late = [replace(one, post=replace(one.post, collected_at=NOON + timedelta(days=30))) for one in whole.posts]
    whole = replace(whole, posts=late)
    moment = NOON + timedelta(days=5)

    assert len(as_of(whole, moment).posts) == 2
    assert as_of(whole, moment, as_collected=True).posts == []


def test_days_fired_become_alerts_that_open_once_and_close(seen):
    days = list(replay(Many(), seen(0, 0, 0, 0, 30, 30, 30), moments(40)))

    found = summarise("road", days)

    assert (found.days, found.matters, found.fired, found.not_assessable) == (40, 1, 4, 0)
    assert [(str(one.day), str(one.closed)) for one in found.openings] == [
        ("2026-03-01", "2026-03-05"),
        ("2026-03-31", "2026-04-04"),
    ]
    assert found.openings[0].finding.why == "4 条。"


def test_a_matter_that_returns_soon_is_the_same_alert(seen):
    days = list(replay(Many(), seen(0, 0, 0, 8, 8, 8), moments(10)))

    (opening,) = summarise("road", days).openings

    assert (str(opening.day), opening.closed) == ("2026-03-01", None)
