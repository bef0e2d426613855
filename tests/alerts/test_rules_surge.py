from datetime import timedelta

import pytest

from alerts.rules.surge import Surge
from minsheng.domain import Verdict

CALM = (0.2, 0.4, 0.4)
ANGRY = (0.8, 0.1, 0.1)


def judged(seen, **thresholds):
    volume, negative = Surge(**thresholds).check(seen)
    return volume, negative


def usual(world, weekly=15, weeks=6, shares=CALM):
    return world.posts(weekly * weeks, shares, since=7 + 7 * weeks, until=7, tag="usual")


def test_three_times_the_usual_volume_fires(world, make_seen):
    volume, _ = judged(make_seen([*usual(world), *world.posts(48, CALM, since=7)]))

    assert volume.fired
    assert volume.key == "surge|road|volume"
    assert "为平时的 3.2 倍" in volume.why


def test_the_usual_volume_does_not_fire(world, make_seen):
    volume, negative = judged(make_seen([*usual(world, weekly=25), *world.posts(27, CALM, since=7)]))

    assert (volume.fired, volume.verdict) == (False, Verdict.COMPATIBLE)
    assert "没有超过阈值" in volume.why
    assert (negative.fired, negative.verdict) == (False, Verdict.COMPATIBLE)


def test_a_pasted_text_is_no_surge_but_its_copies_are_named(world, make_seen, make_labelled, now):
    pasted = [make_labelled(cluster="a", published_at=now - timedelta(hours=n + 1)) for n in range(100)]

    volume, _ = judged(make_seen([*usual(world, weekly=25), *world.posts(25, CALM, since=7), *pasted]))

    assert not volume.fired
    assert "去重后 26 条评论（原始 125 条，最多的一条出现 100 次）" in volume.why


def test_new_copies_of_an_old_text_are_not_new_comments(world, make_seen, make_labelled, now):
    old = make_labelled(cluster="a", published_at=now - timedelta(days=20))
    copies = [make_labelled(cluster="a", published_at=now - timedelta(hours=n + 1)) for n in range(40)]

    volume, _ = judged(make_seen([*usual(world), old, *copies]))

    assert volume.verdict is Verdict.NOT_ASSESSABLE
    assert "只有 0 条" in volume.why


def test_a_project_younger_than_its_baseline_is_not_judged(world, make_seen):
    for finding in judged(make_seen(world.posts(100, CALM, since=20))):
        assert finding.verdict is Verdict.NOT_ASSESSABLE
        assert "样本不足" in finding.why
        assert "至少要 35 天" in finding.why


@pytest.mark.parametrize(("size", "verdict"), [(19, Verdict.NOT_ASSESSABLE), (20, Verdict.DIVERGES)])
def test_twenty_comments_are_the_least(world, make_seen, size, verdict):
    volume, _ = judged(make_seen([*usual(world, weekly=3), *world.posts(size, CALM, since=7)]))

    assert volume.verdict is verdict


def test_weekdays_are_compared_with_like_weekdays(make_seen, make_labelled, now):
    """A project that people speak of on Mondays only has its usual Monday, not a surge."""
    posts = [
        make_labelled(published_at=now - timedelta(days=1 + 7 * week, minutes=n))
        for week in range(6)
        for n in range(30)
    ]

    volume, _ = judged(make_seen(posts))

    assert volume.verdict is Verdict.COMPATIBLE
    assert "为平时的 1.0 倍" in volume.why


def test_a_bursty_project_needs_a_larger_surge(world, make_seen):
    bursty = [*world.posts(60, CALM, since=28, until=26), *world.posts(6, CALM, since=49, until=29)]

    volume, _ = judged(make_seen([*bursty, *world.posts(48, CALM, since=7)]))

    assert not volume.fired


def test_comments_of_a_source_that_was_silent_before_are_named(world, make_seen):
    fresh = world.posts(50, CALM, since=7, sources=("news",))

    volume, _ = judged(make_seen([*usual(world), *fresh]))

    assert "其中 50 条来自此前没有该项目评论的来源" in volume.why


def test_a_risen_negative_share_fires(world, make_seen):
    _, negative = judged(make_seen([*usual(world, weekly=25), *world.posts(60, ANGRY, since=7)]))

    assert negative.fired
    assert negative.key == "surge|road|negative"
    assert negative.evidence.low <= negative.evidence.share <= negative.evidence.high
    assert "超过阈值" in negative.why


def test_a_risen_share_on_narrow_ground_is_a_tension(world, make_seen):
    _, negative = judged(make_seen([*usual(world, weekly=25), *world.posts(29, (1, 0, 0), since=7, per_thread=1)]))

    assert (negative.fired, negative.verdict) == (False, Verdict.TENSION)
    assert "暂不提示" in negative.why


def test_too_few_comments_or_unknown_errors_leave_the_share_open(world, make_seen):
    posts = [*usual(world), *world.posts(10, ANGRY, since=7)]

    _, few = judged(make_seen(posts))
    _, unknown = judged(make_seen(posts, calibration=None))

    assert "样本不足" in few.why
    assert "模型误差未知" in unknown.why


def test_without_any_comment_both_say_so(make_seen):
    for finding in judged(make_seen([])):
        assert finding.verdict is Verdict.NOT_ASSESSABLE


def test_an_even_flow_hardly_ever_fires(make_world, make_seen):
    fired = 0
    for seed in range(40):
        world = make_world(seed)
        posts = []
        for day in range(42):
            posts += world.posts(int(world.rng.poisson(4)), CALM, since=day + 1, until=day)
        fired += any(finding.fired for finding in Surge().check(make_seen(posts)))

    assert fired == 0
