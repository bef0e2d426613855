from datetime import date

import pytest

from minsheng.domain import PhaseName
from minsheng.errors import ConfigError
from minsheng.register import load_register

GOOD = """\
departments:
  - id: housing
    name: 住建局
    recipients: [housing@office.example]
projects:
  - id: renewal
    name: 老旧小区改造
    aliases: [旧改, 向阳小区改造]
    region: 城东区
    department: housing
    type: estate
    phases:
      - {name: construction, since: 2026-01-01, until: 2026-03-01}
      - {name: completion, since: 2026-03-01}
"""


def load(tmp_path, text):
    (tmp_path / "all.yml").write_text(text, encoding="utf-8")
    return load_register(tmp_path)


def test_a_register_holds_projects_with_their_department(tmp_path):
    project = load(tmp_path, GOOD).project("renewal")

    assert project.department.recipients == ("housing@office.example",)
    assert project.aliases == ("旧改", "向阳小区改造")


def test_the_phase_of_a_day_is_the_latest_that_covers_it(tmp_path):
    project = load(tmp_path, GOOD).project("renewal")

    assert project.phase_on(date(2025, 12, 31)) is None
    assert project.phase_on(date(2026, 3, 1)).name is PhaseName.COMPLETION
    assert project.phase_on(date(2026, 2, 1)).name is PhaseName.CONSTRUCTION


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("老旧小区改造", "王建国"), r"all\.yml:7: projects\.0\.name: '王建国' reads as a person's name.*never people"),
        (("旧改, 向", "李书记, 向"), r"all\.yml:8: projects\.0\.aliases: '李书记' reads as a person"),
        (("旧改, 向", "改, 向"), r"all\.yml:8: projects\.0\.aliases: an alias of one character"),
        (("department: housing", "department: hosing"), r"all\.yml:10: department: no department 'hosing'"),
        (("housing@office.example", "housing office"), r"all\.yml:4: departments\.0\.recipients: not a mail address"),
        (("until: 2026-03-01", "until: 2025-03-01"), r"all\.yml:13: projects\.0\.phases\.0: ends"),
        (("id: renewal", "id: Renewal 1"), r"all\.yml:6: projects\.0\.id"),
        (("region: 城东区", "regoin: 城东区"), r"all\.yml:9: projects\.0\.regoin: unknown key.*'region'"),
    ],
)
def test_a_wrong_entry_is_named_with_file_line_and_key(tmp_path, change, message):
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, GOOD.replace(*change))


def test_an_id_that_stands_twice_is_refused(tmp_path):
    (tmp_path / "more.yml").write_text(GOOD, encoding="utf-8")

    with pytest.raises(ConfigError, match="'housing' stands twice"):
        load(tmp_path, GOOD)


def test_an_unknown_project_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'renewal'"):
        load(tmp_path, GOOD).project("renewel")


def test_an_empty_folder_is_an_empty_register(tmp_path):
    assert load_register(tmp_path).projects == {}
