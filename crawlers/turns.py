"""Requests in, each out when its host may be asked: one at a time over all crawls, within budget and hours."""

import asyncio
import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawlers.hosts import HostLedger, day_of, try_lock
from crawlers.plan import CrawlPlan
from minsheng.domain import BEIJING
from minsheng.hours import is_quiet

_LONGEST_WAIT = 600.0
_LONGEST_POSTPONED = 24 * 3600.0
_LOOK_EVERY = 0.05
_ASKS_FOR_PATIENCE = {429, 503}


class NotNow(IgnoreRequest):
    """A host may not be asked any more for now. Raised before the request is sent, and for every one after it."""


class HostTurns:
    """Holds a request until it is its turn, and lets the next one go when the answer is there.

    Nearest to the network of all components, so that nothing between a turn and its end can fail unseen.
    """

    def __init__(self, plan: CrawlPlan, ledger: HostLedger) -> None:
        self._plan, self._ledger = plan, ledger
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._held: dict[Request, tuple[str, int]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Open the ledger beside the state of the source."""
        plan: Any = getattr(crawler.spider, "plan", None)
        turns = cls(plan, HostLedger(plan.state.folder))
        crawler.signals.connect(turns.close, signal=signals.spider_closed)
        return turns

    async def process_request(self, request: Request) -> None:
        """Wait for the turn of this request.

        Raises:
            NotNow: The budget of the day is used up, quiet hours have begun, or the host wants a long rest.
        """
        host = host_of(request)
        await self._turns[host].acquire()
        descriptor = self._ledger.open_lock(host)
        try:
            self._check(host)
            await _take(descriptor)
            self._check(host)
            await asyncio.sleep(max(0.0, self._ledger.look(host, self._day).not_before - time.time()))
        except BaseException:
            self._let_go(host, descriptor)
            raise
        self._ledger.count(host, self._day)
        self._held[request] = (host, descriptor)

    def process_response(self, request: Request, response: Response) -> Response:
        """End the turn; count the bytes; heed what the host asks for."""
        self._plan.tally.bytes += len(response.body)
        if response.status in _ASKS_FOR_PATIENCE:
            asked = min(retry_after(response.headers.get("Retry-After"), datetime.now(UTC)), _LONGEST_POSTPONED)
            self._ledger.postpone(host_of(request), time.time() + asked)
        self._end(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """End the turn of a request that failed."""
        del exception
        self._end(request)

    def close(self) -> None:
        """Close the ledger."""
        for request in tuple(self._held):
            self._end(request)
        self._ledger.close()

    @property
    def _day(self) -> str:
        return day_of(self._plan.present)

    def _check(self, host: str) -> None:
        settings, seen = self._plan.settings, self._ledger.look(host, self._day)
        if is_quiet(settings.quiet_hours, self._plan.present):
            self._rest(f"quiet hours {settings.quiet_hours} (crawl.quiet_hours)")
        if seen.asked >= settings.requests_per_day:
            self._rest(f"the {settings.requests_per_day} requests to {host} of today are used up")
        if seen.not_before - time.time() > _LONGEST_WAIT:
            until = datetime.fromtimestamp(seen.not_before, BEIJING)
            self._give_up(f"{host} asks not to be asked again before {until:%Y-%m-%d %H:%M}")

    def _rest(self, reason: str) -> NoReturn:
        self._plan.is_resting = True
        self._give_up(reason)

    def _give_up(self, reason: str) -> NoReturn:
        # Whatever is still in line meets the same answer, so that the crawl comes to its end by itself.
        self._plan.cut_short = f"stopped before the end ({reason}); the next crawl goes on"
        raise NotNow(reason)

    def _end(self, request: Request) -> None:
        host, descriptor = self._held.pop(request, ("", -1))
        if not host:
            return
        self._ledger.postpone(host, time.time() + self._plan.settings.delay_seconds)
        self._let_go(host, descriptor)

    def _let_go(self, host: str, descriptor: int) -> None:
        os.close(descriptor)
        self._turns[host].release()


async def _take(descriptor: int) -> None:
    """Wait for a lock that another process may hold: no event can tell when that one lets go."""
    while not try_lock(descriptor):  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_EVERY)


def host_of(request: Request) -> str:
    """Return the host of a request with its port, as turns and budgets count it."""
    return urlsplit(request.url).netloc.rpartition("@")[2].lower()


def retry_after(value: bytes | None, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for; 0 if there is none or it makes no sense."""
    text = (value or b"").decode("latin-1").strip()
    if text.isdigit():
        return float(text[:12])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return 0.0
