from dataclasses import replace
from datetime import timedelta

import pytest

from app.summary import summarise
from app.watch import Surroundings, watch
from indexer.memory import MemoryIndex
from minsheng.domain import Calibration, Department, Evidence, Finding, Kind, Project, Verdict, Window

AROUND = Surroundings((), None, {}, {})


def project(key):
    return Project(key, f"{key}项目", (), "城东区", Department("housing", "住建局", ()))


class Counting:
    """A rule that fires on projects with at least three posts."""

    name = "counting"
    title = "计数"
    mails = True

    def check(self, seen):
        evidence = Evidence("条数", len(seen.posts), len(seen.posts), Window(seen.now - timedelta(days=1), seen.now))
        fired = len(seen.posts) >= 3
        verdict = Verdict.DIVERGES if fired else Verdict.NOT_ASSESSABLE
        return [Finding(self.name, seen.project.id, fired, verdict, f"n={len(seen.posts)}", evidence)]


@pytest.fixture
def index(make_labelled):
    index = MemoryIndex()
    index.add([make_labelled(projects=("road",)) for _ in range(4)] + [make_labelled(projects=("park",))])
    return index


def test_every_rule_answers_for_every_project(index, now):
    steps = []

    findings = watch([project("road"), project("park"), project("none")], [Counting()], index, AROUND, now,
                     lambda done, total: steps.append((done, total)))  # fmt: skip

    assert [(finding.project, finding.evidence.posts, finding.fired) for finding in findings] == [
        ("road", 4, True), ("park", 1, False), ("none", 0, False),
    ]  # fmt: skip
    assert steps[-1] == (3, 3)


def test_posts_are_seen_oldest_first_and_not_beyond_a_year(make_labelled, now):
    seen = []

    class Looking(Counting):
        def check(self, observation):
            seen.extend(item.post.id for item in observation.posts)
            return super().check(observation)

    index = MemoryIndex()
    index.add(make_labelled(id=f"forum:{days}", published_at=now - timedelta(days=days)) for days in (3, 500, 40, -0.5))

    watch([project("road")], [Looking()], index, AROUND, now)

    assert seen == ["forum:40", "forum:3", "forum:-0.5"]


@pytest.mark.parametrize(("kind", "known"), [(Kind.PUBLIC, False), (Kind.OFFICIAL, True)])
def test_comments_read_by_a_model_of_unknown_errors_are_seen_without_calibration(make_labelled, now, kind, known):
    seen = []

    class Looking(Counting):
        def check(self, observation):
            seen.append(observation.calibration)
            return super().check(observation)

    errors = Calibration(
        "civic", ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)), ((9, 0, 0), (0, 9, 0), (0, 0, 9)), None, "civic@1"
    )
    index = MemoryIndex()
    index.add([make_labelled(id="forum:1", kind=kind, model="older@2")])

    watch([project("road")], [Looking()], index, replace(AROUND, calibration=errors), now)

    assert seen == [errors if known else None]


def finding(rule, *, fired, verdict=Verdict.NOT_ASSESSABLE, level=0.0, low=None, high=None, key="road", now=None):
    evidence = Evidence("占比", 50, 40, Window(now - timedelta(days=1), now), low=low, high=high)
    return Finding(rule, key, fired, verdict, f"{rule}-{level}", evidence, level)


def test_the_strongest_finding_speaks_for_a_project(now):
    findings = [
        finding("surge", fired=True, now=now),
        finding("divergence", fired=True, verdict=Verdict.DIVERGES, level=12, low=0.4, high=0.6, now=now),
        finding("divergence", fired=True, verdict=Verdict.DIVERGES, level=40, low=0.5, high=0.7, now=now),
        finding("silence", fired=False, now=now),
    ]

    (outcome,) = summarise({"road": project("road")}, findings)

    assert outcome.why == "divergence-40"
    assert outcome.interval_text == "50%–70%"
    assert outcome.fired == ("divergence", "surge")


def test_flagged_projects_come_first_and_quiet_ones_say_how_they_stand(now):
    findings = [
        finding("divergence", fired=False, verdict=Verdict.COMPATIBLE, key="park", now=now),
        finding("surge", fired=False, key="park", now=now),
        finding("unanswered", fired=True, now=now),
    ]

    outcomes = summarise({"park": project("park"), "road": project("road"), "new": project("new")}, findings)

    assert [(outcome.project, outcome.flagged, outcome.verdict) for outcome in outcomes] == [
        ("road", True, Verdict.NOT_ASSESSABLE), ("park", False, Verdict.COMPATIBLE),
    ]  # fmt: skip
    assert outcomes[1].interval_text == "—"
