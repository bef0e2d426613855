"""How a stance model errs is measured on labelled pairs, kept in its folder, and says what may be shown."""

import pytest

from minsheng.errors import ModelUnusable
from models.stance import StanceReading
from models.stance_errors import STANCE_ERRORS, load_errors, measure_errors, write_errors


def readings(*rows):
    return [StanceReading(*row) for row in rows for _ in range(40)]


LABELS = [stance for stance in (0, 1, 2) for _ in range(40)]
GOOD = readings((0.8, 0.1, 0.1), (0.1, 0.9, 0.0), (0.2, 0.2, 0.6))


def test_errors_are_means_and_counts_by_true_stance():
    errors = measure_errors("m", GOOD, LABELS, "120 pairs")

    assert errors.soft == ((0.8, 0.1, 0.2), (0.1, 0.9, 0.2), (0.1, 0.0, 0.6))
    assert errors.counts == ((40, 0, 0), (0, 40, 0), (0, 0, 40))
    assert errors.shown == 0.9


def test_the_confidence_shown_is_the_least_at_which_four_of_five_are_right():
    mixed = readings((0.3, 0.6, 0.1), (0.05, 0.9, 0.05), (0.2, 0.2, 0.6))

    assert measure_errors("m", mixed, LABELS, "").shown == 0.9


def test_a_model_that_is_never_sure_enough_shows_no_side():
    poor = readings((0.1, 0.8, 0.1), (0.1, 0.8, 0.1), (0.1, 0.8, 0.1))

    assert measure_errors("m", poor, LABELS, "").shown is None


def test_pairs_of_every_stance_are_needed():
    with pytest.raises(ValueError, match="every stance"):
        measure_errors("m", GOOD[:80], LABELS[:80], "")


@pytest.mark.parametrize("made", [GOOD, readings((0.1, 0.8, 0.1), (0.1, 0.8, 0.1), (0.1, 0.8, 0.1))])
def test_what_is_written_is_read_back(tmp_path, made):
    errors = measure_errors("m", made, LABELS, "120 pairs")

    write_errors(errors, tmp_path)

    assert load_errors(tmp_path) == errors


def test_a_folder_that_does_not_say_has_none(tmp_path):
    assert load_errors(tmp_path) is None


@pytest.mark.parametrize("broken", ["{", "{}", '{"model": "m", "soft": [], "counts": [], "shown": 1, "pairs": ""}'])
def test_a_broken_file_is_refused_by_its_name(tmp_path, broken):
    (tmp_path / STANCE_ERRORS).write_text(broken, "utf-8")

    with pytest.raises(ModelUnusable, match=STANCE_ERRORS):
        load_errors(tmp_path)
