from dataclasses import replace
from datetime import timedelta

import pytest

from console import readings as module
from console.keeping import Made
from console.readings import Readings, half_year
from minsheng.charts import TrendPoint
from minsheng.correcting import Change


def weekly(make_labelled, now, weeks, each, **fields):
    return [
        make_labelled(f"第{week}周第{number}条", published_at=now - timedelta(weeks=week, minutes=number), **fields)
        for week in range(weeks)
        for number in range(each)
    ]


def test_enough_comments_give_a_point_a_week_with_its_interval(desk, make_labelled, now):
    desk.index.add(weekly(make_labelled, now, 6, 25))

    reading = Readings(desk).of("road")

    assert reading.step == "周"
    assert reading.has_trend
    assert reading.points[0].value == pytest.approx(1.0)
    assert reading.points[0].low is not None


def test_thin_weeks_are_put_together_into_months(desk, make_labelled, now):
    desk.index.add(weekly(make_labelled, now, 12, 8))

    reading = Readings(desk).of("road")

    assert reading.step == "月"
    assert reading.has_trend


def test_a_handful_of_comments_is_counted_and_not_estimated(desk):
    reading = Readings(desk).of("park")

    assert reading.overall is None
    assert not reading.has_trend
    assert [(point.value, point.n) for point in reading.points] == [(None, 1)]


def test_a_project_without_comments_has_no_points(desk):
    reading = Readings(desk).of("nothing")

    assert (reading.posts, reading.points, reading.copied) == (0, (), ())


def test_no_more_than_the_bound_is_read(desk, make_labelled, now, monkeypatch):
    monkeypatch.setattr(module, "MOST_READ", 30)
    monkeypatch.setattr(module, "MOST_A_POINT", 22)
    desk.index.add(weekly(make_labelled, now, 5, 25))

    reading = Readings(desk).of("road")

    assert (reading.posts, reading.is_cut) == (30, True)
    assert max(point.n for point in reading.points) <= 25
    assert reading.window.since > half_year(now).since


def test_copies_are_listed_with_their_earliest_post(desk, make_labelled, now):
    copies = [make_labelled("复制的话", cluster="k", published_at=now - timedelta(days=day)) for day in (1, 3, 2)]
    desk.index.add(copies)

    (copied,) = Readings(desk).of("road").copied

    assert (copied.copies, copied.first.post.id) == (3, copies[1].post.id)


def test_a_reading_is_kept_ten_minutes_and_one_when_comments_come_in(desk, make_labelled, now):
    moments = [now]
    readings = Readings(replace(desk, now=lambda: moments[-1]))
    first = readings.of("road")

    assert readings.of("road") is first
    moments.append(now + timedelta(minutes=11))
    later = readings.of("road")
    assert later is not first
    desk.index.add([make_labelled("新来的一条", published_at=now - timedelta(days=1))])
    assert readings.of("road") is later
    moments.append(now + timedelta(minutes=13))
    assert readings.of("road").posts == later.posts + 1


def test_only_weeks_with_other_numbers_of_comments_are_estimated_again(desk, make_labelled, now):
    asked, moments = [], [now]

    def estimate(posts, project=None):
        asked.append(len(posts))
        return desk.estimate(posts, project)

    desk.index.add(weekly(make_labelled, now, 6, 25))
    readings = Readings(replace(desk, estimate=estimate, now=lambda: moments[-1]))
    readings.of("road")
    asked.clear()

    desk.index.add([make_labelled("又来一条", published_at=now - timedelta(weeks=3))])
    moments.append(now + timedelta(minutes=2))
    reading = readings.of("road")

    assert asked == [reading.posts, 26]
    assert 26 in [point.n for point in reading.points]


def test_who_asks_while_a_reading_is_made_gets_the_one_before(desk, now):
    seen = []

    def estimate(posts, project=None):
        del posts, project
        seen.append(readings.of("road"))

    readings = Readings(replace(desk, estimate=estimate))
    first = Readings(desk).of("road")
    readings._kept._made["road"] = Made((first, {}), now - timedelta(minutes=5), -1)

    later = readings.of("road")

    assert seen
    assert all(reading is first for reading in seen)
    assert later is not first


def test_the_half_year_is_the_same_all_day(now):
    assert half_year(now) == half_year(now + timedelta(hours=11))
    assert half_year(now) != half_year(now + timedelta(hours=13))


def test_points_are_those_of_the_chart(desk):
    assert all(isinstance(point, TrendPoint) for point in Readings(desk).of("road").points)


def test_a_share_does_not_move_when_labels_and_links_are_corrected(desk, make_labelled, now):
    posts = weekly(make_labelled, now, 6, 25)
    desk.index.add(posts)
    before = Readings(desk).of("road")

    for labelled in posts[::3]:
        desk.index.correct(labelled.post.id, [Change("sentiment", ("positive",)), Change("project", ("park",))], now)

    after = Readings(desk).of("road")
    assert (after.overall, after.points, after.posts) == (before.overall, before.points, before.posts)
    assert before.overall is not None
