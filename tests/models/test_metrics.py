import numpy as np
import pytest

from models.training.baseline import CharacterBayes
from models.training.metrics import bootstrap, calibration_error, confusion, macro_f1, scores
from models.training.recipes import Example

TRUE = [0, 0, 0, 1, 1, 2]
GUESSED = [0, 0, 1, 1, 0, 1]


def test_the_confusion_has_guesses_in_rows_and_truth_in_columns():
    assert confusion(TRUE, GUESSED, 3).tolist() == [[2, 1, 0], [1, 1, 1], [0, 0, 0]]


def test_scores_are_those_worked_out_by_hand():
    negative, neutral, positive = scores(confusion(TRUE, GUESSED, 3))

    assert (negative.precision, negative.recall, negative.support) == pytest.approx((2 / 3, 2 / 3, 3))
    assert (neutral.precision, neutral.recall, neutral.f1) == pytest.approx((1 / 3, 1 / 2, 0.4))
    assert (positive.f1, positive.support) == (0, 1)
    assert macro_f1(TRUE, GUESSED, 3) == pytest.approx((2 / 3 + 0.4 + 0) / 3)


def test_labels_that_do_not_occur_are_left_out_of_the_mean():
    assert macro_f1([0, 1], [0, 1], 14) == 1
    assert macro_f1([], [], 3) == 0


def test_the_interval_holds_the_score_narrows_with_texts_and_repeats():
    few, many = bootstrap(TRUE * 10, GUESSED * 10, 3), bootstrap(TRUE * 200, GUESSED * 200, 3)
    low, high = many["macro_f1"]

    assert low < macro_f1(TRUE, GUESSED, 3) < high
    assert high - low < few["macro_f1"][1] - few["macro_f1"][0]
    assert bootstrap(TRUE, GUESSED, 3) == bootstrap(TRUE, GUESSED, 3)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy():
    sure = np.array([[0.95, 0.05]] * 10)

    assert calibration_error(sure, [0] * 10) == pytest.approx(0.05)
    assert calibration_error(sure, [0] * 5 + [1] * 5) == pytest.approx(0.45)


def test_the_baseline_learns_what_words_tell():
    train = [Example("噪音扰民没人管", 0), Example("请问何时开工", 1), Example("感谢政府办得好", 2)] * 3
    bayes = CharacterBayes(train)

    assert [bayes.guess(text) for text in ("噪音没人管", "何时开工啊", "感谢政府")] == [0, 1, 2]
