"""Projects and what is measured of them, claims, alerts and sources over HTTP."""

from fastapi import HTTPException, Request

from console.api.shapes import Alert, Claim, Finding, Measures, PhaseOf, Point, Project, Share, Source
from console.desk import Desk
from console.readings import Readings
from console.render import desk_of
from indexer.base import Query
from minsheng import domain
from minsheng.domain import Kind


def projects(request: Request) -> list[Project]:
    """Return the register."""
    return [_project(project) for project in desk_of(request).projects.values()]


def project(request: Request, id: str) -> Project:  # noqa: A002 - the name in the address
    """Return one project."""
    return _project(_find(desk_of(request), id))


def measures(request: Request, id: str) -> Measures:  # noqa: A002 - the name in the address
    """Return what is measured of one project."""
    desk = desk_of(request)
    found = _find(desk, id)
    readings: Readings = request.app.state.readings
    made = readings.of(found.id)
    reading = made.thing
    comments, statements = (
        desk.index.count(Query(projects=(id,), kinds=(kind,))) for kind in (Kind.PUBLIC, Kind.OFFICIAL)
    )
    return Measures(
        project=found.id,
        comments=comments,
        statements=statements,
        read=reading.posts,
        read_at=made.at,
        is_behind=made.is_behind,
        share=Share.of(reading.overall),
        trend=[Point.of(point) for point in reading.points],
        findings=[Finding.of(finding) for finding in desk.findings(found.id)],
    )


def claims(request: Request) -> list[Claim]:
    """Return all claims that rules see, reviewed or not."""
    return [Claim.model_validate(claim) for claim in desk_of(request).claims()]


def alerts(request: Request) -> list[Alert]:
    """Return all alerts, open and closed."""
    return [Alert.of(alert) for alert in desk_of(request).alerts()]


def sources(request: Request) -> list[Source]:
    """Return how each source reads."""
    desk = desk_of(request)
    crawls, health = desk.crawls(), desk.health()
    found = []
    for name, source in desk.sources.items():
        stands, last = health.get(name), crawls.get(name)
        state = stands.state if stands else last.outcome if last else "never"
        found.append(
            Source(
                name=name, title=source.title, kind=source.kind, url=source.url, state=state,
                since=stands.since if stands else None, last_read_at=last.finished_at if last else None,
            )
        )  # fmt: skip
    return found


def _find(desk: Desk, project_id: str) -> domain.Project:
    found = desk.projects.get(project_id)
    if found is None:
        raise HTTPException(404, f"no project {project_id!r}")
    return found


def _project(found: domain.Project) -> Project:
    return Project(
        id=found.id, name=found.name, aliases=found.aliases, region=found.region, department=found.department.id,
        type=found.type, phases=[PhaseOf(name=one.name, since=one.since, until=one.until) for one in found.phases],
    )  # fmt: skip
