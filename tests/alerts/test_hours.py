"""Moments in, when mail may leave out: quiet hours over midnight, holidays, exchanged weekends, unknown years."""

from datetime import date, datetime

import pytest

from alerts.hours import Hours, is_working_day, working_day_after, working_days_between


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (Hours(), "2026-10-01T03:00", "2026-10-01T03:00"),
        (Hours("20:00-08:00"), "2026-03-10T19:59", "2026-03-10T19:59"),
        (Hours("20:00-08:00"), "2026-03-10T20:00", "2026-03-11T08:00"),
        (Hours("20:00-08:00"), "2026-03-11T07:59", "2026-03-11T08:00"),
        (Hours("12:00-13:30"), "2026-03-11T12:30", "2026-03-11T13:30"),
        (Hours(working_days_only=True), "2026-03-13T23:00", "2026-03-13T23:00"),
        (Hours(working_days_only=True), "2026-03-14T09:00", "2026-03-16T00:00"),
        (Hours("20:00-08:00", working_days_only=True), "2026-03-13T21:00", "2026-03-16T08:00"),
        (Hours("20:00-08:00", working_days_only=True), "2026-09-30T20:30", "2026-10-08T08:00"),
        (Hours("20:00-08:00", working_days_only=True), "2026-02-14T09:00", "2026-02-14T09:00"),
    ],
)
def test_mail_leaves_at_the_first_permitted_minute(hours, now, opens):
    assert hours.opens(at(now)) == at(opens)


def test_a_saturday_that_was_exchanged_is_a_working_day_and_a_holiday_is_none():
    assert is_working_day(date(2026, 2, 14))  # worked for the Spring Festival of 2026
    assert not is_working_day(date(2026, 10, 1))


def test_a_year_without_notice_counts_monday_to_friday_and_says_so(caplog):
    assert is_working_day(date(2090, 10, 2))
    assert not is_working_day(date(2090, 10, 1))  # a Sunday
    assert "holidays unknown year=2090" in caplog.text


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 3, 6), date(2026, 3, 10), 2),
        (date(2025, 9, 28), date(2025, 10, 12), 6),  # Sunday 28 September and Saturday 11 October are worked
        (date(2025, 12, 30), date(2026, 1, 2), 2),
        (date(2026, 3, 10), date(2026, 3, 10), 0),
        (date(2026, 3, 10), date(2026, 3, 6), 0),
        (date(2199, 1, 4), date(2199, 1, 8), 2),  # a year that is not known yet
    ],
)
def test_working_days_leave_out_holidays_and_count_exchanged_weekends(start, end, days):
    assert working_days_between(start, end) == days


@pytest.mark.parametrize(
    ("day", "number", "found"),
    [
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(2026, 1, 15), 3, date(2026, 1, 20)),
        (date(2026, 1, 17), 1, date(2026, 1, 19)),  # from a Saturday
        (date(2025, 9, 30), 2, date(2025, 10, 10)),  # over the holidays of October
        (date(2025, 9, 30), 3, date(2025, 10, 11)),  # a Saturday that is worked
    ],
)
def test_the_working_day_after_some_leaves_out_holidays(day, number, found):
    assert working_day_after(day, number) == found
    assert working_days_between(day, found) == number - (not is_working_day(day))
