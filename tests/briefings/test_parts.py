"""Formulas, lives, words and the archive: the small parts of a briefing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from briefings.archive import Archive, Issue
from briefings.figures import all_intervals, tally
from briefings.lives import ENDED, LASTING, NEW, PASSING, lives
from briefings.stats import difference, fisher_greater, holm, wilson
from briefings.topics import rising
from briefings.words import change, period
from minsheng.domain import BEIJING, Window
from minsheng.errors import ConfigError

MONDAY = datetime(2026, 3, 2, tzinfo=BEIJING).astimezone(UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))


def test_wilson_agrees_with_the_published_example():
    low, high = wilson(81, 263)  # Newcombe 1998, Statistics in Medicine 17:857, table I: 0.2553 to 0.3662

    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_difference_agrees_with_newcombes_hybrid_score_interval():
    # Newcombe 1998, Statistics in Medicine 17:873, method 10: 56/70 - 48/80 = 0.2000, 0.0524 to 0.3339
    gap, low, high = difference((48 / 80, *wilson(48, 80)), (56 / 70, *wilson(56, 70)))

    assert (gap, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_fisher_agrees_with_the_lady_tasting_tea():
    assert fisher_greater(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert fisher_greater(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert fisher_greater(0, 5, 3, 5) == pytest.approx(1)


def test_holm_multiplies_the_smallest_most_and_keeps_the_order():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_an_alert_is_new_lasting_ended_or_both_by_its_dates(weekly):
    first = weekly.alerts[0]
    in_week, before, after = WEEK.since + timedelta(days=1), WEEK.since - timedelta(days=1), WEEK.until
    cases = [(in_week, None), (before, None), (before, in_week), (in_week, in_week), (before, after)]
    alerts = [replace(first, id=str(k), opened_at=o, closed_at=c) for k, (o, c) in enumerate(cases)]

    stages = {life.alert.id: life.stage for life in lives(alerts, WEEK)}

    assert stages == {"0": NEW, "1": LASTING, "2": ENDED, "3": PASSING, "4": LASTING}


def test_alerts_of_other_windows_are_left_out(weekly):
    first = weekly.alerts[0]
    later = replace(first, opened_at=WEEK.until, closed_at=None)
    earlier = replace(first, opened_at=MONDAY - timedelta(days=9), closed_at=MONDAY - timedelta(seconds=1))

    assert lives([later, earlier], WEEK) == []


def test_an_alert_opened_at_the_first_moment_is_new(weekly):
    assert lives([replace(weekly.alerts[0], opened_at=WEEK.since)], WEEK)[0].stage == NEW


def test_each_label_has_an_interval_that_holds_its_share(weekly):
    now = tally(weekly, weekly.window)

    shares = all_intervals(weekly, now)

    assert [share.value for share in shares] == [
        now.prevalence.negative,
        now.prevalence.neutral,
        now.prevalence.positive,
    ]
    assert all(share.low <= share.value <= share.high for share in shares)
    assert (shares[0].low, shares[0].high) == (now.prevalence.low, now.prevalence.high)
    assert shares[2].high < shares[0].high


def test_a_small_sample_has_no_share(weekly):
    hour = Window(WEEK.since, WEEK.since + timedelta(hours=4))

    assert tally(weekly, hour).prevalence is None
    assert tally(weekly, hour).posts


def test_a_topic_that_doubled_is_found_and_copies_do_not_make_one(weekly, make_labelled):
    def window(topic, many, clusters):
        fresh = replace(weekly, index=type(weekly.index)())
        fresh.index.add(
            make_labelled(f"话{k}", topic=topic if k < many else "other", aspect="other", published_at=WEEK.since,
                          cluster=f"c{k % clusters}")
            for k in range(200)
        )  # fmt: skip
        return tally(fresh, WEEK)

    risen = rising(window("transport", 80, 200), window("transport", 30, 200))
    steady = rising(window("transport", 80, 200), window("transport", 78, 200))
    copied = rising(window("transport", 80, 5), window("transport", 30, 200))

    assert risen[0].rows[0][0] == ("主题：交通运输",)
    assert risen[0].rows[0][1] == ("80 条，40%（n=200）",)
    assert risen[0].rows[0][4] == ("<0.001",)
    assert not hasattr(steady[0], "rows")
    assert not hasattr(copied[0], "rows")


def test_a_rise_from_nothing_known_is_not_called_a_rise(weekly):
    nothing = tally(weekly, Window(WEEK.since - timedelta(days=900), WEEK.since - timedelta(days=800)))

    blocks = rising(tally(weekly, WEEK), nothing)

    assert blocks[0].text == ("本期没有占比明显上升的话题。",)


def test_points_have_decimals_only_where_the_interval_is_narrow():
    assert change(0.05, -0.1, 0.2) == "+5个百分点（95%区间 −10 至 +20）"
    assert change(-0.012, -0.03, 0.001) == "−1.2个百分点（95%区间 −3.0 至 +0.1）"
    assert change(0.001, -0.2, 0.2).startswith("0个百分点")


def test_a_period_names_its_last_day_or_both_moments():
    day, hour = timedelta(days=1), timedelta(hours=1)

    assert period(WEEK) == "2026年3月2日至2026年3月8日"
    assert period(Window(MONDAY, MONDAY + day)) == "2026年3月2日"
    assert period(Window(MONDAY, MONDAY + hour)) == "2026年3月2日00:00至2026年3月2日01:00（不含）"


def test_the_same_window_keeps_its_number(tmp_path):
    archive = Archive(tmp_path / "briefings")
    following = Window(WEEK.until, WEEK.until + timedelta(days=7))

    first = archive.next_number("weekly", WEEK)
    archive.keep("weekly", WEEK, WEEK.until, ())
    second = archive.next_number("weekly", following)
    archive.keep("weekly", following, following.until, ())

    assert (first, second) == (Issue(1, 1), Issue(2, 2))
    assert archive.next_number("weekly", WEEK) == Issue(1, 1)
    assert archive.next_number("daily", WEEK) == Issue(1, 1)


def test_numbers_start_anew_each_year_and_totals_do_not(tmp_path):
    archive = Archive(tmp_path)
    last = Window(datetime(2025, 12, 22, tzinfo=BEIJING), datetime(2025, 12, 29, tzinfo=BEIJING))
    archive.keep("weekly", last, last.until, ())

    across = Window(last.until, last.until + timedelta(days=7))

    assert archive.next_number("weekly", across) == Issue(1, 2)
    assert archive.stem("weekly", across) == "weekly-2026-W01"


def test_files_are_named_by_week_day_or_both_ends(tmp_path):
    archive = Archive(tmp_path)
    odd = Window(MONDAY + timedelta(days=1), MONDAY + timedelta(days=8))

    assert archive.stem("weekly", WEEK) == "weekly-2026-W10"
    assert archive.stem("daily", Window(MONDAY, MONDAY + timedelta(days=1))) == "daily-2026-03-02"
    assert archive.stem("weekly", odd) == "weekly-20260303T000000-20260310T000000"
    with pytest.raises(ValueError, match="not a kind"):
        archive.stem("../weekly", WEEK)


def test_kept_briefings_are_listed_latest_first_and_survive(tmp_path):
    earlier = WEEK.previous()
    files = (tmp_path / "weekly-2026-W10.html", tmp_path / "weekly-2026-W10.docx")
    Archive(tmp_path).keep("weekly", earlier, WEEK.since, ())
    kept = Archive(tmp_path).keep("weekly", WEEK, WEEK.until, files)
    again = Archive(tmp_path).keep("weekly", WEEK, WEEK.until + timedelta(hours=1), files)

    found = Archive(tmp_path).list()

    assert found[0] == again
    assert kept.files == ("weekly-2026-W10.html", "weekly-2026-W10.docx")
    assert [briefing.number for briefing in found] == [2, 1]
    assert Archive(tmp_path / "none").list() == []


@pytest.mark.parametrize("content", ["", "[]", '{"id": "x"}', json.dumps({"since": 1})])
def test_a_broken_record_is_an_error_that_names_the_file(tmp_path, content):
    (tmp_path / "weekly-2026-W10.json").write_text(content)

    with pytest.raises(ConfigError, match=r"weekly-2026-W10\.json: not a record"):
        Archive(tmp_path).list()
