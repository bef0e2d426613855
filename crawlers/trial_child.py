"""Orders on stdin, a few pages of one source read as a crawl reads them, and what they showed on stdout.

Nothing is kept: state and inbox lie in a folder of the trial. Started by ``crawlers.trial`` only.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.http import Response, TextResponse

from crawlers.documents import document_kind, page_of_document
from crawlers.engines.base import PlannedSpider
from crawlers.inbox import new_run
from crawlers.plan import CrawlPlan
from crawlers.settings import scrapy_settings
from crawlers.source import SourceConfig, load_source
from crawlers.state import CrawlState
from minsheng.errors import SourceChanged
from minsheng.settings import CrawlSettings

_LONGEST_TEXT = 1_000_000
_SECONDS = 120


@dataclass(slots=True)
class TrialPlan(CrawlPlan):
    """The plan of a trial, which keeps the pages that came."""

    shown: list[dict[str, Any]] = field(default_factory=list)


class Recorder:
    """Keeps what each page says, last of all, when it is unpacked; not robots.txt."""

    def __init__(self, plan: TrialPlan) -> None:
        self._plan = plan

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the plan of the spider."""
        plan: Any = getattr(crawler.spider, "plan", None)
        return cls(plan)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep one page."""
        if not request.url.endswith("/robots.txt"):
            headers = {str(name, "latin-1").lower(): _shown(response, name) for name in response.headers}
            text = _read(response)
            self._plan.shown.append(
                {"url": response.url, "status": response.status, "headers": headers, "text": text[:_LONGEST_TEXT]}
            )
        return response


class LookSpider(PlannedSpider):
    """Fetches the start pages alone, whatever their status, and reads nothing."""

    name = "look"

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the start pages."""
        for url in self.plan.config.start_urls:
            request = self.start_request(url)
            request.meta["handle_httpstatus_list"] = list(range(400, 600))  # not redirects: they are followed
            yield request

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Note that a page has come."""
        del response, kwargs
        self.plan.tally.pages += 1
        self.plan.end("ok", "")
        yield from ()


def main() -> None:
    """Read the orders, look or crawl, print what came."""
    orders = json.loads(sys.stdin.readline())
    folder = Path(orders["folder"])
    config = load_source(Path(orders["config_dir"]))
    settings = CrawlSettings(**orders["settings"])
    now, inbox = datetime.fromisoformat(orders["now"]), folder / "inbox"
    inbox.mkdir()
    state = CrawlState(folder / f"{config.name}.sqlite", inbox)
    plan = TrialPlan(config, settings, state, inbox, new_run(now), now, lambda _posts, _pages: None)
    state.begin()
    _crawl(config, plan, int(orders["pages"]), look=bool(orders["look"]))
    report = plan.report()
    state.close()
    kept = ("outcome", "detail", "pages", "set_aside", "masked")
    answer = {name: value for name, value in asdict(report).items() if name in kept} | {"shown": plan.shown}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _crawl(config: SourceConfig, plan: TrialPlan, pages: int, *, look: bool) -> None:
    settings = scrapy_settings(config, plan.settings)
    settings["CLOSESPIDER_PAGECOUNT"] = pages + 1  # robots.txt is one
    settings["CLOSESPIDER_TIMEOUT"] = _SECONDS
    # The last to see a response before the spider, when it is unpacked.
    settings["DOWNLOADER_MIDDLEWARES"] = settings["DOWNLOADER_MIDDLEWARES"] | {"crawlers.trial_child.Recorder": 10}
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(LookSpider if look else config.engine)
    process.crawl(crawler, plan=plan)
    process.start()
    if not plan.is_closed:
        plan.end("failed", "the crawl did not start, or was stopped by force")


def _read(response: Response) -> str:
    """Return what a page says; of a document that cannot be read, why."""
    if isinstance(response, TextResponse):
        return response.text
    try:
        return page_of_document(response.body) if document_kind(response.body) else ""
    except SourceChanged as error:
        return f"<title>{escape(str(error))}</title>"


def _shown(response: Response, name: bytes) -> str:
    return b", ".join(response.headers.getlist(name)).decode("latin-1")


if __name__ == "__main__":
    main()
