import asyncio
import ipaddress
import time
from datetime import UTC, datetime

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response, TextResponse
from scrapy.utils.test import get_crawler

from crawlers.middlewares import Forbidden, HostGuard, Patience, PublicResolver, QuietLog, Robots, is_private
from crawlers.turns import retry_after

URL = "http://forum.example/t/1"


@pytest.fixture
def patience():
    crawler = get_crawler(Spider, {"RETRY_TIMES": 2, "DOWNLOAD_DELAY": 1.0})
    crawler.spider = Spider(name="forum")
    crawler.spider.crawler = crawler
    return Patience.from_crawler(crawler)


def pause_of(patience, host="forum.example"):
    return patience._not_before.get(host, 0.0) - time.monotonic()


@pytest.mark.parametrize("url", ["http://forum.example/", "https://forum.example:8080/x"])
def test_pages_of_the_source_pass(url):
    assert HostGuard(frozenset({"forum.example"}), allow_private=False).process_request(Request(url)) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/",
        "http://www.forum.example/",
        "ftp://forum.example/",
        "data:text/plain,hi",
        "file:///etc/passwd",
    ],
)
def test_everything_else_is_forbidden(url):
    with pytest.raises(Forbidden, match="leads away from forum.example"):
        HostGuard(frozenset({"forum.example"}), allow_private=True).process_request(Request(url))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.7", "192.168.1.1", "169.254.169.254", "100.64.0.1"])
def test_private_addresses_are_forbidden_unless_allowed(host):
    request = Request(f"http://{host}/")

    with pytest.raises(Forbidden, match="private address"):
        HostGuard(frozenset({host}), allow_private=False).process_request(request)
    assert HostGuard(frozenset({host}), allow_private=True).process_request(request) is None


@pytest.fixture
def resolver():
    from twisted.internet import reactor

    return PublicResolver(reactor, 0, 5.0)


def test_a_name_that_resolves_to_a_private_address_is_forbidden(resolver):
    assert resolver._check("93.184.216.34", "forum.example") == "93.184.216.34"

    with pytest.raises(Forbidden, match="forum.example has the private address 10.0.0.7"):
        resolver._check("10.0.0.7", "forum.example")


class Reactor:
    """Runs at once what Twisted's would run in a thread."""

    def getThreadPool(self):  # noqa: N802
        return self

    def callInThreadWithCallback(self, tell, work, *values):  # noqa: N802
        tell(True, work(*values))

    def callFromThread(self, work, *values):  # noqa: N802
        work(*values)

    def callLater(self, *_):  # noqa: N802
        return self

    def cancel(self):
        pass


def test_a_resolver_that_changes_its_answer_gains_nothing(monkeypatch):
    """There is no earlier check to outlive: each look-up is the one whose answer the connection uses, and is judged."""
    answers = ["93.184.216.34", "127.0.0.1"]
    monkeypatch.setattr("socket.gethostbyname", lambda _: answers.pop(0))
    resolver, found, refused = PublicResolver(Reactor(), 0, 5.0), [], []

    for _ in range(2):
        resolver.getHostByName("rebind.example").addCallbacks(
            found.append, lambda failure: refused.append(failure.value)
        )

    assert found == ["93.184.216.34"]
    assert [type(error) for error in refused] == [Forbidden]


def test_a_name_on_the_list_may_lead_to_a_private_address_and_no_other(resolver):
    resolver.allowed = frozenset({"forum.example"})

    assert resolver._check("10.0.0.7", "forum.example") == "10.0.0.7"
    with pytest.raises(Forbidden, match=r"allowed by name in crawl.allow_private_hosts"):
        resolver._check("10.0.0.7", "other.example")


@pytest.mark.parametrize(
    "address",
    ["::1", "10.1.1.1", "169.254.169.254", "100.100.100.200", "0.0.0.0", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "fe80::1", "fd00::1", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert is_private(address)


@pytest.mark.parametrize("address", ["2606:2800:220:1::1", "93.184.216.34", "::ffff:93.184.216.34"])
def test_addresses_that_are_public(address):
    assert not is_private(address)


def test_an_answer_from_a_private_address_is_refused_whatever_the_resolver_said():
    guard = HostGuard(frozenset({"forum.example"}), allow_private=("intranet.example",))
    public = Response(URL, ip_address=ipaddress.ip_address("93.184.216.34"))
    private = Response(URL, ip_address=ipaddress.ip_address("10.0.0.7"))

    assert guard.process_response(Request(URL), public) is public
    with pytest.raises(Forbidden, match="forum.example answered from the private address 10.0.0.7"):
        guard.process_response(Request(URL), private)


def test_what_is_on_the_opt_out_list_is_forbidden():
    guard = HostGuard(frozenset({"forum.example"}), allow_private=False, opt_out=("forum.example/t/1",))

    with pytest.raises(Forbidden, match="is on the opt-out list"):
        guard.process_request(Request(URL))
    assert guard.process_request(Request("http://forum.example/t/2")) is None


def test_pauses_grow_and_tries_end(patience):
    request, pauses = Request(URL), []

    for _ in range(2):
        request = patience.process_response(request, Response(URL, status=503))
        pauses.append(pause_of(patience))
    last = patience.process_response(request, Response(URL, status=503))

    assert 1.9 < pauses[0] <= 2.0
    assert 3.9 < pauses[1] <= 4.0
    assert isinstance(last, Response), "after the last try the answer goes on"


def test_the_pause_that_a_server_asks_for_is_kept_and_one_too_long_is_not_waited(patience):
    patient = Response(URL, status=429, headers={"Retry-After": "90"})
    endless = Response(URL, status=429, headers={"Retry-After": "86400"})

    assert isinstance(patience.process_response(Request(URL), patient), Request)
    assert 89 < pause_of(patience) <= 90
    assert patience.process_response(Request(URL), endless) is endless


def test_network_failures_are_tried_again_and_what_is_forbidden_is_not(patience):
    again = patience.process_exception(Request(URL), DownloadTimeoutError())

    assert again.meta["retry_times"] == 1
    assert patience.process_exception(Request(URL), Forbidden("no")) is None
    assert patience.process_exception(Request(URL), KeyError("bug")) is None
    assert patience.process_response(Request(URL), Response(URL, status=404)).status == 404


def test_a_crawl_delay_of_robots_txt_keeps_requests_apart(patience):
    class Parser:
        class rp:  # noqa: N801 - the name that Scrapy's parser has
            @staticmethod
            def crawl_delay(agent):
                return 0.2 if agent else None

    patience.heed_crawl_delay(Parser, Request(URL))

    async def two():
        await patience.process_request(Request(URL))
        await patience.process_request(Request(URL))

    started = time.monotonic()
    asyncio.run(two())

    assert time.monotonic() - started >= 0.19


def test_robots_txt_is_read_anew_during_a_long_crawl():
    answers = [b"User-agent: *\nDisallow:\n", b"User-agent: minsheng\nDisallow: /t/\n"]

    class Engine:
        async def download_async(self, request):
            assert request.url == "http://forum.example/robots.txt"
            return TextResponse(request.url, body=answers.pop(0))

    crawler = get_crawler(Spider, {"ROBOTSTXT_OBEY": True, "USER_AGENT": "Minsheng/0.1 (+a@b.example)"})
    crawler.engine = Engine()
    robots = Robots(crawler)

    async def ask():
        await robots.process_request(Request(URL))
        await robots.process_request(Request(URL))
        robots.reread_after = -1.0
        await robots.process_request(Request(URL))

    with pytest.raises(Forbidden, match="robots.txt forbids"):
        asyncio.run(ask())
    assert answers == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b"Tue, 10 Mar 2026 04:01:00 GMT", 60),
        (b"Tue, 10 Mar 2020 04:01:00 GMT", 0),
        (b"soon", 0),
        (None, 0),
    ],
)
def test_retry_after_in_both_forms(value, seconds):
    assert retry_after(value, datetime(2026, 3, 10, 4, 0, tzinfo=UTC)) == seconds


def test_log_lines_never_hold_a_row():
    log = QuietLog()

    lines = [
        log.dropped("秘密", ValueError("秘密"), None, None),
        log.item_error("秘密", ValueError("秘密"), None, None),
    ]

    assert "秘密" not in repr(lines)
