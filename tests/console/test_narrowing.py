"""What a department sees of the desk: every field is either narrowed to its projects or the same for all."""

from dataclasses import fields

import pytest

from console.desk import Desk
from console.narrowing import NARROWED, SHARED, narrowed
from indexer.scoped import ScopedIndex


def test_of_every_field_of_the_desk_it_is_said_whether_a_department_sees_all_of_it():
    assert {field.name for field in fields(Desk)} == NARROWED | SHARED
    assert not NARROWED & SHARED


@pytest.mark.parametrize("department", ["water", "", "nowhere"])
def test_a_department_without_projects_sees_none_of_what_is_about_projects(desk, department):
    view = narrowed(desk, department)

    assert view.projects == {}
    assert [list(each) for each in (view.claims(), view.findings(None), view.findings("road"), view.alerts())] == [
        [],
        [],
        [],
        [],
    ]
    assert (list(view.archived()), view.whole) == ([], False)
    assert isinstance(view.index, ScopedIndex)


def test_a_department_sees_all_of_its_own(desk):
    view = narrowed(desk, "housing")

    assert dict(view.projects) == dict(desk.projects)
    assert len(view.claims()) == len(desk.claims())
    assert len(view.findings(None)) == len(desk.findings(None))
    assert len(view.alerts()) == len(desk.alerts())


def test_what_is_shared_is_the_same_thing(desk):
    view = narrowed(desk, "housing")

    assert [name for name in SHARED if getattr(view, name) is not getattr(desk, name)] == []
    assert [name for name in NARROWED if getattr(view, name) is getattr(desk, name)] == []
