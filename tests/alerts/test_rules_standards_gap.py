import pytest

from alerts.rules.standards_gap import StandardsGap
from minsheng.domain import Kind, Verdict

SHOWN = (0.0, 0.2, 0.8)
BAD = (0.85, 0.1, 0.05)
FINE = (0.1, 0.3, 0.6)


def judged(seen, **thresholds):
    (finding,) = StandardsGap(**thresholds).check(seen)
    return finding


@pytest.fixture
def shows(world):
    def make(form: int, function: int = 0):
        return [
            *world.posts(form, SHOWN, kind=Kind.OFFICIAL, aspect="facilities", per_thread=1),
            *world.posts(function, SHOWN, kind=Kind.OFFICIAL, aspect="safety", per_thread=1),
        ]

    return make


def test_a_work_shown_for_its_looks_and_failing_in_use_fires(world, make_seen, shows):
    posts = [*shows(6, 2), *world.posts(80, BAD), *world.posts(60, FINE, aspect="facilities")]

    found = judged(make_seen(posts))

    assert found.fired
    assert "8 条中 6 条谈外观与进度（75%）" in found.why
    assert "不好用" in found.why
    assert found.evidence.posts == 80


def test_without_comments_on_looks_there_is_nothing_to_compare_and_it_fires(world, make_seen, shows):
    found = judged(make_seen([*shows(4), *world.posts(80, BAD)]))

    assert found.fired
    assert "谈外观的评论太少" in found.why


def test_a_work_that_is_found_good_in_use_is_compatible(world, make_seen, shows):
    found = judged(make_seen([*shows(6), *world.posts(80, FINE)]))

    assert (found.fired, found.verdict) == (False, Verdict.COMPATIBLE)
    assert "没有超过 50%" in found.why


def test_a_work_disliked_in_looks_as_in_use_is_no_gap(world, make_seen, shows):
    found = judged(make_seen([*shows(6), *world.posts(80, BAD), *world.posts(80, BAD, aspect="facilities")]))

    assert found.verdict is Verdict.COMPATIBLE
    assert "相差不多" in found.why


def test_offices_that_speak_of_function_show_no_gap(world, make_seen, shows):
    found = judged(make_seen([*shows(2, 6), *world.posts(80, BAD)]))

    assert found.verdict is Verdict.COMPATIBLE
    assert "并未侧重外观" in found.why


def test_reviewed_claims_count_as_official_and_others_do_not(world, make_seen, make_claim):
    posts = world.posts(80, BAD)
    claims = [make_claim(id=f"c{n}", aspect="facilities") for n in range(3)]
    unreviewed = [make_claim(id=f"c{n}", aspect="facilities", reviewed=False) for n in range(3)]

    assert judged(make_seen(posts, *claims)).fired
    assert "样本不足：官方发布与已确认的表述只有 0 条" in judged(make_seen(posts, *unreviewed)).why


def test_too_few_comments_or_unknown_errors_are_said(world, make_seen, shows):
    assert "样本不足：谈使用功能" in judged(make_seen([*shows(5), *world.posts(10, BAD)])).why
    assert "只有 0 条" in judged(make_seen(shows(5))).why
    assert "模型误差未知" in judged(make_seen([*shows(5), *world.posts(80, BAD)], calibration=None)).why


def test_narrow_ground_is_a_tension(world, make_seen, shows):
    found = judged(make_seen([*shows(5), *world.posts(28, (1, 0, 0), per_thread=1)]))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "暂不提示" in found.why
