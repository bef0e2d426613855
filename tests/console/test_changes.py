from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.entries import Entry, EntryState
from console.changes import PAUSE, changes_since, end_of_minute, last_look, today
from minsheng.crawls import CrawlReport, SourceHealth


def seconds(moment):
    return int(moment.timestamp())


def test_who_never_looked_has_no_last_look_and_has_looked_from_now_on(now):
    assert last_look("", now) == (None, f"0.{seconds(now)}")


def test_news_stay_while_a_reader_goes_on_reading(now):
    before = now - timedelta(days=2)
    cookie = f"{seconds(before)}.{seconds(now - PAUSE / 2)}"

    looked, kept = last_look(cookie, now)

    assert (looked, kept) == (before, f"{seconds(before)}.{seconds(now)}")


def test_who_comes_back_sees_what_is_new_since_the_end_of_the_last_visit(now):
    last = now - timedelta(hours=9)

    looked, kept = last_look(f"{seconds(now - timedelta(days=5))}.{seconds(last)}", now)

    assert (looked, kept) == (last, f"{seconds(last)}.{seconds(now)}")


@pytest.mark.parametrize("cookie", ["x", "1", "1.", ".1", "-1.2", "１.２", "99999999999.1", "<b>.1"])
def test_a_cookie_of_somebody_else_tells_nothing(now, cookie):
    looked, kept = last_look(cookie, now)

    assert looked is None or looked <= now
    assert kept.endswith(f".{seconds(now)}")


def test_news_are_what_opened_and_closed_since_the_latest_first(desk, now):
    news = changes_since(desk, now - timedelta(days=3))

    assert [(change.word, change.project) for change in news] == [("沉寂 · 已解除", "road"), ("偏离 · 新提示", "road")]
    assert changes_since(desk, now + timedelta(seconds=1)) == []


def test_a_source_that_fell_ill_is_news_and_a_first_good_reading_is_not(desk, now):
    report = CrawlReport("forum", now, now, "ok", 1, 1)
    ill = SourceHealth("forum", "changed", now, report)
    fresh = SourceHealth("board", "ok", now, report)
    well = SourceHealth("gov", "ok", now, replace(report, started_at=now + timedelta(hours=1)))
    watched = replace(desk, alerts=lambda: (), health=lambda: {"forum": ill, "board": fresh, "gov": well})

    assert [(change.word, change.text) for change in changes_since(watched, now)] == [
        ("页面改版", "临江论坛"),
        ("正常", "临江市人民政府网"),
    ]


def test_proposals_are_one_piece_of_news(desk, now, make_claim):
    entries = [
        Entry(make_claim(n), EntryState.PROPOSED, "gov:1", "gov", "一句", "", "", "1", now, now) for n in range(3)
    ]
    watched = replace(desk, alerts=lambda: (), entries=lambda: entries)

    (change,) = changes_since(watched, now - timedelta(days=1))

    assert (change.word, change.text, change.address) == ("表述提案", "3 条提案等人决定", "/claims")


@pytest.mark.parametrize(
    ("before", "now_there", "word"), [(2, 5, "多于"), (6, 5, "少于"), (5, 5, "相当"), (0, 5, "没有评论")]
)
def test_today_is_held_against_the_same_hours_of_this_weekday(empty_desk, make_labelled, now, before, now_there, word):
    posts = [make_labelled(published_at=now - timedelta(minutes=n + 1)) for n in range(now_there)]
    for week in range(1, 5):
        day = now - timedelta(weeks=week)
        posts += [make_labelled(published_at=day - timedelta(minutes=n + 1)) for n in range(before)]
        posts += [make_labelled(published_at=day + timedelta(hours=1)) for _ in range(9)]
    empty_desk.index.add(posts)

    found = today(empty_desk, now)

    assert (found.count, found.usual) == (now_there, (before,) * 4)
    assert word in found.word
    assert len(found.days) == 29
    assert found.days[-1][1] == now_there


def test_readers_of_one_minute_count_up_to_the_same_moment_and_never_into_tomorrow(empty_desk, make_labelled, now):
    late = now.replace(hour=15, minute=59, second=30)  # half a minute to midnight in Beijing
    empty_desk.index.add([make_labelled(published_at=late - timedelta(seconds=1))])

    assert end_of_minute(late) == end_of_minute(late - timedelta(seconds=29)) == late + timedelta(seconds=30)
    assert end_of_minute(now) == now
    assert today(empty_desk, late).count == 1


def test_the_overview_tells_news_once_per_visit(desk, open_console, now):
    moments = [now + timedelta(seconds=2)]
    client = open_console(replace(desk, now=lambda: moments[-1]))
    first = client.get("/")
    moments.append(now + timedelta(hours=3))
    later = client.get("/")

    assert "近一日有何变化" in first.text
    assert "偏离 · 新提示" in client.get("/?days=7").text
    assert "上次查看以来" in later.text
    assert "没有新的提示" in later.text


def test_days_that_are_not_offered_are_refused(client):
    assert client.get("/?days=3").status_code == 400
