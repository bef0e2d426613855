import re
import time
from datetime import datetime, timedelta

import pytest

from app import jobs
from app.bootstrap import Office
from app.scheduler import open_scheduler, plan_source, wanted_jobs
from app.work import brief_due, briefing_window
from minsheng.domain import BEIJING

# The last Monday: the board's messages lie before it.
NOON = datetime.now(tz=BEIJING).replace(hour=9, minute=0, second=0, microsecond=0)
MONDAY = NOON - timedelta(days=NOON.weekday())
SUNDAY = MONDAY - timedelta(days=1)


class Clock:
    def __init__(self, moment):
        self.moment = moment

    def __call__(self):
        return self.moment


@pytest.fixture
def clock():
    return Clock(MONDAY)


@pytest.fixture
def office(deployment, clock):
    office = Office(deployment, {}, now=clock)
    (deployment / "var").mkdir()
    yield office
    office.close()


def next_runs(office):
    scheduler = open_scheduler(office)
    runs = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    scheduler.shutdown()
    return runs


def test_every_source_and_every_room_has_its_job(office):
    rooms = {"ingest", "watch", "pages", "mail", "periodic", "retention"}

    assert set(wanted_jobs(office)) == rooms | {"crawl:replies", "crawl:votes"}


def test_a_source_that_is_added_while_the_service_runs_is_crawled_at_once(office, deployment, clock):
    clock.moment = NOON + timedelta(days=2)  # nothing is due while the test looks
    scheduler = open_scheduler(office)
    shown = office.shown_sources
    place = deployment / "sources" / "third"
    place.mkdir()
    text = (deployment / "sources" / "votes" / "source.yml").read_text(encoding="utf-8")
    (place / "source.yml").write_text(text.replace("name: votes", "name: third"), encoding="utf-8")

    office.renew_sources()
    plan_source(scheduler, office, "third")
    run = scheduler.get_job("crawl:third").next_run_time
    scheduler.shutdown()

    assert run == clock.moment
    assert "third" in shown, "a page that holds the sources sees the new one"


def test_a_restart_keeps_the_next_run_of_a_known_job(office, clock):
    clock.moment = NOON + timedelta(days=2)  # nothing is due while the test looks
    first = next_runs(office)
    clock.moment += timedelta(minutes=3)
    second = next_runs(office)

    assert first == second


def test_a_job_that_was_killed_at_work_runs_again_at_once(office, deployment, clock):
    clock.moment = NOON + timedelta(days=2)
    first = next_runs(office)
    (deployment / "var" / "jobs").mkdir()
    (deployment / "var" / "jobs" / "crawl:votes").touch()
    clock.moment += timedelta(minutes=3)

    second = next_runs(office)

    assert second["crawl:votes"] == clock.moment
    assert second["crawl:replies"] == first["crawl:replies"]


def test_a_changed_interval_and_a_removed_source_take_effect(office, deployment, clock):
    clock.moment = NOON + timedelta(days=2)
    next_runs(office)
    path = deployment / "sources" / "votes" / "source.yml"
    path.write_text(path.read_text("utf-8").replace("crawl_every: 1h", "crawl_every: 3h"), encoding="utf-8")
    (deployment / "sources" / "replies" / "source.yml").unlink()
    clock.moment += timedelta(minutes=30)

    later = next_runs(Office(deployment, {}, now=clock))

    assert "crawl:replies" not in later
    assert later["crawl:votes"] == clock.moment


def test_jobs_run_and_a_failing_job_does_not_stop_the_others(office, deployment, caplog):
    (deployment / "claims" / "c.yml").write_text("claims:\n  - idd: x\n", encoding="utf-8")
    jobs.use(office)
    scheduler = open_scheduler(office)
    for job in scheduler.get_jobs():
        if job.id not in {"watch", "crawl:replies"}:
            job.remove()

    scheduler.resume()
    wait_until(lambda: office.history.latest() and "job failed id=watch" in caplog.text)
    scheduler.shutdown(wait=True)

    assert office.history.latest()["replies"].posts > 0
    assert re.search("unknown key 'idd'", caplog.text)


def wait_until(true, seconds=60):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "did not happen in time"
        time.sleep(0.1)


def test_a_daily_window_is_the_last_whole_beijing_day():
    window = briefing_window("daily", datetime(2026, 3, 10, 0, 30, tzinfo=BEIJING))

    assert window.since == datetime(2026, 3, 9, tzinfo=BEIJING)
    assert window.until == datetime(2026, 3, 10, tzinfo=BEIJING)


def test_a_monthly_window_is_the_last_calendar_month():
    window = briefing_window("monthly", datetime(2026, 3, 10, 0, 30, tzinfo=BEIJING))

    assert window.since == datetime(2026, 2, 1, tzinfo=BEIJING)
    assert window.until == datetime(2026, 3, 1, tzinfo=BEIJING)


def test_briefings_are_made_once_after_their_hour(office, clock):
    clock.moment = MONDAY.replace(hour=7)
    early = brief_due(office)
    clock.moment = MONDAY.replace(hour=8)
    due = brief_due(office)
    clock.moment = MONDAY.replace(hour=20)
    again = brief_due(office)

    assert early == []
    month = MONDAY.astimezone(BEIJING).replace(day=1) - timedelta(days=1)
    stems = (f"daily-{SUNDAY:%Y-%m-%d}", f"monthly-{month:%Y-%m}", f"weekly-{SUNDAY:%G-W%V}")
    assert sorted(path.name for path in due) == [f"{stem}.{end}" for stem in stems for end in ("docx", "html")]
    assert again == []


def test_a_week_missed_on_monday_is_made_on_tuesday(office, clock):
    clock.moment = MONDAY + timedelta(days=1)

    assert f"weekly-{SUNDAY:%G-W%V}.html" in [path.name for path in brief_due(office)]
