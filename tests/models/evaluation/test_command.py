"""The command stands in app; its tests stand here, where the small models are."""

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from app.evaluate_command import evaluate, make_report, open_reader, publish
from minsheng.errors import ConfigError
from models.evaluation.report import Reader
from models.evaluation.sets import read_file

ROWS = "text\tsentiment\tsource\n噪音扰民一直没人管\tneg\ta\n请问地铁何时开工\tneu\ta\n感谢政府办得好\tpos\tb\n"


@pytest.fixture
def data(tmp_path) -> Path:
    path = tmp_path / "city.tsv"
    path.write_text(ROWS, "utf-8")
    return path


@pytest.fixture
def run():
    cli = typer.Typer()
    cli.command()(evaluate)
    return lambda *arguments: CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_a_report_is_shown_and_written_as_json_and_page(model, make_model, data, tmp_path):
    out = Console(width=100, record=True)
    readers = {"one": Reader(model), "two": Reader(make_model(name="two"))}

    report = make_report(readers.__getitem__, "one", [read_file(data)], against="two", behaviour=True)
    publish(report, out, tmp_path / "new" / "report.json", tmp_path / "report.html")

    written = json.loads((tmp_path / "new" / "report.json").read_text("utf-8"))
    assert {"n", "accuracy", "macro_f1", "per_class", "ece", "comments_per_second"} <= set(written)
    assert (written["n"], written["accuracy"], written["against"]) == (3, 1.0, "two")
    assert sum(score["cases"] for score in written["behaviour"]["capabilities"]) >= 300
    assert "模型评测报告：characters" in (tmp_path / "report.html").read_text("utf-8")
    assert "模型评测报告：characters" in out.export_text()


def test_baselines_learn_from_the_shared_training_rows(model, shared_data, data):
    from functools import partial

    from models.training import recipes

    report = make_report(
        {"one": Reader(model)}.__getitem__,
        "one",
        [read_file(data, partial(recipes.civic, shared_data, "train"))],
        baselines=True,
    )

    names = [group.name for group in report.sets[0].heads[0].baselines]
    assert names[0] == "多数类"
    assert len(names) + len(report.notes) == 3


def test_our_own_model_folder_is_evaluated_from_the_command_line(run, tiny_folder, data, tmp_path):
    answer = run(
        "--model", tiny_folder, "--data", data, "--json", tmp_path / "r.json", "--no-behaviour", "-C", tmp_path
    )

    assert answer.exit_code == 0, answer.output
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["n"] == 3


def test_a_wrong_file_is_refused_before_any_model_is_opened(run, tmp_path):
    path = tmp_path / "bad.tsv"
    path.write_text("text\tsentiment\n好\tgood\n", "utf-8")

    answer = run("--model", "nowhere/at-all", "--data", path, "-C", tmp_path)

    assert isinstance(answer.exception, ConfigError)
    assert "bad.tsv:2: column sentiment: 'good' is not allowed" in str(answer.exception)


def test_without_anything_to_evaluate_on_the_message_says_what_to_give(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert "give a labelled file with --data" in str(run("-C", tmp_path).exception)
    assert "there is no such folder" in str(run("--shared", tmp_path / "no", "-C", tmp_path).exception)


def test_the_deployments_model_is_the_one_that_is_evaluated(run, tmp_path, data):
    from minsheng.errors import ModelUnusable

    (tmp_path / "minsheng.yml").write_text("model: ./not-there\n", "utf-8")

    answer = run("--data", data, "-C", tmp_path)

    assert isinstance(answer.exception, ModelUnusable)
    assert "not-there" in str(answer.exception)


def test_a_folder_of_our_own_lends_nothing(tiny_folder):
    assert set(open_reader(str(tiny_folder), {}, None).texts.heads) > {"sentiment"}
