"""Requests in, only those that good manners allow out: own hosts, public addresses, robots.txt, growing pauses."""

import asyncio
import ipaddress
import logging
import time
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.resolver import CachingThreadedResolver
from scrapy.robotstxt import RobotParser
from twisted.internet.defer import Deferred

from crawlers.turns import retry_after
from minsheng.web import is_listed

_log = logging.getLogger(__name__)
_LONGEST_PAUSE = 600.0
_SHORTEST_PAUSE = 0.05
_SERVER_ERROR = 500
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HOW_TO_ALLOW = "an intranet host is allowed by name in crawl.allow_private_hosts"


class Forbidden(IgnoreRequest):
    """A request that good manners do not allow. Raised before it is sent; the spider's errback reports it."""


def is_private(address: str) -> bool:
    """Return whether an IP address is not one of the public internet; one inside another counts as that one."""
    found = ipaddress.ip_address(address)
    inner = _inside(found) if isinstance(found, ipaddress.IPv6Address) else None
    return not (inner or found).is_global or found.is_multicast


class HostGuard:
    """Lets only requests to the hosts of the source pass, by http or https, and to no private address."""

    def __init__(
        self, hosts: frozenset[str], *, allow_private: bool | tuple[str, ...], opt_out: tuple[str, ...] = ()
    ) -> None:
        self._hosts, self._allow_private, self._opt_out = hosts, allow_private, opt_out

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the hosts from the plan of the spider."""
        plan: Any = getattr(crawler.spider, "plan", None)
        settings = plan.settings
        return cls(plan.config.allowed_hosts, allow_private=settings.allow_private_hosts, opt_out=settings.opt_out)

    def process_request(self, request: Request) -> None:
        """Check one request, redirects and robots.txt too.

        Raises:
            Forbidden: It leads elsewhere.
        """
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or host not in self._hosts:
            raise Forbidden(f"{request.url} leads away from {', '.join(sorted(self._hosts))}; see hosts: in source.yml")
        if is_listed(request.url, self._opt_out):
            raise Forbidden(f"{request.url} is on the opt-out list (crawl.opt_out)")
        if not self._may_be_private(host) and _is_private_literal(host):
            raise Forbidden(f"{host} is a private address; {_HOW_TO_ALLOW}")

    def process_response(self, request: Request, response: Response) -> Response:
        """Check the address that the connection really had: whatever a resolver says, this is where the answer is from.

        Raises:
            Forbidden: It was a private one.
        """
        peer, host = response.ip_address, urlsplit(request.url).hostname or ""
        if peer is not None and is_private(str(peer)) and not self._may_be_private(host):
            raise Forbidden(f"{host} answered from the private address {peer}; {_HOW_TO_ALLOW}")
        return response

    def _may_be_private(self, host: str) -> bool:
        return self._allow_private if isinstance(self._allow_private, bool) else host in self._allow_private


class PublicResolver(CachingThreadedResolver):
    """Resolves names to public addresses alone, at the very look-up that the connection uses."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        """Take the names that may lead to private addresses from the settings."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.allowed = frozenset(crawler.settings.getlist("PRIVATE_HOSTS"))
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":  # noqa: N802 - Twisted's name
        """Resolve a name; a private address fails the request."""
        return super().getHostByName(name, timeout).addCallback(self._check, name)

    def _check(self, address: str, name: str) -> str:
        if name not in self.allowed and is_private(address):
            raise Forbidden(f"{name} has the private address {address}; {_HOW_TO_ALLOW}")
        return address


class Robots(RobotsTxtMiddleware):
    """Obeys robots.txt. One that cannot be fetched forbids everything (RFC 9309, 2.3.1.4); Scrapy would allow it."""

    reread_after = 3600.0
    """Seconds after which it is read anew: what a site says while a crawl is under way holds too."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._reasons: dict[str, str] = {}
        self._read_at: dict[str, float] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules of a host, read anew from time to time."""
        netloc, now = urlsplit(request.url).netloc, time.monotonic()
        if now - self._read_at.setdefault(netloc, now) > self.reread_after:
            self._parsers.pop(netloc, None)
            self._read_at[netloc] = now
        return await super().robot_parser(request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        # Twisted reports what PublicResolver refuses as a name without address.
        hint = f"; private addresses count as none ({_HOW_TO_ALLOW})" if "DNS" in str(exc) else ""
        self._reasons[netloc] = f"{exc}{hint}"
        super()._robots_error(exc, netloc)

    async def _parse_robots(self, resp: Response, netloc: str, request: Request) -> None:
        if resp.status >= _SERVER_ERROR:
            resp = resp.replace(body=b"User-agent: *\nDisallow: /")
        elif resp.status >= 400:  # noqa: PLR2004 - no robots.txt, no rules; the error page is not one
            resp = resp.replace(body=b"")
        await super()._parse_robots(resp, netloc, request)

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Ask robots.txt.

        Raises:
            Forbidden: It forbids the page, or could not be fetched.
        """
        del spider
        netloc = urlsplit(request.url).netloc
        if request.meta.get("dont_obey_robotstxt"):
            return
        parser = await self.robot_parser(request)
        if parser is None:
            reason = self._reasons.get(netloc, "")
            raise Forbidden(f"{netloc}/robots.txt could not be fetched, so nothing of {netloc} is: {reason}")
        if not parser.allowed(request.url, self._default_useragent):
            raise Forbidden(f"robots.txt forbids {request.url}")


class Patience(RetryMiddleware):
    """Tries again after growing pauses. While a host asks for patience, all its requests wait."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self._delay = max(crawler.settings.getfloat("DOWNLOAD_DELAY"), _SHORTEST_PAUSE)
        self._not_before: dict[str, float] = {}
        self._gap: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Build it and listen for the crawl delay of robots.txt."""
        patience = cls(crawler)
        crawler.signals.connect(patience.heed_crawl_delay, signal=signals.robots_parsed)
        return patience

    def heed_crawl_delay(self, robotparser: Any, request: Request) -> None:
        """Keep the distance between requests that robots.txt asks for."""
        wanted = robotparser.rp.crawl_delay(self.crawler.settings["USER_AGENT"])
        self._gap[urlsplit(request.url).netloc] = min(float(wanted or 0), _LONGEST_PAUSE)

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Wait for the turn of this request."""
        del spider
        host = urlsplit(request.url).netloc
        turn = max(time.monotonic(), self._not_before.get(host, 0.0))
        self._not_before[host] = turn + self._gap.get(host, 0.0)
        await asyncio.sleep(max(0.0, turn - time.monotonic()))

    def process_response(self, request: Request, response: Response, spider: Any = None) -> Request | Response:
        """Plan another try for a status that may pass; longer than ten minutes is not waited."""
        del spider
        if response.status not in self.retry_http_codes:
            return response
        asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if asked > _LONGEST_PAUSE:
            _log.warning("host asks for a long pause host=%s seconds=%s", urlsplit(request.url).netloc, asked)
            return response
        self._postpone(request, asked)
        return self._retry(request, f"status {response.status}") or response

    def process_exception(self, request: Request, exception: Exception, spider: Any = None) -> Request | None:
        """Plan another try after a network failure."""
        del spider
        if not isinstance(exception, self.exceptions_to_retry) or isinstance(exception, IgnoreRequest):
            return None
        self._postpone(request, 0.0)
        return self._retry(request, exception)

    def _postpone(self, request: Request, asked: float) -> None:
        tries = int(request.meta.get("retry_times", 0))
        pause = min(max(asked, self._delay * 2 ** (tries + 1)), _LONGEST_PAUSE)
        host = urlsplit(request.url).netloc
        self._not_before[host] = max(self._not_before.get(host, 0.0), time.monotonic() + pause)


class QuietLog(LogFormatter):
    """Log lines without items: a text must not reach a log, least of all before it is masked."""

    def dropped(self, item: Any, exception: BaseException, response: Any, spider: Any) -> LogFormatterResult:
        """Say that a row was dropped, without the row."""
        del item, exception, response, spider
        return {"level": logging.DEBUG, "msg": "row set aside", "args": ()}

    def item_error(self, item: Any, exception: BaseException, response: Any, spider: Any) -> LogFormatterResult:
        """Say that a stage failed, without the row."""
        del item, response, spider
        return {"level": logging.ERROR, "msg": "stage failed error=%s", "args": (type(exception).__name__,)}


def _is_private_literal(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return is_private(host)
    except ValueError:
        return False  # a name: PublicResolver looks at its address


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one stands for: mapped, 6to4, or NAT64."""
    embedded = address.ipv4_mapped or address.sixtofour
    if embedded is None and address in _NAT64:
        embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return embedded
