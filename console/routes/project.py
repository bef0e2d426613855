"""The page of one project: facts, claims against reactions, trend, aspects, sources, and why nothing was said."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from fastapi import HTTPException, Request, Response
from starlette.background import BackgroundTask

from alerts.course import Course
from console.desk import Desk
from console.deviations import DeviationReadings
from console.language import say
from console.measures import aspects
from console.readings import MOST_A_POINT, Reading, Readings
from console.render import desk_of, page
from console.routes.sources import unhealthy
from console.verdicts import Measured, Stand, claim_finding, measured, stand
from indexer.base import Hit, Query
from minsheng import words
from minsheng.charts import Chart, Mark, Stretch, trend
from minsheng.domain import BEIJING, Claim, ClaimKind, Finding, Kind, Project
from minsheng.honesty import Grounds, deleted_of, limits

NEWEST = 8
_BURST = "评论量突增"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A claim beside the comments on it."""

    claim: Claim
    stand: Stand | None
    finding: Finding | None
    share: Measured | None

    @property
    def odds(self) -> float | None:
        """The tipping point, where the claim is a share of the satisfied and there is something to compare."""
        if self.share is None or self.finding is None or self.claim.kind is not ClaimKind.SATISFACTION:
            return None
        return self.finding.level if self.claim.value is not None else None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many comments and statements there are, where they come from, and the newest of them."""

    comments: int
    folded: int
    statements: int
    by_source: Mapping[str, int]
    newest: tuple[Hit, ...]


def show(request: Request) -> Response:
    """Answer with the page, or 404 when the register has no such project."""
    desk = desk_of(request)
    project = desk.projects.get(request.path_params["id"])
    if project is None:
        raise HTTPException(404, say("登记册里没有编号为“%(id)s”的项目。") % {"id": request.path_params["id"]})
    readings: Readings = request.app.state.readings
    findings = desk.findings(project.id)
    claims = sorted((c for c in desk.claims() if c.project == project.id), key=lambda c: c.published_at, reverse=True)
    comparisons = [_compare(claim, findings) for claim in claims]
    read = readings.of(project.id)
    reading = _seen(desk, read.thing)
    deviations: DeviationReadings = request.app.state.deviations
    gaps = deviations.shown_to(desk, project)
    counts = _counts(desk, project)
    course = desk.course(project.id) if desk.course else Course()
    answer = page(
        request,
        "project.html",
        project=project,
        stands=stand(findings),
        findings=findings,
        comparisons=sorted(comparisons, key=lambda one: -(one.stand.rank if one.stand else -1)),
        reading=reading,
        read=read,
        most_a_point=MOST_A_POINT,
        trend=_trend(project, claims, reading, course),
        course=course,
        aspects=aspects(desk, project),
        phase=project.phase_on(desk.now().astimezone(BEIJING).date()),
        counts=counts,
        broken=unhealthy(desk),
        deviations=gaps.thing,
        gaps=gaps,
        grounds=limits(_grounds(desk, counts, reading)),
    )
    if read.is_behind or gaps.is_behind:  # where no service is at work nobody else makes them anew
        answer.background = BackgroundTask(_renew, readings, deviations, project)
    return answer


def _renew(readings: Readings, deviations: DeviationReadings, project: Project) -> None:
    readings.renew(project.id)
    deviations.renew(project)


def _seen(desk: Desk, reading: Reading) -> Reading:
    """Leave out what was corrected to be about other projects and is not for who asks: readings are made for all."""
    return replace(reading, copied=tuple(one for one in reading.copied if desk.index.get(one.first.post.id)))


def _compare(claim: Claim, findings: Sequence[Finding]) -> Comparison:
    finding = claim_finding(claim, findings)
    if finding is None:
        return Comparison(claim, None, None, None)
    return Comparison(claim, stand([finding]), finding, measured(finding.evidence))


def _counts(desk: Desk, project: Project) -> Counts:
    """Count in the index, reading no more than the newest comments."""
    comments = Query(projects=(project.id,), kinds=(Kind.PUBLIC,))
    newest = desk.index.search(replace(comments, limit=NEWEST, fold=True))
    return Counts(
        comments=desk.index.count(comments),
        folded=newest.total,
        statements=desk.index.count(replace(comments, kinds=(Kind.OFFICIAL,))),
        by_source=desk.index.facet(comments, "source"),
        newest=newest.hits,
    )


def _grounds(desk: Desk, counts: Counts, reading: Reading) -> Grounds:
    titles = {name: source.title for name, source in desk.sources.items()}
    deleted = {name: health.deleted for name, health in desk.health().items()}
    return Grounds(
        comments=counts.comments,
        folded=counts.folded,
        by_source=tuple((titles.get(name, name), count) for name, count in counts.by_source.items()),
        effective=reading.overall.effective if reading.overall else None,
        deleted=deleted_of(tuple(counts.by_source), deleted),
    )


def _trend(project: Project, claims: Sequence[Claim], reading: Reading, course: Course) -> Chart:
    shown = [point.day for point in reading.points]
    first = min(shown, default=reading.window.since.date())
    marks = [
        Mark(claim.published_at.astimezone(BEIJING).date(), claim.text)
        for claim in reversed(claims)
        if claim.reviewed and claim.published_at.astimezone(BEIJING).date() >= first
    ]
    stretches = [
        Stretch(max(phase.since, first), phase.until, words.PHASES[phase.name])
        for phase in project.phases
        if phase.until is None or phase.until >= first
    ]
    return trend(
        reading.points,
        title=f"{project.name}：每{reading.step}负面占比",
        marks=marks,
        phases=stretches,
        always=_always(shown, course) if course.bounds else None,
        bursts=[Stretch(one.first, one.last, _BURST) for one in course.bursts if shown and one.last >= first],
    )


def _always(shown: Sequence[date], course: Course) -> dict[date, tuple[float, float]]:
    """Return for each point the bounds at the end of the days that it stands for."""
    starts = sorted(shown)
    found = {}
    for bound in course.bounds:
        place = bisect_right(starts, bound.day) - 1
        if place >= 0:
            found[starts[place]] = bound.low, bound.high
    return found
