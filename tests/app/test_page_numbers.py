"""What pages show of projects: measured before somebody asks, once; gone with the posts that it quotes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.bootstrap import Office
from app.page_numbers import measure_projects
from app.retention import retain
from console.deviations import DeviationReadings
from console.readings import Readings

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PROJECTS = """\
departments: [{id: housing, name: 住建局, recipients: [housing@office.example]}]
projects:
  - {id: park, name: 滨江公园, region: 城东区, department: housing}
  - {id: road, name: 滨江路, region: 城西区, department: housing}
"""
KINDS = ("reading", "deviations")


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def office(tmp_path, make_labelled, clock):
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")
    (tmp_path / "minsheng.yml").write_text("retention: {days: 100}\n", encoding="utf-8")
    office = Office(tmp_path, {}, now=clock)
    old = {"published_at": NOW - timedelta(days=120), "cluster": "copied", "model": office.model_name}
    office.index.add([make_labelled("井盖丢了三个月", id=f"forum:{n}", **old) for n in range(3)])
    yield office
    office.close()


def unable(posts, project=None):
    raise AssertionError(f"estimates {len(posts)} comments of {project} while somebody waits")


def test_every_project_is_measured_once_and_its_page_then_measures_nothing(office):
    assert measure_projects(office) == 2
    assert measure_projects(office) == 0

    desk = replace(office.desk(), estimate=unable)
    assert [Readings(desk).of(project).thing.posts for project in ("road", "park")] == [3, 0]
    assert not DeviationReadings(desk).of(desk.projects["road"]).is_behind


def test_a_project_is_measured_anew_when_its_posts_change_and_ten_minutes_have_passed(office, clock, make_labelled):
    measure_projects(office)
    office.index.add([make_labelled("路灯也坏了", published_at=NOW - timedelta(days=1))])

    assert measure_projects(office) == 0
    assert Readings(office.desk()).of("road").is_behind
    clock.now += timedelta(minutes=11)
    assert measure_projects(office) == 1
    assert not Readings(office.desk()).of("road").is_behind


def test_a_run_ends_when_its_time_is_up_and_the_next_goes_on(office):
    assert measure_projects(office, seconds=-1) == 0
    assert measure_projects(office) == 2


def test_nothing_is_kept_of_a_project_that_is_not_registered(office):
    office.shelf.touch(["gone"])
    measure_projects(office)
    _, row = office.shelf.look("reading", "road")
    office.shelf.put("reading", "gone", row)

    measure_projects(office)

    assert office.shelf.look("reading", "gone")[1] is None
    assert office.shelf.look("reading", "road")[1] == row


def test_words_of_a_deleted_comment_are_gone_from_what_pages_show(office):
    measure_projects(office)
    file = office.folders.var / "pages.sqlite"
    assert "井盖丢了" in office.shelf.look("reading", "road")[1].body

    retain(office)

    assert [office.shelf.look(kind, "road")[1] for kind in KINDS] == [None, None]
    assert all("井盖丢了".encode() not in path.read_bytes() for path in file.parent.glob("pages.sqlite*"))
    assert Readings(office.desk()).of("road").thing.posts == 0
