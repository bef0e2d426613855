"""A model's version tells its weights from any others, and nothing else."""

import json
import re
import shutil

import pytest

from models.foreign import ForeignSentiment, JoinedModel
from models.heads import HEADS_CONFIG, HEADS_FILE
from models.loading import load_calibration
from models.open import SHIPPED_FOLDER, open_model
from models.version import version_of


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(SHIPPED_FOLDER, tmp_path / "civic")


def test_the_shipped_model_names_its_folder_and_a_digest():
    model = open_model()

    assert re.fullmatch(r"civic@[0-9a-f]{8}", model.version)
    assert model.version == version_of(SHIPPED_FOLDER)


def test_a_copy_has_the_same_version_and_so_has_one_with_another_report_and_calibration(folder):
    (folder / "report.json").write_text("{}", "utf-8")
    (folder / "MODEL_CARD.md").unlink()
    (folder / "calibration.json").unlink()

    assert version_of(folder) == version_of(SHIPPED_FOLDER)


@pytest.mark.parametrize("name", [HEADS_FILE, "encoder.onnx", "tokenizer.json"])
def test_other_weights_are_another_version(folder, name):
    with (folder / name).open("ab") as file:
        file.write(b"\0")

    assert version_of(folder) != version_of(SHIPPED_FOLDER)


def test_another_threshold_is_another_version(folder):
    described = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
    (folder / HEADS_CONFIG).write_text(json.dumps(described | {"unsure": 0.99}), "utf-8")

    assert version_of(folder) != version_of(SHIPPED_FOLDER)


def test_a_joined_model_names_both(make_foreign):
    ours = open_model()

    joined = JoinedModel(ForeignSentiment(make_foreign("pos", "neu", "neg")), ours)

    first, second = joined.version.split("+")
    assert re.fullmatch(r".+@[0-9a-f]{8}", first)
    assert second == ours.version


def test_a_calibration_says_which_weights_it_was_measured_on_and_which_figures_it_holds(folder):
    shipped = load_calibration(SHIPPED_FOLDER)
    other = json.loads((folder / "calibration.json").read_text("utf-8")) | {"counts": [[9, 0, 0], [0, 9, 0], [0, 0, 9]]}
    (folder / "calibration.json").write_text(json.dumps(other), "utf-8")

    found = load_calibration(folder)

    assert shipped.readings == found.readings == version_of(SHIPPED_FOLDER)
    assert re.fullmatch(r"civic@[0-9a-f]{8}/[0-9a-f]{8}", shipped.version)
    assert found.version != shipped.version
