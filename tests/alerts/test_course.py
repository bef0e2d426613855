"""What stands on a chart beside its points: bounds for who looks every day, and days on which much was written."""

from datetime import date, timedelta

import numpy as np

from alerts.course import Bound, Burst, Course, course_of
from minsheng.domain import BEIJING

SHARE = (0.4, 0.3, 0.3)
NEW_YEAR = date(2026, 1, 1)


def volume(posts, others=40):
    """Count the comments of each day, with so many on other projects."""
    counts = {date(2025, 6, 1) + timedelta(days=day): others for day in range(400)}
    for one in posts:
        counts[one.post.published_at.astimezone(BEIJING).date()] += 1
    return counts


def test_the_bounds_hold_the_share_at_the_end_of_every_week_and_narrow(world, make_seen):
    posts = world.posts(1500, SHARE, since=160)

    course = course_of(make_seen(posts), volume(posts))

    assert len(course.bounds) >= 23
    assert all(bound.low <= SHARE[0] <= bound.high for bound in course.bounds)
    assert course.bounds[-1].high - course.bounds[-1].low < 0.4
    for half in ([b for b in course.bounds if b.day < NEW_YEAR], [b for b in course.bounds if b.day >= NEW_YEAR]):
        assert np.all(np.diff([bound.low for bound in half]) >= 0)
        assert np.all(np.diff([bound.high for bound in half]) <= 0)


def test_bounds_of_a_half_year_that_is_over_stay_as_they_were(world, make_seen):
    posts = world.posts(600, SHARE, since=160)
    kept = Bound(date(2025, 12, 28), 0.31, 0.47)

    course = course_of(make_seen(posts), volume(posts), Course((kept,)))

    assert course.bounds[0] == kept
    assert all(bound.day >= NEW_YEAR for bound in course.bounds[1:])


def test_where_the_share_has_changed_no_bounds_are_drawn_any_more(world, make_seen):
    posts = world.posts(500, (0.05, 0.05, 0.9), since=65, until=35) + world.posts(500, (0.95, 0.03, 0.02), since=35)

    course = course_of(make_seen(posts), volume(posts))

    assert course.bounds[0].day < date(2026, 2, 10)
    assert course.bounds[-1].day < date(2026, 3, 1)


def test_without_known_errors_there_are_bursts_and_no_bounds(world, make_seen):
    posts = world.posts(120, since=120) + world.posts(60, since=20, until=17, tag="loud")

    course = course_of(make_seen(posts, calibration=None), volume(posts))

    assert course.bounds == ()
    assert course.bursts == (Burst(date(2026, 2, 18), date(2026, 2, 21), 64),)


def test_days_on_which_all_projects_are_loud_are_no_burst(world, make_seen):
    posts = world.posts(200, since=200) + world.posts(60, since=20, until=17, tag="loud")
    loud = volume(posts)
    loud |= {day: 20 * count for day, count in loud.items() if date(2026, 2, 17) < day < date(2026, 2, 22)}

    course = course_of(make_seen(posts, calibration=None), loud)

    assert course.bursts == ()
