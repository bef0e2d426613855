"""Topics of two sides: corrected for known confusions, with ratios that hold their error rate, and telling words."""

from datetime import UTC, datetime

import numpy as np
import pytest

from alerts.measures.base import benjamini_hochberg, confusion_of, corrected
from alerts.measures.focus import jensen_shannon, topic_gap, topic_ratios
from alerts.measures.telling_words import telling_words
from alerts.prevalence import folded
from minsheng.domain import TOPICS, Kind, LabelledPost, Opinion, Post, Reading
from minsheng.topic_errors import TopicErrors

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
EQUAL = np.array([0.4, 0.1, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05])


def votes(topics, name, per_thread=1):
    made = []
    for number, topic in enumerate(topics):
        key = f"{name}:{number}"
        thread = f"{name}/{number // per_thread}"
        post = Post(key, name, Kind.PUBLIC, f"http://x/{key}", thread, "", "字", MOMENT, MOMENT)
        made.append(LabelledPost(post, Reading((), Opinion(0.2, 0.6, 0.2), TOPICS[topic], "other", key, "test")))
    return folded(made)


def drawn(rng, shares, size, name, per_thread=1):
    return votes(rng.choice(len(TOPICS), size=size, p=shares), name, per_thread)


def moved(points, to=2):
    shares = EQUAL.copy()
    shares[0], shares[to] = shares[0] - points, shares[to] + points
    return shares


@pytest.fixture(scope="module")
def null_chances():
    rng = np.random.default_rng(1)
    sides = [(drawn(rng, EQUAL, 40, "o"), drawn(rng, EQUAL, 150, "p")) for _ in range(200)]
    return np.array([topic_gap(*pair, TOPICS, "topic", seed).chance for seed, pair in enumerate(sides)])


def test_the_chance_of_like_sides_is_about_uniform(null_chances):
    """Kolmogorov-Smirnov against the uniform at the 1 % level (1.63 / sqrt(n))."""
    ordered = np.sort(null_chances)
    steps = np.arange(1, len(ordered) + 1) / len(ordered)
    distance = max(np.abs(steps - ordered).max(), np.abs(steps - 1 / len(ordered) - ordered).max())

    assert distance < 1.63 / np.sqrt(len(ordered))


@pytest.mark.parametrize(("points", "least", "most"), [(0.10, 0.08, 0.45), (0.15, 0.3, 0.7), (0.20, 0.55, 0.95)])
def test_a_planted_shift_is_found_the_more_often_the_larger_it_is(points, least, most):
    """Power at 5 % with 40 official texts and 150 comments; 300 simulated pairs gave 24, 49 and 73 %."""
    rng = np.random.default_rng(2)
    found = [
        topic_gap(drawn(rng, EQUAL, 40, "o"), drawn(rng, moved(points, 6), 150, "p"), TOPICS, "topic", seed).chance
        <= 0.05
        for seed in range(60)
    ]

    assert least <= np.mean(found) <= most


def confused(rng, shares, size, confusion, name):
    true = rng.choice(len(shares), size=size, p=shares)
    return votes([rng.choice(len(shares), p=confusion[:, topic]) for topic in true], name)


def test_known_confusions_are_corrected_by_at_least_seventy_percent():
    """Half of transport is read as urban: the shift between the two nearly vanishes until it is corrected."""
    rng = np.random.default_rng(3)
    counts = np.diag([100] * 8)
    counts[0, 2], counts[2, 2] = 50, 50
    errors = TopicErrors("test", tuple(map(tuple, counts.tolist())))
    official, public = EQUAL, moved(0.3)
    sides = [
        confused(rng, shares, 4000, confusion_of(counts), name) for shares, name in ((official, "o"), (public, "p"))
    ]

    raw, put_right = (topic_gap(*sides, TOPICS, "topic", 0, known) for known in (None, errors))
    truth = float(jensen_shannon(official, public))

    assert abs(put_right.bits - truth) <= 0.3 * abs(raw.bits - truth)
    assert np.abs(put_right.public - public).sum() <= 0.3 * np.abs(raw.public - public).sum()
    assert put_right.is_corrected


def test_a_correction_stays_in_the_simplex_and_returns_what_went_in():
    rng = np.random.default_rng(4)
    confusion = 0.8 * np.eye(8) + 0.2 * rng.dirichlet(np.ones(8), size=8).T
    true = rng.dirichlet(np.ones(8), size=20)

    found = corrected(true @ confusion.T, confusion)

    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(np.ones(20))
    assert np.abs(found - true).max() < 0.02


def test_a_class_that_was_never_tested_is_taken_as_read():
    assert confusion_of(((4, 0), (1, 0))).tolist() == [[0.8, 0.0], [0.2, 1.0]]


def test_topics_of_like_sides_hardly_ever_stand_out():
    """Some topic stands out in at most a tenth of like pairs, though eight are looked at."""
    rng = np.random.default_rng(5)
    noisy = [
        any(one.stands_out for one in topic_ratios(drawn(rng, EQUAL, 40, "o"), drawn(rng, EQUAL, 150, "p", 3), TOPICS, "topic", seed))
        for seed in range(100)
    ]  # fmt: skip

    assert np.mean(noisy) <= 0.1


def test_a_topic_that_offices_never_name_stands_out_with_a_finite_interval():
    rng = np.random.default_rng(6)
    only = np.array([1.0, *[0.0] * 7])

    first, *_ = topic_ratios(drawn(rng, only, 40, "o"), drawn(rng, moved(0.3), 150, "p"), TOPICS, "topic", 0)

    assert first.topic == "transport"
    assert first.stands_out
    assert 2 < first.ratio.low < first.ratio.value < first.ratio.high < np.inf
    assert first.official.value == 0 < first.official.high


def test_copies_of_a_thread_change_no_ratio():
    rng = np.random.default_rng(7)
    official, public = drawn(rng, EQUAL, 30, "o"), drawn(rng, EQUAL, 100, "p")
    again = folded([vote.labelled for vote in public] * 3)

    assert topic_ratios(official, public, TOPICS, "topic", 0) == topic_ratios(official, again, TOPICS, "topic", 0)


def test_many_looks_are_paid_for():
    # Benjamini & Hochberg 1995, table of section 3.1: the first four of fifteen are discoveries at 0.05.
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip

    assert [p <= 0.05 for p in benjamini_hochberg(chances)] == [True] * 4 + [False] * 11
    assert benjamini_hochberg([]) == []


OFFICIAL = [f"项目第{n}标段按期完成绿化提升，景观亮化全面建成" for n in range(60)]
PUBLIC = [f"第{n}栋楼道漏水没人修，电梯又坏了" for n in range(60)]


def test_words_of_each_side_are_told_apart_and_pieces_are_left_out():
    found = telling_words(OFFICIAL, PUBLIC)
    ours = [one.word for one in found if one.z > 0]
    theirs = [one.word for one in found if one.z < 0]

    assert any("漏水" in word for word in ours)
    assert any("景观" in word or "绿化" in word for word in theirs)
    assert all(abs(one.z) >= 3 for one in found)
    assert not [(a, b) for a in ours for b in ours if a != b and a in b]


def test_a_text_that_repeats_a_word_says_no_more_than_another():
    once = telling_words(OFFICIAL, [*PUBLIC, "漏水"])
    often = telling_words(OFFICIAL, [*PUBLIC, "漏水。" * 50])

    assert once == often


def test_like_sides_have_no_telling_words():
    assert telling_words(PUBLIC, PUBLIC) == ()
    assert telling_words([], PUBLIC) == ()
