from functools import partial

import pytest

from models.evaluation.baselines import majority, run, snownlp, tfidf
from models.evaluation.sets import LabelledSet, shared_sets
from models.training.recipes import Example

TRAIN = [
    Example("噪音扰民没人管", 0),
    Example("请问何时开工", 1),
    Example("感谢政府办得好", 2),
    Example("路灯坏了", 0),
] * 3


def labelled(*texts):
    return LabelledSet("x", "x", texts, {"sentiment": (0,) * len(texts)}, ("",) * len(texts), training=lambda: TRAIN)


def test_the_majority_is_that_of_the_training_rows():
    assert majority(labelled("好", "坏")).classes == {"sentiment": [0, 0]}


def test_tfidf_learns_what_words_tell():
    pytest.importorskip("sklearn")

    found = tfidf(labelled("噪音没人管", "请问何时开工啊", "感谢政府"))

    assert found.classes == {"sentiment": [0, 1, 2]}


def test_every_head_that_the_training_rows_teach_gets_its_baseline(shared_data):
    civic = shared_sets(shared_data)[0]

    assert set(majority(civic).classes) == {"sentiment", "aspect", "intent", "relevance"}


def test_without_training_rows_there_is_no_majority():
    untaught = LabelledSet("x", "x", ("好",), {"sentiment": (2,)}, ("",))

    assert majority(untaught) is None
    assert run(untaught, {"majority": majority}) == ([], [])


def test_snownlp_says_positive_or_negative_and_neutral_of_nothing():
    pytest.importorskip("snownlp")

    found = snownlp(labelled("质量很好，非常满意，喜欢", "太差了，坏了，垃圾，退货", " "))

    assert found.classes == {"sentiment": [2, 0, 1]}
    assert snownlp(LabelledSet("x", "x", ("好",), {"topic": (0,)}, ("",))) is None


def test_a_baseline_whose_library_is_missing_is_named_with_the_way_to_install_it():
    def needs_much(_):
        raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")

    found, notes = run(labelled("好"), {"多数类": majority, "TF-IDF": partial(needs_much)})

    assert [guesses.name for guesses in found] == ["多数类"]
    assert notes == ["基线 TF-IDF 未计算：缺少 sklearn，安装：pip install 'minsheng[bench]'"]
