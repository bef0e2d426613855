from dataclasses import replace
from datetime import timedelta

import pytest

from console import readings as module
from console.deviations import DeviationReadings
from console.readings import Readings, half_year
from console.shelf import FileShelf, MemoryShelf
from minsheng.charts import TrendPoint
from minsheng.correcting import Change
from minsheng.domain import Opinion


def weekly(make_labelled, now, weeks, each, **fields):
    return [
        make_labelled(f"第{week}周第{number}条", published_at=now - timedelta(weeks=week, minutes=number), **fields)
        for week in range(weeks)
        for number in range(each)
    ]


def test_enough_comments_give_a_point_a_week_with_its_interval(desk, make_labelled, now):
    desk.index.add(weekly(make_labelled, now, 6, 25))

    reading = Readings(desk).of("road").thing

    assert reading.step == "周"
    assert reading.has_trend
    assert reading.points[0].value == pytest.approx(1.0)
    assert reading.points[0].low is not None


def test_thin_weeks_are_put_together_into_months(desk, make_labelled, now):
    desk.index.add(weekly(make_labelled, now, 12, 8))

    reading = Readings(desk).of("road").thing

    assert reading.step == "月"
    assert reading.has_trend


def test_a_handful_of_comments_is_counted_and_not_estimated(desk):
    reading = Readings(desk).of("park").thing

    assert reading.overall is None
    assert not reading.has_trend
    assert [(point.value, point.n) for point in reading.points] == [(None, 1)]


def test_a_project_without_comments_has_no_points(desk):
    reading = Readings(desk).of("nothing").thing

    assert (reading.posts, reading.points, reading.copied) == (0, (), ())


def test_no_more_than_the_bound_is_read(desk, make_labelled, now, monkeypatch):
    monkeypatch.setattr(module, "MOST_READ", 30)
    monkeypatch.setattr(module, "MOST_A_POINT", 22)
    desk.index.add(weekly(make_labelled, now, 5, 25))

    reading = Readings(desk).of("road").thing

    assert (reading.posts, reading.is_cut) == (30, True)
    assert max(point.n for point in reading.points) <= 25
    assert reading.window.since > half_year(now).since


def test_copies_are_listed_with_their_earliest_post(desk, make_labelled, now):
    copies = [make_labelled("复制的话", cluster="k", published_at=now - timedelta(days=day)) for day in (1, 3, 2)]
    desk.index.add(copies)

    (copied,) = Readings(desk).of("road").thing.copied

    assert (copied.copies, copied.first.post.id) == (3, copies[1].post.id)


@pytest.fixture(params=["memory", "file"])
def shelf(request, tmp_path):
    return MemoryShelf() if request.param == "memory" else FileShelf(tmp_path / "pages.sqlite")


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def goes_on(self, **by):
        self.now += timedelta(**by)


@pytest.fixture
def clock(now):
    return Clock(now)


@pytest.fixture
def shelved(desk, shelf, clock):
    return replace(desk, shelf=shelf, now=clock)


def test_a_reading_stands_while_nothing_changes_and_another_process_finds_it(shelved, clock, shelf):
    first = Readings(shelved).of("road")
    clock.goes_on(hours=5)

    again = Readings(replace(shelved, estimate=None)).of("road") if isinstance(shelf, FileShelf) else first

    assert again == first
    assert not again.is_behind


def test_a_reading_that_new_comments_leave_behind_is_shown_with_its_time_until_it_is_made_anew(
    shelved, clock, make_labelled, now
):
    readings = Readings(shelved)
    first = readings.of("road")
    shelved.index.add([make_labelled("新来的一条", published_at=now - timedelta(days=1))])

    clock.goes_on(minutes=9)
    behind = readings.of("road")
    assert (behind.is_behind, behind.at, behind.thing) == (True, first.at, first.thing)
    assert not readings.renew("road")

    clock.goes_on(minutes=2)
    assert readings.renew("road")
    anew = readings.of("road")
    assert (anew.is_behind, anew.at, anew.thing.posts) == (False, clock.now, first.thing.posts + 1)
    assert not readings.renew("road")


def test_nobody_is_shown_what_has_been_behind_for_more_than_an_hour(shelved, clock, make_labelled, now):
    readings = Readings(shelved)
    first = readings.of("road")
    shelved.index.add([make_labelled("新来的一条", published_at=now - timedelta(days=1))])
    clock.goes_on(minutes=61)

    assert readings.of("road").thing.posts == first.thing.posts + 1


def test_a_change_that_leaves_the_number_of_comments_alone_is_seen_once_it_is_noted(shelved):
    readings = Readings(shelved)
    readings.of("road")

    shelved.shelf.touch(["park"])
    assert not readings.of("road").is_behind
    shelved.shelf.touch(["road"])
    assert readings.of("road").is_behind


def test_a_reading_of_yesterday_is_behind_and_due(shelved, clock, now):
    readings = Readings(shelved)
    clock.now = now.replace(hour=15, minute=55)  # five minutes to midnight in Beijing
    readings.of("road")
    clock.goes_on(minutes=6)

    assert readings.of("road").is_behind
    assert readings.renew("road")


def test_nothing_is_shown_where_posts_have_gone_or_estimates_rest_on_something_else(shelved, make_labelled):
    extra = make_labelled("会被删去的一条")
    shelved.index.add([extra])
    more = Readings(shelved).of("road").thing.posts
    shelved.index.delete([extra.post.id])

    assert Readings(shelved).of("road").thing.posts == more - 1
    asked = []
    other = replace(shelved, rests_on="another model", estimate=lambda posts, _=None: asked.append(len(posts)))
    assert not Readings(other).of("road").is_behind
    assert asked


def test_what_was_made_of_posts_that_were_forgotten_meanwhile_is_not_kept(shelved, shelf):
    def estimate(posts, project=None):
        shelf.forget(["road"])
        return shelved.estimate(posts, project)

    Readings(replace(shelved, estimate=estimate)).of("road")

    assert shelf.look("reading", "road")[1] is None
    Readings(shelved).of("road")
    assert shelf.look("reading", "road")[1] is not None
    shelf.keep_only(["park"])
    assert shelf.look("reading", "road")[1] is None


def test_a_reading_from_a_file_is_the_one_that_was_made(desk, tmp_path, make_labelled, now):
    """Every number and every word; DeviationReadings too."""
    copies = [make_labelled("复制的话\ud83d", cluster="k", published_at=now - timedelta(days=day)) for day in (1, 3)]
    desk.index.add([*copies, *weekly(make_labelled, now, 6, 25)])
    kept = replace(desk, shelf=FileShelf(tmp_path / "pages.sqlite"))
    readings, deviations = Readings(kept), DeviationReadings(kept)

    made, measured = readings._read("road"), deviations._measure(desk.projects["road"])

    assert readings.of("road").thing.points == made.points
    assert replace(readings.of("road").thing, copied=()) == replace(made, copied=())
    assert [one.copies for one in readings.of("road").thing.copied] == [one.copies for one in made.copied]
    assert deviations.of(desk.projects["road"]).thing == measured


def test_every_point_is_estimated_again_when_comments_were_read_anew(desk, make_labelled, clock, now):
    posts = weekly(make_labelled, now, 6, 25)
    desk.index.add(posts)
    readings = Readings(replace(desk, now=clock))
    before = readings.of("road").thing

    desk.index.relabel(
        replace(one, reading=replace(one.reading, opinion=Opinion(0.05, 0.05, 0.9)))
        for one in [desk.index.get(one.post.id) for one in posts]
    )
    desk.shelf.touch(["road"])
    clock.goes_on(minutes=11)

    assert readings.renew("road")
    after = readings.of("road").thing
    assert [point.n for point in after.points] == [point.n for point in before.points]
    assert all(new.value < old.value for new, old in zip(after.points, before.points, strict=True) if old.value)


def test_who_asks_while_a_reading_is_made_gets_the_one_before(desk, make_labelled, clock, now):
    seen = []

    def estimate(posts, project=None):
        del posts, project
        seen.append(readings.of("road"))

    first = Readings(replace(desk, now=clock)).of("road")
    desk.index.add([make_labelled("又来一条", published_at=now - timedelta(days=1))])
    clock.goes_on(minutes=11)
    readings = Readings(replace(desk, estimate=estimate, now=clock))

    assert readings.renew("road")

    assert seen
    assert all((made.thing, made.is_behind) == (first.thing, True) for made in seen)


def test_the_half_year_is_the_same_all_day(now):
    assert half_year(now) == half_year(now + timedelta(hours=11))
    assert half_year(now) != half_year(now + timedelta(hours=13))


def test_points_are_those_of_the_chart(desk):
    assert all(isinstance(point, TrendPoint) for point in Readings(desk).of("road").thing.points)


def test_a_share_does_not_move_when_labels_and_links_are_corrected(desk, make_labelled, now):
    posts = weekly(make_labelled, now, 6, 25)
    desk.index.add(posts)
    before = Readings(desk).of("road").thing

    for labelled in posts[::3]:
        desk.index.correct(labelled.post.id, [Change("sentiment", ("positive",)), Change("project", ("park",))], now)

    after = Readings(desk).of("road").thing
    assert (after.overall, after.points, after.posts) == (before.overall, before.points, before.posts)
    assert before.overall is not None
