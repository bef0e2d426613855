"""The part of a page that shows what comments say of a claim."""

from datetime import UTC, datetime

import pytest

from console.render import _ENVIRONMENT
from minsheng.domain import Quote, Sentiment
from minsheng.stances import ClaimReading

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def quote():
    def make(text, confidence=0.91):
        return Quote("forum:1", text, "http://forum.example/1", "forum", NOW, Sentiment.NEGATIVE, confidence, copies=3)

    return make


@pytest.fixture
def shown(desk):
    part = _ENVIRONMENT.get_template("_claim_reading.html")
    return lambda reading: part.render(desk=desk, said=reading)


def test_both_sides_stand_side_by_side_with_words_confidence_and_copies(shown, quote):
    said = ClaimReading(
        "c1",
        "读了 90 条。",
        contradicting=7,
        supporting=2,
        against=(quote("夜里<还>吵"),),
        bearing_out=(quote("安静了"),),
    )

    html = shown(said)

    assert "读了 90 条。" in html
    assert "不一致 7 条，一致 2 条" in html
    assert "夜里&lt;还&gt;吵" in html
    assert "安静了" in html
    assert "把握 91%" in html
    assert "重复 ×3" in html


def test_related_comments_are_on_no_side(shown, quote):
    html = shown(ClaimReading("c1", "只列出相关评论。", related=(quote("路灯坏了"),)))

    assert "路灯坏了" in html
    assert "一致" not in html


def test_without_a_model_only_the_reason_is_shown(shown):
    html = shown(ClaimReading("c1", "没有立场模型。"))

    assert "没有立场模型。" in html
    assert "<details>" not in html
