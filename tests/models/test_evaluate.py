import json
import shutil
from pathlib import Path

import pytest

from models.open import SHIPPED_FOLDER
from models.training import evaluate
from models.training.evaluate import choose_threshold

PLAN = Path(__file__).resolve().parents[2] / "models" / "training" / "base.yml"


@pytest.fixture
def plan_path(tmp_path, tiny_data):
    lines = PLAN.read_text("utf-8").splitlines()
    changed = {"data:": f"data: {tiny_data}", "hold_out:": "hold_out: [2, 4, 2]"}
    kept = [next((new for key, new in changed.items() if line.startswith(key)), line) for line in lines]
    path = tmp_path / "plan.yml"
    path.write_text("\n".join(kept), "utf-8")
    return path


def test_an_evaluation_writes_calibration_report_and_page(tiny_folder, tmp_path, plan_path, capsys):
    folder = shutil.copytree(tiny_folder, tmp_path / "tiny")

    evaluate.main(["--model", str(folder), "--config", str(plan_path), "--calibrate"])

    calibration = json.loads((folder / "calibration.json").read_text())
    assert [sum(column) for column in zip(*calibration["soft"], strict=True)] == pytest.approx([1, 1, 1], abs=1e-5)
    assert [sum(column) for column in zip(*calibration["counts"], strict=True)] == [2, 4, 2]
    report = json.loads((folder / "report.json").read_text())
    assert report["sentiment"]["texts"] == 24
    assert set(report["by_source"]) == {"board", "weibo"}
    assert report["weibo"]["usual"]["texts"] == 1
    page = (folder / "report.md").read_text("utf-8")
    assert f"{report['sentiment']['macro_f1']:.3f}" in page
    assert page in capsys.readouterr().out
    card = (folder / "MODEL_CARD.md").read_text("utf-8")
    assert f"**{report['sentiment']['macro_f1']:.3f}**" in card
    assert "$" not in card


def test_the_model_reads_its_own_calibration(tiny_folder, tmp_path, plan_path):
    from models.open import open_model

    folder = shutil.copytree(tiny_folder, tmp_path / "tiny")
    evaluate.main(["--model", str(folder), "--config", str(plan_path), "--calibrate"])

    calibration = open_model(str(folder)).calibration

    assert calibration.model == "tiny"
    assert len(calibration.soft) == len(calibration.counts[0]) == 3


def test_a_foreign_model_is_not_evaluated_as_ours(make_foreign, plan_path):
    from minsheng.errors import ModelUnusable

    with pytest.raises(ModelUnusable):
        evaluate.main(["--model", str(make_foreign("neg", "pos")), "--config", str(plan_path)])


def test_the_topic_threshold_parts_the_sure_from_the_unsure():
    confidence, guessed, true = [0.9, 0.8, 0.4, 0.35], [0, 1, 2, 1], [0, 1, 7, 7]

    assert 0.4 < choose_threshold(confidence, guessed, true) <= 0.8


@pytest.mark.shared
def test_the_report_of_the_shipped_model_can_be_reproduced(shared):
    from models.training import recipes
    from models.training.metrics import macro_f1
    from models.transformer import TransformerModel

    report = json.loads((SHIPPED_FOLDER / "report.json").read_text())
    dev = recipes.civic(shared / "data", "dev")

    found = TransformerModel.from_pretrained(SHIPPED_FOLDER).probabilities([example.text for example in dev])
    score = macro_f1([example.sentiment for example in dev], [int(row[0].argmax()) for row in found], 3)

    assert score == pytest.approx(report["sentiment"]["macro_f1"], abs=0.005)
