"""Wording of giving and of taking part: our lexicon on sentences of our own, and how it is counted."""

from pathlib import Path

import pytest
import yaml

from alerts.measures.official_wording import GRACE, PARTICIPATION, find_wording, wording_of
from alerts.prevalence import folded

SENTENCES = yaml.safe_load((Path(__file__).parents[2] / "fixtures" / "wording.yml").read_text(encoding="utf-8"))


def found(sentences, side):
    return [sentence for sentence in sentences if any(hit.side == side for hit in find_wording(sentence))]


@pytest.mark.parametrize("side", [GRACE, PARTICIPATION])
def test_precision_on_two_hundred_hard_negatives_is_at_least_ninety_percent(side):
    others = [*SENTENCES["neither"], *SENTENCES[PARTICIPATION if side == GRACE else GRACE]]

    hits, false = found(SENTENCES[side], side), found(others, side)

    assert len(SENTENCES["neither"]) >= 200
    assert len(hits) / (len(hits) + len(false)) >= 0.9, false
    assert len(hits) / len(SENTENCES[side]) >= 0.9, set(SENTENCES[side]) - set(hits)


def test_the_lexicon_agrees_with_the_reader_on_three_hundred_sentences():
    """Cohen's kappa over grace, participation, neither; methods.md §6 asks for .7 before anything is shown."""
    true, read = [], []
    for label, sentences in SENTENCES.items():
        for sentence in sentences:
            sides = {hit.side for hit in find_wording(sentence)}
            true.append(label)
            read.append(GRACE if GRACE in sides else PARTICIPATION if sides else "neither")
    agreed = sum(a == b for a, b in zip(true, read, strict=True)) / len(true)
    chance = sum(true.count(label) * read.count(label) for label in SENTENCES) / len(true) ** 2

    assert len(true) >= 300
    assert (agreed - chance) / (1 - chance) >= 0.7


@pytest.mark.parametrize(
    "text",
    [
        "修路不是恩赐。",
        "不得组织群众点赞。",
        "“居民纷纷点赞”的横幅",
        "没有征求居民意见。",
        "施工方案尚未公示。",
    ],
)
def test_what_is_denied_or_quoted_does_not_count(text):
    assert find_wording(text) == []


def test_a_denial_of_another_clause_does_not_reach():
    (hit,) = find_wording("不是一次两次了，居民纷纷点赞。")

    assert (hit.side, hit.word) == (GRACE, "居民纷纷点赞")


def test_rates_and_their_balance_come_with_an_interval(make_labelled):
    texts = ["群众纷纷点赞新广场。", "居民拍手称赞。", "方案向社会征求意见。"]
    posts = [make_labelled(text, url=f"http://gov.example/{n}") for n, text in enumerate(texts)]

    counted = wording_of(folded(posts))

    assert (counted.texts, counted.grace, counted.participation) == (3, 2, 1)
    assert counted.grace_rate == pytest.approx(2000 / counted.characters)
    assert counted.balance.low < 0 < counted.balance.value < counted.balance.high
    assert counted.hits[0].url == "http://gov.example/0"


def test_copies_of_a_text_count_once_and_silence_has_no_balance(make_labelled):
    copies = [make_labelled("群众纷纷点赞新广场。", cluster="same") for _ in range(9)]

    assert wording_of(folded(copies)).grace == 1
    assert wording_of(folded([make_labelled("今日停水。")])).balance is None
    assert wording_of([]).grace_rate == 0
