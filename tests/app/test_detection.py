"""The daily watch over real stores: a comment is bet once, whatever is handed in and however often."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.detections import DetectorStore
from alerts.rules.divergence import Divergence
from app.detection import DailyWatch
from minsheng.detection import Tier
from minsheng.domain import (
    Calibration,
    Claim,
    ClaimKind,
    ClaimStatus,
    Kind,
    LabelledPost,
    Opinion,
    Post,
    Reading,
)

START = datetime(2026, 3, 1, 4, tzinfo=UTC)  # noon in Beijing
BAD, GOOD = Opinion(0.9, 0.06, 0.04), Opinion(0.04, 0.06, 0.9)
SOFT = ((0.85, 0.12, 0.06), (0.1, 0.76, 0.14), (0.05, 0.12, 0.8))
CALIBRATION = Calibration("civic", SOFT, ((300, 10, 5), (10, 300, 15), (5, 10, 300)))
CLAIM = Claim(
    "c1", "road", "满意率95%", ClaimKind.SATISFACTION, ClaimStatus.LEVEL, "http://gov.example/1", "市交通局",
    START - timedelta(hours=6), value=0.95, reviewed=True,
)  # fmt: skip


def at(day: float) -> datetime:
    return START + timedelta(days=day)


def said(
    name: str,
    day: float,
    opinion: Opinion = BAD,
    *,
    collected: float | None = None,
    cluster: str = "",
    aspect="quality",
):
    post = Post(name, "forum", Kind.PUBLIC, f"http://x/{name}", "http://x/t", "", name, at(day),
                at(day if collected is None else collected))  # fmt: skip
    return LabelledPost(post, Reading(("road",), opinion, "urban", aspect, cluster or name, "civic"))


def complaints(days: int, a_day: int = 2, first: int = 0) -> list[LabelledPost]:
    return [said(f"c{day}-{n}", day + n / 100) for day in range(first, first + days) for n in range(a_day)]


@pytest.fixture
def store(tmp_path):
    return DetectorStore(tmp_path / "alerts.sqlite")


def look(store, posts, day, *, claims=(CLAIM,), calibration=CALIBRATION, keep=True, rule=None):
    """Look once, at noon of a day, as one run of the watch does."""
    daily = DailyWatch(store, rule or Divergence(), claims, calibration, remember=keep)
    found = daily.look("road", claims, posts, at(day))
    daily.keep(at(day))
    return found


def test_the_same_comments_handed_in_again_and_again_are_bet_once(store):
    posts = complaints(6)

    first = look(store, posts, 6)
    again = look(store, posts, 6)
    next_day = look(store, posts, 7)

    assert first == again
    assert first["c1"].bets == next_day["c1"].bets == 12
    assert next_day["c1"].value == pytest.approx(first["c1"].value + 1)  # a day without comments adds one


def test_a_new_claim_is_neither_watched_nor_an_alarm_before_anybody_wrote(store):
    found = look(store, [], 1)

    assert found["c1"].tier is Tier.QUIET
    assert found["c1"].value < found["c1"].alarm_at / 4 + 2


def test_copies_and_an_edited_comment_are_the_bet_that_was_placed(store):
    copies = [said("a", 0), said("b", 1, cluster="a"), said("x", 1, cluster="long-ago")]
    look(store, copies, 3)

    edited = [said("b", 1, cluster="a"), said("x", 1, cluster="x")]
    found = look(store, [*edited, said("n", 3)], 5)

    assert found["c1"].bets == 3  # a, x and n


def test_a_late_comment_counts_after_what_was_settled(store):
    look(store, complaints(4), 4)
    before = store.streams()["road", "c1"]

    found = look(store, [*complaints(4), said("late", 1, collected=4)], 5)

    assert before.settled == date(2026, 3, 4)
    assert (found["c1"].bets, found["c1"].settled) == (9, date(2026, 3, 5))


def test_a_watch_that_was_killed_before_it_was_kept_starts_where_it_was(store):
    look(store, complaints(3), 3)
    killed = look(store, complaints(5), 5, keep=False)
    after = look(store, complaints(5), 5)

    assert after == killed
    assert after["c1"].bets == 10


def test_a_look_that_does_not_remember_writes_nothing(store):
    found = look(store, complaints(5), 5, keep=False)

    assert found["c1"].bets == 10
    assert not store.streams()
    assert not store.known(("road", "c1"))


def test_a_state_comes_back_from_the_file_without_loss(store):
    look(store, complaints(40), 40)

    stream = store.streams()["road", "c1"]
    found = look(store, complaints(40), 40)

    assert stream.alarm is not None
    assert found["c1"].tier is Tier.ALARM
    assert (found["c1"].raised, found["c1"].raised_value) == (stream.alarm.day, stream.alarm.value)
    assert found["c1"].version == stream.alarm.version == stream.terms.version


def test_another_calibration_starts_anew_with_a_reason_and_bets_nothing_twice(store):
    look(store, complaints(10), 10)
    measured_anew = replace(CALIBRATION, counts=((310, 10, 5), (10, 300, 15), (5, 10, 300)))

    found = look(store, complaints(12), 12, calibration=measured_anew)

    assert "模型、校准或比对口径已更换，自 2026-03-11 起重新累计" in found["c1"].why
    assert (found["c1"].began, found["c1"].bets) == (date(2026, 3, 11), 4)
    assert found["c1"].value < 30


def test_other_thresholds_keep_the_evidence(store):
    look(store, complaints(6), 6, rule=Divergence(projects=1000))
    value = store.streams()["road", "c1"].detector.growth.copy()

    found = look(store, complaints(6), 7, rule=Divergence(projects=2000))

    assert found["c1"].alarm_at == 730 * 2000
    assert found["c1"].why == ""
    assert (store.streams()["road", "c1"].detector.growth > value).all()


def test_without_calibration_nothing_is_watched_and_nothing_is_kept(store):
    assert look(store, complaints(9), 9, calibration=None) == {}
    assert not store.streams()


def test_only_comments_on_the_claim_after_it_was_made_count(store):
    about = replace(CLAIM, aspect="quality")
    posts = [said("before", -2), said("other", 1, aspect="cost"), said("ours", 1)]
    official = replace(said("office", 1), post=replace(said("office", 1).post, kind=Kind.OFFICIAL))

    assert look(store, [*posts, official], 3, claims=(about,))["c1"].bets == 1


@pytest.mark.parametrize(
    "fields",
    [{"reviewed": False}, {"status": ClaimStatus.GOAL}, {"kind": ClaimKind.COMPLETION}, {"kind": ClaimKind.REPLY_RATE},
     {"published_at": START + timedelta(days=90)}],
    ids=["not reviewed", "goal", "progress", "reply rate", "not yet published"],
)  # fmt: skip
def test_claims_that_moods_cannot_judge_are_not_watched(store, fields):
    assert look(store, complaints(9), 9, claims=(replace(CLAIM, **fields),)) == {}


def test_thresholds_follow_the_number_of_claims_watched(store):
    many = [replace(CLAIM, id=f"c{n}") for n in range(11)]

    assert look(store, [], 2)["c1"].alarm_at == 3_650
    assert look(store, [], 2, claims=many)["c1"].alarm_at == 3_650  # of a day that is settled
    assert look(store, [], 3, claims=many)["c1"].alarm_at == 8_030


def test_bets_on_comments_too_old_to_be_seen_again_are_forgotten(store):
    look(store, complaints(2), 2)

    look(store, [], 380)
    kept = store.known(("road", "c1"))
    look(store, [], 420)

    assert len(kept) == 4
    assert not store.known(("road", "c1"))
