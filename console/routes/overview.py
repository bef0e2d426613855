"""The first page: every project in one table, what is open, and whether the sources are read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response

from console.desk import Desk
from console.render import desk_of, page
from console.routes.sources import unhealthy
from console.verdicts import Measured, Stand, project_share, stand
from indexer.base import Query
from minsheng.domain import Alert, AlertState, Finding, Kind, Project, Window

RECENT = timedelta(days=7)
MOST_VALUES = 1000  # of a facet; the index gives no more


@dataclass(frozen=True, slots=True)
class Row:
    """One project as the table shows it."""

    project: Project
    stand: Stand
    share: Measured | None
    posts: int
    recent: int
    fired: tuple[Finding, ...]
    why: str
    broken: tuple[str, ...]


def show(request: Request) -> Response:
    """Answer with the overview."""
    desk = desk_of(request)
    now = desk.now()
    posts = desk.index.facet(Query(kinds=(Kind.PUBLIC,)), "project", limit=MOST_VALUES)
    recent = desk.index.facet(_recently(now), "project", limit=MOST_VALUES)
    rows = _rows(desk, posts, recent)
    return page(
        request,
        "overview.html",
        rows=rows,
        alerts=open_alerts(desk),
        broken=unhealthy(desk),
        total=desk.index.count(Query()),
        recent=desk.index.count(_recently(now)),
    )


def open_alerts(desk: Desk) -> list[Alert]:
    """Return the alerts that are not closed, the newest first."""
    alive = [alert for alert in desk.alerts() if alert.state is not AlertState.CLOSED]
    return sorted(alive, key=lambda alert: alert.opened_at, reverse=True)


def _recently(now: datetime) -> Query:
    return Query(kinds=(Kind.PUBLIC,), window=Window(now - RECENT, now))


def _rows(desk: Desk, posts: Mapping[str, int], recent: Mapping[str, int]) -> list[Row]:
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in desk.findings(None):
        findings[finding.project].append(finding)
    broken = unhealthy(desk)
    rows = [
        _row(project, findings[project.id], posts.get(project.id, 0), recent.get(project.id, 0), broken)
        for project in desk.projects.values()
    ]
    return sorted(rows, key=lambda row: (-row.stand.rank, -len(row.fired), -row.posts, row.project.id))


def _row(project: Project, findings: Sequence[Finding], posts: int, recent: int, broken: Mapping[str, str]) -> Row:
    stands = stand(findings)
    fired = tuple(finding for finding in findings if finding.fired)
    read = {source for finding in findings for source in finding.evidence.sources}
    return Row(
        project,
        stands,
        project_share(findings),
        posts,
        recent,
        fired,
        _why(stands, fired, findings),
        tuple(sorted(read & set(broken))),
    )


def _why(stands: Stand, fired: Sequence[Finding], findings: Sequence[Finding]) -> str:
    """Return one sentence: of what fired, else of the comparison, else of whatever was looked at."""
    said = [*fired, *([stands.finding] if stands.finding else []), *findings]
    return said[0].why if said else "尚未比对：本项目还没有经过一次提示检查。"
