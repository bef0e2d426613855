import json
from dataclasses import replace
from pathlib import Path

import pytest

from models.evaluation.baselines import majority, run
from models.evaluation.behaviour import BehaviourReport, CapabilityScore
from models.evaluation.card import check_hashes, write_card
from models.evaluation.report import Reader, evaluate
from models.evaluation.sets import shared_sets
from models.training.config import Phase, load_plan

STUDENT = Path(__file__).resolve().parents[3] / "models" / "training" / "student.yml"


@pytest.fixture
def plan(shared_data):
    phases = tuple(Phase(1, 1e-4, rows, {}, 0.0, 0.0, 0.0) for rows in ({"civic": 0, "usual": 1}, {"civic": 5}))
    return replace(load_plan(STUDENT), data=shared_data, phases=phases, hold_out=(2, 4, 2), limits={})


@pytest.fixture
def report(model, shared_data):
    behaviour = BehaviourReport((CapabilityScore("赞扬", "mft", 10, 9),), (), ())
    return evaluate(
        Reader(model),
        shared_sets(shared_data)[:1],
        floors=lambda s: run(s, {"多数类": majority}),
        behaviour=behaviour,
    )


@pytest.fixture
def folder(tmp_path, report, plan):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights.bin").write_bytes(b"\0" * 3000)
    write_card(folder, report, plan)
    return folder


def test_the_card_holds_numbers_data_terms_seeds_limits_and_use(folder, report, plan):
    card = (folder / "MODEL_CARD.md").read_text("utf-8")

    assert f"**{report.sets[0].heads[0].macro_f1:.3f}** [" in card
    assert "most frequent class" in card
    assert "| civic/train: public comments on public matters, labelled for this project | 16 | 16, then 5 |" in card
    assert "shared task, none stated" in card
    assert f"training {plan.seed}" in card
    assert "2, 4, 2" in card
    assert "90.0%" in card
    for words in (
        "## Intended use",
        "Irony",
        "Dialect",
        "Short texts",
        "research use",
        "Unsure is a confidence below 0.60",
    ):
        assert words in card
    assert "$" not in card


def test_report_json_and_page_stand_beside_the_card(folder):
    assert json.loads((folder / "report.json").read_text("utf-8"))["n"] == 24
    assert "# 模型评测报告：characters" in (folder / "report.md").read_text("utf-8")


def test_the_hashes_of_a_fresh_card_are_those_of_the_files(folder):
    assert check_hashes(folder) == []
    card = (folder / "MODEL_CARD.md").read_text("utf-8")
    assert all(f"| `{name}` |" in card for name in ("report.json", "report.md", "weights.bin"))


def test_a_changed_a_missing_and_a_new_file_are_each_told(folder):
    (folder / "weights.bin").write_bytes(b"\1" * 3000)
    (folder / "report.md").unlink()
    (folder / "stray.txt").write_text("x", "utf-8")

    assert check_hashes(folder) == [
        f"{folder / 'weights.bin'}: is not the file that the card is about",
        f"{folder / 'report.md'}: stands in the card and not in the folder",
        f"{folder / 'stray.txt'}: stands in the folder and not in the card",
    ]


def test_a_folder_without_a_card_is_told(tmp_path):
    assert check_hashes(tmp_path) == [f"{tmp_path / 'MODEL_CARD.md'}: there is no card"]


def test_a_card_without_a_behavioural_run_says_so(folder, report, plan):
    write_card(folder, replace(report, behaviour=None), plan)

    assert "Not run." in (folder / "MODEL_CARD.md").read_text("utf-8")
