import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from minsheng.errors import ModelUnusable
from models.evaluation.__main__ import main, open_folder
from models.evaluation.calibrate import calibrate, choose_threshold, choose_unsure, raked
from models.evaluation.card import check_hashes
from models.evaluation.scaling import Scaling, fit, fold_into_head, honest_shares, out_of_fold
from models.loading import load_calibration
from models.training.config import load_plan
from models.training.recipes import Example

STUDENT = Path(__file__).resolve().parents[3] / "models" / "training" / "student.yml"


def drawn(texts, seed=3):
    """Draw honest probabilities and labels that follow them."""
    chosen = np.random.default_rng(seed)
    honest = chosen.dirichlet((1.0, 0.8, 0.3), size=texts)
    labels = np.array([chosen.choice(3, p=row) for row in honest])
    return honest, labels, np.ones(texts)


def test_a_known_distortion_is_undone():
    honest, labels, weights = drawn(8000)
    distorted = Scaling(2.0, (0.0, -0.5, 1.5)).apply(honest)

    found = fit(distorted, labels, weights, biased=True)

    assert found.scale == pytest.approx(0.5, abs=0.05)
    assert np.abs(found.apply(distorted) - honest).mean() < 0.02


def test_honest_probabilities_are_left_nearly_alone():
    found = fit(*drawn(8000), biased=True)

    assert found.scale == pytest.approx(1.0, abs=0.06)
    assert max(map(abs, found.bias)) < 0.1


def test_weights_undo_a_draw_that_took_too_many_of_a_rare_class():
    honest, labels, _ = drawn(12000)
    kept = (labels == 2) | (np.random.default_rng(1).random(12000) < 0.3)
    weights = np.where(labels == 2, 1.0, 1 / 0.3)

    plain = fit(honest[kept], labels[kept], np.ones(kept.sum()), biased=True)
    weighed = fit(honest[kept], labels[kept], weights[kept], biased=True)

    assert plain.bias[2] > 0.5
    assert max(map(abs, weighed.bias)) < 0.15


def test_without_a_bias_no_label_changes():
    honest, labels, weights = drawn(2000)
    distorted = Scaling(2.0, (0.0, -0.5, 1.5)).apply(honest)

    found = fit(distorted, labels, weights)

    assert found.bias == (0, 0, 0)
    assert 0.3 < found.scale < 0.7
    assert (found.apply(distorted).argmax(axis=1) == distorted.argmax(axis=1)).all()


def test_probabilities_learnt_where_a_label_was_frequent_are_honest_for_such_shares():
    honest, labels, weights = drawn(40_000)
    met = np.bincount(labels) / len(labels)
    trained = np.array([0.2, 0.2, 0.6])
    learnt = honest * trained / met
    learnt /= learnt.sum(axis=1, keepdims=True)

    assert honest_shares(learnt, labels, weights) == pytest.approx(trained, abs=0.02)
    assert honest_shares(honest, labels, weights) == pytest.approx(met, abs=0.02)


def test_out_of_fold_probabilities_are_scaled_by_a_fit_without_the_text():
    honest, labels, weights = drawn(600)
    distorted = Scaling(2.0, (0.0, 0.0, 0.0)).apply(honest)

    scaled = out_of_fold(distorted, labels, weights, seed=1)

    assert scaled.sum(axis=1) == pytest.approx(np.ones(600))
    assert np.abs(scaled - fit(distorted, labels, weights).apply(distorted)).max() > 1e-6
    assert np.abs(scaled - honest).mean() < np.abs(distorted - honest).mean() / 2


def write_heads(folder, dtype=np.float32):
    from safetensors.numpy import save_file

    chosen = np.random.default_rng(2)
    tensors = {
        "heads.sentiment.weight": chosen.normal(size=(3, 8)).astype(dtype),
        "heads.sentiment.bias": chosen.normal(size=3).astype(dtype),
        "heads.aspect.weight": np.ones((14, 8), dtype),
    }
    save_file(tensors, folder / "heads.safetensors")
    return tensors


def test_a_scaling_in_the_head_is_what_readers_of_the_folder_get(tmp_path):
    from safetensors.numpy import load_file

    before = write_heads(tmp_path)
    vector = np.random.default_rng(4).normal(size=8)
    scaling = Scaling(0.7, (0.1, 0.2, -0.3))

    fold_into_head(tmp_path, scaling)

    after = load_file(tmp_path / "heads.safetensors")

    def read(tensors):
        powers = np.exp(tensors["heads.sentiment.weight"] @ vector + tensors["heads.sentiment.bias"])
        return (powers / powers.sum())[None, :]

    assert read(after) == pytest.approx(scaling.apply(read(before)), abs=1e-5)
    assert (after["heads.aspect.weight"] == 1).all()
    assert (tmp_path / "heads.safetensors").stat().st_mode & 0o777 == 0o644


def test_raking_gives_labels_and_sources_the_shares_of_the_target():
    held = [Example("", s, source=o) for s, o in ((0, "a"), (1, "a"), (1, "b"), (2, "b"), (2, "b"), (0, "b"))]
    target = [Example("", s, source=o) for s, o in ((0, "a"), (0, "a"), (0, "b"), (1, "a"), (1, "b"), (2, "b"))]

    weights = raked(held, target)

    assert label_shares(held, weights) == pytest.approx([1 / 2, 1 / 3, 1 / 6], abs=1e-3)
    assert sum(weights[:2]) / 6 == pytest.approx(1 / 2, abs=1e-3)
    assert weights.mean() == pytest.approx(1)


def label_shares(examples, weights):
    return [
        sum(w for w, e in zip(weights, examples, strict=True) if e.sentiment == s) / len(examples) for s in range(3)
    ]


def test_the_topic_threshold_parts_the_sure_from_the_unsure():
    confidence, guessed, true = [0.9, 0.8, 0.4, 0.35], [0, 1, 2, 1], [0, 1, 7, 7]

    assert 0.4 < choose_threshold(confidence, guessed, true) <= 0.8


def test_unsure_is_the_confidence_below_which_the_least_sure_tenth_lies():
    confidence = np.linspace(0.35, 1, 4000)
    rows = np.column_stack([confidence, (1 - confidence) / 2, (1 - confidence) / 2])
    true = (np.random.default_rng(1).random(4000) > confidence).astype(int)

    found = choose_unsure(rows, true, np.ones(4000))

    assert found.share == pytest.approx(0.1, abs=0.01)
    assert found.confidence == pytest.approx(0.415, abs=0.01)
    assert found.accuracy == pytest.approx(0.38, abs=0.06)


def test_a_model_that_is_always_sure_has_no_unsure_band():
    assert choose_unsure(np.array([[1.0, 0.0]] * 50), np.zeros(50, dtype=int), np.ones(50)).confidence == 0


@pytest.fixture
def plan(shared_data):
    return replace(load_plan(STUDENT), data=shared_data, hold_out=(4, 8, 4), seed=3)


def test_calibrating_a_folder_writes_errors_thresholds_and_the_scaled_head(model, plan, tmp_path):
    folder = tmp_path / "characters"
    folder.mkdir()
    before = write_heads(folder)
    (folder / "heads.json").write_text(json.dumps({"window": 128, "heads": {}}), "utf-8")

    calibrate(folder, plan, lambda _: model)

    found = load_calibration(folder)
    assert found.model == "characters"
    assert [sum(column) for column in zip(*found.soft, strict=True)] == pytest.approx([1, 1, 1], abs=1e-5)
    raw = json.loads((folder / "calibration.json").read_text("utf-8"))
    assert raw["held_out"]["texts"] == 16
    assert sum(raw["prior"]) == pytest.approx(1, abs=1e-5)
    heads = json.loads((folder / "heads.json").read_text("utf-8"))
    assert heads["window"] == 128
    assert 0.3 <= heads["topic_threshold"] < 1
    assert heads["unsure"] == raw["held_out"]["unsure"]["confidence"]
    from safetensors.numpy import load_file

    after = load_file(folder / "heads.safetensors")["heads.sentiment.weight"]
    ratio = after / before["heads.sentiment.weight"]
    assert ratio == pytest.approx(np.full((3, 8), ratio[0, 0]), rel=1e-4)
    assert ratio[0, 0] != pytest.approx(1, abs=1e-3)


def test_a_model_without_three_sentiments_is_not_calibrated(make_model, plan, tmp_path):
    with pytest.raises(ModelUnusable, match="three sentiments"):
        calibrate(tmp_path, plan, lambda _: make_model(heads={"sentiment": ("negative", "positive")}))


def test_the_command_calibrates_reports_and_writes_a_card_whose_hashes_hold(tiny_folder, shared_data, tmp_path, capsys):
    folder = shutil.copytree(tiny_folder, tmp_path / "tiny")
    lines = STUDENT.read_text("utf-8").splitlines()
    changed = {"data:": f"data: {shared_data}", "hold_out:": "hold_out: [4, 8, 4]"}
    kept = [next((new for key, new in changed.items() if line.startswith(key)), line) for line in lines]
    rows = [re.sub(r"rows: \{.*\}", "rows: {civic: 0, usual: 0, topics: 0}", line) for line in kept]
    (tmp_path / "plan.yml").write_text("\n".join(rows), "utf-8")

    main(["--model", str(folder), "--config", str(tmp_path / "plan.yml"), "--calibrate"])

    assert "模型评测报告：tiny" in capsys.readouterr().out
    assert json.loads((folder / "report.json").read_text("utf-8"))["n"] == 24
    assert check_hashes(folder) == []
    assert open_folder(folder).calibration.model == "tiny"
