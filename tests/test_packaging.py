import importlib.util
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_are_the_ones_that_are_imported(name):
    spec = importlib.util.find_spec(name)

    assert spec is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_every_package_is_checked_by_mypy_import_linter_and_coverage():
    tools = PROJECT["tool"]

    assert set(PACKAGES) <= set(tools["mypy"]["packages"])
    assert set(PACKAGES) == set(tools["importlinter"]["root_packages"])
    assert set(PACKAGES) == set(tools["coverage"]["run"]["source"])


def test_the_shipped_models_stay_small():
    weights = ROOT / "models" / "weights"

    assert sum(path.stat().st_size for path in weights.rglob("*") if path.is_file()) <= 40_000_000


def test_help_is_shown_without_loading_heavy_libraries():
    import subprocess
    import sys

    code = (
        "import sys, app.cli\n"
        "heavy = {'torch', 'transformers', 'scrapy', 'elasticsearch', 'fastapi', 'apscheduler', 'numpy'} & set(sys.modules)\n"
        "sys.exit(','.join(sorted(heavy)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == ""
    assert done.returncode == 0


def test_a_wheel_has_everything_that_is_needed_at_run_time(tmp_path):
    import subprocess
    import sys
    import zipfile

    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    for needed in (
        "models/weights/civic/encoder.onnx",
        "models/weights/civic/calibration.json",
        "models/weights/civic/likeness.safetensors",
        "models/training/student.yml",
        "models/evaluation/report.html",
        "models/evaluation/behaviour/cases/sarcasm.yml",
        "app/labelling/templates/label.html",
        "alerts/templates/alert.html.j2",
        "briefings/templates/briefing.html",
        "console/templates/base.html",
        "console/static/console.css",
        "console/method.md",
        "console/method.en.md",
        "demo/content/mianfang-estate.yml",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "var/"))]
