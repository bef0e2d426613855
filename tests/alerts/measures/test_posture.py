"""How offices answer: waits that are not over, replies to the point, templates, and what makes a reply usable."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from alerts.measures.answering import median_wait
from alerts.measures.posture import match_of, posture, specificity_of, templates_of
from alerts.measures.substance import elements_in
from alerts.rules.posture_gap import PostureGap
from minsheng.domain import Kind, Source, Verdict, Window
from models.duplicates import ClusterStore

# Acute myelogenous leukaemia (Miller 1981), as in the survival package of R.
KEPT = ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
NOT_KEPT = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])
BOARD = {"board": Source("board", "留言板", Kind.PUBLIC, "http://board.example/")}
TOPICS = ("urban", "transport", "environment", "education")
GOOD = "您好，经住建局现场核实，已安排施工单位更换3栋屋面防水，3月25日前完工，联系电话[电话]。"
EMPTY = "尊敬的网友您好，您反映的问题我们高度重视，已转有关部门处理，感谢您的关注与支持。"


@pytest.mark.parametrize(("data", "wanted"), [(KEPT, (31, 18, None)), (NOT_KEPT, (23, 8, None))])
def test_the_median_wait_and_its_interval_agree_with_survfit(data, wanted):
    found = median_wait(*data)

    assert (found.value, found.low, found.high) == wanted


def test_where_most_still_wait_there_is_no_median():
    assert median_wait([1, 2, 3, 4], [True, False, False, False]).value is None
    assert median_wait([], []).value is None


@pytest.fixture
def ask(make_labelled, now):
    """A message of some days ago, and its reply if there is one."""

    def make(days, after=None, reply=GOOD, topic="urban", told=None, cluster=None):
        sent = now - timedelta(days=days)
        message = make_labelled(source="board", published_at=sent, topic=topic)
        if after is None:
            return [message]
        post = replace(
            message.post,
            id=f"{message.post.id}-r",
            kind=Kind.OFFICIAL,
            reply_to=message.post.id,
            text=reply,
            published_at=sent + timedelta(days=after),
        )
        reading = replace(message.reading, topic=told or topic, cluster=cluster or post.id)
        return [message, replace(message, post=post, reading=reading)]

    return make


def flat(groups):
    return [item for group in groups for item in group]


def measured(posts, now):
    return posture(posts, BOARD, Window(now - timedelta(days=180), now), now)


def test_shares_by_working_day_and_the_median_come_with_intervals(ask, now):
    found = measured(flat(ask(60 + n, after=7) for n in range(40)), now)

    assert [one.working_days for one in found.by_day] == [5, 10, 15]
    assert [round(one.share.value) for one in found.by_day] == [1, 1, 1]
    assert all(one.share.low <= one.share.value <= one.share.high for one in found.by_day)
    assert found.median.value == 5
    assert (found.messages, found.answered) == (40, 40)


def test_recent_messages_without_a_reply_are_no_failures(ask, now):
    old = flat(ask(60 + n, after=4) for n in range(40))
    recent = flat(ask(0.5) for _ in range(40))

    alone, both = measured(old, now), measured([*old, *recent], now)

    assert both.messages == 80
    assert [one.share.value for one in both.by_day] == [one.share.value for one in alone.by_day]
    assert len(both.waiting) == 5


def test_under_twenty_messages_no_share_is_given(ask, now):
    found = measured(flat(ask(30 + n, after=3) for n in range(19)), now)

    assert (found.messages, found.by_day, found.median, found.match, found.templates) == (19, (), None, None, None)


def pairs_of(posts):
    return list(zip(posts[::2], posts[1::2], strict=True))


def test_replies_to_the_point_match_far_above_chance(ask):
    posts = flat(ask(30 + n, after=3, topic=TOPICS[n % 4]) for n in range(60))

    found = match_of(pairs_of(posts))

    assert found.share.value == 1
    assert found.at_random == pytest.approx(0.25, abs=0.05)
    assert found.chance <= 0.002


def test_shuffled_replies_match_no_better_than_chance(ask):
    posts = flat(ask(30 + n, after=3, topic=TOPICS[n % 4]) for n in range(200))
    pairs = pairs_of(posts)
    order = np.random.default_rng(0).permutation(len(pairs))

    found = match_of([(message, pairs[other][1]) for (message, _), other in zip(pairs, order, strict=True)])

    assert found.share.low <= found.at_random <= found.share.high
    assert found.chance > 0.05


def test_pairs_without_a_topic_on_a_side_are_left_out(ask):
    posts = flat(ask(30 + n, after=3, told="other") for n in range(40))

    assert match_of(pairs_of(posts)) is None


def test_an_injected_template_is_found_by_the_clusters_of_the_model(ask, tmp_path):
    """The template has a slot, as real ones have; the real folding of copies must see through it."""
    told = [
        f"网友您好，您反映的第{n}号问题我们高度重视，已转交有关部门研究处理，感谢您的关注与支持，祝生活愉快。"
        for n in range(30)
    ]
    own = [f"{'东南西北'[n % 4]}门{n}号{what}，{n + 1}日已由{who}处理" for n, (what, who) in enumerate(
        [("漏水", "物业"), ("路灯不亮", "供电所"), ("井盖缺失", "水务公司"), ("树木倒伏", "园林处"), ("占道经营", "城管队")] * 6)]  # fmt: skip
    posts = flat(ask(30 + n, after=3, reply=text, topic=TOPICS[n % 4]) for n, text in enumerate([*told, *own]))
    store = ClusterStore(tmp_path / "clusters.sqlite")
    clusters = store.assign([one.post for one in posts])
    store.close()
    placed = [
        replace(one, reading=replace(one.reading, cluster=name)) for one, name in zip(posts, clusters, strict=True)
    ]

    found = templates_of(pairs_of(placed))

    assert found.share.value == pytest.approx(0.5, abs=0.05)
    assert found.found[0].replies == 30
    assert found.found[0].topics == tuple(sorted(TOPICS))
    assert "高度重视" in found.found[0].reply.text


def test_the_same_words_within_one_topic_are_no_template(ask):
    posts = flat(ask(30 + n, after=3, cluster="same") for n in range(30))

    assert templates_of(pairs_of(posts)).share.value == 0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (GOOD, ("date", "unit", "measure", "quantity", "contact")),
        (EMPTY, ()),
        ("根据《城市绿化条例》，该处树木由园林管理处负责修剪，预计下周内完成。", ("date", "unit", "measure", "law")),
        ("请您放心，我们会继续努力，欢迎监督。", ()),
        ("共加装扶手120米、更换路灯36盏。", ("measure", "quantity")),
        ("如有疑问请拨打12345热线咨询。", ("contact",)),
    ],
)
def test_what_makes_a_reply_usable_is_counted(text, wanted):
    assert set(elements_in(text)) == set(wanted)


def test_specificity_parts_full_replies_from_empty_ones(ask):
    full, empty = (
        specificity_of([pair[1] for pair in pairs_of(flat(ask(30, 1, reply=text) for _ in range(20)))])
        for text in (GOOD, EMPTY)
    )

    assert (full.mean.value, full.mean.n) == (5, 20)
    assert empty.mean.value == 0
    assert sum(full.by_number) == full.replies == 20


def test_the_mean_of_specificity_has_an_interval(ask):
    texts = [GOOD, EMPTY] * 20

    found = specificity_of([ask(30, 1, reply=text)[1] for text in texts])

    assert found.mean.low < found.mean.value == 2.5 < found.mean.high
    assert found.mean.high - found.mean.low == pytest.approx(2 * 1.96 * 2.5 * (40 / 39) ** 0.5 / 40**0.5)


def judged(posts, make_seen):
    return {found.target: found for found in PostureGap().check(make_seen(posts, sources=BOARD))}


def test_one_text_for_everything_fires_and_names_how_many_it_answered(ask, make_seen):
    posts = flat(ask(30 + n, after=3, reply=EMPTY, topic=TOPICS[n % 4], cluster="same") for n in range(40))

    found = judged(posts, make_seen)

    assert found["template"].fired
    assert "回复了 40 条、4 个主题的留言" in found["template"].why
    assert not found["match"].fired


def test_replies_dealt_at_random_fire_and_good_ones_do_not(ask, make_seen):
    rng = np.random.default_rng(1)
    dealt = flat(ask(30 + n, 3, topic=TOPICS[n % 4], told=TOPICS[rng.integers(4)]) for n in range(80))
    good = flat(ask(30 + n, 3, topic=TOPICS[n % 4]) for n in range(80))

    assert judged(dealt, make_seen)["match"].fired
    assert {one.verdict for one in judged(good, make_seen).values()} == {Verdict.COMPATIBLE}


def test_few_replies_are_an_answer(ask, make_seen):
    found = judged(flat(ask(30 + n, 3) for n in range(10)), make_seen)

    assert {one.verdict for one in found.values()} == {Verdict.NOT_ASSESSABLE}
    assert all("样本不足" in one.why for one in found.values())
