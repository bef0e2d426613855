"""A look says what there is to show; only the daily watch makes it an alert."""

from dataclasses import replace
from datetime import date

import pytest

from alerts.rules.daily import share_borne
from alerts.rules.divergence import Divergence
from minsheng.detection import Detection, Tier
from minsheng.domain import BEIJING, ClaimKind, ClaimStatus, Verdict

BAD = (0.8, 0.1, 0.1)
GOOD = (0.04, 0.16, 0.8)
QUIET = Detection(
    Tier.QUIET, 812.0, 7300.0, 73.0, 2.2, 64, date(2026, 1, 9), date(2026, 3, 9), 0.345, 0.45, "civic-1-7300-73"
)
WATCH = replace(QUIET, tier=Tier.WATCH)
ALARM = replace(
    QUIET, tier=Tier.ALARM, raised=date(2026, 3, 2), raised_value=8_100.0, raised_at=7_300.0, since=date(2026, 2, 10)
)
REVIEWED = replace(ALARM, by_review=True, raised_value=22.0, raised_at=20.0)


@pytest.fixture
def judged(make_seen, make_claim):
    def judge(posts, detection):
        seen = make_seen(posts, make_claim(), detections={} if detection is None else {"c1": detection})
        (finding,) = Divergence().check(seen)
        return finding

    return judge


@pytest.mark.parametrize(
    ("detection", "words"),
    [(QUIET, "未到提示门槛 7,300，暂不提示"), (WATCH, "列入关注，不发邮件"), (None, "逐日累计尚未开始")],
    ids=["quiet", "watch", "not begun"],
)
def test_a_look_that_diverges_is_a_tension_until_the_daily_watch_alarms(judged, world, detection, words):
    found = judged(world.posts(120, BAD), detection)

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert words in found.why
    assert found.evidence.detection == detection


def test_what_is_said_of_a_watch_has_its_value_number_of_comments_days_and_null(judged, world):
    why = judged(world.posts(120, BAD), WATCH).why

    for words in ("812", "64 条", "自 2026-01-09 至 2026-03-09", "负面至多占 34%", "关注线 73"):
        assert words in why


def test_with_an_alarm_the_same_look_fires_and_carries_what_it_was_raised_under(judged, world):
    found = judged(world.posts(120, BAD), ALARM)

    assert (found.fired, found.verdict) == (True, Verdict.DIVERGES)
    for words in ("2026-03-02", "8,100 ≥ 7,300", "自 2026-02-10 起增长", "校准版本 civic-1-7300-73"):
        assert words in found.why
    assert found.evidence.detection.raised_at == 7_300.0


def test_a_late_change_fires_by_what_was_said_since_it_began(judged, world):
    old, new = world.posts(260, GOOD, since=59, until=20), world.posts(90, BAD, since=19)
    onset = new[0].post.published_at.astimezone(BEIJING).date()

    (alone, fired) = (judged(old + new, each) for each in (QUIET, replace(ALARM, since=onset)))

    assert alone.verdict is not Verdict.DIVERGES
    assert (fired.fired, fired.verdict) == (True, Verdict.DIVERGES)
    assert fired.evidence.posts == 90


def test_an_alarm_on_too_narrow_ground_waits_and_says_so(judged, world):
    found = judged(world.posts(120, BAD, per_thread=60, sources=("forum",)), ALARM)

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "还不能判为偏离" in found.why


def test_a_person_who_confirmed_outweighs_the_ratio_but_not_too_few_comments(judged, world):
    confirmed = judged(world.posts(120, (0.4, 0.2, 0.4)), REVIEWED)
    thin = judged(world.posts(9, BAD), REVIEWED)

    assert (confirmed.fired, confirmed.verdict) == (True, Verdict.DIVERGES)
    assert "人工复核于 2026-03-02 确认（证据 22 ≥ 20）" in confirmed.why
    assert (thin.fired, thin.verdict) == (False, Verdict.NOT_ASSESSABLE)


def test_what_a_claim_bears_follows_from_its_number_or_the_rule(make_claim):
    plain = {"kind": ClaimKind.RESOLUTION, "value": None}

    assert share_borne(make_claim(), 10, 0.5) == pytest.approx(0.345, abs=0.001)
    assert share_borne(make_claim(**plain), 10, 0.5) == 0.5
    assert share_borne(make_claim(status=ClaimStatus.DELTA), 10, 0.5) == 0.5
    assert share_borne(make_claim(status=ClaimStatus.GOAL), 10, 0.5) is None
    assert share_borne(make_claim(kind=ClaimKind.REPLY_RATE), 10, 0.5) is None
    assert share_borne(make_claim(reviewed=False), 10, 0.5) is None


def test_a_reply_rate_needs_no_daily_watch(make_seen, make_claim, world):
    claim = make_claim(kind=ClaimKind.REPLY_RATE, value=0.98)
    posts = world.posts(60, BAD, since=100, until=61)

    one_look, daily = (Divergence().check(make_seen(posts, claim, detections=each))[0] for each in (None, {}))

    assert daily == one_look


def test_a_model_that_cannot_tell_labels_apart_sets_no_terms(make_claim, calibration):
    blind = replace(calibration, soft=((0.4, 0.3, 0.3), (0.3, 0.4, 0.3), (0.3, 0.3, 0.4)), counts=((40, 30, 30),) * 3)

    assert Divergence().terms(make_claim(), calibration, 1) is not None
    assert Divergence().terms(make_claim(), blind, 1) is None
    assert Divergence().terms(make_claim(), None, 1) is None
