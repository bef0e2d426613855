"""Real messages in, a small local board that serves them as web pages out: for the pipeline benchmark and its test."""

import csv
import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PER_PAGE = 50

_PAGE = '<!doctype html><html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'

_REPLIES_SOURCE = """\
name: {name}
title: 留言板（有回复）
kind: public
engine: generic
start_urls: ["{url}/replies"]
crawl_every: 1h
assertions: {{posts_per_crawl: {{min: 1, max: 20000}}}}
thread:
  title: h1
  next: a.next::attr(href)
  max_pages: 1000
  comments:
    row: div.message
    id: "@id"
    title: h2
    link: h2 a::attr(href)
    text: p.text
    time: span.time
    reply: {{text: p.reply, time: span.replied}}
"""

_VOTES_SOURCE = """\
name: {name}
title: 留言板（有投票）
kind: public
engine: generic
start_urls: ["{url}/votes"]
crawl_every: 1h
assertions: {{posts_per_crawl: {{min: 1, max: 20000}}}}
list:
  item: li.thread
  link: a::attr(href)
  activity: span.activity
  next: a.next::attr(href)
  max_pages: 1000
  ordered: false
thread:
  title: h1
  comments:
    row: div.message
    id: "@id"
    text: p.text
    time: span.time
    likes: span.likes
"""

SOURCES = {"replies": _REPLIES_SOURCE, "votes": _VOTES_SOURCE}
"""Source name → the text of its source.yml, with {name} and {url} left open."""


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the real data."""

    id: str
    title: str
    time: str
    text: str
    likes: str = ""
    reply: str = ""
    reply_time: str = ""


def read_messages(path: Path, limit: int | None = None) -> list[Message]:
    """Read the first ``limit`` messages of a file; ids that stand twice are served once."""
    csv.field_size_limit(10_000_000)
    messages: dict[str, Message] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            message = Message(
                row["id"], row["title"], row["time"], row["text"], row.get("up", ""), row.get("reply", ""),
                row.get("reply_time", ""),
            )  # fmt: skip
            messages.setdefault(message.id, message)
            if limit and len(messages) == limit:
                break
    return list(messages.values())


class Board:
    """Pages of two boards: /replies shows whole messages with replies, /votes lists threads."""

    def __init__(self, replies: list[Message], votes: list[Message]) -> None:
        self.replies = replies
        self.votes = votes

    @cached_property
    def _thread(self) -> dict[str, Message]:
        return {message.id: message for message in self.votes}

    def page(self, path: str) -> str | None:
        """Return the HTML of a path such as /replies/3 or /votes/m/1234, or None."""
        board, _, rest = path.strip("/").partition("/")
        if board == "votes" and rest.startswith("m/"):
            message = self._thread.get(rest[2:])
            if message is None:
                return None
            title = _e(message.title)
            return _PAGE.format(title=title, body=f"<h1>{title}</h1>{_row(message)}")
        rows = {"replies": self.replies, "votes": self.votes}.get(board)
        if rows is None or (rest and not rest.isdigit()):
            return None
        number = int(rest or 1)
        shown = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
        more = f'<a class="next" href="/{board}/{number + 1}">下一页</a>' if number * PER_PAGE < len(rows) else ""
        body = "".join(_titled(m) if board == "replies" else _listed(m) for m in shown)
        return _PAGE.format(title="留言板", body=f"<h1>留言板</h1>{body}{more}")


@contextmanager
def served(board: Board) -> Iterator[str]:
    """Serve the board on a free loopback port; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in one packet: two would wait 40 ms for the client's delayed acknowledgement.
        wbufsize = 65536

        def do_GET(self) -> None:
            page = "User-agent: *\nAllow: /\n" if self.path == "/robots.txt" else board.page(self.path)
            content = (page or "not found").encode()
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server calls
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_sources(folder: Path, url: str) -> None:
    """Write the two sources of the board under ``folder``."""
    for name, text in SOURCES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "source.yml").write_text(text.format(name=name, url=url), encoding="utf-8")


def _e(text: str) -> str:
    return html.escape(text)


def _row(message: Message) -> str:
    reply = (
        f'<p class="reply">{_e(message.reply)}</p><span class="replied">{_e(message.reply_time)}</span>'
        if message.reply
        else ""
    )
    likes = f'<span class="likes">{_e(message.likes)}</span>' if message.likes else ""
    return (
        f'<div class="message" id="{_e(message.id)}"><p class="text">{_e(message.text)}</p>'
        f'<span class="time">{_e(message.time)}</span>{likes}{reply}</div>'
    )


def _titled(message: Message) -> str:
    head, _, rest = _row(message).partition(">")
    return f'{head}><h2><a href="/replies#{_e(message.id)}">{_e(message.title)}</a></h2>{rest}'


def _listed(message: Message) -> str:
    title, key = _e(message.title), _e(message.id)
    return (
        f'<li class="thread"><a href="/votes/m/{key}">{title}</a><span class="activity">{_e(message.likes)}</span></li>'
    )
