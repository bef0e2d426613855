"""A watch that leaves out what cannot have changed says the same as one that asks everything."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.course import Course
from alerts.rules import default_rules
from alerts.store import AlertStore
from app.noted_index import NotedIndex
from app.sparing import SparingWatch
from app.watch import Surroundings, watch
from app.watch_memory import WatchMemory
from indexer.memory import MemoryIndex
from minsheng.domain import (
    AlertState,
    Calibration,
    Claim,
    ClaimKind,
    ClaimStatus,
    Department,
    Evidence,
    Finding,
    Kind,
    Project,
    Source,
    Verdict,
    Window,
)

NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
HOUSING = Department("housing", "住建局", ())
PROJECTS = tuple(Project(name, f"{name}项目", (), "城东区", HOUSING, "road") for name in ("road", "park"))
EXACT = Calibration(
    "as meant",
    soft=((0.96, 0.02, 0.02), (0.02, 0.96, 0.02), (0.02, 0.02, 0.96)),
    counts=((196, 2, 2), (2, 196, 2), (2, 2, 196)),
)
SOURCES = {name: Source(name, name, kind, "") for name, kind in (("forum", Kind.PUBLIC), ("board", Kind.OFFICIAL))}


def claim(name, project, kind, days, value=None):
    published = NOW - timedelta(days=days)
    return Claim(
        name, project, "已解决", kind, ClaimStatus.LEVEL, "http://gov.example/1", "住建局", published, value=value,
        reviewed=True,
    )  # fmt: skip


AROUND = Surroundings(
    (
        claim("c1", "road", ClaimKind.SATISFACTION, 200, 0.95),
        claim("c2", "road", ClaimKind.RESOLUTION, 20),
        claim("c3", "park", ClaimKind.REPLY_RATE, 90, 0.98),
        claim("c4", "park", ClaimKind.POLARITY, -0.2),
    ),
    EXACT,
    SOURCES,
    {},
)


def no_mail(alert):
    del alert
    return ()


class Deployment:
    """An index, alerts and a memory of watches, and rules that count how often they are asked."""

    def __init__(self, folder, rules=None):
        self.memory = WatchMemory(folder / "watch.sqlite")
        self.store = AlertStore(folder / "alerts.sqlite")
        self.index = NotedIndex(MemoryIndex(), self.memory.touch)
        self.rules = default_rules() if rules is None else rules
        self.around = AROUND

    def watch(self, now, *, full=False, projects=PROJECTS):
        sparing = SparingWatch(self.memory, self.store, self.index, self.around)
        findings = sparing.run(projects, self.rules, now, full=full)
        self.store.apply(findings, now, no_mail, projects={one.id for one in projects})
        sparing.remember()
        return findings


class Asked:
    """A rule that notes about which projects it was asked, and stands for an hour."""

    name, title, mails = "asked", "问过", False

    def __init__(self, *, fires=False):
        self.projects, self.fires, self.lasts = [], fires, timedelta(hours=1)

    def check(self, seen):
        self.projects.append(seen.project.id)
        evidence = Evidence("条数", len(seen.posts), 0, Window(seen.now, seen.now))
        verdict = Verdict.DIVERGES if self.fires else Verdict.COMPATIBLE
        return [Finding(self.name, seen.project.id, self.fires, verdict, "", evidence)]

    def steady_until(self, seen, found):
        del found
        return seen.now + self.lasts


@pytest.fixture
def asked():
    return Asked()


@pytest.fixture
def deployment(tmp_path, asked):
    return Deployment(tmp_path, [asked])


def test_the_course_of_a_chart_is_that_of_the_first_watch_of_a_day(deployment, make_labelled):
    day = timedelta(days=1)
    deployment.around = replace(AROUND, volume={(NOW - 3 * day).date(): 500})
    deployment.index.add([make_labelled(projects=("road",), published_at=NOW - 2 * day)])
    deployment.watch(NOW)
    first = deployment.memory.course("road")
    deployment.index.add([make_labelled(projects=("road",), published_at=NOW - n * day) for n in range(2, 20)])

    deployment.watch(NOW + timedelta(minutes=30))
    same_day = deployment.memory.course("road")
    deployment.watch(NOW + day)

    assert len(first.bounds) > 0
    assert same_day == first
    assert deployment.memory.course("road") != first
    assert deployment.memory.course("nobody") == Course()


def test_a_memory_of_before_charts_had_a_course_is_used_on(tmp_path):
    path = tmp_path / "watch.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            "CREATE TABLE touched (number INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL UNIQUE);"
            "CREATE TABLE watched (project TEXT PRIMARY KEY, as_of TEXT NOT NULL, inputs TEXT NOT NULL,"
            " until TEXT NOT NULL, shares TEXT NOT NULL, peers TEXT NOT NULL) WITHOUT ROWID;"
            "INSERT INTO watched VALUES ('road', '2026-03-10T01:00:00+00:00', 'x', '{}', '{}', '{}');"
            "PRAGMA user_version = 1"
        )

    known = WatchMemory(path).watched()

    assert known["road"].as_of == NOW
    assert known["road"].course == Course()


def test_nothing_is_asked_while_nothing_changes(deployment, asked):
    deployment.watch(NOW)

    deployment.watch(NOW + timedelta(minutes=30))

    assert asked.projects == ["road", "park"]


def test_a_rule_is_asked_again_once_its_answer_may_have_changed(deployment, asked):
    deployment.watch(NOW)

    deployment.watch(NOW + timedelta(hours=1))

    assert asked.projects == ["road", "park"] * 2


def test_a_new_day_in_beijing_asks_everything(deployment, asked):
    evening = datetime(2026, 3, 10, 15, 50, tzinfo=UTC)
    deployment.watch(evening)

    deployment.watch(evening + timedelta(minutes=20))

    assert asked.projects == ["road", "park"] * 2


@pytest.mark.parametrize("change", ["add", "correct", "relabel", "delete"])
def test_a_project_whose_posts_change_is_asked_about_and_no_other(deployment, asked, make_labelled, change):
    post = make_labelled(projects=("park",), published_at=NOW - timedelta(days=3))
    deployment.index.add([post])
    deployment.watch(NOW)

    match change:
        case "add":
            deployment.index.add([make_labelled(projects=("park",), published_at=NOW)])
        case "correct":
            deployment.index.correct(post.post.id, [], NOW)
        case "relabel":
            deployment.index.relabel([replace(post, reading=replace(post.reading, aspect="safety"))])
        case "delete":
            deployment.index.delete([post.post.id])
    deployment.watch(NOW + timedelta(minutes=1))

    assert asked.projects == ["road", "park", "park"]


def test_a_project_that_a_post_leaves_is_asked_about(deployment, asked, make_labelled):
    post = make_labelled(projects=("park",), published_at=NOW - timedelta(days=3))
    deployment.index.add([post])
    deployment.watch(NOW)

    deployment.index.relabel([replace(post, reading=replace(post.reading, projects=()))])
    deployment.watch(NOW + timedelta(minutes=1))

    assert asked.projects[2:] == ["park"]


def test_a_changed_claim_asks_about_its_project(deployment, asked):
    deployment.watch(NOW)

    deployment.around = replace(AROUND, claims=(*AROUND.claims[:3], replace(AROUND.claims[3], text="已全部解决")))
    deployment.watch(NOW + timedelta(minutes=1))

    assert asked.projects[2:] == ["park"]


def test_changed_sources_ask_about_everything(deployment, asked):
    deployment.watch(NOW)

    deployment.around = replace(AROUND, sources={})
    deployment.watch(NOW + timedelta(minutes=1))

    assert asked.projects[2:] == ["road", "park"]


def test_without_the_stored_findings_everything_is_asked(tmp_path, asked):
    Deployment(tmp_path, [asked]).watch(NOW)
    (tmp_path / "alerts.sqlite").unlink()

    Deployment(tmp_path, [asked]).watch(NOW + timedelta(minutes=1))

    assert asked.projects == ["road", "park"] * 2


def test_a_watch_that_is_cut_off_before_it_remembers_is_made_again(deployment, asked, make_labelled):
    deployment.watch(NOW)
    deployment.index.add([make_labelled(projects=("park",), published_at=NOW)])
    SparingWatch(deployment.memory, deployment.store, deployment.index, AROUND).run(PROJECTS, [asked], NOW)

    deployment.watch(NOW + timedelta(minutes=1))

    assert asked.projects[2:] == ["park", "park"]


def test_a_post_that_comes_while_the_watch_runs_is_seen_by_the_next(deployment, asked, make_labelled):
    sparing = SparingWatch(deployment.memory, deployment.store, deployment.index, AROUND)
    findings = sparing.run(PROJECTS, [asked], NOW)
    deployment.index.add([make_labelled(projects=("road",), published_at=NOW)])
    deployment.store.apply(findings, NOW, no_mail)
    sparing.remember()

    deployment.watch(NOW + timedelta(minutes=1))

    assert asked.projects[2:] == ["road"]


def test_an_open_alert_lives_on_and_closes_in_time_although_nothing_is_asked(tmp_path):
    rule = Asked(fires=True)
    rule.lasts = timedelta(days=9)
    deployment = Deployment(tmp_path, [rule])
    deployment.watch(NOW)
    rule.fires = False
    deployment.watch(NOW + timedelta(hours=1), full=True)

    for hours in range(2, 54):
        deployment.watch(NOW + timedelta(hours=hours))

    assert {alert.state for alert in deployment.store.alerts()} == {AlertState.CLOSED}


def test_a_sparing_watch_comes_to_the_verdicts_of_a_full_one(tmp_path, make_labelled):
    """Half of the posts lie so that they leave a window within the hours of the test."""
    rng = random.Random(5)
    deployment = Deployment(tmp_path)
    deployment.index.add(_talk(rng, make_labelled, 260))
    now, spared = NOW, 0

    for step in range(14):
        if step % 4 == 3:
            deployment.index.add(_talk(rng, make_labelled, 3, now))
        deployment.watch(now)
        spared += sum(one.evidence.window.until < now for one in deployment.store.findings())
        expected = watch(PROJECTS, deployment.rules, deployment.index, AROUND, now)
        assert _said(deployment.store.findings()) == _said(expected), now
        now += timedelta(minutes=rng.choice((2, 11, 37, 90)))

    assert spared > 20


def _talk(rng, make_labelled, number, now=NOW):
    edges = (0, 1, 3, 7, 14, 21, 28, 35, 90, 180)
    made = []
    for _ in range(number):
        age = rng.choice(edges) if rng.random() < 0.5 else rng.uniform(0, 60)
        moment = now - timedelta(days=age) + timedelta(hours=rng.uniform(-1, 12 if age else 1))
        bad = rng.random()
        made.append(
            make_labelled(
                projects=(rng.choice(("road", "park")),),
                negative=0.9 * bad,
                neutral=0.1,
                positive=0.9 - 0.9 * bad,
                source=rng.choice(("forum", "board")),
                kind=Kind.OFFICIAL if rng.random() < 0.1 else Kind.PUBLIC,
                thread=f"http://t/{rng.randrange(60)}",
                published_at=moment,
            )
        )
    return made


def _said(findings):
    return sorted((one.key, one.fired, one.verdict) for one in findings)
