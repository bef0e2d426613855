"""The archive of briefings: whose project a 专报 is about sees it, and one leaves only once a person has said so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.papers import Papers
from minsheng.domain import Briefing, Department, Window

from .conftest import NOW, PARK, ROAD

WEEK = Window(NOW - timedelta(days=7), NOW)
MADE = (
    Briefing("weekly-2026-W10", "weekly", 10, WEEK, NOW, ("weekly-2026-W10.html",)),
    Briefing("special-road-x", "special", 1, WEEK, NOW, ("special-road-x.html", "special-road-x.docx"), "road"),
    Briefing("special-park-x", "special", 2, WEEK, NOW, ("special-park-x.html",), "park"),
)
WATER = Department("water", "市水务局", ())


@pytest.fixture
def sent():
    return []


@pytest.fixture
def archive(desk, acts, sent):
    """A desk of two departments with three briefings, which may be sent to one recipient, each once."""
    desk.briefings.mkdir()
    for name in [name for briefing in MADE for name in briefing.files]:
        (desk.briefings / name).write_text(f"<h1>{name}</h1>", encoding="utf-8")

    def send(id_):
        sent.append(id_)
        return sent.count(id_) == 1

    papers = Papers(
        lambda *_: (), lambda kind: ("head@office.example",) if kind == "weekly" else (), lambda _: (), send
    )
    projects = {"road": ROAD, "park": replace(PARK, department=WATER)}
    return replace(desk, archived=lambda: MADE, projects=projects, acts=replace(acts, papers=papers))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("li", {"weekly-2026-W10.html", "special-road-x.html", "special-road-x.docx", "special-park-x.html"}),
        ("sun", {"special-road-x.html", "special-road-x.docx"}),
        ("qian", {"special-park-x.html"}),
    ],
)
def test_a_department_opens_what_is_about_its_projects_and_is_told_why_not_more(archive, guarded, log_in, who, seen):
    client = guarded(archive)
    log_in(client, who)
    names = {name for briefing in MADE for name in briefing.files}

    page = client.get("/briefings").text
    opened = {name for name in names if client.get(f"/briefings/{name}").status_code == 200}

    assert opened == seen
    assert {name for name in names if name in page} == seen
    assert ("日报、周报和月报汇总所有部门" in page) == (who != "li")


def test_a_briefing_is_sent_once_a_person_has_said_that_they_saw_it(archive, guarded, log_in, token_of, audit, sent):
    client = guarded(archive)
    log_in(client, "wang")
    asked = client.get("/briefing/weekly-2026-W10").text
    form = {"csrf": token_of(client, "/briefing/weekly-2026-W10"), "id": "weekly-2026-W10"}

    unsure = client.post("/briefings/send", data=form)
    client.post("/briefings/send", data=form | {"sure": "yes"})
    said = client.get("/briefing/weekly-2026-W10").text
    client.post("/briefings/send", data=form | {"sure": "yes"})
    again = client.get("/briefing/weekly-2026-W10").text

    assert "head@office.example" in asked
    assert (unsure.status_code, sent) == (400, ["weekly-2026-W10"] * 2)
    assert "已放入发件箱" in said
    assert "没有再发" in again
    assert [entry.what for entry in audit.entries()].count("send briefing") == 3


def test_who_gets_none_is_said_and_what_is_not_there_is_not_sent(archive, guarded, log_in, token_of, sent):
    client = guarded(archive)
    log_in(client, "wang")
    form = {"csrf": token_of(client, "/briefings"), "sure": "yes", "id": "../weekly-2026-W10"}

    assert "briefing.recipients" in client.get("/briefing/special-road-x").text
    assert client.post("/briefings/send", data=form).status_code == 404
    assert sent == []
