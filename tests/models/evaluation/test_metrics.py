import numpy as np
import pytest

from models.evaluation.metrics import (
    accuracy,
    bootstrap,
    brier,
    calibration_error,
    calibration_error_if_honest,
    confusion,
    log_loss,
    macro_f1,
    mcnemar,
    paired_difference,
    reliability,
    scores,
)

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
    assert accuracy(TRUE, GUESSED) == 0.5


def test_labels_that_do_not_occur_are_left_out_of_the_mean():
    assert macro_f1([0, 1], [0, 1], 14) == 1
    assert macro_f1([], [], 3) == 0


def test_the_interval_holds_the_score_narrows_with_texts_and_repeats():
    few, many = bootstrap(TRUE * 10, GUESSED * 10, 3), bootstrap(TRUE * 200, GUESSED * 200, 3)
    low, high = many.macro_f1

    assert low < macro_f1(TRUE, GUESSED, 3) < high
    assert high - low < few.macro_f1[1] - few.macro_f1[0]
    assert many.accuracy[0] < 0.5 < many.accuracy[1]
    assert bootstrap(TRUE, GUESSED, 3) == bootstrap(TRUE, GUESSED, 3)


def test_each_class_has_an_interval_unless_it_never_occurs():
    found = bootstrap(TRUE * 50, GUESSED * 50, 4)

    assert found.f1[0][0] < 2 / 3 < found.f1[0][1]
    assert found.f1[3] is None


def test_the_interval_of_accuracy_is_near_the_one_of_theory():
    true, guessed = [0] * 1000, [0] * 800 + [1] * 200

    low, high = bootstrap(true, guessed, 2).accuracy

    assert (low, high) == pytest.approx((0.8 - 1.96 * 0.01265, 0.8 + 1.96 * 0.01265), abs=0.004)


def test_paired_models_that_differ_little_are_told_apart_better_than_by_their_own_intervals():
    true = [0, 1] * 300
    worse = [0, 1] * 200 + [1, 0] * 100
    better = worse[:400] + [0, 1] * 8 + worse[416:]

    low, high = paired_difference(true, better, worse, 2)

    assert 0 < low < macro_f1(true, better, 2) - macro_f1(true, worse, 2) < high
    assert bootstrap(true, better, 2).macro_f1[0] < macro_f1(true, worse, 2)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"), [(0, 0, 1.0), (5, 5, 1.0), (1, 9, 22 / 1024), (0, 6, 2 / 64)]
)
def test_mcnemars_exact_p_is_that_of_the_binomial(only_first, only_second, p):
    assert mcnemar(only_first, only_second) == pytest.approx(p)
    assert mcnemar(only_second, only_first) == pytest.approx(p)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy():
    sure = np.array([[0.95, 0.05]] * 10)

    assert calibration_error(sure, [0] * 10) == pytest.approx(0.05)
    assert calibration_error(sure, [0] * 5 + [1] * 5) == pytest.approx(0.45)


def test_confidence_of_one_falls_into_the_last_bin_and_empty_bins_are_left_out():
    found = reliability(np.array([[1.0, 0.0], [0.55, 0.45], [0.45, 0.55]]), [0, 0, 0])

    assert [(b.low, b.n, b.accuracy) for b in found] == [(0.5, 2, 0.5), (0.9, 1, 1.0)]


def test_honest_probabilities_show_an_error_within_the_bound_and_less_with_more_texts():
    chosen = np.random.default_rng(5)
    top = chosen.uniform(0.5, 1, size=4000)
    rows = np.column_stack([top, 1 - top])
    true = (chosen.random(4000) >= top).astype(int)

    mean, bound = calibration_error_if_honest(rows)

    assert 0 < mean < bound
    assert calibration_error(rows, true) < bound
    assert calibration_error(rows, [1] * 4000) > bound
    assert calibration_error_if_honest(rows[:100])[0] > mean


def test_log_loss_and_brier_are_those_worked_out_by_hand():
    rows = np.array([[0.5, 0.5], [1.0, 0.0]])

    assert log_loss(rows, [0, 0]) == pytest.approx(np.log(2) / 2)
    assert brier(rows, [0, 1]) == pytest.approx((0.5 + 2.0) / 2)
    assert log_loss(rows[1:], [1]) == pytest.approx(-np.log(1e-12))
