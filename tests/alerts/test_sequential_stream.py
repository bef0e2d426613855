"""When a comment counts: once, in the order in which comments arrive, and never before its day is over."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from alerts.sequential.null import Null, attitude_null
from alerts.sequential.stream import (
    CALM_DAYS,
    WATCH_DAYS,
    Arrival,
    advance,
    begin,
    cleared,
    confirmed,
    due,
    renewed,
    terms,
)
from minsheng.domain import Calibration

START = date(2026, 3, 1)
SOFT = ((0.8, 0.2, 0.1), (0.15, 0.7, 0.2), (0.05, 0.1, 0.7))
CALIBRATION = Calibration("civic", SOFT, ((200, 0, 0), (0, 200, 0), (0, 0, 200)))
NULL = attitude_null(0.345, CALIBRATION)
WISHED = {"streams": 100, "alarms": 1, "watches": 52}
UNDER = terms(NULL, CALIBRATION, **WISHED)
UNREACHED = replace(UNDER, alarm=1e290, watch=1e290)
"""Thresholds that nothing reaches, so that all evidence can be compared."""


def on(day: int) -> date:
    return START + timedelta(days=day)


def said(name: str, day: int, score: float = 0.9, collected: int | None = None) -> Arrival:
    return Arrival(name, name, on(day), on(day if collected is None else collected), score)


def history(days: int, a_day: int, score: float, first: int = 0) -> list[Arrival]:
    return [said(f"{day}-{n}", day, score) for day in range(first, first + days) for n in range(a_day)]


def play(arrivals: list[Arrival], looks: list[int], stream=None):
    """Hand in at each look what was collected by then and not bet yet."""
    stream, bet = stream or begin(UNDER, START), {}
    for look in looks:
        fresh = [each for each in arrivals if each.collected <= on(look) and each.post not in bet]
        stream, now = advance(stream, fresh, on(look), set(bet.values()))
        bet |= {each.post: each.published for each in now}
    return stream


def evidence(stream) -> float:
    """Return log R of the tier of mails."""
    return float(stream.detector.log_value()[0, 0])


def test_a_history_seen_for_the_first_time_is_played_as_if_it_had_been_watched_daily():
    arrivals = history(20, 2, 0.8)

    at_once, daily = play(arrivals, [20]), play(arrivals, list(range(1, 21)))

    assert at_once.detector.growth == pytest.approx(daily.detector.growth)
    assert (at_once.bets, at_once.settled) == (daily.bets, daily.settled) == (40, on(19))


def test_a_comment_of_today_waits_until_the_day_is_over():
    stream, bet = advance(begin(UNDER, START), [said("a", 3)], on(3))

    assert bet == []
    assert stream.settled == on(2)
    assert [each.post for each in advance(stream, [said("a", 3)], on(4))[1]] == ["a"]


def test_a_late_comment_counts_on_the_day_it_arrives_and_opens_no_settled_day():
    stream = play(history(5, 1, 0.5), [5])

    waiting = due(stream, [said("late", 1, collected=7), said("mislaid", 1, collected=2)], on(9), {on(1)})

    assert [(each.day, [one.post for one in each.own], each.late) for each in waiting] == [
        (on(5), ["mislaid"], {}),
        (on(7), ["late"], {}),
    ]


def test_late_comments_of_a_day_without_a_bet_are_a_day_of_their_own_when_they_first_arrive():
    stream = play(history(5, 1, 0.5, first=3), [8])
    late = [said("b", 2, collected=9), said("a", 1, collected=9), said("c", 2, collected=9), said("d", 1, collected=10)]

    waiting = due(stream, [*late, said("own", 9)], on(11), {on(day) for day in range(3, 8)})

    assert [(each.day, [one.post for one in each.own]) for each in waiting] == [(on(9), ["own"]), (on(10), ["d"])]
    assert {day: [one.post for one in group] for day, group in waiting[0].late.items()} == {
        on(1): ["a"],
        on(2): ["b", "c"],
    }


def in_pieces(arrivals, pieces):
    """Hand in a history of 120 days over several watches, the newest days first, or the oldest, or dealt by day."""
    looks = [120 + number for number in range(len(pieces))]
    piece_of = {day: number for number, piece in enumerate(pieces) for day in piece}
    late = [replace(each, collected=on(119 + piece_of[(each.published - START).days])) for each in arrivals]
    return play(late, looks, begin(UNREACHED, START))


OLDEST_FIRST = [range(40), range(40, 80), range(80, 120)]
TOLD = [
    history(120, 2, 0.9),
    history(80, 2, 0.3) + history(40, 2, 0.9, first=80),
    [said(f"{day}-{n}", day, 0.95 if day % 2 else 0.6) for day in range(120) for n in range(3)],
]
PIECES = [OLDEST_FIRST, OLDEST_FIRST[::-1], [range(part, 120, 3) for part in range(3)]]


@pytest.mark.parametrize("pieces", PIECES, ids=["oldest first", "newest first", "every third day"])
@pytest.mark.parametrize("told", TOLD, ids=["from the start", "later", "in waves"])
def test_a_history_that_arrives_over_several_watches_is_evidence_much_like_one_that_arrives_at_once(told, pieces):
    """But for a tenth of its logarithm. Bet on the day of arrival, the waves had 28 to 35 of 51, the later change 14 to
    43 of 20."""
    at_once, piecewise = play(told, [120, 121, 122], begin(UNREACHED, START)), in_pieces(told, pieces)

    assert piecewise.bets == at_once.bets == len(told)
    assert evidence(piecewise) == pytest.approx(evidence(at_once), rel=0.1)
    assert evidence(at_once) > np.log(UNDER.alarm)


def test_content_comments_of_old_days_that_arrive_late_leave_what_was_found_since():
    recent, old = history(20, 3, 0.95, first=100), history(100, 1, 0.1)
    late = [replace(each, collected=on(120)) for each in old]

    at_once, after = (play(told, [120, 121], begin(UNREACHED, START)) for told in (old + recent, late + recent))

    assert evidence(after) > 0.9 * evidence(at_once)


def test_the_order_in_which_late_comments_were_published_does_not_matter_but_that_of_arrival_does():
    base = history(30, 2, 0.3)
    older, newer = [said("x", 2, 0.99, collected=31)], [said("x", 25, 0.99, collected=31)]
    earlier = [said("x", 2, 0.99, collected=3)]

    as_older, as_newer, as_earlier = (
        play(base + extra, list(range(1, 41))).detector.growth for extra in (older, newer, earlier)
    )

    assert np.array_equal(as_older, as_newer)
    assert not np.array_equal(as_older, as_earlier)


def test_what_comes_later_changes_nothing_that_was_settled():
    past = history(15, 3, 0.7)
    future = history(15, 3, 0.1, first=15)

    known_only = play(past, [15])
    with_future = advance(begin(UNDER, START), past + future, on(15))[0]

    assert with_future.detector.growth == pytest.approx(known_only.detector.growth)
    assert with_future.bets == known_only.bets


def test_looking_again_on_the_same_day_changes_nothing():
    stream = play(history(9, 2, 0.8), [9])

    again, bet = advance(stream, [], on(9))

    assert bet == []
    assert again == stream


def test_a_clear_excess_raises_a_watch_then_an_alarm_that_says_under_what_and_since_when():
    quiet, loud = history(60, 2, 0.15), history(60, 2, 0.95, first=60)
    stream, days = begin(UNDER, START), {}
    for look in range(1, 121):
        stream, _ = advance(stream, [a for a in quiet + loud if a.published == on(look - 1)], on(look))
        if stream.on_watch:
            days.setdefault("watch", look)
        if stream.alarm:
            days.setdefault("alarm", look)
    alarm = stream.alarm

    assert 60 < days["watch"] < days["alarm"] < 100
    assert alarm.value >= alarm.threshold == 73_000
    assert alarm.version == UNDER.version
    assert abs((alarm.since - on(60)).days) <= 2


def test_an_alarm_ends_after_long_calm_and_not_before():
    stream = play(history(60, 2, 0.95), [60])
    assert stream.alarm
    days = 0
    while stream.alarm and days < 70:
        stream, _ = advance(stream, history(1, 2, 0.05, first=60 + days), on(61 + days))
        days += 1

    assert CALM_DAYS < days < 60
    assert not stream.on_watch


def test_an_alarm_stays_while_nobody_writes():
    stream = play(history(60, 2, 0.95), [60])

    assert advance(stream, [], on(160))[0].alarm == stream.alarm


def test_a_watch_ends_when_it_is_not_reached_again():
    arrivals = history(30, 1, 0.95)
    first = next(look for look in range(1, 40) if play(arrivals, [look]).on_watch)
    stream = play(arrivals, [first])

    assert advance(stream, [], on(first + WATCH_DAYS - 2))[0].on_watch
    assert not advance(stream, [], on(first + WATCH_DAYS + 2))[0].on_watch


def test_other_terms_start_anew_from_the_next_day_with_a_reason_and_keep_an_open_alarm():
    stream = play(history(60, 2, 0.95), [60])
    measured_anew = replace(CALIBRATION, counts=((220, 0, 0), (0, 200, 0), (0, 0, 200)))
    under = terms(attitude_null(0.345, measured_anew), measured_anew, **WISHED)

    anew = renewed(stream, under, "模型已更换")

    assert under.basis != UNDER.basis
    assert (anew.began, anew.why) == (on(60), "模型已更换")
    assert not anew.detector.growth.any()
    assert anew.alarm.version == UNDER.version


@pytest.mark.parametrize(
    "change",
    [
        {"streams": 200},
        {"alarms": 2},
        {"watches": 12},
        {"null": Null(0.4, NULL.neutral, NULL.mean, NULL.bound, NULL.slope)},
    ],
    ids=["streams", "alarms", "watches", "null"],
)
def test_whatever_a_watch_rests_on_stands_in_its_version(change):
    values = WISHED | {"null": NULL} | change

    assert terms(values.pop("null"), CALIBRATION, **values).version != UNDER.version
    assert terms(NULL, CALIBRATION, **WISHED).version == UNDER.version


@pytest.mark.parametrize("alarms", [0.5, 1, 40, 60, 1000])
def test_a_head_start_and_its_threshold_keep_the_promise_of_alarms_in_the_first_year(alarms):
    under = terms(NULL, CALIBRATION, streams=100, alarms=alarms, watches=52)
    head = float(begin(under, START).detector.heads[0, 0])

    assert 100 * (365 + head) / under.alarm == pytest.approx(alarms)
    assert head <= under.alarm / 4 + 1e-9


def test_a_person_can_clear_a_watch_or_turn_it_into_an_alarm():
    arrivals = history(30, 1, 0.95)
    first = next(look for look in range(1, 40) if play(arrivals, [look]).on_watch)
    stream = play(arrivals, [first])

    found, refuted = confirmed(stream, 23.0, 20.0), cleared(stream)

    assert (found.alarm.by_review, found.alarm.value, found.alarm.threshold) == (True, 23.0, 20.0)
    assert not refuted.on_watch
    assert not refuted.detector.growth.any()
    assert not refuted.detector.heads.any()
    assert np.array_equal(refuted.detector.wealth, stream.detector.wealth)
