from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rules.divergence import Divergence
from alerts.tipping import threshold_share
from minsheng.domain import Calibration, ClaimKind, ClaimStatus, Kind, Verdict

BAD = (0.8, 0.1, 0.1)
GOOD = (0.04, 0.16, 0.8)
GONE = {"kind": ClaimKind.RESOLUTION, "value": None, "text": "噪音扰民问题已解决", "aspect": "environment"}


def judged(seen, **thresholds):
    (finding,) = Divergence(**thresholds).check(seen)
    return finding


def test_a_claim_that_comments_contradict_diverges_and_says_why(world, make_seen, make_claim):
    found = judged(make_seen(world.posts(120, BAD), make_claim()))

    assert found.fired
    assert found.verdict is Verdict.DIVERGES
    assert found.level > 10
    assert found.key == "divergence|road|c1"
    for words in ("满意率95%", "倍以上", "超过本规则容许的 10 倍", "n=120", "有效样本", "95% 区间"):
        assert words in found.why


def test_a_finding_carries_its_claim_numbers_interval_and_quotes_of_both_sides(world, make_seen, make_claim):
    claim = make_claim()

    found = judged(make_seen(world.posts(120, BAD), claim))

    evidence = found.evidence
    assert found.claim == claim
    assert evidence.posts == 120
    assert evidence.low < evidence.share < evidence.high
    assert evidence.prevalence.clusters == 120
    assert evidence.sources == ("board", "forum")
    assert len(evidence.quotes) == 10
    assert all(quote.sentiment == "negative" and quote.url.startswith("http") for quote in evidence.quotes)
    assert all(quote.sentiment == "positive" for quote in evidence.counter_quotes)


def test_a_claim_that_comments_bear_out_is_compatible(world, make_seen, make_claim):
    found = judged(make_seen(world.posts(120, GOOD), make_claim()))

    assert (found.fired, found.verdict) == (False, Verdict.COMPATIBLE)
    assert "可以并存" in found.why


def test_between_three_and_ten_a_claim_is_in_tension(world, make_seen, make_claim):
    found = judged(make_seen(world.posts(300, (0.28, 0.2, 0.52)), make_claim()))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert 3 <= found.level <= 10
    assert "3.0 倍与 10 倍之间" in found.why


def test_too_few_comments_is_an_answer(world, make_seen, make_claim):
    found = judged(make_seen(world.posts(15, BAD), make_claim()))

    assert (found.fired, found.verdict) == (False, Verdict.NOT_ASSESSABLE)
    assert "样本不足" in found.why
    assert found.evidence.share is None


def test_no_comments_at_all_is_an_answer_too(make_seen, make_claim):
    found = judged(make_seen([], make_claim()))

    assert found.verdict is Verdict.NOT_ASSESSABLE
    assert "只有 0 条" in found.why


def test_comments_without_attitude_say_nothing(world, make_seen, make_claim):
    found = judged(make_seen(world.posts(60, (0.0, 1.0, 0.0)), make_claim()))

    assert found.verdict is Verdict.NOT_ASSESSABLE
    assert "表明态度" in found.why


def test_one_claim_one_finding_and_no_claim_says_so(world, make_seen, make_claim):
    posts = world.posts(60, BAD)
    two = Divergence().check(make_seen(posts, make_claim(), make_claim(id="c2"), make_claim(id="x", project="park")))

    assert [finding.target for finding in two] == ["c1", "c2"]
    assert "没有登记官方表述" in judged(make_seen(posts)).why


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reviewed": False}, "未经人工确认"),
        ({"status": ClaimStatus.GOAL}, "目标不以评论的褒贬检验"),
        ({"kind": ClaimKind.COMPLETION}, "进度不以评论的褒贬检验"),
        ({"kind": ClaimKind.REPLY_RATE, "status": ClaimStatus.GOAL}, "目标不以评论的褒贬检验"),
    ],
)
def test_goals_progress_and_unreviewed_claims_are_never_judged(world, make_seen, make_claim, fields, words):
    found = judged(make_seen(world.posts(200, BAD), make_claim(**fields)))

    assert (found.fired, found.verdict) == (False, Verdict.NOT_ASSESSABLE)
    assert words in found.why


def test_a_claim_of_tomorrow_is_not_judged_today(world, make_seen, make_claim, now):
    found = judged(make_seen(world.posts(200, BAD), make_claim(published_at=now + timedelta(days=1))))

    assert "尚未发布" in found.why


def test_comments_before_the_claim_or_after_now_or_by_offices_do_not_count(world, make_seen, make_claim):
    before = world.posts(100, BAD, since=90, until=61)
    later = world.posts(100, BAD, since=-1, until=-5)
    official = world.posts(100, BAD, kind=Kind.OFFICIAL)

    found = judged(make_seen([*before, *later, *official], make_claim()))

    assert found.evidence.posts == 0


def test_only_comments_on_the_aspect_of_the_claim_count(world, make_seen, make_claim):
    posts = [*world.posts(200, BAD), *world.posts(8, GOOD, aspect="traffic")]

    found = judged(make_seen(posts, make_claim(aspect="traffic")))

    assert found.evidence.posts == 8
    assert "关于“交通出行”的" in found.why


def test_without_known_errors_of_the_model_nothing_is_judged(world, make_seen, make_claim):
    posts = world.posts(100, BAD)
    blind = Calibration("blind", ((1 / 3,) * 3,) * 3, ((30, 30, 30),) * 3)

    assert "模型误差未知" in judged(make_seen(posts, make_claim(), calibration=None)).why
    assert "模型误差过大" in judged(make_seen(posts, make_claim(), calibration=blind)).why


def test_an_alert_needs_thirty_comments_and_two_sources_or_ten_threads(world, make_seen, make_claim):
    few = world.posts(29, (1.0, 0.0, 0.0), per_thread=1)
    narrow = world.posts(60, (1.0, 0.0, 0.0), per_thread=7, sources=("forum",))

    by_few = judged(make_seen(few, make_claim()))
    by_narrow = judged(make_seen(narrow, make_claim()))

    assert (by_few.fired, by_few.verdict) == (False, Verdict.TENSION)
    assert "不到提示所需的 30 条" in by_few.why
    assert (by_narrow.fired, by_narrow.verdict) == (False, Verdict.TENSION)
    assert "1 个来源、9 个帖子" in by_narrow.why


def test_ten_threads_of_one_source_are_enough(world, make_seen, make_claim):
    assert judged(make_seen(world.posts(60, BAD, per_thread=6, sources=("forum",)), make_claim())).fired


def test_estimators_that_disagree_hold_an_alert_back(world, make_seen, make_claim):
    found = judged(make_seen(world.posts(200, BAD), make_claim()), max_disagreement=0.0001)

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "两种估计方法相差" in found.why


def test_an_alert_that_leans_on_one_source_is_held_back(world, make_seen, make_claim):
    posts = [*world.posts(150, BAD, sources=("forum",)), *world.posts(40, GOOD, sources=("board",))]

    found = judged(make_seen(posts, make_claim()))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "去掉评论最多的来源" in found.why


def test_a_burst_of_pasted_praise_does_not_hide_a_divergence(world, make_seen, make_claim, make_labelled, now):
    praise = [
        make_labelled(
            "感谢政府，路修得真好",
            negative=0.01,
            neutral=0.01,
            positive=0.98,
            cluster="forum:praise",
            published_at=now - timedelta(days=2),
        )
        for _ in range(500)
    ]

    found = judged(make_seen([*world.posts(120, BAD), *praise], make_claim()))

    assert found.fired
    assert "n=620，去重后 121" in found.why


def test_a_burst_of_pasted_complaint_does_not_make_one(world, make_seen, make_claim, make_labelled, now):
    pasted = [make_labelled(cluster="forum:bad", published_at=now - timedelta(days=2)) for _ in range(500)]

    found = judged(make_seen([*world.posts(120, GOOD), *pasted], make_claim()))

    assert found.verdict is Verdict.COMPATIBLE


def test_at_the_boundary_it_rarely_fires(make_world, make_seen, make_claim):
    """One look at each of 60 projects whose complaint is just what the claim bears; the interval allows 2.5 %."""
    share = threshold_share(0.95, 10)
    fired = 0
    for seed in range(60):
        world = make_world(seed)
        posts = world.posts(90, (share * 0.8, 0.2, (1 - share) * 0.8), per_thread=1)
        fired += judged(make_seen(posts, make_claim(), calibration=world.calibration())).fired

    assert fired <= 4


def test_the_same_observation_gives_the_same_finding(world, make_seen, make_claim):
    seen = make_seen(world.posts(120, BAD), make_claim())

    assert judged(seen) == judged(seen)


def test_a_small_survey_lowers_the_bar_of_a_claim(world, make_seen, make_claim):
    posts = world.posts(100, (0.5, 0.2, 0.3))

    large = judged(make_seen(posts, make_claim(value=0.99)))
    small = judged(make_seen(posts, make_claim(value=0.99, survey_size=10)))

    assert small.level < large.level
    assert "按 90.8% 计" in small.why


def test_a_problem_called_solved_diverges_when_complaints_go_on(world, make_seen, make_claim):
    before = world.posts(80, BAD, since=140, until=61, aspect="environment")
    after = world.posts(80, BAD, since=59, aspect="environment")

    found = judged(make_seen([*before, *after], make_claim(**GONE)))

    assert found.fired
    assert "没有显出好转" in found.why
    assert "每周负面评论由" in found.why


def test_a_problem_called_solved_is_compatible_when_the_share_fell(world, make_seen, make_claim):
    before = world.posts(80, BAD, since=140, until=61, aspect="environment")
    after = world.posts(80, (0.5, 0.25, 0.25), since=59, aspect="environment")

    found = judged(make_seen([*before, *after], make_claim(**GONE)))

    assert (found.fired, found.verdict) == (False, Verdict.COMPATIBLE)
    assert "确有下降" in found.why


def test_a_problem_called_solved_is_compatible_when_hardly_anybody_complains(world, make_seen, make_claim):
    before = world.posts(80, GOOD, since=140, until=61, aspect="environment")
    after = world.posts(80, GOOD, since=59, aspect="environment")

    found = judged(make_seen([*before, *after], make_claim(**GONE)))

    assert found.verdict is Verdict.COMPATIBLE
    assert "低于 50%" in found.why


def test_fewer_complaints_at_the_same_share_are_no_divergence(world, make_seen, make_claim):
    """On a message board all is complaint: a problem solved shows in their number."""
    before = world.posts(200, BAD, since=140, until=61, aspect="environment")
    after = world.posts(40, BAD, since=59, aspect="environment")

    found = judged(make_seen([*before, *after], make_claim(**GONE)))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "条数少了" in found.why


def test_a_wide_interval_without_a_fall_is_a_tension(world, make_seen, make_claim):
    before = world.posts(60, (0.4, 0.1, 0.5), since=140, until=61, aspect="environment")
    after = world.posts(60, (0.45, 0.1, 0.45), since=59, aspect="environment")

    found = judged(make_seen([*before, *after], make_claim(**GONE)))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)
    assert "区间较宽" in found.why


def test_praise_claimed_with_nothing_to_compare_is_read_as_four_in_five_satisfied(world, make_seen, make_claim):
    claim = make_claim(kind=ClaimKind.POLARITY, value=None, text="群众纷纷点赞")

    against = judged(make_seen(world.posts(120, (0.95, 0.04, 0.01)), claim))
    borne_out = judged(make_seen(world.posts(120, GOOD), claim))

    assert against.fired
    assert "按至少 80% 的人满意折算" in against.why
    assert borne_out.verdict is Verdict.COMPATIBLE


def test_a_rise_in_satisfaction_is_judged_by_before_and_after(world, make_seen, make_claim):
    claim = make_claim(status=ClaimStatus.DELTA, value=0.05, text="满意率提升5个百分点")
    posts = [*world.posts(80, BAD, since=140, until=61), *world.posts(80, BAD, since=59)]

    assert "没有显出好转" in judged(make_seen(posts, claim)).why


def test_an_old_claim_is_judged_by_the_last_half_year_only(world, make_seen, make_claim, now):
    old = world.posts(100, BAD, since=400, until=200)
    claim = make_claim(published_at=now - timedelta(days=500))

    assert judged(make_seen([*old, *world.posts(100, GOOD)], claim)).verdict is Verdict.COMPATIBLE


@pytest.fixture
def replied(world):
    def make(answered: int, number: int):
        asked = world.posts(number, BAD, since=120, until=20, per_thread=1, sources=("board",))
        answers = [
            replace(
                item,
                post=replace(
                    item.post,
                    id=f"{item.post.id}-r",
                    kind=Kind.OFFICIAL,
                    reply_to=item.post.id,
                    published_at=item.post.published_at + timedelta(days=3),
                ),
            )
            for item in asked[:answered]
        ]
        return [*asked, *answers]

    return make


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [(20, Verdict.DIVERGES), (46, Verdict.TENSION), (50, Verdict.COMPATIBLE)],
)
def test_a_reply_rate_is_counted_exactly(replied, make_seen, make_claim, answered, verdict):
    claim = make_claim(kind=ClaimKind.REPLY_RATE, value=0.99, text="留言回复率99%")

    found = judged(make_seen(replied(answered, 50), claim, calibration=None))

    assert found.verdict is verdict
    assert found.fired == (verdict is Verdict.DIVERGES)
    assert f"50 条留言（去重后）中 {answered} 条得到回复" in found.why
    assert found.evidence.share == answered / 50
    assert found.evidence.low < answered / 50 <= found.evidence.high


def test_a_reply_rate_needs_messages_replies_to_be_seen_and_a_level(replied, make_seen, make_claim):
    claim = make_claim(kind=ClaimKind.REPLY_RATE, value=0.99)
    delta = make_claim(kind=ClaimKind.REPLY_RATE, value=0.1, status=ClaimStatus.DELTA)

    assert "样本不足" in judged(make_seen(replied(4, 15), claim)).why
    assert "看不到回复" in judged(make_seen(replied(0, 50), claim)).why
    assert "无法对照" in judged(make_seen(replied(20, 50), delta)).why
