"""Briefings as the office makes them: which project, which number, which files."""

import json

import pytest

from app.bootstrap import Office
from app.briefing import brief_project
from minsheng.errors import ConfigError


@pytest.fixture
def office(deployment):
    office = Office(deployment, {})
    (deployment / "var").mkdir()
    yield office
    office.close()


def test_each_special_has_the_next_number_of_its_own_series_and_keeps_it(office):
    first = brief_project(office, "renewal")
    brief_project(office, "road")
    again = brief_project(office, "renewal")
    longer = brief_project(office, "renewal", days=90)

    numbers = [
        json.loads(path.read_text())["number"] for path in sorted(office.folders.briefings.glob("special-*.json"))
    ]
    assert sorted(numbers) == [1, 2, 3]
    assert first == again
    assert {briefing.project for briefing in office.archive.list()} == {"renewal", "road"}
    assert "关于“向阳小区改造”公众反应情况的专报" in first[0].read_text(encoding="utf-8")
    assert "第3期" in longer[0].read_text(encoding="utf-8")


@pytest.mark.parametrize(("project", "days", "why"), [("moon", 30, "no project 'moon'"), ("road", 0, "1 to 366 days")])
def test_a_special_that_cannot_be_made_says_why(office, project, days, why):
    with pytest.raises(ConfigError, match=why):
        brief_project(office, project, days=days)
