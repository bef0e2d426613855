"""What comments say of a claim: both sides, a corrected share, and the gates before either is shown."""

from dataclasses import replace

import numpy as np
import pytest

from alerts.claim_reading import Spoken, read_claim
from minsheng.domain import ClaimKind, ClaimStatus
from minsheng.stances import Stance, StanceErrors

SOFT = ((0.80, 0.10, 0.08), (0.08, 0.75, 0.07), (0.12, 0.15, 0.85))
COUNTS = ((160, 20, 16), (16, 150, 14), (24, 30, 170))
ERRORS = StanceErrors("test", SOFT, COUNTS, 0.7, "600 pairs")
COLUMNS = {"supports": 0, "contradicts": 1, "neither": 2}


@pytest.fixture
def speak(make_labelled):
    """Build comments of which so many take each stance, as a model with these errors reads them."""

    def build(contradicts, supports, neither=0, *, threads=100, copies=False, sure=0.9):
        rng = np.random.default_rng(1)
        made = []
        for true, number in (("contradicts", contradicts), ("supports", supports), ("neither", neither)):
            for _ in range(number):
                called = rng.choice(3, p=np.array(SOFT)[:, COLUMNS[true]])
                row = np.full(3, (1 - sure) / 2)
                row[called] = sure
                cluster = "same" if copies else None
                thread = f"http://t/{len(made) % threads}"
                labelled = make_labelled(f"第{len(made)}条，噪音还是很大", cluster=cluster, thread=thread)
                made.append(Spoken(labelled, Stance(*map(float, row))))
        return made

    return build


def test_the_share_is_corrected_for_the_errors_of_the_model(make_claim, speak):
    spoken = speak(90, 30, 120, sure=0.999)

    reading = read_claim(make_claim(), spoken, ERRORS)

    assert reading.share == pytest.approx(0.75, abs=0.12)
    assert reading.low < reading.share < reading.high
    assert f"{reading.share:.0%}" in reading.why
    assert "不是居民的占比" in reading.why


def test_both_sides_are_shown_with_their_words_and_confidence(make_claim, speak):
    reading = read_claim(make_claim(), speak(90, 90), ERRORS)

    assert reading.contradicting == pytest.approx(75, abs=15)
    assert reading.supporting == pytest.approx(80, abs=15)
    assert all(quote.text and quote.url for quote in (*reading.against, *reading.bearing_out))


def test_few_comments_that_take_a_side_give_quotes_and_no_share(make_claim, speak):
    reading = read_claim(make_claim(), speak(4, 2, 200, sure=0.999), ERRORS)

    assert reading.share is None
    assert "只列原话" in reading.why


def test_copies_have_one_vote(make_claim, speak):
    reading = read_claim(make_claim(), speak(100, 0, copies=True), ERRORS)

    assert reading.effective == 1
    assert reading.share is None


@pytest.mark.parametrize("errors", [None, replace(ERRORS, shown=None)])
def test_without_a_reliable_confidence_no_comment_is_put_on_a_side(make_claim, speak, errors):
    reading = read_claim(make_claim(), speak(90, 30), errors)

    assert reading.against + reading.bearing_out == ()
    assert reading.related
    assert reading.share is None


def test_a_comment_below_the_confidence_is_on_no_side(make_claim, speak):
    reading = read_claim(make_claim(), speak(90, 30, sure=0.6), ERRORS)

    assert (reading.contradicting, reading.supporting) == (0, 0)


@pytest.mark.parametrize("fields", [{"status": ClaimStatus.GOAL}, {"kind": ClaimKind.COMPLETION}])
def test_of_goals_and_completion_comments_are_counted_and_no_share_is_given(make_claim, speak, fields):
    reading = read_claim(make_claim(**fields), speak(90, 30), ERRORS)

    assert reading.contradicting > 0
    assert reading.share is None


def test_what_was_not_read_yet_is_said(make_claim, speak):
    assert "另有 7 条尚未读" in read_claim(make_claim(), speak(90, 30), ERRORS, waiting=7).why


def test_no_reading_calls_a_claim_false(make_claim, speak):
    readings = [
        read_claim(make_claim(), speak(*numbers), errors) for numbers in ((90, 9), (3, 3)) for errors in (ERRORS, None)
    ]

    assert not [one.why for one in readings if any(word in one.why for word in ("虚假", "不实", "造假", "失实"))]
