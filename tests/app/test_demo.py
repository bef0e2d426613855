"""The demo is the promise of the README: every archetype of the city gets the answer it stands for."""

import json
import subprocess
import sys

import pytest

from minsheng.errors import MinshengError

EXPECTED = {
    "mianfang-estate": (True, "diverges", "divergence"),
    "cuiping-park": (False, "compatible", "divergence"),
    "metro-line-3": (False, "not_assessable", "divergence"),
    "yuxi-river": (True, "diverges", "divergence"),
    "yingyue-bridge": (True, "diverges", "standards_gap"),
    "yunling-newtown": (True, "diverges", "focus_gap"),
    "dongpu-school": (True, "diverges", "divergence"),
    "shiqiao-library": (False, "not_assessable", "divergence"),
    "wenchang-road": (True, "diverges", "surge"),
    "binjiang-street": (False, "compatible", "divergence"),
    "second-hospital-east": (False, "not_assessable", "divergence"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Run the demo as its user does; return what it printed, its JSON and its folder."""
    folder = tmp_path_factory.mktemp("demo") / "city"
    answer = folder.parent / "demo.json"
    command = [sys.executable, "-m", "app.cli", "demo", str(folder), "--no-serve", "--json", str(answer)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, json.loads(answer.read_text(encoding="utf-8")), folder


def test_every_project_gets_the_answer_that_it_stands_for(demo):
    found = {row["id"]: (row["flagged"], row["verdict"], row["rule"]) for row in demo[1]}

    assert found == EXPECTED


def test_every_answer_has_its_number_interval_and_reason(demo):
    rows = {row["id"]: row for row in demo[1]}

    assert all(row["why"] and row["n"] >= 0 for row in rows.values())
    assert rows["mianfang-estate"]["claim"] == "mianfang-satisfaction"
    assert rows["mianfang-estate"]["interval"][0] > 0.5
    assert "unanswered" in rows["dongpu-school"]["fired"]
    assert "样本不足" in rows["shiqiao-library"]["why"]
    assert "目标" in rows["metro-line-3"]["why"]


def test_sources_in_trouble_are_shown_as_such(demo):
    assert "页面改版" in demo[0]
    assert "不允许读取" in demo[0]


def test_mails_and_briefings_are_there(demo):
    var = demo[2] / "var"

    assert list((var / "mail").glob("alert.*.eml"))
    assert len(list((var / "briefings").glob("weekly-*.html"))) == 1
    assert len(list((var / "briefings").glob("daily-*.docx"))) == 1


def test_a_folder_that_is_not_a_demo_is_left_alone(tmp_path):
    from rich.console import Console

    from app.demo import run_demo

    (tmp_path / "thesis.txt").write_text("three years of work", encoding="utf-8")

    with pytest.raises(MinshengError, match="did not start"):
        run_demo(tmp_path, Console(quiet=True), json_file=None, port=None)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
