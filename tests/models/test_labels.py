import pytest

from minsheng.domain import Sentiment
from minsheng.errors import ModelUnusable
from models.labels import class_sentiments

NEGATIVE, NEUTRAL, POSITIVE = Sentiment


def test_usual_names_need_no_map():
    assert class_sentiments(["Positive", "neutral", "NEG"], None, "m") == (POSITIVE, NEUTRAL, NEGATIVE)
    assert class_sentiments(["负面", "正面"], None, "m") == (NEGATIVE, POSITIVE)


def test_several_labels_may_mean_the_same_sentiment():
    stars = {"1 star": "negative", "2 stars": "negative", "3 stars": "neutral", "4 stars": "positive"}

    assert class_sentiments(list(stars), stars, "m") == (NEGATIVE, NEGATIVE, NEUTRAL, POSITIVE)


def test_a_map_overrides_what_a_name_seems_to_say():
    swapped = {"negative": "positive", "positive": "negative"}

    assert class_sentiments(["negative", "positive"], swapped, "m") == (POSITIVE, NEGATIVE)


@pytest.mark.parametrize(
    ("names", "label_map", "said"),
    [
        (["LABEL_0", "LABEL_1"], None, "LABEL_0, LABEL_1"),
        (["neg", "pos"], {"bad": "negative"}, "bad"),
        (["neg", "pos"], {"neg": "awful"}, "awful"),
        (["neg", "neutral"], None, "positive"),
    ],
)
def test_labels_that_cannot_be_understood_are_refused_with_their_names(names, label_map, said):
    with pytest.raises(ModelUnusable, match=said) as caught:
        class_sentiments(names, label_map, "some/model")

    assert "some/model" in str(caught.value)
