from datetime import timedelta

import pytest

from crawlers.health import has_fallen, next_standing
from crawlers.history import CrawlHistory
from crawlers.pace import next_pause
from minsheng.crawls import CrawlReport

HOUR = timedelta(hours=1)


@pytest.fixture
def history(tmp_path):
    history = CrawlHistory(tmp_path / "crawls.sqlite")
    yield history
    history.close()


@pytest.fixture
def make_report(now):
    def make(hours=0.0, outcome="ok", posts=3, pages=2, **changes):
        start = now + timedelta(hours=hours)
        return CrawlReport("forum", start, start + timedelta(seconds=5), outcome, posts, pages, **changes)

    return make


def test_a_state_lasts_from_when_it_was_first_seen(history, make_report, now):
    for hours, outcome in enumerate(("ok", "refused", "refused", "ok", "empty")):
        history.add(make_report(hours, outcome))
        health = history.health()["forum"]
        if hours == 2:
            assert (health.state, health.since, health.is_well) == ("blocked", now + HOUR, False)

    assert (health.state, health.since, health.is_well) == ("empty", now + 4 * HOUR, True)


def test_a_broken_source_is_told_once_until_it_has_been_well(history, make_report):
    told = []
    for hours, outcome in enumerate(["ok", "changed", "changed", "failed", "changed", "ok", "changed", "changed"]):
        history.add(make_report(hours, outcome))
        for health in history.untold():
            told.append((hours, health.state))
            history.told(health.source)

    assert told == [(1, "changed"), (6, "changed")]


def test_a_network_failure_is_told_at_the_third_time(history, make_report):
    told = []
    for hours in range(4):
        history.add(make_report(hours, "failed"))
        told.append(len(history.untold()))

    assert told == [0, 0, 1, 1]


def test_deletions_are_counted_against_what_is_known(history, make_report):
    history.add(make_report(-24 * 40, deleted=50, known=100))
    history.add(make_report(-24, deleted=3, known=98))
    history.add(make_report(0, deleted=1, known=97))

    health = history.health()["forum"]

    assert (health.deleted, health.known) == (4, 97)
    assert health.deletion_rate == pytest.approx(4 / 101)


def test_a_file_of_an_older_version_is_read_and_goes_on(tmp_path, make_report):
    import sqlite3

    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path) as base:
        base.execute(
            "CREATE TABLE reports (number INTEGER PRIMARY KEY, source, started_at, finished_at, outcome, posts, pages, masked, set_aside, detail)"
        )
        base.execute(
            "INSERT INTO reports VALUES (1, 'forum', '2026-03-01T00:00:00+00:00', '2026-03-01T00:01:00+00:00', 'changed', 1, 2, 0, 0, 'x')"
        )
    history = CrawlHistory(path)
    old = history.health()["forum"]

    history.add(make_report(errors="timeout 2", bytes=9, changed=1))

    assert (old.state, old.last.errors, old.last.bytes) == ("changed", "", 0)
    assert history.latest()["forum"] == make_report(errors="timeout 2", bytes=9, changed=1)
    assert history.health()["forum"].state == "ok"
    history.close()


def weeks_of(make_report, weekly, last):
    """One crawl a day for five weeks, newest first; the first brings years."""
    reports = [make_report(-24 * day, posts=last if day <= 7 else weekly // 7) for day in range(35)]
    return [*reports, make_report(-24 * 35, posts=5000)]


def test_a_source_that_yields_far_less_than_it_used_to_is_seen(make_report):
    assert has_fallen(weeks_of(make_report, 70, 0))
    assert has_fallen(weeks_of(make_report, 70, 2))
    assert not has_fallen(weeks_of(make_report, 70, 4))
    assert not has_fallen(weeks_of(make_report, 14, 0)), "two a week may well pause"
    assert not has_fallen([make_report(0, posts=0), make_report(-24, posts=900)])
    assert not has_fallen([])


def test_fewer_does_not_hide_what_is_worse(make_report):
    assert next_standing(None, make_report(outcome="ok"), has_fallen=True).state == "fewer"
    assert next_standing(None, make_report(outcome="failed"), has_fallen=True).state == "failing"


def pause(reports, budget=10_000, usual=2 * HOUR):
    return next_pause(reports, usual, budget)


def test_a_lively_board_is_read_more_often_and_a_quiet_one_less(make_report):
    lively = [make_report(-2 * n, posts=20) for n in range(6)]
    steady = [make_report(-2 * n, posts=5) for n in range(6)]
    quiet = [make_report(-2 * n, posts=0) for n in range(6)]

    assert pause(lively) == HOUR / 2
    assert pause(steady) == 2 * HOUR
    assert pause(quiet) == 16 * HOUR
    assert pause(quiet, usual=timedelta(days=7)) == timedelta(days=7)


def test_the_pace_stays_within_half_of_a_days_requests(make_report):
    lively = [make_report(-2 * n, posts=50, pages=100) for n in range(6)]

    assert pause(lively, budget=1200) == timedelta(days=1) / 6


def test_without_experience_or_in_trouble_the_usual_pause_holds(make_report):
    assert pause([]) == pause([make_report()]) == 2 * HOUR
    assert pause([make_report(0, "failed"), *(make_report(-2 * n, posts=0) for n in range(1, 6))]) == 2 * HOUR
