"""A desk and a department in, the desk as that department sees it out: its own projects and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from alerts.course import Course
from alerts.entries import Entry, Event
from console.desk import Desk
from indexer.scoped import ScopedIndex
from minsheng.domain import Alert, Briefing, Claim, Finding

NARROWED = frozenset(
    {"index", "projects", "claims", "entries", "histories", "findings", "alerts", "archived", "course", "whole"}
)
"""What of a desk is about projects; a test asks for every field whether it belongs here or below."""

SHARED = frozenset(
    {
        "acts",
        "recorded",
        "topics",
        "claim_reading",
        "briefings",
        "office",
        "region",
        "sources",
        "crawls",
        "health",
        "estimate",
        "model",
        "calibration",
        "now",
        "shelf",
        "rests_on",
    }
)
"""What is the same for everybody."""


def narrowed(desk: Desk, department: str) -> Desk:
    """Return what a department sees; a department that the register does not know sees no project."""
    projects = {id_: project for id_, project in desk.projects.items() if project.department.id == department}
    view = _View(desk, frozenset(projects))
    return replace(
        desk,
        index=ScopedIndex(desk.index, projects),
        projects=projects,
        claims=view.claims,
        entries=view.entries,
        histories=view.histories,
        findings=view.findings,
        alerts=view.alerts,
        archived=view.archived,
        course=view.course,
        whole=False,
    )


@dataclass(frozen=True, slots=True)
class _View:
    """The functions of a desk, each without what is about other projects."""

    desk: Desk
    projects: frozenset[str]

    def claims(self) -> Sequence[Claim]:
        return [claim for claim in self.desk.claims() if claim.project in self.projects]

    def entries(self) -> Sequence[Entry]:
        return [entry for entry in self.desk.entries() if entry.claim.project in self.projects]

    def histories(self) -> Mapping[str, Sequence[Event]]:
        ours = {entry.id for entry in self.entries()}
        return {id_: events for id_, events in self.desk.histories().items() if id_ in ours}

    def course(self, project: str) -> Course:
        return self.desk.course(project) if self.desk.course and project in self.projects else Course()

    def findings(self, project: str | None) -> Sequence[Finding]:
        if project is not None:
            return self.desk.findings(project) if project in self.projects else ()
        return [finding for finding in self.desk.findings(None) if finding.project in self.projects]

    def archived(self) -> Sequence[Briefing]:
        """Return the 专报 of its own projects; all others are about the whole office."""
        return [briefing for briefing in self.desk.archived() if briefing.project in self.projects]

    def alerts(self) -> Sequence[Alert]:
        return [alert for alert in self.desk.alerts() if alert.finding.project in self.projects]
