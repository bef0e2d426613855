from datetime import UTC, datetime

import numpy as np
import pytest

from alerts.measures.focus import effective_topics, jensen_shannon, topic_gap
from alerts.prevalence import folded
from alerts.rules.focus_gap import FocusGap
from minsheng.domain import TOPICS, Kind, LabelledPost, Opinion, Post, Reading, Verdict

MIX = {"urban": 0.5, "transport": 0.3, "environment": 0.2}


def judged(seen, **thresholds):
    (finding,) = FocusGap(**thresholds).check(seen)
    return finding


@pytest.fixture
def speak(world):
    def make(kind=Kind.PUBLIC, per_thread=3, **numbers):
        return [
            post
            for topic, number in numbers.items()
            for post in world.posts(number, topic=topic, kind=kind, per_thread=per_thread)
        ]

    return make


def test_offices_that_speak_of_other_things_fire(speak, make_seen):
    posts = [*speak(Kind.OFFICIAL, 1, urban=18, environment=2), *speak(transport=60, urban=10)]

    found = judged(make_seen(posts))

    assert found.fired
    assert "公众多谈“交通运输”（公众 86%，官方 0%）" in found.why
    assert "官方多谈“城乡建设”" in found.why
    assert found.level > 0.2
    assert all(quote.source in {"forum", "board"} for quote in found.evidence.quotes)
    assert found.evidence.counter_quotes


def test_offices_that_speak_of_the_same_do_not(speak, make_seen):
    posts = [*speak(Kind.OFFICIAL, 1, urban=10, transport=10), *speak(transport=40, urban=40)]

    found = judged(make_seen(posts))

    assert (found.fired, found.verdict) == (False, Verdict.COMPATIBLE)
    assert "没有超过阈值" in found.why


@pytest.mark.parametrize(
    ("official", "public", "per_thread", "words"),
    [
        (9, 90, 3, "官方发布（不含回复）只有 9 条"),
        (20, 49, 3, "去重后的评论只有 49 条"),
        (20, 90, 10, "只在 9 个帖子里"),
    ],
)
def test_too_few_texts_on_a_side_is_an_answer(speak, make_seen, official, public, per_thread, words):
    posts = [*speak(Kind.OFFICIAL, 1, urban=official), *speak(per_thread=per_thread, transport=public)]

    found = judged(make_seen(posts))

    assert (found.fired, found.verdict) == (False, Verdict.NOT_ASSESSABLE)
    assert "样本不足" in found.why
    assert words in found.why


def test_aspects_can_be_compared_instead(world, make_seen):
    posts = [
        *world.posts(20, kind=Kind.OFFICIAL, aspect="facilities", per_thread=1),
        *world.posts(80, aspect="traffic"),
    ]

    found = judged(make_seen(posts), by="aspect")

    assert found.fired
    assert "“公共设施”" in found.why
    assert not judged(make_seen(posts)).fired


@pytest.mark.parametrize("likeness", [None, 3.0])
def test_alike_sides_hardly_ever_fire_also_with_long_threads_of_one_subject(likeness):
    """Size of the test: 150 pairs of one distribution; at a chance of 0.05 about 7 are expected."""
    rng, shares = np.random.default_rng(8), np.array(list(MIX.values()))
    chances = []
    for seed in range(150):
        official = rng.multinomial(1, shares, size=30).astype(float)
        mixed = [shares if likeness is None else rng.dirichlet(shares * likeness) for _ in range(25)]
        public = np.array([rng.multinomial(m, p) for m, p in zip(rng.integers(1, 12, 25), mixed, strict=True)], float)
        chances.append(_chance(official, public, seed))

    assert np.mean(np.array(chances) <= 0.05) <= 0.11


def _chance(official, public, seed):
    sides = [_votes(rows, name) for name, rows in (("o", official), ("p", public))]
    return topic_gap(*sides, TOPICS, "topic", seed).chance


def _votes(rows, name):
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    made = []
    for thread, row in enumerate(rows):
        for column, topic in enumerate(MIX):
            for copy in range(int(row[column])):
                key = f"{name}:{thread}-{topic}-{copy}"
                post = Post(key, name, Kind.PUBLIC, f"http://x/{key}", f"{name}{thread}", "", "字", moment, moment)
                made.append(LabelledPost(post, Reading((), Opinion(0.2, 0.6, 0.2), topic, "other", key, "test")))
    return folded(made)


def test_copies_do_not_change_the_gap(speak, make_seen, make_labelled):
    posts = [*speak(Kind.OFFICIAL, 1, urban=10, transport=10), *speak(transport=40, urban=40)]
    first = make_labelled(topic="health", cluster="a")
    copies = [make_labelled(topic="health", cluster="a") for _ in range(200)]

    assert judged(make_seen([*posts, first])).level == judged(make_seen([*posts, first, *copies])).level


def test_divergence_is_zero_for_like_and_one_bit_for_disjoint():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.0, 1.0])

    assert jensen_shannon(p, p) == pytest.approx(0)
    assert jensen_shannon(p, q) == pytest.approx(1)
    assert jensen_shannon(p, q) == jensen_shannon(q, p)


def test_threads_of_one_subject_count_as_one_text_each():
    assert effective_topics(np.array([[5.0, 0.0], [0.0, 5.0]] * 10)) == pytest.approx(20)
    assert effective_topics(np.array([[1.0, 0.0], [0.0, 1.0]])) == 2
