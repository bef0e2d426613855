"""An office in, its clockwork out: which job runs when, one instance at a time, missed runs made up once."""

import logging
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app import jobs
from app.bootstrap import Office

logger = logging.getLogger(__name__)

SHANGHAI = ZoneInfo("Asia/Shanghai")
WORKERS = 4
PERIODIC_EVERY_MINUTES = 10
"""How often it is asked whether a digest or briefing is due: a crash in the middle of one is made good soon."""

PAGES_EVERY_MINUTES = 1
"""How often it is asked which projects' pages are behind; a run takes a third of that at most."""

RETENTION_EVERY_MINUTES = 24 * 60

LOOKS_PER_CRAWL, LEAST_CRAWL_MINUTES = 4, 10
"""A crawl job asks so often within ``crawl_every`` whether the pace of its source wants a crawl (crawlers.pace)."""


def open_scheduler(office: Office) -> BackgroundScheduler:
    """Return a scheduler with the office's jobs, not yet started.

    The job store is on disk: what came due while the service was down runs once at the next start, and so does what was
    interrupted by a kill. Any other known job keeps its next run, unless its interval was changed.
    """
    store = SQLAlchemyJobStore(url=f"sqlite:///{office.folders.var / 'jobs.sqlite'}")
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": ThreadPoolExecutor(WORKERS)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=SHANGHAI,
    )
    scheduler.add_listener(_log_failure, EVENT_JOB_ERROR)
    scheduler.start(paused=True)
    _plan(scheduler, office)
    return scheduler


def plan_source(scheduler: BackgroundScheduler, office: Office, name: str) -> None:
    """Let a source that was added while the service runs be crawled, the first time at once."""
    job_id = f"crawl:{name}"
    function, minutes, arguments = wanted_jobs(office)[job_id]
    trigger = IntervalTrigger(minutes=minutes, timezone=SHANGHAI)
    _add(scheduler, job_id, function, trigger, arguments, office.now())


def wanted_jobs(office: Office) -> dict[str, tuple[str, float, tuple[str, ...]]]:
    """Return job id → (function of app.jobs, minutes between runs, arguments)."""
    folder = str(office.folders.root)
    schedule = office.settings.schedule
    wanted: dict[str, tuple[str, float, tuple[str, ...]]] = {
        "ingest": ("ingest_job", schedule.ingest_every_minutes, (folder,)),
        "watch": ("watch_job", schedule.watch_every_minutes, (folder,)),
        "mail": ("mail_job", schedule.mail_every_minutes, (folder,)),
        "periodic": ("periodic_job", PERIODIC_EVERY_MINUTES, (folder,)),
        "pages": ("pages_job", PAGES_EVERY_MINUTES, (folder,)),
        "retention": ("retention_job", RETENTION_EVERY_MINUTES, (folder,)),
    }
    for name, config in office.source_configs.items():
        often = max(LEAST_CRAWL_MINUTES, config.crawl_every.total_seconds() / 60 / LOOKS_PER_CRAWL)
        wanted[f"crawl:{name}"] = ("crawl_job", often, (folder, name))
    return wanted


def _plan(scheduler: BackgroundScheduler, office: Office) -> None:
    wanted, again = wanted_jobs(office), jobs.interrupted(office)
    for job in scheduler.get_jobs():
        if job.id not in wanted:
            job.remove()
    for job_id, (function, minutes, arguments) in wanted.items():
        trigger = IntervalTrigger(minutes=minutes, timezone=SHANGHAI)
        known = scheduler.get_job(job_id)
        is_same = known is not None and str(known.trigger) == str(trigger) and tuple(known.args) == arguments
        if is_same and job_id not in again:
            continue
        _add(scheduler, job_id, function, trigger, arguments, office.now())


def _add(
    scheduler: BackgroundScheduler, job_id: str, function: str, trigger: Any, arguments: tuple[str, ...], now: datetime
) -> None:
    reference = f"{jobs.__name__}:{function}"
    scheduler.add_job(reference, trigger, arguments, id=job_id, replace_existing=True, next_run_time=now)


def _log_failure(event: JobExecutionEvent) -> None:
    # A failed job is tried again at its next run; its cause stands in the log, and in ``minsheng doctor``.
    logger.error("job failed id=%s error=%r", event.job_id, event.exception)
