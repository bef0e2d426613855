"""Times as sites write them, and as the crawlers read them back."""

from datetime import datetime, timedelta

import pytest

from demo import dates
from minsheng.domain import BEIJING

CITY_NOW = datetime(2026, 11, 23, 17, 30, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=59), "刚刚"),
        (timedelta(minutes=1), "1分钟前"),
        (timedelta(minutes=59, seconds=59), "59分钟前"),
        (timedelta(hours=1), "1小时前"),
        (timedelta(hours=17), "17小时前"),
        (timedelta(hours=18), "昨天 23:30"),
        (timedelta(days=1), "昨天 17:30"),
        (timedelta(days=2), "前天 17:30"),
        (timedelta(days=3), "3天前"),
        (timedelta(days=6, hours=23), "6天前"),
        (timedelta(days=7), "2026-11-16 17:30"),
        (timedelta(days=112, hours=8, minutes=18), "2026-8-3 09:12"),
    ],
)
def test_forums_write_recent_times_as_ages(age, shown):
    assert dates.relative(CITY_NOW - age, CITY_NOW) == shown


@pytest.mark.parametrize("hours", [0.2, 3, 20, 40, 100, 400, 4000])
def test_what_is_written_is_read_back_within_a_day(hours):
    from crawlers.dates import parse_time

    at = CITY_NOW - timedelta(hours=hours)

    assert abs(parse_time(dates.relative(at, CITY_NOW), CITY_NOW) - at) < timedelta(days=1)


def test_offices_write_the_day_alone():
    assert dates.chinese(CITY_NOW) == "2026年11月23日"
