"""What style.md asks of every module and no linter checks."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("minsheng", "crawlers", "models", "indexer", "alerts", "briefings", "console", "app", "demo")
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
LONGEST_MODULE = 500
# A reader of the clock outside app, with the reason.
CLOCKS = {
    "crawlers/middlewares.py": "a Retry-After header may name a moment",
    "crawlers/run.py": "measures how long a crawl took",
    "crawlers/turns.py": "crawls of several processes share the pauses of a host by the clock of the machine",
}


def calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_has_a_docstring_and_fits_in_one_reading(path):
    text = path.read_text(encoding="utf-8")

    assert text == "" or ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST_MODULE


def test_only_app_reads_the_environment():
    found = [path for path in MODULES if not path.is_relative_to(ROOT / "app") for name in calls(path)
             if name in {"os.environ", "os.getenv"}]  # fmt: skip

    assert found == []


def test_only_app_knows_what_time_it_is():
    found = [
        (path, name)
        for path in MODULES
        if not path.is_relative_to(ROOT / "app")
        for name in calls(path)
        if name in {"datetime.now", "datetime.utcnow", "date.today", "time.time"}
    ]

    assert [entry for entry in found if str(entry[0].relative_to(ROOT)) not in CLOCKS] == []


def test_what_is_caught_broadly_is_raised_again():
    found = [
        (path, node.lineno)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]

    assert found == []
