"""Training for real, on a tiny encoder and a few rows: what it writes opens, and what is done is not done again."""

from pathlib import Path

import pytest
import yaml

from models.open import open_model
from models.training.__main__ import main

PLAN = Path(__file__).resolve().parents[2] / "models" / "training" / "base.yml"
ROWS = {"civic": 0, "usual": 1, "virus": 1, "reviews": 3, "moods": 1, "topics": 1}


@pytest.fixture
def plan_path(tmp_path, tiny_data, make_foreign):
    from transformers import AutoModel

    base = make_foreign("neg", "pos", name="base")
    AutoModel.from_pretrained(base).save_pretrained(base)
    raw = yaml.safe_load(PLAN.read_text("utf-8"))
    places = {
        "base": str(base),
        "data": str(tiny_data),
        "output": str(tmp_path / "out"),
        "work": str(tmp_path / "work"),
    }
    small = {"layers": 1, "max_length": 24, "batch_tokens": 64, "hold_out": [2, 4, 2], "patience": 9}
    broad = {"epochs": 1, "rate": 1e-3, "rows": ROWS, "weights": {"usual": 0.5}}
    phases = [broad, {"epochs": 1, "rate": 1e-4, "rows": {"civic": 0}, "courtesy": 0.5, "from_best": True}]
    path = tmp_path / "plan.yml"
    path.write_text(yaml.safe_dump(raw | places | small | {"phases": phases}), "utf-8")
    return path


def test_training_writes_a_folder_that_opens_and_a_second_run_has_nothing_left_to_do(plan_path, tmp_path, capsys):
    main(["--config", str(plan_path)])
    first = open_model(str(tmp_path / "out")).read(["噪音扰民一直没人管"])
    assert "epoch=2" in capsys.readouterr().out

    main(["--config", str(plan_path)])

    assert "epoch=" not in capsys.readouterr().out
    assert open_model(str(tmp_path / "out")).read(["噪音扰民一直没人管"]) == first


def test_a_changed_plan_starts_afresh(plan_path, capsys):
    main(["--config", str(plan_path)])
    plan_path.write_text(plan_path.read_text("utf-8").replace("seed: 20250612", "seed: 3"), "utf-8")
    capsys.readouterr()

    main(["--config", str(plan_path)])

    out = capsys.readouterr().out
    assert "another plan" in out
    assert "epoch=2" in out
