import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from alerts.rules import RULES
from app.cli import cli
from minsheng.settings import describe_settings

ROOT = Path(__file__).resolve().parents[1]
OPERATE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
READMES = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")]


@pytest.mark.parametrize("key", [key for key, _, _ in describe_settings()])
def test_every_setting_is_explained(key):
    assert f"`{key}`" in OPERATE


@pytest.mark.parametrize("command", sorted(get_command(cli).commands))
def test_every_command_is_named_in_both_readmes_and_explained(command):
    for text in (*READMES, OPERATE):
        assert re.search(rf"\b{command}\b", text)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_explained(rule):
    assert f"`{rule}`" in (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_between_documents_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if not link.startswith("http")]

    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_dependency_has_its_reason():
    import tomllib

    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    reasons = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text(encoding="utf-8")

    assert [name for name in wanted if re.split(r"[<>=\[]", name)[0] not in reasons] == []


def test_the_compose_file_fits_the_compose_schema_and_has_no_default_password():
    import json

    import jsonschema

    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    schema = json.loads((ROOT / "tests" / "fixtures" / "compose_spec.json").read_text(encoding="utf-8"))

    jsonschema.Draft201909Validator(schema).validate(content)
    assert set(content["services"]) == {"minsheng", "elasticsearch", "mailpit"}
    assert all("healthcheck" in service for service in content["services"].values())
    given = [value for value in re.findall(r"(?i)password\w*: (.+)", text) if ":?" not in value]
    assert given == [], "a password must be asked for, not given"


def test_no_name_of_a_package_registry_stands_in_the_project():
    names = ["pypi" + ".org", "registry." + "npmjs", "repo1." + "maven", "deb." + "debian", "files." + "pythonhosted"]
    files = [p for p in ROOT.rglob("*") if p.suffix in {".py", ".md", ".yml", ".toml", ".html", ""} and p.is_file()]
    ours = [p for p in files if not {".venv", ".git", "var", "node_modules"} & set(p.relative_to(ROOT).parts)]
    cached = [p for p in ours if not any(part.endswith("_cache") for part in p.relative_to(ROOT).parts)]

    found = [p for p in cached if any(name in p.read_text(encoding="utf-8", errors="ignore") for name in names)]

    assert found == []
