"""A project in, what the three deviations rest on out: topics and aspects on both sides, replies, and each phase."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from console.desk import Desk
from indexer.base import Query
from minsheng.domain import (
    ASPECTS,
    ATTITUDES,
    BEIJING,
    FORM_ASPECTS,
    TOPICS,
    Finding,
    Kind,
    Phase,
    PhaseName,
    Project,
    Window,
)

STEPS: tuple[tuple[str, tuple[PhaseName, ...]], ...] = (
    ("请群众说话", (PhaseName.CONSULTATION,)),
    ("请群众参与", (PhaseName.CONSTRUCTION,)),
    ("请群众评判", (PhaseName.COMPLETION, PhaseName.EVALUATION)),
)
"""What offices should ask of the public, and the phases in which they can."""


@dataclass(frozen=True, slots=True)
class AspectCount:
    """How many comments on an aspect were surely read as negative, neutral, positive, and how many unsurely."""

    aspect: str
    negative: int
    neutral: int
    positive: int
    unsure: int

    @property
    def total(self) -> int:
        return self.negative + self.neutral + self.positive + self.unsure

    @property
    def is_form(self) -> bool:
        """Whether the aspect can be looked at; the others have to work."""
        return self.aspect in FORM_ASPECTS


@dataclass(frozen=True, slots=True)
class TopicCount:
    """How many statements and comments there are on a topic, and what part of each side that is."""

    topic: str
    official: int
    public: int
    of_official: int
    of_public: int

    @property
    def parts(self) -> tuple[float, float]:
        """The lengths of the two bars, in [0, 1]."""
        return self.official / max(1, self.of_official), self.public / max(1, self.of_public)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to ask of the public: its phases as registered, and what was said on both sides in their days."""

    name: str
    wanted: tuple[PhaseName, ...]
    phases: tuple[Phase, ...]
    comments: int
    statements: int


def aspects(desk: Desk, project: Project) -> list[AspectCount]:
    """Count the comments by aspect, the most frequent first."""
    counts = {
        label: desk.index.facet(
            Query(projects=(project.id,), kinds=(Kind.PUBLIC,), sentiments=(label,)), "aspect", limit=len(ASPECTS)
        )
        for label in ATTITUDES
    }
    found = [AspectCount(aspect, *(counts[label].get(aspect, 0) for label in ATTITUDES)) for aspect in ASPECTS]
    return sorted((one for one in found if one.total), key=lambda one: -one.total)


def topics(desk: Desk, project: Project) -> list[TopicCount]:
    """Count statements and comments by topic, those first in which the sides part most."""
    official, public = (
        desk.index.facet(Query(projects=(project.id,), kinds=(kind,)), "topic", limit=len(TOPICS) + 1)
        for kind in (Kind.OFFICIAL, Kind.PUBLIC)
    )
    sums = sum(official.values()), sum(public.values())
    found = [TopicCount(topic, official.get(topic, 0), public.get(topic, 0), *sums) for topic in TOPICS]
    return sorted((one for one in found if one.official or one.public), key=_apart)


def steps(desk: Desk, project: Project) -> list[Step]:
    """Count what was said in the phases in which the public should speak, take part and judge."""
    return [_step(desk, project, name, wanted) for name, wanted in STEPS]


def of_rule(findings: Sequence[Finding], rule: str) -> list[Finding]:
    """Return what one rule found, what fired first."""
    return sorted((finding for finding in findings if finding.rule == rule), key=lambda finding: not finding.fired)


def _apart(one: TopicCount) -> float:
    official, public = one.parts
    return -abs(official - public)


def _step(desk: Desk, project: Project, name: str, wanted: tuple[PhaseName, ...]) -> Step:
    phases = tuple(phase for phase in project.phases if phase.name in wanted)
    said = {kind: sum(_count(desk, project, phase, kind) for phase in phases) for kind in Kind}
    return Step(name, wanted, phases, said[Kind.PUBLIC], said[Kind.OFFICIAL])


def _count(desk: Desk, project: Project, phase: Phase, kind: Kind) -> int:
    last = phase.until or max(phase.since, desk.now().astimezone(BEIJING).date())
    query = Query(projects=(project.id,), kinds=(kind,))
    return desk.index.count(replace(query, window=Window(_midnight(phase.since), _midnight(last + timedelta(days=1)))))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
