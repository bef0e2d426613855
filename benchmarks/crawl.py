"""Comments, masks and dates per second in, a JSON list of {name, value, unit, baseline, ratio} out.

A forum of 200 threads of 100 comments on loopback is read whole (speed, memory), read again after 1 % of it changed
(requests), and read by crawls that are killed by SIGKILL at 10 random moments (what is missing or double). Baselines of
the same run: plain ``urllib`` for pages, ``dateparser`` for dates, one search for a bare mobile number for masking.
``python -m benchmarks.crawl [--quick] [--json FILE]``; ``--quick``: 40 threads, 3 kills.
"""

import random
import re
import resource
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from benchmarks.report import Measure, arguments, report
from crawlers import run
from crawlers.dates import parse_time
from crawlers.inbox import inbox_files
from crawlers.masking import mask
from minsheng.crawls import CrawlReport
from minsheng.jsonl import parse_post
from minsheng.settings import CrawlSettings

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
POSTS_PER_THREAD = 100
POSTS_PER_PAGE = 20
THREADS_PER_LIST = 50
SOURCE = """\
name: bench
title: 速度
kind: public
engine: generic
start_urls: [{url}/list/1]
crawl_every: 1h
list: {{item: li, link: "a::attr(href)", activity: i, next: "a.next::attr(href)", max_pages: 100}}
thread:
  title: h1::text
  next: "a.next::attr(href)"
  comments: {{row: div, id: "@id", text: p, time: time}}
assertions: {{posts_per_crawl: {{min: 1, max: 100000}}}}
"""
TEXTS = (
    "青石路围挡半年了，公交站也挪走了，老人出门很不方便，希望尽快完工。" * 4,
    "您好，请联系我138 1234 5678，或者加微信 abc12345，车牌湘A·12345。",
    "网友“A00012345”：您好！您反映的问题已转住建局，详询0731-88665110，感谢您的关注。" * 2,
    "2024年3月5日至6月30日分3期施工，总投资1.2亿元，咨询12345。",
)
DATES = ("刚刚", "3小时前", "昨天 12:30", "2024年3月5日", "2024-03-05 12:30:09", "03-05 12:30", "2019/4/25 9:32:09")


def site(threads: int, changed: frozenset[int] = frozenset()) -> dict[str, bytes]:
    """Return the pages of a forum; changed threads have one more comment and stand first in the list."""
    pages = {"/robots.txt": b"User-agent: *\nDisallow:\n"}
    order = sorted(range(threads), key=lambda n: (n not in changed, n))
    lists = range(0, threads, THREADS_PER_LIST)
    for number, start in enumerate(lists, start=1):
        items = "".join(
            f'<li><a href="/t/{n}">第{n}帖</a><i>{POSTS_PER_THREAD + (n in changed)}</i></li>'
            for n in order[start : start + THREADS_PER_LIST]
        )
        following = f'<a class="next" href="/list/{number + 1}">下一页</a>' if number < len(lists) else ""
        pages[f"/list/{number}"] = f"<ul>{items}</ul>{following}".encode()
    for n in range(threads):
        pages |= _thread(n, POSTS_PER_THREAD + (n in changed))
    return pages


def _thread(n: int, posts: int) -> dict[str, bytes]:
    rows = [
        f'<div id="{n}-{k}"><b>某人</b><p>{TEXTS[k % len(TEXTS)]}{k}</p><time>2026-03-01 08:00</time></div>'
        for k in range(posts)
    ]
    pages = {}
    for start in range(0, posts, POSTS_PER_PAGE):
        number = start // POSTS_PER_PAGE + 1
        following = (
            f'<a class="next" href="/t/{n}?page={number + 1}">下一页</a>' if start + POSTS_PER_PAGE < posts else ""
        )
        address = f"/t/{n}" if number == 1 else f"/t/{n}?page={number}"
        pages[address] = f"<h1>第{n}帖</h1>{''.join(rows[start : start + POSTS_PER_PAGE])}{following}".encode()
    return pages


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Be silent about a crawl that was killed and so hung up."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def serve(pages: dict[str, bytes], asked: list[str]) -> ThreadingHTTPServer:
    """Serve pages on loopback until ``shutdown``; note what is asked for."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet per answer: head and body sent apart wait 40 ms for each other on a kept connection.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked.append(self.path)
            body = pages.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def rate(work: Callable[[str], object], texts: tuple[str, ...], rounds: int) -> float:
    """Return calls per second."""
    for text in texts:
        work(text)
    return rounds * len(texts) / seconds_of(lambda: [work(text) for _ in range(rounds) for text in texts])


class Folder:
    """A folder with one source of the forum, and crawls of it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.now = folder, NOW
        self.place = folder / "bench"
        self.place.mkdir(parents=True)
        (self.place / "source.yml").write_text(SOURCE.format(url=url), encoding="utf-8")

    def crawl(self) -> CrawlReport:
        settings = CrawlSettings(delay_seconds=0, allow_private_hosts=True, requests_per_day=1_000_000)
        places: dict[str, Any] = {"inbox": self.folder / "inbox", "state": self.folder / "state"}
        return run.crawl(self.place, settings=settings, now=self.now, **places)

    def whole(self) -> CrawlReport:
        """Crawl to the end.

        Raises:
            SystemExit: It did not end well: figures of it would be worth nothing.
        """
        done = self.crawl()
        if done.outcome != "ok":
            raise SystemExit(f"the crawl ended as {done.outcome}: {done.detail}")
        return done

    def ids(self) -> list[str]:
        files = inbox_files(self.folder / "inbox")
        return [parse_post(line).id for file in files for line in file.read_text(encoding="utf-8").splitlines()]


class Peak:
    """The most memory that a child of this process held while this ran, looked at ten times a second."""

    def __init__(self) -> None:
        self.early, self.most = 0.0, 0.0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        started = time.monotonic()
        while not self._is_over.wait(0.1):
            for child in tuple(run._RUNNING):  # noqa: SLF001 - the only place that knows the child
                with suppress(OSError, IndexError):
                    status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
                    held = float(status.partition("VmRSS:")[2].split()[0]) / 1000
                    self.most = max(self.most, held)
                    if time.monotonic() - started < 5:
                        self.early = max(self.early, held)


def measure_crawl(threads: int, kills: int) -> list[Measure]:
    """Crawl a local forum for the first time, after a change, and killed again and again."""
    pages, asked = site(threads), list[str]()
    server = serve(pages, asked)
    url = f"http://127.0.0.1:{server.server_port}"
    with tempfile.TemporaryDirectory() as name:
        measures = _first_and_again(Folder(Path(name) / "whole", url), threads, pages, asked)
        measures += _killed(Folder(Path(name) / "killed", url), kills, measures[0].value, threads)
    plain = seconds_of(lambda: [urllib.request.urlopen(url + path).read() for path in pages])
    server.shutdown()
    rate = Measure("pages, beside plain urllib", len(pages) / measures[0].value, "pages/s", len(pages) / plain)
    return [rate, *measures]


def _first_and_again(folder: Folder, threads: int, pages: dict[str, bytes], asked: list[str]) -> list[Measure]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Peak() as peak:
        seconds = seconds_of(folder.whole)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    first, posts = len(asked), len(folder.ids())
    asked.clear()
    pages.update(site(threads, changed=frozenset(range(max(1, threads // 100)))))
    folder.now += timedelta(hours=1)
    again = seconds_of(folder.whole)
    found = len(folder.ids()) - posts
    if found != max(1, threads // 100):
        raise SystemExit(f"the second crawl found {found} comments")
    return [
        Measure("first crawl", seconds, "s"),
        Measure("comments of the first crawl (wanted: 400 or more)", posts / seconds, "comments/s", 400),
        Measure("comments of the first crawl per second of its processor time", posts / worked, "comments/s", 400),
        Measure("most memory of the crawl (wanted: 300 MB or less)", peak.most, "MB", 300),
        Measure("memory after 5 seconds", peak.early, "MB"),
        Measure("requests of the first crawl", first, "requests"),
        Measure("requests after 1 % changed (wanted: 5 % or less)", len(asked), "requests", first),
        Measure("crawl after 1 % changed", again, "s", seconds),
    ]


def _killed(folder: Folder, kills: int, whole_seconds: float, threads: int) -> list[Measure]:
    """Kill the crawl at random moments, then let it end: all comments must be there, each once."""
    moments = random.Random(20261130)
    done = 0
    while done < kills:
        stop = threading.Timer(moments.uniform(0.3, 1.0 + whole_seconds / kills), _kill)
        stop.start()
        report = folder.crawl()
        stop.cancel()
        done += report.outcome == "failed"
        if report.outcome == "ok":
            break  # everything was read before the last moments came
    folder.whole()
    ids = folder.ids()
    expected = {
        f"bench:{n}-{k}" for n in range(threads) for k in range(POSTS_PER_THREAD + (n < max(1, threads // 100)))
    }
    return [
        Measure("crawls killed by SIGKILL", done, "kills"),
        Measure("comments missing after the kills", len(expected - set(ids)), "comments"),
        Measure("comments twice after the kills", len(ids) - len(set(ids)), "comments"),
    ]


def _kill() -> None:
    for child in tuple(run._RUNNING):  # noqa: SLF001
        child.send_signal(signal.SIGKILL)


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    import dateparser

    mobile = re.compile(r"1[3-9]\d{9}")
    rounds = 200 if options.quick else 3000
    results = measure_crawl(*((40, 3) if options.quick else (200, 10)))
    results.append(Measure("masks", rate(mask, TEXTS, rounds), "texts/s", rate(mobile.search, TEXTS, rounds)))
    ours = rate(lambda text: parse_time(text, NOW), DATES, rounds)
    theirs = rate(lambda text: dateparser.parse(text, languages=["zh"]), DATES, max(10, rounds // 30))
    results.append(Measure("dates", ours, "dates/s", theirs))
    report(results, options.json)


if __name__ == "__main__":
    main()
