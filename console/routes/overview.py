"""The first page: every project in one table, what is open, and whether the sources are read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request, Response

from console.changes import COOKIE, changes_since, end_of_minute, last_look, today
from console.desk import Desk
from console.language import say
from console.render import desk_of, keep, page
from console.routes.sources import unhealthy
from console.verdicts import Measured, Stand, project_share, stand
from indexer.base import Query
from minsheng.domain import Alert, AlertState, Finding, Kind, Project, Window
from minsheng.errors import QueryError

RECENT = timedelta(days=7)
SPANS = (1, 7, 30)
LEVELS = ("parts", "tension", "fits", "thin", "open")
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
    """Answer with the overview; what is new counts from ``days`` ago, or from when the reader last looked."""
    desk = desk_of(request)
    now = desk.now()
    looked, cookie = last_look(request.cookies.get(COOKIE, ""), now)
    days = _days(request.query_params.get("days", ""))
    since = now - timedelta(days=days) if days else looked or now - timedelta(days=1)
    posts = desk.index.facet(Query(kinds=(Kind.PUBLIC,)), "project", limit=MOST_VALUES)
    minute = end_of_minute(now)
    recent = desk.index.facet(_recently(minute), "project", limit=MOST_VALUES)
    rows = _rows(desk, posts, recent)
    answer = page(
        request,
        "overview.html",
        rows=rows,
        groups={level: [row for row in rows if row.stand.level == level] for level in LEVELS},
        alerts=open_alerts(desk),
        changes=changes_since(desk, since),
        since=since,
        looked=looked,
        days=days,
        spans=SPANS,
        today=today(desk, now),
        broken=unhealthy(desk),
        recent=desk.index.count(_recently(minute)),
    )
    keep(answer, request, COOKIE, cookie)
    return answer


def _days(typed: str) -> int:
    """Return how many days back the reader asks to see, 0 for since the last look."""
    if typed and typed not in map(str, SPANS):
        raise QueryError(say("days 只能是 %(known)s。") % {"known": "、".join(map(str, SPANS))})
    return int(typed or 0)


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
    """Return one sentence: of what fired, else of the comparison, else of anything that was looked at; else none."""
    said = [*fired, *([stands.finding] if stands.finding else []), *findings]
    return said[0].why if said else ""
