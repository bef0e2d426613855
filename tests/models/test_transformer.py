import json
import shutil
import subprocess
import sys

import pytest

from minsheng.domain import ASPECTS, TOPICS, Sentiment
from minsheng.errors import ModelUnusable
from models.open import open_model
from models.transformer import TransformerModel, over_windows

TEXTS = ["路灯坏了三天没人修", "感谢政府", "请问地铁何时开工", "噪音扰民" * 40, "公园环境很差", "好"]


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    return TransformerModel.from_pretrained(tiny_folder)


def probabilities(opinion):
    return (opinion.negative, opinion.neutral, opinion.positive)


def test_there_is_one_reading_per_text_in_their_order(tiny):
    together = tiny.read(TEXTS)
    alone = [tiny.read([text])[0] for text in TEXTS]

    assert [r.aspect for r in together] == [r.aspect for r in alone]
    assert len({r.opinion.negative for r in together}) == len(TEXTS)


def test_neighbours_in_the_batch_do_not_matter(tiny):
    alone = [tiny.read([text])[0] for text in TEXTS]
    crowded = tiny.read([*TEXTS, *("很差" * i for i in range(1, 30))])

    for one, other in zip(alone, crowded, strict=False):
        assert probabilities(one.opinion) == pytest.approx(probabilities(other.opinion), abs=1e-5)


def test_probabilities_sum_to_one_and_names_are_those_of_the_domain(tiny):
    for reading in tiny.read(TEXTS):
        assert sum(probabilities(reading.opinion)) == pytest.approx(1)
        assert reading.topic in TOPICS
        assert reading.aspect in ASPECTS


@pytest.mark.parametrize("text", ["", "  ", "\u3000\n", "\u200b"])
def test_an_empty_text_is_neutral_with_full_confidence(tiny, text):
    reading = tiny.read([text])[0]

    assert reading.opinion.label is Sentiment.NEUTRAL
    assert reading.opinion.confidence == 1
    assert (reading.topic, reading.aspect) == ("other", "other")


def test_no_texts_give_no_readings(tiny):
    assert tiny.read([]) == []


def test_a_text_of_ten_thousand_letters_is_read_to_its_end(tiny):
    start = "公园" * 5000

    plain, changed = tiny.predict([start, start[:-20] + "噪音扰民一直没人管路灯坏了三天没人"])

    assert plain != changed


def test_copies_of_a_text_are_computed_once_and_read_alike(tiny):
    first, *rest = tiny.predict(["很差"] * 50)

    assert all(opinion == first for opinion in rest)


def test_progress_rises_to_the_number_of_texts(tiny):
    seen = []

    tiny.read(TEXTS * 3, lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (18, 18)


def test_progress_is_reported_when_all_texts_are_empty(tiny):
    seen = []

    tiny.read(["", " "], lambda done, total: seen.append((done, total)))

    assert seen == [(2, 2)]


def test_a_topic_below_the_threshold_is_other(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "sure")
    heads = json.loads((folder / "heads.json").read_text())
    (folder / "heads.json").write_text(json.dumps({**heads, "topic_threshold": 1.01}))

    assert {r.topic for r in TransformerModel.from_pretrained(folder).read(TEXTS)} == {"other"}


def test_the_folder_opens_as_a_plain_sequence_classifier(tiny_folder, tiny):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_folder)
    classifier = AutoModelForSequenceClassification.from_pretrained(tiny_folder, dtype="float32").eval()
    with torch.no_grad():
        logits = classifier(**tokenizer(["路灯坏了"], return_tensors="pt")).logits

    assert classifier.config.id2label == {0: "negative", 1: "neutral", 2: "positive"}
    assert logits.softmax(-1)[0].tolist() == pytest.approx(probabilities(tiny.predict(["路灯坏了"])[0]), abs=1e-5)


def test_a_neutral_story_does_not_drown_the_attitude_of_one_window():
    import numpy as np

    folded = over_windows(np.array([[0.05, 0.9, 0.05]] * 3 + [[0.95, 0.03, 0.02]]), 1)

    assert folded.argmax() == 0
    assert folded.sum() == pytest.approx(1)


def test_a_foreign_model_gives_the_sentiment_and_the_shipped_one_the_rest(make_foreign, tiny):
    folder = make_foreign("pos", "neu", "neg")

    joined = TransformerModel.from_pretrained(folder, companion=lambda: tiny)
    readings = joined.read(TEXTS)

    assert joined.name == "foreign"
    assert joined.calibration is None
    assert [(r.topic, r.aspect) for r in readings] == [(r.topic, r.aspect) for r in tiny.read(TEXTS)]
    assert [r.opinion for r in readings] == joined.predict(TEXTS)
    assert [r.opinion for r in readings] != tiny.predict(TEXTS)


def test_the_labels_of_a_foreign_model_are_put_in_our_order(make_foreign, tiny):
    one = TransformerModel.from_pretrained(make_foreign("pos", "neu", "neg"), companion=lambda: tiny)
    other = TransformerModel.from_pretrained(make_foreign("neg", "neu", "pos", name="turned"), companion=lambda: tiny)

    first, second = one.predict(["很差"])[0], other.predict(["很差"])[0]

    assert (first.negative, first.positive) == pytest.approx((second.positive, second.negative))


def test_a_binary_model_needs_a_map_and_never_says_neutral(make_foreign, tiny):
    folder = make_foreign("LABEL_0", "LABEL_1")
    with pytest.raises(ModelUnusable, match="label map"):
        TransformerModel.from_pretrained(folder, companion=lambda: tiny)

    labels = {"LABEL_0": "negative", "LABEL_1": "positive"}
    opinions = TransformerModel.from_pretrained(folder, labels, companion=lambda: tiny).predict([*TEXTS, ""])

    assert [o.neutral for o in opinions] == [0] * len(TEXTS) + [1]


def test_progress_of_two_models_is_one_count(make_foreign, tiny):
    seen = []

    joined = TransformerModel.from_pretrained(make_foreign("neg", "pos"), companion=lambda: tiny)
    joined.read(TEXTS, lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (6, 6)


def test_a_foreign_model_alone_is_refused_because_nobody_would_read_topics(make_foreign):
    with pytest.raises(ModelUnusable, match="open_model"):
        TransformerModel.from_pretrained(make_foreign("neg", "pos"))


def test_a_missing_folder_is_named_with_what_to_do(tmp_path):
    with pytest.raises(ModelUnusable, match="no such model folder.*hub name"):
        open_model(str(tmp_path / "nowhere" / "model"))


def test_a_file_is_not_a_model_folder(tmp_path):
    (tmp_path / "weights").touch()

    with pytest.raises(ModelUnusable, match="no such model folder"):
        open_model(str(tmp_path / "weights"))


def test_a_folder_without_configuration_is_refused(tmp_path):
    with pytest.raises(ModelUnusable, match=r"config\.json"):
        open_model(str(tmp_path))


def test_a_folder_without_weights_is_refused(make_foreign):
    folder = make_foreign("neg", "pos")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelUnusable, match="cannot be loaded"):
        open_model(str(folder))


def test_a_bare_encoder_is_refused_instead_of_guessing_at_random(make_foreign):
    from transformers import AutoModel

    folder = make_foreign("neg", "pos")
    AutoModel.from_pretrained(folder).save_pretrained(folder)

    with pytest.raises(ModelUnusable, match="weights are missing"):
        open_model(str(folder))


@pytest.mark.parametrize("name", ["heads.safetensors", "heads.json"])
def test_broken_heads_are_refused(tiny_folder, tmp_path, name):
    folder = shutil.copytree(tiny_folder, tmp_path / "broken")
    (folder / name).write_text("{}")

    with pytest.raises(ModelUnusable, match="heads cannot be loaded"):
        open_model(str(folder))


def test_a_broken_calibration_is_refused(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "broken")
    (folder / "calibration.json").write_text('{"model": "x"}')

    with pytest.raises(ModelUnusable, match=r"calibration\.json"):
        open_model(str(folder))


def test_an_unknown_device_is_refused(tiny_folder):
    with pytest.raises(ModelUnusable, match="warp"):
        open_model(str(tiny_folder), device="warp")


def test_threads_are_set_when_asked(tiny_folder):
    import torch

    before = torch.get_num_threads()
    open_model(str(tiny_folder), threads=1)

    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)


def test_importing_the_package_and_its_ports_does_not_import_torch():
    code = (
        "import sys, models, models.base, models.open, models.linker, models.duplicates, models.reader;"
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
