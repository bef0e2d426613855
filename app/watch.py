"""Index, claims and rules in, findings out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from alerts.base import Observation, Rule
from alerts.prevalence import fitting
from alerts.steady import SEEN, day_back
from app.detection import DailyWatch
from indexer.base import PostIndex, Query
from minsheng.crawls import CrawlReport
from minsheng.domain import Calibration, Claim, Finding, Kind, Project, Source, Window
from minsheng.topic_errors import TopicErrors

LOOK_BACK = SEEN
"""How far back rules may look."""
CLOCK_SKEW = timedelta(days=1)
"""Sites whose clock is ahead publish comments from 'tomorrow'; they count today."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all observations of one watch share; without ``daily`` each is a single look.

    ``volume``: the comments of each day on all projects, for ``alerts.course``.
    """

    claims: Sequence[Claim]
    calibration: Calibration | None
    sources: Mapping[str, Source]
    crawls: Mapping[str, Sequence[CrawlReport]]
    daily: DailyWatch | None = None
    topics: TopicErrors | None = None
    volume: Mapping[date, int] = field(default_factory=dict)


def observe(
    project: Project,
    index: PostIndex,
    around: Surroundings,
    now: datetime,
    peers: Mapping[str, float] | None = None,
) -> Observation:
    """Collect what the rules may see of one project."""
    window = Window(day_back(now, LOOK_BACK.days), now + CLOCK_SKEW)
    posts = tuple(index.stream(Query(linked=(project.id,), window=window, order="oldest")))
    claims = tuple(claim for claim in around.claims if claim.project == project.id)
    calibration = fitting(around.calibration, [labelled for labelled in posts if labelled.post.kind is Kind.PUBLIC])
    # Comments that a model of unknown errors has read are no evidence: the daily watch waits until they are read anew.
    detections = around.daily.look(project.id, claims, posts, now) if around.daily and calibration else None
    return Observation(
        project, now, posts, claims, calibration, around.sources, around.crawls, peers or {}, detections, around.topics
    )


def watch(
    projects: Sequence[Project],
    rules: Sequence[Rule],
    index: PostIndex,
    around: Surroundings,
    now: datetime,
    progress: Callable[[int, int], None] | None = None,
    peers: Mapping[str, Mapping[str, float]] | None = None,
) -> list[Finding]:
    """Check every rule on every project; return all findings, fired or not. ``peers``: see ``Observation``."""
    findings: list[Finding] = []
    for done, project in enumerate(projects, start=1):
        seen = observe(project, index, around, now, (peers or {}).get(project.id))
        for rule in rules:
            findings += rule.check(seen)
        if progress:
            progress(done, len(projects))
    return findings
