"""An office and what a briefing is to be about in, its files out; each briefing has one place in the archive."""

import functools
import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from alerts.prevalence import estimate
from app.bootstrap import Office
from app.lock import held
from briefings.build import build, write
from briefings.document import Document
from briefings.mail import compose, identity
from briefings.material import BriefingKind, Material
from minsheng.domain import BEIJING, Window
from minsheng.errors import ConfigError

logger = logging.getLogger(__name__)

DAYS = 30
MOST_DAYS = 366


def brief_project(
    office: Office,
    project: str,
    until: datetime | None = None,
    days: int = DAYS,
    formats: Sequence[str] = (),
    *,
    mailed: bool = False,
) -> tuple[Path, ...]:
    """Make the 专报 of one project about the last whole days before ``until``; return its files.

    Made again for the same project and days it keeps its number and replaces its files. ``mailed``: its recipients
    get it, once.

    Raises:
        ConfigError: There is no such project, or the number of days is not from 1 to 366.
    """
    office.register.project(project)
    if not 1 <= days <= MOST_DAYS:
        raise ConfigError(f"days {days}: a 专报 looks at 1 to {MOST_DAYS} days")
    midnight = datetime.combine((until or office.now()).astimezone(BEIJING).date(), time(), BEIJING)
    window = Window(midnight - timedelta(days=days), midnight)
    return make(office, "special", window, project, formats, mailed=mailed)


def make(
    office: Office,
    kind: BriefingKind,
    window: Window,
    project: str = "",
    formats: Sequence[str] = (),
    *,
    mailed: bool = False,
) -> tuple[Path, ...]:
    """Make a briefing, write its files, give it its number and queue its mail; one at a time on a deployment.

    A number is kept before anybody is told of it, so that no other briefing ever has it.
    """
    with held(office.folders.var / "brief.lock"):
        stem = office.archive.stem(kind, window, project)
        document = build(material_of(office, kind, window, project))
        files = write(document, office.folders.briefings, stem, formats or office.settings.briefing.formats)
        office.archive.keep(kind, window, office.now(), files, project)
        if mailed:
            _queue(office, document, kind, stem, files)
    return files


def lacks_mail(office: Office, kind: BriefingKind, window: Window) -> bool:
    """Return whether a briefing has recipients and was never mailed: it was made by hand, or killed before its mail."""
    stem, sender = office.archive.stem(kind, window), office.settings.mail.sender
    return bool(office.settings.briefing.recipients.get(kind)) and not office.outbox.knows(identity(stem, sender))


def _queue(office: Office, document: Document, kind: BriefingKind, stem: str, files: Sequence[Path]) -> None:
    settings = office.settings.briefing
    to = settings.recipients.get(kind, ())
    if not to:
        return
    mail = compose(
        document, kind, stem, [path for path in files if path.suffix.removeprefix(".") in settings.attach],
        to=to, sender=office.settings.mail.sender, console_url=office.console_url, now=office.now(),
    )  # fmt: skip
    if not office.outbox.add(mail):
        logger.info("briefing was mailed before briefing=%s mail=%s", stem, mail.id)


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
        copies_to=office.settings.briefing.copies_to,
    )
