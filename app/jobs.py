"""What the scheduler calls. Jobs are named by function and folder, so that they survive a restart on disk."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bootstrap import Office
from app.crawling import fill_back, is_due
from app.page_numbers import measure_projects
from app.retention import retain
from app.stance_head import read_claims
from app.work import brief_due, crawl_source, deliver_mail, ingest_inbox, queue_digest, watch_projects

logger = logging.getLogger(__name__)

_OFFICES: dict[str, Office] = {}


def use(office: Office) -> None:
    """Let the jobs of this process work on an office that is already open."""
    _OFFICES[str(office.folders.root)] = office


def crawl_job(folder: str, name: str) -> None:
    """Crawl a source if its pace wants it or a kill cut it off, go on filling gaps, and take in what came."""
    was_cut_off = (_marks(_office(folder)) / f"crawl:{name}").exists()
    with _marked(folder, f"crawl:{name}") as office:
        if not (was_cut_off or is_due(office, name)):
            return
        report = crawl_source(office, name)
        past = fill_back(office, name) if report.outcome in {"ok", "empty"} else None
        if report.posts + (past.posts if past else 0) and ingest_inbox(office).new:
            _watch(office)


def ingest_job(folder: str) -> None:
    """Take in what other ways (imports, a crawl by hand, a crash) left in the inbox."""
    with _marked(folder, "ingest") as office:
        if ingest_inbox(office).new:
            _watch(office)


def watch_job(folder: str) -> None:
    """Check the rules, also when nothing new came: silence is news too."""
    with _marked(folder, "watch") as office:
        _watch(office)


def mail_job(folder: str) -> None:
    """Send what waits."""
    with _marked(folder, "mail") as office:
        deliver_mail(office)


def periodic_job(folder: str) -> None:
    """Make the digest and the briefings that are due and not made yet; then read comments beside claims."""
    with _marked(folder, "periodic") as office:
        queue_digest(office)
        brief_due(office)
        read_claims(office)


def pages_job(folder: str) -> None:
    """Measure what pages show of projects, where it has changed."""
    with _marked(folder, "pages") as office:
        measure_projects(office)


def retention_job(folder: str) -> None:
    """Delete what is past its time, and what withdrawn sources gave."""
    with _marked(folder, "retention") as office:
        retain(office)


def interrupted(office: Office) -> set[str]:
    """Return the ids of jobs that were at work when the service was killed: they run again at once."""
    return {path.name for path in _marks(office).glob("*")}


def _watch(office: Office) -> None:
    findings, changed = watch_projects(office, full=False)
    logger.info("watched findings=%d alerts_changed=%d", len(findings), len(changed))


@contextmanager
def _marked(folder: str, job_id: str) -> Iterator[Office]:
    """Leave a mark while a job works. A job that fails takes it away too: it is tried again at its next run."""
    office = _office(folder)
    mark = _marks(office) / job_id
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    try:
        yield office
    finally:
        mark.unlink(missing_ok=True)


def _marks(office: Office) -> Path:
    return office.folders.var / "jobs"


def _office(folder: str) -> Office:
    if folder not in _OFFICES:
        _OFFICES[folder] = Office(Path(folder), os.environ)
    return _OFFICES[folder]
