"""A site that means harm: each crawl of it ends within its limits and says why, and the next site is read as ever."""

import gzip
import re
import socket
import socketserver
import struct
import threading
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field

import pytest

from crawlers.run import _run_child
from minsheng.settings import CrawlSettings

from .conftest import Desk

GOOD = '<h1>路灯</h1><div class="post" data-id="{0}"><p>第{0}条</p><time>2026-03-01 08:00</time></div>'
LIST = '<ul><li class="t"><a class="title" href="/t/1">一</a><i class="replies">1</i></li>{0}</ul>'
BAD = '<li class="t"><a class="title" href="/bad">二</a><i class="replies">1</i></li>'
SECONDS = 90.0  # of a loaded machine; the limits of the crawls themselves are a few seconds
LIMITS = CrawlSettings(
    delay_seconds=0, allow_private_hosts=("127.0.0.1",), retries=0, page_seconds=2, max_page_bytes=200_000,
    max_pages=40, max_minutes=1, contact="office@city.example",
)  # fmt: skip


def answer(body=b"", status="200 OK", kind="text/html; charset=utf-8", length=None, **headers):
    body = body.encode() if isinstance(body, str) else body
    lines = {
        "Content-Type": kind,
        "Content-Length": str(len(body) if length is None else length),
        "Connection": "close",
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


@dataclass
class Hostile:
    """Raw answers by path: bytes, or a function of (socket, path) that does what it likes with the connection."""

    routes: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    heads: list = field(default_factory=list)

    def __post_init__(self):
        site = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                head = b""
                while b"\r\n\r\n" not in head and (part := self.request.recv(65536)):
                    head += part
                if not head:
                    return
                path = head.split(b" ")[1].decode("latin-1")
                site.asked.append(path)
                site.heads.append(head.decode("latin-1").lower())
                route = site.routes.get(path) or site.routes.get(path.split("?")[0]) or site.routes.get("*")
                try:
                    if callable(route):
                        route(self.request, path)
                    else:
                        self.request.sendall(route or answer(b"no", "404 Not Found"))
                except OSError:
                    pass  # the crawler hung up, as it should

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads, block_on_close = True, True, False

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.routes["/robots.txt"] = answer("User-agent: *\nDisallow: /closed/\n", kind="text/plain")
        self.routes["/board"] = answer(LIST.format(BAD))
        self.routes["/t/1"] = answer(GOOD.format(1))
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def hostile():
    site = Hostile()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def desk(tmp_path, now):
    desk = Desk(tmp_path, now)
    desk.settings = LIMITS
    return desk


def crawl(desk, hostile, start="/board", changes=None, **settings):
    started = time.monotonic()
    report = desk.crawl(desk.source(hostile, start=start, **(changes or {})), **settings)
    assert time.monotonic() - started < SECONDS
    return report


def stream(head, part, pause=0.0):
    def send(connection, _):
        connection.sendall(head)
        while True:
            connection.sendall(part)
            time.sleep(pause)

    return send


def reset(after=b""):
    def send(connection, _):
        connection.sendall(after)
        time.sleep(0.1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return send


def redirect(target):
    return answer(status="302 Found", Location=target)


CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
BOMB = gzip.compress(b"0" * 100_000_000)
BAD_PAGES = {
    "a page of 1 GB without an end": (stream(CHUNKED, CHUNK), "too large 1"),
    "a page that announces 1 GB": (answer(b"x", length=10**9), "too large 1"),
    "a gzip bomb": (answer(BOMB, Content_Encoding="gzip"), "too large or too many redirects 1"),
    "a gzip bomb in a gzip bomb": (answer(gzip.compress(BOMB), Content_Encoding="gzip, gzip"), "too large or too many redirects 1"),
    "a deflate bomb": (answer(zlib.compress(b"0" * 100_000_000), Content_Encoding="deflate"), "too large or too many redirects 1"),
    "a body that is no gzip": (answer(b"plain", Content_Encoding="gzip"), ""),
    "a redirect loop": (lambda connection, path: connection.sendall(redirect(path)), "redirect loop 1"),
    "a slow drip": (stream(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n", b"x", 0.2), "timeout 1"),
    "slow headers": (stream(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.2), "timeout 1"),
    "no answer at all": (lambda *_: time.sleep(20), "timeout 1"),
    "a Content-Length that is too long": (answer(GOOD.format(2), length=5000), "cut off 1"),
    "a reset in the middle": (reset(answer(b"<h1>", length=5000)), "cut off 1"),
    "a reset at once": (reset(), "connection broken 1"),
    "an answer that is not HTTP": (b"\x00\xffSSH-2.0-OpenSSH\r\n\r\n", "connection broken 1"),
    "a header without an end": (stream(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536), "connection broken 1"),
}  # fmt: skip


def put_bad(hostile, routes):
    """Put the pages on the board, below the good one, and return their paths."""
    paths = [f"/bad{number}" for number in range(len(routes))]
    hostile.routes |= dict(zip(paths, routes, strict=True))
    hostile.routes["/board"] = answer(LIST.format("".join(BAD.replace("/bad", path) for path in paths)))
    return paths


# Five at a time: a process for every page would cost more than all that is tested.
@pytest.mark.parametrize("first", range(0, len(BAD_PAGES), 5))
def test_bad_pages_are_told_by_kind_and_the_others_are_read(desk, hostile, first):
    pages = list(BAD_PAGES.values())[first : first + 5]
    paths = put_bad(hostile, [route for route, _ in pages])
    kinds = Counter(kind.rpartition(" ")[0] for _, kind in pages if kind)

    report = crawl(desk, hostile)

    assert (report.outcome, report.posts) == ("ok", 1), report.detail
    assert {kind: count for kind, count in kinds.items() if f"{kind} {count}" not in report.errors} == {}
    assert sum(int(number) for number in re.findall(r" (\d+)(?:,|$)", report.errors)) == len(pages)
    assert "could not be" in report.detail
    assert set(paths) <= set(hostile.asked)
    assert report.bytes < 2_000_000


def test_redirects_into_private_places_and_other_schemes_are_not_followed(desk, hostile):
    targets = [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost/",
        "http://2130706433/",
        "http://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/admin",
        "file:///etc/passwd",
        "data:text/html,<h1>x</h1>",
    ]
    paths = put_bad(hostile, [redirect(target) for target in targets])

    report = crawl(desk, hostile)

    assert (report.outcome, report.posts) == ("ok", 1)
    assert "left out" in report.detail or "could not be fetched" in report.detail
    assert sorted(hostile.asked) == sorted(["/robots.txt", "/board", "/t/1", *paths])


def test_a_refresh_in_a_page_is_no_way_round_the_guard(desk, hostile):
    hostile.routes["/bad"] = answer(
        '<meta http-equiv="refresh" content="0; url=http://169.254.169.254/">' + GOOD.format(2)
    )

    report = crawl(desk, hostile)

    assert report.outcome == "ok"
    assert "169.254" not in desk.everything_on_disk()


def test_a_list_without_end_stops_at_the_page_limit(desk, hostile):
    def endless(connection, path):
        number = int(path.partition("=")[2] or 1)
        more = f'<li class="t"><a class="title" href="/x{number + 100}">x</a><i class="replies">1</i></li>'
        connection.sendall(answer(LIST.format(more) + f'<a class="next" href="/board?page={number + 1}">n</a>'))

    hostile.routes["/board"] = endless
    hostile.routes["*"] = lambda connection, path: connection.sendall(answer(GOOD.format(path[2:])))
    listing = {"item": "li.t", "link": "a.title::attr(href)", "next": "a.next::attr(href)", "max_pages": 1000}

    report = crawl(desk, hostile, changes={"list": listing})

    assert report.outcome == "ok", report.detail
    assert "stopped before the end (closespider_pagecount)" in report.detail
    assert len(hostile.asked) < 60


def test_a_chain_of_pages_without_end_stops_at_the_depth_limit(desk, hostile):
    hostile.routes["/bad"] = lambda connection, path: connection.sendall(
        answer(GOOD.format(len(path)) + f'<a class="next" href="/bad?{"x" * len(path)}">n</a>')
    )

    report = crawl(desk, hostile, max_depth=5)

    assert report.outcome == "ok"
    assert "1 links not followed: deeper than crawl.max_depth" in report.detail


def test_a_thread_without_end_stops_at_its_page_limit(desk, hostile):
    hostile.routes["/bad"] = lambda connection, path: connection.sendall(
        answer(GOOD.format(len(path)) + f'<a class="next" href="/bad?{"x" * len(path)}">n</a>')
    )
    thread = {"title": "h1", "next": "a.next::attr(href)", "max_pages": 4,
              "comments": {"row": "div.post", "id": "@data-id", "text": "p", "time": "time"}}  # fmt: skip

    report = crawl(desk, hostile, changes={"thread": thread})

    assert report.outcome == "ok"
    assert "1 threads have more pages than are read of one" in report.detail
    assert report.posts == 5


def test_a_page_with_a_hundred_thousand_links_asks_for_no_more_than_the_page_limit(desk, hostile):
    links = "".join(
        f'<li class="t"><a class="title" href="/y{n}">x</a><i class="replies">1</i></li>' for n in range(20_000)
    )
    hostile.routes["/board"] = answer(links)
    hostile.routes["*"] = lambda connection, path: connection.sendall(answer(GOOD.format(path[2:])))

    report = crawl(desk, hostile, max_page_bytes=5_000_000)

    assert (report.outcome, len(hostile.asked) < 60) == ("ok", True)
    assert "closespider_pagecount" in report.detail


def test_html_nested_a_hundred_thousand_deep_is_read_as_far_as_it_goes(desk, hostile):
    deep = "<div>" * 100_000 + "深" + "</div>" * 100_000
    hostile.routes["/bad"] = answer(
        GOOD.format(2) + f'<div class="post" data-id="3"><p>{deep}</p><time>2026-03-01</time></div>'
    )
    hostile.routes["/board"] = answer(LIST.format(BAD) + "<p>" + deep)

    report = crawl(desk, hostile, max_page_bytes=5_000_000)

    assert report.outcome == "ok"
    assert {post.id for post in desk.posts()} >= {"forum:1", "forum:2"}


def test_bytes_of_two_encodings_are_read_with_marks_for_what_is_neither(desk, hostile):
    mixed = b'<h1>\xc2\xb7\xb5\xc6</h1><div class="post" data-id="2"><p>\xe8\xb7\xaf\xff\xfe\x80' + "路灯".encode(
        "gb18030"
    )
    hostile.routes["/bad"] = answer(mixed + b"</p><time>2026-03-01</time></div>")

    report = crawl(desk, hostile)

    assert (report.outcome, report.posts) == ("ok", 2)
    assert "\ufffd" in next(post.text for post in desk.posts() if post.id == "forum:2")


def lol():
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "哈哈"}">' for n in range(10))
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("entity", ["&l9;", "&f;"])
def test_entities_of_a_feed_are_not_expanded(desk, hostile, entity):
    feed = f"{lol()}<rss version='2.0'><channel><item><title>通告{entity}</title><link>{hostile.url}/n/1</link><pubDate>Fri, 06 Mar 2026 09:00:00 +0800</pubDate><description>公告{entity}</description></item></channel></rss>"
    hostile.routes["/feed"] = answer(feed, kind="application/xml; charset=utf-8")

    report = crawl(desk, hostile, "/feed", {"engine": "feed", "list": None, "thread": None})

    assert report.outcome in {"ok", "changed"}
    on_disk = desk.everything_on_disk()
    assert "root:" not in on_disk
    assert on_disk.count("哈") < 100


def test_a_robots_txt_of_50_mb_is_not_read_and_so_nothing_is(desk, hostile):
    hostile.routes["/robots.txt"] = lambda connection, _: connection.sendall(
        answer(b"# x\n" * 12_500_000, kind="text/plain")
    )

    report = crawl(desk, hostile)

    assert report.outcome == "refused"
    assert "robots.txt could not be fetched" in report.detail
    assert "/board" not in hostile.asked


def test_a_site_that_closes_itself_during_a_crawl_is_left_alone(desk, hostile):
    def close(connection, _):
        hostile.routes["/robots.txt"] = answer("User-agent: *\nDisallow: /\n", kind="text/plain")
        connection.sendall(answer(status="403 Forbidden"))

    hostile.routes["/bad"] = close

    report = crawl(desk, hostile)
    hostile.asked.clear()
    again = crawl(desk, hostile)

    assert "pages left out" in report.detail
    assert (again.outcome, hostile.asked) == ("refused", ["/robots.txt"])


def test_ids_and_titles_never_become_names_of_files(desk, hostile, tmp_path):
    evil = "../../../../../../tmp/minsheng-evil/x\x00"
    hostile.routes["/bad"] = answer(GOOD.format("../../evil/../x").replace("路灯", evil))
    before = set(tmp_path.parent.iterdir())

    report = crawl(desk, hostile)

    assert (report.outcome, report.posts) == ("ok", 2)
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name]
    assert set(tmp_path.parent.iterdir()) == before


def test_a_picture_where_a_thread_should_be_is_told(desk, hostile):
    hostile.routes["/bad"] = answer(b"\x89PNG\r\n\x1a\n" + b"\0" * 999, kind="image/png")

    report = crawl(desk, hostile)

    assert (report.outcome, report.posts) == ("ok", 1)
    assert "wanted a page, got b'image/png'" in report.detail


def test_a_pause_of_ten_years_is_not_waited_for_and_kept_for_a_day_at_most(desk, hostile):
    hostile.routes["/board"] = answer(status="429 Too Many Requests", Retry_After="315360000")

    report = crawl(desk, hostile)
    again = crawl(desk, hostile)

    assert report.outcome == "failed"
    assert again.outcome == "failed"
    assert "asks not to be asked again before" in again.detail
    assert hostile.asked == ["/robots.txt", "/board"]


def test_cookies_are_not_kept_and_no_browser_is_played(desk, hostile):
    hostile.routes["/board"] = answer(LIST.format(BAD), Set_Cookie="session=1; Path=/")
    hostile.routes["/bad"] = answer(GOOD.format(2), Set_Cookie="captcha=ok")

    crawl(desk, hostile)

    assert not [head for head in hostile.heads if "\ncookie:" in head or "mozilla" in head]
    assert all("user-agent: minsheng/0.1 (+office@city.example)" in head for head in hostile.heads)


def test_text_made_to_choke_the_masking_is_masked_in_time(desk, hostile):
    junk = "1" * 60_000 + "@" * 30_000 + "联系人：" * 5_000
    hostile.routes["/bad"] = answer(GOOD.format(2).replace("第2条", junk))

    # While one text is masked the other page waits: on a loaded machine longer than the two seconds of the rest.
    report = crawl(desk, hostile, max_page_bytes=1_000_000, page_seconds=60)

    assert (report.outcome, report.posts) == ("ok", 1), report.detail


def test_a_crawl_that_hears_nothing_any_more_is_killed_and_says_so(desk, hostile):
    hostile.routes["/board"] = lambda *_: time.sleep(60)
    place = desk.source(hostile)
    orders = {
        "config_dir": str(place), "inbox": str(desk.inbox), "state": str(desk.state), "report": str(desk.folder / "r.json"),
        "settings": LIMITS.model_copy(update={"page_seconds": 50}).model_dump(mode="json"), "now": desk.now.isoformat(),
        "fill_back": False,
    }  # fmt: skip
    desk.state.mkdir()

    with (desk.state / "forum.lock").open("w") as lock:
        status, words = _run_child(orders, lock, None, 3.0)

    assert status == -9
    assert words == "it did not end within 3 seconds, and was killed (crawl.max_minutes)"
