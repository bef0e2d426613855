import pytest

from minsheng.domain import Sentiment
from minsheng.errors import ModelUnusable
from models.foreign import ForeignSentiment, JoinedModel
from models.open import open_model

TEXTS = ["路灯坏了三天没人修", "感谢政府", "请问地铁何时开工", "噪音扰民" * 40, "公园环境很差", "好"]


@pytest.fixture(scope="module")
def ours(tiny_shipped):
    return open_model(str(tiny_shipped))


def test_a_foreign_model_gives_the_sentiment_and_ours_the_rest(make_foreign, ours):
    joined = JoinedModel(ForeignSentiment(make_foreign("pos", "neu", "neg")), ours)

    readings = joined.read(TEXTS)

    assert (joined.name, joined.calibration) == ("foreign", None)
    assert [(r.topic, r.aspect, r.intent) for r in readings] == [
        (r.topic, r.aspect, r.intent) for r in ours.read(TEXTS)
    ]
    assert [r.opinion for r in readings] == joined.predict(TEXTS)
    assert [r.opinion for r in readings] != ours.predict(TEXTS)


def test_its_probabilities_are_those_of_its_readings(make_foreign, ours):
    joined = JoinedModel(ForeignSentiment(make_foreign("pos", "neu", "neg")), ours)

    found = joined.probabilities([*TEXTS, ""], ("sentiment", "aspect"))

    assert found["sentiment"][:, 0].tolist() == pytest.approx([o.negative for o in joined.predict([*TEXTS, ""])])
    assert found["aspect"] == pytest.approx(ours.probabilities([*TEXTS, ""], ("aspect",))["aspect"])
    assert set(joined.probabilities(TEXTS, ("sentiment",))) == {"sentiment"}
    assert set(joined.probabilities(TEXTS, ("topic",))) == {"topic"}
    assert joined.heads == ours.heads
    assert joined.vectors(TEXTS) == pytest.approx(ours.vectors(TEXTS))


def test_the_labels_of_a_foreign_model_are_put_in_our_order(make_foreign):
    one = ForeignSentiment(make_foreign("pos", "neu", "neg"))
    other = ForeignSentiment(make_foreign("neg", "neu", "pos", name="turned"))

    first, second = one.predict(["很差"])[0], other.predict(["很差"])[0]

    assert (first.negative, first.positive) == pytest.approx((second.positive, second.negative))


def test_a_binary_model_needs_a_map_and_never_says_neutral(make_foreign):
    folder = make_foreign("LABEL_0", "LABEL_1")
    with pytest.raises(ModelUnusable, match="label map"):
        ForeignSentiment(folder)

    opinions = ForeignSentiment(folder, {"LABEL_0": "negative", "LABEL_1": "positive"}).predict([*TEXTS, " "])

    assert [o.neutral for o in opinions] == [0] * len(TEXTS) + [1]
    assert opinions[-1].label is Sentiment.NEUTRAL


def test_neighbours_do_not_change_an_opinion(make_foreign):
    model = ForeignSentiment(make_foreign("neg", "neu", "pos"))

    for text, opinion in zip(TEXTS, model.predict(TEXTS), strict=True):
        assert model.predict([text])[0].negative == pytest.approx(opinion.negative, abs=1e-5)


def test_progress_of_two_models_is_one_count(make_foreign, ours):
    seen = []

    joined = JoinedModel(ForeignSentiment(make_foreign("neg", "pos")), ours)
    joined.read(TEXTS, lambda done, total: seen.append((done, total)))

    assert seen == sorted(seen)
    assert seen[-1] == (6, 6)


def test_empty_texts_are_counted_without_running_the_model(make_foreign):
    seen = []

    opinions = ForeignSentiment(make_foreign("neg", "pos")).predict([""], lambda *step: seen.append(step))

    assert opinions[0].confidence == 1
    assert seen == [(1, 1)]


def test_onnx_does_not_run_foreign_models(make_foreign):
    with pytest.raises(ModelUnusable, match="foreign models run with torch"):
        open_model(str(make_foreign("neg", "pos")), engine="onnx")


def test_a_folder_without_configuration_is_refused(tmp_path):
    with pytest.raises(ModelUnusable, match=r"config\.json"):
        ForeignSentiment(tmp_path)


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


def test_threads_are_set_when_asked(make_foreign):
    import torch

    before = torch.get_num_threads()
    ForeignSentiment(make_foreign("neg", "pos"), threads=1)

    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
