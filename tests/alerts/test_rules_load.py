from pathlib import Path

import pytest

from alerts.rules import RULES, default_rules, load_rules
from minsheng.errors import ConfigError

DOCS = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_without_files_every_rule_runs_with_its_defaults(tmp_path):
    assert load_rules(tmp_path) == default_rules() == load_rules(tmp_path / "none")
    assert [rule.name for rule in default_rules()] == list(RULES)


def test_a_file_sets_thresholds_of_its_rule(tmp_path):
    (tmp_path / "divergence.yml").write_text("rho_max: 20\nmails: false\n", encoding="utf-8")

    (rule,) = [rule for rule in load_rules(tmp_path) if rule.name == "divergence"]

    assert (rule.rho_max, rule.mails) == (20, False)


def test_an_empty_file_is_all_defaults(tmp_path):
    (tmp_path / "surge.yml").write_text("# nothing set\n", encoding="utf-8")

    assert load_rules(tmp_path) == default_rules()


def test_a_rule_switched_off_does_not_run(tmp_path):
    (tmp_path / "silence.yml").write_text("enabled: false\n", encoding="utf-8")

    assert "silence" not in [rule.name for rule in load_rules(tmp_path)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("divergense.yml", "", r"divergense.yml: no rule 'divergense'; did you mean 'divergence'"),
        ("divergence.yml", "rho_mx: 5", r"divergence.yml:1: rho_mx: unknown key 'rho_mx'; did you mean 'rho_max'"),
        ("divergence.yml", "mails: true\nrho_max: 0.5", r"divergence.yml:2: rho_max: Input should be greater than 1"),
        ("surge.yml", "min_comments: many", r"surge.yml:1: min_comments: .*integer"),
        ("divergence.yml", "min_effective: 5", r"divergence.yml:1: min_effective: .*greater than or equal to 20"),
        ("divergence.yml", "rho_max: .inf", r"divergence.yml:1: rho_max: .*finite"),
    ],
)
def test_a_wrong_file_names_itself_line_and_key(tmp_path, name, content, message):
    (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match=message):
        load_rules(tmp_path)


def test_two_files_for_one_rule_are_refused(tmp_path):
    (tmp_path / "surge.yml").write_text("", encoding="utf-8")
    (tmp_path / "surge.yaml").write_text("", encoding="utf-8")

    with pytest.raises(ConfigError, match="keep one"):
        load_rules(tmp_path)


def test_only_divergence_mails_at_once_by_default():
    assert [rule.name for rule in default_rules() if rule.mails] == ["divergence"]


@pytest.mark.parametrize("name", RULES)
def test_every_rule_and_key_is_documented_with_its_default(name):
    page = DOCS.read_text(encoding="utf-8")
    section = page.split(f"## `{name}`")[1].split("\n## ")[0]

    for key, field in RULES[name].model_fields.items():
        default = str(field.default).lower() if isinstance(field.default, bool) else field.default
        assert f"| `{key}` | {default} |" in section, f"{name}: {key}"


@pytest.mark.parametrize("name", RULES)
def test_every_key_says_what_it_does(name):
    assert all(field.description for field in RULES[name].model_fields.values())
