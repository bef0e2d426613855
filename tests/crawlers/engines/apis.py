"""Saved answers of interfaces: as responses for a spider, and as pages of the small site on loopback."""

from pathlib import Path
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import HtmlResponse, JsonResponse, Response, XmlResponse

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "pages"
HOST = "http://forum.example"
POSTER = "王小明的昵称"
"""Who wrote, on every saved page: must never reach a row or a file."""
PHONE = "13812345678"
TYPES = {
    ".json": (JsonResponse, "application/json"),
    ".html": (HtmlResponse, "text/html; charset=utf-8"),
    ".xml": (XmlResponse, "application/rss+xml"),
    ".pdf": (Response, "application/pdf"),
    ".xlsx": (Response, "application/octet-stream"),
}


def saved(name: str, url: str, *, depth: int = 0, headers: dict[str, str] | None = None) -> Response:
    """Return a saved page as the answer of ``url``."""
    kind, _ = TYPES[Path(name).suffix]
    request = Request(url, meta={"depth": depth})
    encoding = {} if kind is Response else {"encoding": "utf-8"}
    return kind(url, body=(PAGES / name).read_bytes(), headers=headers, request=request, **encoding)


def play(site, pages: dict[str, str], headers: dict[str, str] | None = None) -> None:
    """Put saved pages on the site, with its own address in place of the example's."""
    for path, name in pages.items():
        kind, body = TYPES[Path(name).suffix][1], (PAGES / name).read_bytes()
        site.pages[path] = body.replace(HOST.encode(), site.url.encode())
        site.types[path] = kind
        if headers:
            site.answers[path] = [(200, headers)] * 9


def rows_and_more(found):
    """Split what a spider yields into rows, requests and ends of threads."""
    found = list(found)
    rows = [item for item in found if type(item).__name__ == "Row"]
    requests = [item for item in found if isinstance(item, Request)]
    ends = [item for item in found if type(item).__name__ == "ThreadEnd"]
    assert len(rows) + len(requests) + len(ends) == len(found)
    return rows, requests, ends


def path_of(request) -> str:
    parts = urlsplit(request.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
