"""Pages, masks and dates per second in, a JSON list of {name, value, unit, baseline, ratio} out.

Each value has a baseline measured in the same run: plain ``urllib`` for pages, ``dateparser`` for dates, and for
masking one search for a bare mobile number. ``python -m benchmarks.crawl [--quick] [--json FILE]``.
"""

import re
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.report import Measure, arguments, report
from crawlers.dates import parse_time
from crawlers.inbox import inbox_files
from crawlers.masking import mask
from crawlers.run import crawl
from minsheng.settings import CrawlSettings

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
POSTS_PER_THREAD = 20
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


def site(threads: int) -> dict[str, bytes]:
    """Return the pages of a forum."""
    pages = {"/robots.txt": b"User-agent: *\nDisallow:\n"}
    lists = range(0, threads, THREADS_PER_LIST)
    for number, start in enumerate(lists, start=1):
        items = "".join(
            f'<li><a href="/t/{n}">第{n}帖</a><i>{POSTS_PER_THREAD}</i></li>'
            for n in range(start, min(threads, start + THREADS_PER_LIST))
        )
        following = f'<a class="next" href="/list/{number + 1}">下一页</a>' if number < len(lists) else ""
        pages[f"/list/{number}"] = f"<ul>{items}</ul>{following}".encode()
    for n in range(threads):
        rows = "".join(
            f'<div id="{n}-{k}"><b>某人</b><p>{TEXTS[k % len(TEXTS)]}{k}</p><time>2026-03-01 08:00</time></div>'
            for k in range(POSTS_PER_THREAD)
        )
        pages[f"/t/{n}"] = f"<h1>第{n}帖</h1>{rows}".encode()
    return pages


def serve(pages: dict[str, bytes]) -> ThreadingHTTPServer:
    """Serve pages on loopback until ``shutdown``."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # One packet per answer: head and body sent apart wait 40 ms for each other on a kept connection.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = pages.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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


def measure_crawl(threads: int) -> list[Measure]:
    """Crawl a local forum for the first time and again; fetch the same pages plainly."""
    pages = site(threads)
    server = serve(pages)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = CrawlSettings(delay_seconds=0, allow_private_hosts=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "bench"
        place.mkdir()
        (place / "source.yml").write_text(SOURCE.format(url=url), encoding="utf-8")

        def one() -> None:
            report = crawl(place, inbox=folder / "inbox", state=folder / "state", settings=settings, now=NOW)
            if report.outcome != "ok":
                raise SystemExit(f"the crawl ended as {report.outcome}: {report.detail}")

        first, again = seconds_of(one), seconds_of(one)
        posts = sum(file.read_text(encoding="utf-8").count("\n") for file in inbox_files(folder / "inbox"))
    plain = seconds_of(lambda: [urllib.request.urlopen(url + path).read() for path in pages])
    server.shutdown()
    return [
        Measure("crawl pages", len(pages) / first, "pages/s", len(pages) / plain),
        Measure("crawl posts", posts / first, "posts/s", threads * POSTS_PER_THREAD / plain),
        Measure("crawl again, nothing new", again, "s", first),
    ]


def main() -> None:
    """Measure and print."""
    options = arguments(__doc__)
    import dateparser

    mobile = re.compile(r"1[3-9]\d{9}")
    rounds = 200 if options.quick else 3000
    results = measure_crawl(100 if options.quick else 1000)
    results.append(Measure("masks", rate(mask, TEXTS, rounds), "texts/s", rate(mobile.search, TEXTS, rounds)))
    ours = rate(lambda text: parse_time(text, NOW), DATES, rounds)
    theirs = rate(lambda text: dateparser.parse(text, languages=["zh"]), DATES, max(10, rounds // 30))
    results.append(Measure("dates", ours, "dates/s", theirs))
    report(results, options.json)


if __name__ == "__main__":
    main()
