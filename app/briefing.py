"""An office and what a briefing is to be about in, its files out; each briefing has one place in the archive."""

import functools
from datetime import datetime, time, timedelta
from pathlib import Path

from alerts.prevalence import estimate
from app.bootstrap import Office
from app.lock import held
from briefings.build import build, write
from briefings.material import BriefingKind, Material
from minsheng.domain import BEIJING, Window
from minsheng.errors import ConfigError

DAYS = 30
MOST_DAYS = 366


def brief_project(
    office: Office, project: str, until: datetime | None = None, days: int = DAYS
) -> tuple[Path, ...]:  # fmt: skip
    """Make the 专报 of one project about the last whole days before ``until``; return its files.

    Made again for the same project and days it keeps its number and replaces its files.

    Raises:
        ConfigError: There is no such project, or the number of days is not from 1 to 366.
    """
    office.register.project(project)
    if not 1 <= days <= MOST_DAYS:
        raise ConfigError(f"days {days}: a 专报 looks at 1 to {MOST_DAYS} days")
    midnight = datetime.combine((until or office.now()).astimezone(BEIJING).date(), time(), BEIJING)
    return make(office, "special", Window(midnight - timedelta(days=days), midnight), project)


def make(office: Office, kind: BriefingKind, window: Window, project: str = "") -> tuple[Path, ...]:
    """Make a briefing, write its files and give it its number; one at a time on a deployment."""
    with held(office.folders.var / "brief.lock"):
        stem = office.archive.stem(kind, window, project)
        files = write(build(material_of(office, kind, window, project)), office.folders.briefings, stem)
        office.archive.keep(kind, window, office.now(), files, project)
    return files


def material_of(office: Office, kind: BriefingKind, window: Window, project: str = "") -> Material:
    """Gather everything that a briefing says."""
    issue = office.archive.next_number(kind, window, project)
    return Material(
        office=office.settings.office,
        region=office.settings.region,
        kind=kind,
        number=issue.number,
        total_number=issue.total,
        window=window,
        previous=window.previous(),
        made_at=office.now(),
        index=office.index,
        projects=tuple(office.register.projects.values()),
        claims=office.claims,
        findings=office.alerts.findings(),
        alerts=office.alerts.alerts(),
        crawls=office.history.latest(),
        health=office.history.health(),
        sources=office.sources,
        model=office.model_name,
        calibration=office.calibration,
        estimate=functools.partial(estimate, seed=0),
        console_url=office.console_url,
        recorded=office.recorded,
        topics=office.topic_errors,
        subject=project,
    )
