import json
import shutil

import numpy as np
import pytest

from minsheng.domain import ASPECTS, INTENTS, TOPICS, Sentiment
from models.open import open_model
from models.transformer import over_windows

TEXTS = ["路灯坏了三天没人修", "感谢政府", "请问地铁何时开工", "噪音扰民" * 40, "公园环境很差", "好"]
HEADS = ("sentiment", "relevance", "aspect", "intent", "topic")


@pytest.fixture(scope="module", params=["onnx", "torch"])
def tiny(request, tiny_folder, tiny_shipped):
    return open_model(str(tiny_shipped if request.param == "onnx" else tiny_folder), engine=request.param)


def probabilities(opinion):
    return (opinion.negative, opinion.neutral, opinion.positive)


def test_there_is_one_reading_per_text_in_their_order(tiny):
    together = tiny.read(TEXTS)
    alone = [tiny.read([text])[0] for text in TEXTS]

    assert [r.aspect for r in together] == [r.aspect for r in alone]
    assert len({r.opinion.negative for r in together}) == len(TEXTS)


def test_neighbours_order_and_size_of_the_batch_do_not_matter(tiny):
    alone = [tiny.probabilities([text], HEADS) for text in TEXTS]
    crowd = [*("很差" * i for i in range(1, 30)), *reversed(TEXTS)]

    crowded = tiny.probabilities(crowd, HEADS)

    for i, text in enumerate(TEXTS):
        for head in HEADS:
            assert alone[i][head][0] == pytest.approx(crowded[head][crowd.index(text, 29)], abs=1e-3)


def test_probabilities_sum_to_one_and_names_are_those_of_the_domain(tiny):
    for reading in tiny.read(TEXTS):
        assert sum(probabilities(reading.opinion)) == pytest.approx(1)
        assert reading.topic in TOPICS
        assert reading.aspect in ASPECTS
        assert reading.intent in INTENTS
        assert 0 <= reading.relevance <= 1


def test_only_the_heads_that_are_asked_for_are_given(tiny):
    found = tiny.probabilities(TEXTS, ("topic", "sentiment"))

    assert {name: rows.shape for name, rows in found.items()} == {"topic": (6, 7), "sentiment": (6, 3)}
    assert found["topic"].sum(axis=1) == pytest.approx(np.ones(6))
    assert tiny.probabilities(TEXTS, ()) == {}


def test_the_heads_name_their_classes(tiny):
    assert set(tiny.heads) == set(HEADS)
    assert tiny.heads["sentiment"] == ("negative", "neutral", "positive")


@pytest.mark.parametrize("text", ["", "  ", "\u3000\n", "\u200b"])
def test_an_empty_text_says_nothing(tiny, text):
    reading = tiny.read([text])[0]
    found = tiny.probabilities([text, "好"], ("sentiment", "relevance", "intent"))

    assert reading.opinion.label is Sentiment.NEUTRAL
    assert reading.opinion.confidence == 1
    assert (reading.topic, reading.aspect, reading.intent, reading.relevance) == ("other", "other", "opinion", 0)
    assert found["relevance"][0].tolist() == [1, 0]
    assert found["intent"][0].tolist() == pytest.approx([1 / 7] * 7)
    assert not tiny.vectors([text]).any()


def test_no_texts_give_no_readings(tiny):
    assert tiny.read([]) == []
    assert tiny.predict([]) == []
    assert tiny.probabilities([], ("intent",))["intent"].shape == (0, 7)
    assert tiny.vectors([]).shape == (0, 32)


def test_a_text_of_ten_thousand_letters_is_read_to_its_end(tiny):
    start = "公园" * 5000

    plain, changed = tiny.predict([start, start[:-20] + "噪音扰民一直没人管路灯坏了三天没人"])

    assert plain != changed


def test_copies_of_a_text_are_computed_once_and_read_alike(tiny):
    first, *rest = tiny.predict(["很差"] * 50)

    assert all(opinion == first for opinion in rest)


def test_vectors_are_of_unit_length_and_the_same_text_has_the_same(tiny):
    rows = tiny.vectors([*TEXTS, TEXTS[0]])

    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(7), abs=1e-5)
    assert rows[0] == pytest.approx(rows[-1])
    assert rows[0] @ rows[1] < 0.999


def test_pooled_rows_are_what_the_heads_read(tiny, tiny_folder):
    from models.heads import load_heads

    pooled = tiny.pooled(["公园环境很差", ""])

    assert pooled.shape == (2, 64)
    assert not pooled[1].any()
    assert load_heads(tiny_folder).probabilities(pooled[:1], "aspect") == pytest.approx(
        tiny.probabilities(["公园环境很差"], ("aspect",))["aspect"], abs=1e-5
    )


def test_progress_rises_to_the_number_of_texts(tiny):
    seen = []

    tiny.read(TEXTS * 3, lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (18, 18)


def test_progress_is_reported_when_all_texts_are_empty(tiny):
    seen = []

    tiny.read(["", " "], lambda done, total: seen.append((done, total)))

    assert seen == [(2, 2)]


def test_a_topic_below_the_threshold_is_other(tiny_shipped, tmp_path):
    folder = shutil.copytree(tiny_shipped, tmp_path / "sure")
    heads = json.loads((folder / "heads.json").read_text())
    (folder / "heads.json").write_text(json.dumps({**heads, "topic_threshold": 1.01, "unsure": 0.6}))

    model = open_model(str(folder))

    assert {r.topic for r in model.read(TEXTS)} == {"other"}
    assert (model.topic_threshold, model.unsure) == (1.01, 0.6)


def test_a_neutral_story_does_not_drown_the_attitude_of_one_window():
    folded = over_windows(np.array([[0.05, 0.9, 0.05]] * 3 + [[0.95, 0.03, 0.02]]), 1)

    assert folded.argmax() == 0
    assert folded.sum() == pytest.approx(1)
