"""What every spider does alike: count pages, see login walls, and say why a crawl ends."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlsplit

from parsel import Selector
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem, IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawlers.failures import kind_of
from crawlers.items import ThreadEnd
from crawlers.middlewares import Forbidden
from crawlers.plan import CrawlPlan
from crawlers.select import shows
from minsheng.errors import SourceChanged, SourceRefused

_GONE = {404, 410}
_NOT_MODIFIED = 304
_REFUSED = {401, 403, 407, 451}
_MOST_FAILED_PAGES = 10


class PlannedSpider(Spider):
    """A spider that reads one source by its plan."""

    plan: CrawlPlan
    _closing: "asyncio.Task[None] | None" = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Build the spider and have it told about every error."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.stop_for, signal=signals.spider_error)
        crawler.signals.connect(spider.stop_for, signal=signals.item_error)
        return spider

    def closed(self, reason: str) -> None:
        """Note that the crawl came to an orderly end, and if something other than the end of the work ended it."""
        self.plan.is_closed = True
        if reason not in {"finished", "ended"}:
            self.plan.cut_short = f"stopped before the end ({reason}); the next crawl goes on"

    def start_request(self, url: str, **kwargs: Any) -> Request:
        """Return the request of a start page."""
        return Request(url, self.parse, errback=self.start_failed, cb_kwargs=kwargs, dont_filter=True)

    def follow(
        self, response: Response, url: str, callback: Any, priority: int = 0, *, again: bool = False, **orders: Any
    ) -> Iterator[Request]:
        """Yield the request, unless it leads away from the source or too deep; ``again``: even if it was asked."""
        if response.meta.get("depth", 0) >= self.plan.settings.max_depth:
            self.plan.tally.too_deep += 1
        elif urlsplit(url).hostname not in self.plan.config.allowed_hosts:
            self.plan.tally.forbidden += 1
        else:
            yield Request(
                url, callback, errback=self.page_failed, priority=priority, dont_filter=again, cb_kwargs=orders
            )

    def text_of(self, response: Response) -> str:
        """Count a page and return its text.

        Raises:
            SourceChanged: It is no text: a picture, an archive.
        """
        self.count_page()
        if not isinstance(response, TextResponse):
            raise SourceChanged(f"{response.url}: wanted a page, got {response.headers.get('Content-Type')!r}")
        if self.plan.config.encoding:
            response = response.replace(encoding=self.plan.config.encoding)
        return response.text

    def count_page(self) -> None:
        """Count a page and say that the crawl is alive."""
        self.plan.tally.pages += 1
        self.plan.progress(self.plan.tally.posts, self.plan.tally.pages)

    def page_of(self, response: Response, *, is_json: bool) -> Selector:
        """Return a page ready for selecting.

        Raises:
            SourceChanged: JSON was expected and something else came.
            SourceRefused: The page shows a login wall.
        """
        text = self.text_of(response)
        if is_json:
            try:
                json.loads(text)
            except ValueError as error:
                raise SourceChanged(f"{response.url}: wanted JSON, got something else ({error})") from error
        page = Selector(text=text, type="json" if is_json else "html")
        if any(shows(page, marker) for marker in self.plan.config.login_wall):
            raise SourceRefused(f"{response.url} wants a login; only public pages are read")
        return page

    def says_empty(self, page: Selector) -> bool:
        """Return whether a page says itself that there is nothing on it."""
        return any(shows(page, marker) for marker in self.plan.config.empty)

    def start_failed(self, failure: Failure) -> None:
        """End the crawl: a start page could not be read."""
        error: BaseException | None = failure.value
        if self._is_no_failure(error):
            return
        if isinstance(error, HttpError):
            status, url = error.response.status, error.response.url
            outcome = "refused" if status in _REFUSED else "changed" if status in _GONE else "failed"
            self.stop(outcome, f"{url} answers with status {status}")
        elif isinstance(error, Forbidden):
            self.stop("refused", str(error))
        else:
            self.stop("failed", _describe(error))

    def page_failed(self, failure: Failure) -> Iterator[ThreadEnd]:
        """Note a page that could not be read; a thread that is gone, or the same as before, is done."""
        error: BaseException | None = failure.value
        status = error.response.status if isinstance(error, HttpError) else 0
        request: Any = getattr(failure, "request", None)
        orders = request.cb_kwargs if request is not None else {}
        if status in _GONE and "address" in orders:
            yield ThreadEnd(orders["address"], orders["activity"], gone=True)
        elif self._is_no_failure(error):
            yield from [ThreadEnd(orders["address"], orders["activity"])] if "address" in orders and status else []
        elif status in _REFUSED or isinstance(error, Forbidden):
            self.plan.tally.forbidden += 1
        else:
            self.plan.tally.failed_pages += 1
            if self.plan.tally.failed_pages > max(_MOST_FAILED_PAGES, self.plan.tally.pages):
                self.stop("failed", f"too many pages could not be fetched, the last: {_describe(error)}")

    def _is_no_failure(self, error: BaseException | None) -> bool:
        """Return whether a page only did not change, or was not asked for; count the kind of any other error."""
        # When it is not the time to ask, not even robots.txt can be, which then seems to forbid the page.
        if isinstance(error, IgnoreRequest) and self.plan.cut_short:
            return True
        if isinstance(error, HttpError) and error.response.status == _NOT_MODIFIED:
            self.plan.tally.pages += 1
            return True
        self.plan.tally.errors[kind_of(error)] += 1
        return False

    def stop_for(self, failure: Failure) -> None:
        """End the crawl for an error in a callback or a pipeline."""
        error = failure.value
        if isinstance(error, SourceChanged):
            self.stop("changed", str(error))
        elif isinstance(error, SourceRefused):
            self.stop("refused", str(error))
        elif not isinstance(error, DropItem):
            self.stop("failed", _describe(error))

    def stop(self, outcome: str, detail: str) -> None:
        """End the crawl with an outcome; what is published stays."""
        self.plan.end(outcome, detail)
        if self._closing is None and self.crawler.engine is not None:
            closing = self.crawler.engine.close_spider_async(reason="ended")
            self._closing = asyncio.get_running_loop().create_task(closing)


def _describe(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"
