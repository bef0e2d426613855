import asyncio
import time
from datetime import datetime, timedelta

import pytest
from scrapy import Request
from scrapy.http import Response

from crawlers.hosts import HostLedger, day_of, try_lock
from crawlers.turns import HostTurns, NotNow
from minsheng.domain import BEIJING
from minsheng.hours import is_quiet
from minsheng.settings import CrawlSettings

URL = "http://forum.example/t/1"
HOST = "forum.example"


@pytest.fixture
def open_ledger(tmp_path):
    opened = []

    def open_():
        opened.append(HostLedger(tmp_path))
        return opened[-1]

    yield open_
    for ledger in opened:
        ledger.close()


@pytest.fixture
def make_turns(make_plan, open_ledger):
    def make(**settings):
        plan = make_plan()
        plan.settings = CrawlSettings(delay_seconds=0).model_copy(update=settings)
        return HostTurns(plan, open_ledger())

    return make


def test_requests_are_counted_by_beijing_day_and_kept_over_runs(open_ledger):
    evening = datetime(2026, 3, 10, 23, 59, tzinfo=BEIJING)
    first = open_ledger()

    for _ in range(3):
        first.count(HOST, day_of(evening))

    second = open_ledger()
    assert second.look(HOST, day_of(evening)).asked == 3
    assert second.look(HOST, day_of(evening + timedelta(minutes=1))).asked == 0
    assert second.look("other.example", day_of(evening)).asked == 0


def test_a_pause_is_only_ever_made_longer(open_ledger):
    ledger = open_ledger()

    ledger.postpone(HOST, 2000.0)
    ledger.postpone(HOST, 1000.0)

    assert open_ledger().look(HOST, "").not_before == 2000.0


def test_the_name_of_a_host_cannot_lead_out_of_the_folder(open_ledger, tmp_path):
    descriptor = open_ledger().open_lock("../../etc/passwd")

    assert try_lock(descriptor)
    assert {path.parent for path in tmp_path.rglob("*.lock")} == {tmp_path / "hosts"}


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [("23:00-06:00", "23:00", True), ("23:00-06:00", "05:59", True), ("23:00-06:00", "06:00", False),
     ("23:00-06:00", "22:59", False), ("12:00-13:30", "13:29", True), ("12:00-13:30", "13:30", False), ("", "12:00", False)],
)  # fmt: skip
def test_quiet_hours_may_go_over_midnight(hours, clock, quiet):
    moment = datetime.fromisoformat(f"2026-03-10T{clock}:00+08:00")

    assert is_quiet(hours, moment) is quiet


def test_one_host_is_asked_by_one_crawl_at_a_time_and_another_host_meanwhile(make_turns):
    one, other = make_turns(), make_turns()
    order = []

    async def ask(turns, url, name):
        request = Request(url)
        await turns.process_request(request)
        order.append(f"{name} asks")
        await asyncio.sleep(0.2)
        order.append(f"{name} done")
        turns.process_response(request, Response(url))

    async def both():
        await asyncio.gather(
            ask(one, URL, "a"), ask(one, URL + "2", "b"), ask(other, URL, "c"), ask(other, "http://x.example/", "d")
        )

    asyncio.run(both())

    own = [each for each in order if not each.startswith("d")]
    assert [each.removesuffix(" asks") for each in own[::2]] == [each.removesuffix(" done") for each in own[1::2]]
    assert sorted(own[::2]) == ["a asks", "b asks", "c asks"]
    assert order.index("d asks") < 4


def test_turns_are_kept_apart_by_the_delay_and_freed_by_failures(make_turns):
    turns = make_turns(delay_seconds=0.3)

    async def two():
        first = Request(URL)
        await turns.process_request(first)
        turns.process_exception(first, TimeoutError())
        started = time.monotonic()
        await turns.process_request(Request(URL))
        return time.monotonic() - started

    assert asyncio.run(two()) >= 0.29


def test_a_budget_that_is_used_up_ends_the_crawl_as_a_rest(make_turns):
    turns = make_turns(requests_per_day=1)

    async def two():
        first = Request(URL)
        await turns.process_request(first)
        turns.process_response(first, Response(URL, body=b"abc"))
        await turns.process_request(Request(URL))

    with pytest.raises(NotNow, match="the 1 requests to forum.example of today are used up"):
        asyncio.run(two())
    report = turns._plan.report()
    assert (report.outcome, report.bytes) == ("ok", 3)
    assert "are used up); the next crawl goes on" in report.detail


def test_a_host_that_wants_a_long_pause_is_not_asked_by_the_next_crawl(make_turns):
    one, other = make_turns(), make_turns()

    async def ask():
        request = Request(URL)
        await one.process_request(request)
        one.process_response(request, Response(URL, status=429, headers={"Retry-After": "7200"}))
        await other.process_request(Request(URL))

    with pytest.raises(NotNow, match="forum.example asks not to be asked again before"):
        asyncio.run(ask())
    assert not other._plan.is_resting
