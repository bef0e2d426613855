"""An office in, one piece of its work done: what the command line and the service both call."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from alerts.bounces import read_bounces
from alerts.channels.base import Mail
from alerts.course import WEEKS
from alerts.mail import compose_alert, compose_digest
from alerts.outbox import DeliveryReport
from alerts.store import DigestItem
from app.bootstrap import Office
from app.briefing import lacks_mail, make
from app.claim_work import propose_claims
from app.crawling import after_crawl, refuse_now
from app.lock import held
from app.pipeline import IngestReport, ingest
from app.sparing import SparingWatch
from app.stance_head import with_reading
from app.watch_helper import with_helper
from app.withdrawn import refuse as refuse_withdrawn
from crawlers.importer import ColumnMap, ImportReport, import_file
from crawlers.run import crawl
from indexer.base import Query
from minsheng.crawls import CrawlReport
from minsheng.domain import BEIJING, Alert, Finding, Kind, LabelledPost, Source, Window
from minsheng.strict import read_yaml

Progress = Callable[[int, int], None]
PeriodicKind = Literal["daily", "weekly", "monthly"]


def crawl_source(office: Office, name: str, progress: Progress | None = None) -> CrawlReport:
    """Crawl one source in a process of its own, note how it went, and let the index follow what the site deleted.

    Raises:
        Withdrawn: The source was withdrawn, perhaps while the service was running.
        QuietHours: No site is asked at this hour.
    """
    refuse_now(office, name)
    report = crawl(
        office.folders.sources / name,
        inbox=office.folders.inbox,
        state=office.folders.crawl_state,
        settings=office.settings.crawl,
        now=office.now(),
        progress=progress,
    )
    after_crawl(office, report)
    return report


def import_posts(
    office: Office, file: Path, name: str, kind: str, columns: Path | None, progress: Progress | None = None
) -> ImportReport:
    """Put the posts of a file into the inbox as those of a source called ``name``; note that as its last reading."""
    refuse_withdrawn(office.folders.var, name)
    now = office.now()
    report = import_file(
        file,
        columns=read_yaml(columns, ColumnMap) if columns else None,
        source=Source(name, name, Kind(kind), ""),
        inbox=office.folders.inbox,
        rejects=office.folders.rejects,
        now=now,
        progress=progress,
    )
    words = f"导入 {file.name}"
    read = CrawlReport(name, now, office.now(), "ok", report.posts, 0, report.masked, report.set_aside, words)
    office.history.add(read)
    return report


def ingest_inbox(office: Office, progress: Progress | None = None) -> IngestReport:
    """Label and store what waits in the inbox; one ingest at a time on a deployment."""
    with held(office.folders.var / "ingest.lock"):
        if not any(office.folders.inbox.glob("*.jsonl")):
            return IngestReport()

        def propose(posts: Sequence[LabelledPost]) -> None:
            propose_claims(office, posts)

        return ingest(office.folders.inbox, office.folders.rejects, office.reader, office.index, progress, propose)


def watch_projects(
    office: Office, progress: Progress | None = None, *, full: bool = True
) -> tuple[list[Finding], list[Alert]]:
    """Check all rules on all projects; return the findings and the alerts that changed.

    Unless it is to be ``full``, what cannot have changed since the last watch is not asked; see ``app.sparing``.
    Mails of opening alerts wait in the outbox after this, in the same transaction as the alerts.
    """
    with held(office.folders.var / "watch.lock"):
        now = office.now()
        projects, daily = office.register.projects, office.daily_watch()
        around = replace(office.surroundings, daily=daily, volume=_volume(office, now))
        sparing = SparingWatch(office.watch_memory, office.alerts, office.index, around)
        asking = with_helper(sparing.in_turn(office.rules, now), office, around, now)
        findings = sparing.run(tuple(projects.values()), office.rules, now, progress, full=full, asking=asking)
        if daily:
            daily.keep(now)  # before the alerts: an alarm that was kept is found again by the next watch
        compose = functools.partial(_mails, office, around.sources, now)
        changed = office.alerts.apply(findings, now, compose, projects=projects)
        sparing.remember()
        return findings, changed


def _volume(office: Office, now: datetime) -> Mapping[date, int]:
    window = Window(now - timedelta(weeks=WEEKS + 1), now)
    return office.index.histogram(Query(kinds=(Kind.PUBLIC,), window=window), "day")


def deliver_mail(office: Office) -> DeliveryReport:
    """Note what bounced, then try to send what waits in the outbox."""
    with held(office.folders.var / "mail.lock"):
        note_bounces(office)
        return office.outbox.deliver(office.channel, office.now())


def note_bounces(office: Office) -> int:
    """Read the mailbox of the sender, where one is set; return how many bounces of our mails are new."""
    mailbox = office.settings.mail.bounces
    if mailbox is None:
        return 0
    place = office.folders.root / mailbox
    return sum(office.outbox.bounced(bounce, office.now()) for bounce in read_bounces(place))


def queue_digest(office: Office) -> int:
    """Put the daily digest of each department that has news into the outbox; return how many."""
    now = office.now()
    projects: dict[str, list[str]] = {}
    for project in office.register.projects.values():
        projects.setdefault(project.department.id, []).append(project.id)
    return office.alerts.digest(projects, now, functools.partial(_digest, office, now))


def brief(
    office: Office,
    kind: PeriodicKind,
    until: datetime | None = None,
    formats: Sequence[str] = (),
    *,
    mailed: bool = False,
) -> tuple[Path, ...]:
    """Make the briefing of the last whole day, the last seven, or the last month before ``until``; return its files.

    Made again for the same window it keeps its number and replaces its files. ``mailed``: its recipients get it, once.
    """
    return make(office, kind, briefing_window(kind, until or office.now()), formats=formats, mailed=mailed)


def brief_due(office: Office) -> list[Path]:
    """Make and mail the briefings whose hour has come and that are not there, or not mailed, yet.

    After an outage each kind is made up once, for its last whole day, week or month; what lies before stays unmade.
    """
    now = office.now().astimezone(BEIJING)
    if now.hour < office.settings.schedule.digest_hour:
        return []
    made = {(briefing.kind, briefing.window) for briefing in office.archive.list()}
    files: list[Path] = []
    for kind in office.settings.schedule.brief:
        # The weekly is about whole weeks: a service that was down on Monday makes it on Tuesday.
        until = now - timedelta(days=now.weekday()) if kind == "weekly" else now
        window = briefing_window(kind, until)
        if (kind, window) not in made or lacks_mail(office, kind, window):
            files += brief(office, kind, until, mailed=True)
    return files


def briefing_window(kind: PeriodicKind, until: datetime) -> Window:
    """Return the last whole Beijing day, the last seven, or the last calendar month, before the day of ``until``."""
    midnight = datetime.combine(until.astimezone(BEIJING).date(), time(), BEIJING)
    if kind == "monthly":
        first = midnight.replace(day=1)
        return Window((first - timedelta(days=1)).replace(day=1), first)
    return Window(midnight - timedelta(days=1 if kind == "daily" else 7), midnight)


def _mails(office: Office, sources: Mapping[str, Source], now: datetime, alert: Alert) -> Sequence[Mail]:
    rule = next(rule for rule in office.rules if rule.name == alert.finding.rule)
    if not rule.mails:
        return ()
    mail = compose_alert(
        with_reading(office, alert),
        office.register.project(alert.finding.project),
        title=rule.title,
        office=office.settings.office,
        sender=office.settings.mail.sender,
        console_url=office.console_url,
        now=now,
        operator=office.settings.mail.operator,
        sources=sources,
        deleted={name: health.deleted for name, health in office.history.health().items()},
    )
    return (mail,) if mail else ()


def _digest(office: Office, now: datetime, department: str, items: Sequence[DigestItem]) -> Mail | None:
    return compose_digest(
        office.register.departments[department],
        items,
        office.register.projects,
        titles=_titles(office),
        office=office.settings.office,
        sender=office.settings.mail.sender,
        console_url=office.console_url,
        now=now,
        operator=office.settings.mail.operator,
    )


def _titles(office: Office) -> Mapping[str, str]:
    return {rule.name: rule.title for rule in office.rules}
