"""A rule kind is one file; its YAML has a JSON schema made from the same keys that check it."""

import importlib

import jsonschema
import pytest
import yaml

import alerts.rules
from alerts.rules import RULES, load_rules, read_rule, rule_kinds
from alerts.schema import schema_of, schema_of_all
from minsheng.errors import ConfigError

QUIET = '''"""Posts in, whether nobody said anything out."""

from typing import ClassVar

from pydantic import Field

from alerts.base import Observation
from alerts.rules.base import RuleSettings, counted, last_days, said
from minsheng.domain import Finding, Verdict


class Quiet(RuleSettings):
    """Did anybody speak?"""

    name: ClassVar[str] = "quiet"
    title: ClassVar[str] = "无人发言"

    days: int = Field(7, ge=1, description="days looked back")

    def check(self, seen: Observation) -> list[Finding]:
        window = last_days(seen, self.days)
        posts = said(seen, window)
        verdict = Verdict.COMPATIBLE if posts else Verdict.DIVERGES
        evidence = counted("评论", posts, window)
        return [Finding(self.name, seen.project.id, not posts, verdict, f"{self.days} 天内 {len(posts)} 条。", evidence)]
'''


@pytest.fixture
def with_quiet(tmp_path, monkeypatch):
    """The package of rules with one file more, and nothing else changed."""
    place = tmp_path / "more_rules"
    place.mkdir()
    (place / "quiet.py").write_text(QUIET, encoding="utf-8")
    monkeypatch.setattr(alerts.rules, "__path__", [*alerts.rules.__path__, str(place)])
    importlib.invalidate_caches()
    return rule_kinds(alerts.rules.__path__)


def test_one_new_file_is_a_new_rule_with_thresholds_and_schema(with_quiet, tmp_path, make_seen):
    (tmp_path / "quiet.yml").write_text("days: 3\n", encoding="utf-8")

    rules = {rule.name: rule for rule in load_rules(tmp_path, with_quiet)}
    (found,) = rules["quiet"].check(make_seen([]))

    assert set(rules) == {*RULES, "quiet"}
    assert (found.fired, found.why) == (True, "3 天内 0 条。")
    assert schema_of_all(with_quiet)["$defs"]["quiet"]["properties"]["days"]["minimum"] == 1


def test_what_the_package_holds_is_what_runs():
    assert set(RULES) >= {"divergence", "focus_gap", "posture_gap", "silence", "standards_gap", "surge", "unanswered"}


@pytest.mark.parametrize("name", RULES)
def test_a_schema_accepts_the_defaults_and_refuses_what_the_rule_refuses(name, tmp_path):
    schema = schema_of(RULES[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema).is_valid
    defaults = RULES[name]().model_dump(mode="json")

    assert check(defaults)
    assert not check({**defaults, "nonsense": 1})
    assert not check({**defaults, "enabled": "perhaps"})
    (tmp_path / f"{name}.yml").write_text("nonsense: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        read_rule(name, tmp_path)


def test_one_schema_holds_every_rule():
    schema = schema_of_all()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema).is_valid

    assert check(yaml.safe_load("divergence: {rho_max: 20}\nsurge: {}"))
    assert not check(yaml.safe_load("divergence: {rho_max: 0.5}"))
    assert not check(yaml.safe_load("divergense: {}"))


def test_an_unknown_rule_is_named_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'divergence'"):
        read_rule("divergense", tmp_path)
