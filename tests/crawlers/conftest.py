"""A small site on loopback that keeps a list of what was asked of it, and crawls of it in real child processes."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawlers.inbox import inbox_files
from crawlers.plan import CrawlPlan
from crawlers.run import crawl
from crawlers.source import SourceConfig
from crawlers.state import CrawlState
from minsheng.crawls import CrawlReport
from minsheng.domain import Post
from minsheng.jsonl import parse_post
from minsheng.settings import CrawlSettings

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"
POSTER = "王小明的昵称"
"""Who wrote, on every page of the test site: must never reach a file."""
PHONE = "13812345678"


class Site:
    """Pages by path; ``asked`` holds the paths in the order of the requests."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {"/robots.txt": b"User-agent: *\nDisallow: /closed/\n"}
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.types: dict[str, str] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.validators: dict[str, str] = {}
        self.saved: list[str] = []
        self.pause = 0.0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.agents.add(self.headers["User-Agent"])
                time.sleep(site.pause)
                status, headers = (site.answers.get(self.path) or [(200, {})]).pop(0)
                body = site.pages.get(self.path)
                tag = site.validators.get(self.path)
                if tag and status == 200:
                    headers = headers | {"ETag": tag}
                    if self.headers["If-None-Match"] == tag:
                        site.saved.append(self.path)
                        status, body = 304, b""
                if body is None and status == 200:
                    status, body = 404, b"not here"
                self.send_response(status)
                headers = {"Content-Type": site.types.get(self.path, "text/html; charset=utf-8")} | headers
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: Any) -> None:
                """Be silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, text: str, **values: Any) -> None:
        self.pages[path] = text.format(**values).encode()

    def forum(self, threads: int, posts: int, *, per_page: int = 5, edits: dict[int, str] | None = None) -> None:
        """Make a forum: threads from new to old, each of two pages if it has more than two posts."""
        numbers = list(range(threads, 0, -1))
        chunks = [numbers[start : start + per_page] for start in range(0, threads, per_page)]
        for index, chunk in enumerate(chunks, start=1):
            items = "".join(
                f'<li class="t"><a class="title" href="/t/{n}">路灯 {n}</a><b>{POSTER}</b>'
                f'<span class="replies">{posts + len((edits or {}).get(n, ""))}</span></li>'
                for n in chunk
            )
            following = f'<a class="next" href="/board?page={index + 1}">下一页</a>' if index < len(chunks) else ""
            self.pages["/board" if index == 1 else f"/board?page={index}"] = f"<ul>{items}</ul>{following}".encode()
        for n in numbers:
            self._thread(n, posts, (edits or {}).get(n, ""))

    def _thread(self, n: int, posts: int, edit: str) -> None:
        rows = [
            f'<div class="post" data-id="{n * 1000 + k}"><b class="name">{POSTER}</b><p>第{k}条，请致电{PHONE}{edit if k == 1 else ""}</p>'
            f"<time>2026-03-0{1 + k % 9} 08:0{k % 10}</time></div>"
            for k in range(1, posts + 1)
        ]
        half = max(2, posts // 2)
        pages = [rows[:half], rows[half:]] if posts > half else [rows]
        for index, part in enumerate(pages, start=1):
            following = f'<a class="next" href="/t/{n}?page=2">下一页</a>' if index < len(pages) else ""
            text = f"<h1>路灯 {n}</h1>{''.join(part)}{following}"
            self.pages[f"/t/{n}" if index == 1 else f"/t/{n}?page=2"] = text.encode()


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.close()


FORUM = {
    "name": "forum",
    "title": "云溪论坛",
    "kind": "public",
    "engine": "generic",
    "crawl_every": "1h",
    "login_wall": ["text:请登录"],
    "empty": [".none"],
    "list": {
        "item": "li.t",
        "link": "a.title::attr(href)",
        "activity": ".replies::text",
        "next": "a.next::attr(href)",
    },
    "thread": {
        "title": "h1::text",
        "next": "a.next::attr(href)",
        "comments": {"row": "div.post", "id": "@data-id", "text": "p", "time": "time::text"},
    },
    "assertions": {"posts_per_crawl": {"min": 1, "max": 1000}},
}


class Desk:
    """Where the crawls of one test keep their files."""

    def __init__(self, folder: Path, now: Any) -> None:
        self.folder, self.now = folder, now
        self.inbox, self.state = folder / "inbox", folder / "state"
        self.settings = CrawlSettings(delay_seconds=0, allow_private_hosts=True, retries=2)

    def source(self, site: Site, start: str = "/board", **changes: Any) -> Path:
        content = json.loads(json.dumps(FORUM)) | {"start_urls": [site.url + start]} | changes
        place = self.folder / "sources" / content["name"]
        place.mkdir(parents=True, exist_ok=True)
        content = {key: value for key, value in content.items() if value is not None}
        (place / "source.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return place

    def crawl(
        self,
        place: Path,
        progress: Callable[[int, int], None] | None = None,
        *,
        fill_back: bool = False,
        **changes: Any,
    ) -> CrawlReport:
        places = {"inbox": self.inbox, "state": self.state, "settings": self.settings.model_copy(update=changes)}
        return crawl(place, now=self.now, progress=progress, fill_back=fill_back, **places)

    def posts(self) -> list[Post]:
        return [parse_post(line) for file in inbox_files(self.inbox) for line in file.read_text().splitlines()]

    def everything_on_disk(self) -> str:
        parts = (file for file in self.folder.rglob("*") if file.is_file() and "sources" not in file.parts)
        return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in parts)


@pytest.fixture
def desk(tmp_path: Path, now: Any) -> Desk:
    return Desk(tmp_path, now)


@pytest.fixture
def make_plan(tmp_path: Path, now: Any) -> Iterator[Callable[..., CrawlPlan]]:
    """Build the plan of a crawl that runs in this process; name only what differs from the forum."""
    states: list[CrawlState] = []

    def make(**changes: Any) -> CrawlPlan:
        content = json.loads(json.dumps(FORUM)) | {"start_urls": ["http://forum.example/board"]} | changes
        config = SourceConfig.model_validate({key: value for key, value in content.items() if value is not None})
        inbox = tmp_path / "inbox"
        states.append(CrawlState(tmp_path / "state" / f"{config.name}.sqlite", inbox))
        return CrawlPlan(config, CrawlSettings(), states[-1], inbox, "run", now, lambda _posts, _pages: None)

    yield make
    for state in states:
        state.close()
