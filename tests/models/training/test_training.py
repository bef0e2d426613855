"""Training for real, on a tiny encoder and a few rows: what it writes loads, and what is done is not done again."""

from pathlib import Path

import pytest
import torch
import yaml

from models import network
from models.network import DEPARTMENTS
from models.training.__main__ import main
from models.training.recipes import Example
from models.training.targets import Targets
from models.training.topics import read_topics

FOLDER = Path(__file__).resolve().parents[3] / "models" / "training"
BROAD = {"epochs": 1, "rate": 1e-3, "rows": {"civic": 0, "usual": 1, "reviews": 3, "topics": 1, "unlabelled": 0}}
NARROW = {"epochs": 1, "rate": 1e-4, "rows": {"civic": 0}, "courtesy": 0.5, "noise": 0.5}
SMALL = {"layers": 1, "max_length": 24, "batch_tokens": 64, "hold_out": [2, 4, 2], "patience": 9, "limits": {}}


def write_plan(path: Path, shipped: str, **changes) -> Path:
    raw = yaml.safe_load((FOLDER / shipped).read_text("utf-8"))
    path.write_text(yaml.safe_dump(raw | SMALL | {"phases": [BROAD, NARROW]} | changes), "utf-8")
    return path


@pytest.fixture
def teacher_plan(tmp_path, tiny_data, tiny_base):
    places = {"base": str(tiny_base), "data": str(tiny_data), "work": str(tmp_path / "teacher")}
    return write_plan(tmp_path / "teacher.yml", "teacher.yml", **places)


def head_of(folder: Path) -> torch.Tensor:
    return network.load(folder)[0].heads["sentiment"].weight.detach()


def test_training_writes_a_folder_that_loads_and_a_second_run_has_nothing_left_to_do(teacher_plan, tmp_path, capsys):
    main(["--config", str(teacher_plan)])
    first = head_of(tmp_path / "teacher" / "model")
    assert "epoch=2 dev_sentiment_f1=" in capsys.readouterr().out

    main(["--config", str(teacher_plan)])

    assert "epoch=" not in capsys.readouterr().out
    assert torch.equal(head_of(tmp_path / "teacher" / "model"), first)


def test_frozen_embeddings_stay_as_they_were_while_the_layers_learn(teacher_plan, tmp_path, tiny_base):
    raw = yaml.safe_load(teacher_plan.read_text("utf-8"))
    frozen = raw | {"frozen_embeddings": True, "phases": [NARROW | {"surrounded": 0.5}]}
    teacher_plan.write_text(yaml.safe_dump(frozen), "utf-8")

    main(["--config", str(teacher_plan)])

    before, after = network.load_encoder(tiny_base, 1), network.load(tmp_path / "teacher" / "model")[0].encoder
    for name, kept in before.embeddings.named_parameters():
        assert torch.equal(kept, after.embeddings.get_parameter(name))
    query = "attention.self.query.weight"
    assert not torch.equal(before.encoder.layer[0].get_parameter(query), after.encoder.layer[0].get_parameter(query))


def test_a_changed_plan_starts_afresh(teacher_plan, capsys):
    main(["--config", str(teacher_plan)])
    teacher_plan.write_text(teacher_plan.read_text("utf-8").replace("seed: 20261123", "seed: 3"), "utf-8")
    capsys.readouterr()

    main(["--config", str(teacher_plan)])

    out = capsys.readouterr().out
    assert "another plan" in out
    assert "epoch=2" in out


def test_a_student_learns_what_its_teachers_say_and_each_teacher_reads_the_texts_once(teacher_plan, tmp_path, capsys):
    main(["--config", str(teacher_plan)])
    teacher = tmp_path / "teacher" / "model"
    raw = yaml.safe_load(teacher_plan.read_text("utf-8"))
    places = {
        "base": str(teacher),
        "teachers": [str(teacher)] * 2,
        "vectors": raw["base"],
        "work": str(tmp_path / "student"),
    }
    plan = write_plan(tmp_path / "student.yml", "student.yml", data=raw["data"], **places)
    capsys.readouterr()

    main(["--config", str(plan)])
    once = capsys.readouterr().out
    main(["--config", str(plan), "--fresh"])
    again = capsys.readouterr().out

    assert once.count("tokens_per_s=") == 2
    assert "epoch=2" in again
    assert "teacher" not in again
    assert set(network.load(tmp_path / "student" / "model")[0].classes) == set(network.HEADS)


def test_departments_come_from_the_words_of_whole_messages():
    import numpy as np

    messages = [Example("路灯坏了", topic=0), Example("路灯不亮", topic=0), Example("噪音扰民", topic=1)]

    found = np.exp(read_topics(["噪音很大", "路灯又坏了", "噪音很大"], messages).astype(float))

    assert found.shape == (3, len(DEPARTMENTS))
    assert found.sum(axis=1) == pytest.approx([1, 1, 1], abs=0.01)
    assert found[:, :2].argmax(axis=1).tolist() == [1, 0, 1]


def test_a_text_that_was_not_read_is_known_as_such():
    import numpy as np

    targets = Targets({"vector": (["路灯"], np.ones((1, 2), np.float16))})

    rows, known = targets.of("vector", ["公园", "路灯"])

    assert known.tolist() == [False, True]
    assert rows.tolist() == [[0, 0], [1, 1]]
