"""The model that is shipped: whole, small enough, and right on sentences written for this test."""

import json

import pytest

from minsheng.domain import Sentiment
from models.open import SHIPPED_FOLDER, open_model

NEGATIVE, NEUTRAL, POSITIVE = Sentiment


@pytest.fixture(scope="module")
def shipped():
    return open_model("shipped")


def test_the_folder_is_whole_and_small():
    names = {path.name for path in SHIPPED_FOLDER.iterdir()}

    assert names >= {"config.json", "model.safetensors", "tokenizer.json", "heads.safetensors", "heads.json"}
    assert names >= {"calibration.json", "report.json", "report.md", "MODEL_CARD.md"}
    assert sum(path.stat().st_size for path in SHIPPED_FOLDER.parent.rglob("*") if path.is_file()) < 39_000_000


def test_the_card_states_the_numbers_of_the_report():
    report = json.loads((SHIPPED_FOLDER / "report.json").read_text("utf-8"))
    card = (SHIPPED_FOLDER / "MODEL_CARD.md").read_text("utf-8")

    for part in ("sentiment", "aspect", "topic"):
        assert f"{report[part]['macro_f1']:.3f}" in card


def test_it_beats_the_floor_by_far():
    report = json.loads((SHIPPED_FOLDER / "report.json").read_text("utf-8"))

    assert report["sentiment"]["macro_f1"] > max(b["macro_f1"] for b in report["baselines"].values()) + 0.05


def test_its_calibration_has_columns_that_sum_to_one(shipped):
    assert shipped.calibration.model == shipped.name == "civic-base"
    for column in zip(*shipped.calibration.soft, strict=True):
        assert sum(column) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("小区停水三天了,打电话一直没人管,太让人失望了", NEGATIVE),
        ("您好,我家楼下工地每晚施工到凌晨,噪音扰民严重,恳请领导处理,谢谢,辛苦了", NEGATIVE),
        ("领导好,楼上漏水半年了物业一直推诿,麻烦您帮忙协调,非常感谢!", NEGATIVE),
        ("请问地铁五号线什么时候开工?", NEUTRAL),
        ("感谢政府,路修好了,出行方便多了,点赞!", POSITIVE),
    ],
)
def test_plain_sentences_are_read_as_people_mean_them(shipped, text, sentiment):
    assert shipped.read([text])[0].opinion.label is sentiment


@pytest.mark.parametrize(
    ("text", "topic", "aspect"),
    [
        ("工厂夜里偷排废气,周围居民闻到刺鼻的臭味,污染严重", "environment", "environment"),
        ("公交车半小时才来一趟,路口天天堵车", "transport", "traffic"),
        ("孩子上小学,学校乱收补课费,老师在校外办班", "education", "education"),
    ],
)
def test_topic_and_aspect_of_plain_sentences(shipped, text, topic, aspect):
    reading = shipped.read([text])[0]

    assert (reading.topic, reading.aspect) == (topic, aspect)


def test_traditional_writing_is_read_like_simplified(shipped):
    first, second = shipped.read(["小區停水三天了,一直沒人管", "小区停水三天了,一直没人管"])

    assert first == second


def test_neighbours_do_not_change_a_reading(shipped):
    texts = ["停水三天了", "感谢政府,路修好了", "噪音" * 400, "请问何时开工"]

    alone = [shipped.read([text])[0].opinion for text in texts]

    for one, other in zip(alone, shipped.read(texts), strict=True):
        assert other.opinion.negative == pytest.approx(one.negative, abs=1e-4)
        assert other.opinion.positive == pytest.approx(one.positive, abs=1e-4)
