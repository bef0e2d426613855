"""Answers and what a spider made of them in, the same out as good manners and one bad page demand."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any, Self

from parsel import Selector
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawlers.documents import document_kind
from crawlers.items import Row, ThreadEnd
from crawlers.plan import CrawlPlan
from minsheng.errors import SourceRefused

_OUR_NAMES = {"robots", "minsheng"}
# One odd thread must not stop a source for ever; so many, and no good one between, is a site of another shape.
_MOST_ODD = 3
_OK = 200
_HEAD = 200_000
_MAY_WISH = re.compile(rb"<meta\b[^>]{1,300}\b(?:robots|minsheng)\b", re.IGNORECASE)
_MOST_CHECKED = 50
_LEAST_CHECKED = 5
_SHARE_CHECKED = 50


class Planned:
    """A part of Scrapy that knows the plan of its crawl."""

    def __init__(self, plan: CrawlPlan) -> None:
        self._plan = plan

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the plan from the spider."""
        plan: Any = getattr(crawler.spider, "plan", None)
        return cls(plan)


class Conditional(Planned):
    """Asks for a page only if it changed, where an unchanged one has nothing for us: then it costs no body.

    Only after a crawl that came to its end: what a broken one left out stands on unchanged pages.
    """

    def process_request(self, request: Request) -> None:
        """Name the version that is known."""
        state = self._plan.state
        known = state.validators(request.url) if state.was_complete else None
        # Where posts are missing, the page must be seen again to be believed, changed or not.
        if known is None or state.misses_posts(request.cb_kwargs.get("address", "")):
            return
        for name, value in zip(("If-None-Match", "If-Modified-Since"), known, strict=True):
            if value:
                request.headers[name] = value


class SpiderRule(Planned):
    """Looks at everything that a spider makes of an answer, whichever way the spider yields it."""

    def judge(self, response: Response, item: Any) -> Iterator[Any]:
        """Yield the item, another one instead, or nothing."""
        raise NotImplementedError

    def finish(self, response: Response) -> None:
        """Hear that the answer has been read to its end."""

    def process_spider_output(self, response: Response, result: Iterable[Any]) -> Iterator[Any]:
        """Pass on what may pass."""
        for item in result:
            yield from self.judge(response, item)
        self.finish(response)

    async def process_spider_output_async(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Do the same where a callback is asynchronous."""
        async for item in result:
            for passed in self.judge(response, item):
                yield passed
        self.finish(response)


class PageRules(SpiderRule):
    """Leaves out what a page does not want kept or followed; remembers pages that need not be read again."""

    def judge(self, response: Response, item: Any) -> Iterator[Any]:
        """Heed ``noindex`` for posts, and ``nofollow`` for links."""
        if "wishes" not in response.meta:
            response.meta["wishes"] = robot_wishes(response)
        if isinstance(item, Row) and "noindex" in response.meta["wishes"]:
            self._plan.tally.left_out["noindex"] += 1
        elif isinstance(item, Request) and "nofollow" in response.meta["wishes"]:
            self._plan.tally.forbidden += 1
        else:
            response.meta["leads_on"] = response.meta.get("leads_on", False) or isinstance(item, Request)
            yield item

    def finish(self, response: Response) -> None:
        """Keep the version of a page from which nothing leads on: unchanged, it tells nothing."""
        if response.status != _OK or self._plan.span is not None or response.meta.get("is_later_page"):
            return
        if response.meta.get("leads_on"):
            self._plan.state.forget_page(response.url)
            return
        etag, modified = ((response.headers.get(name) or b"").decode("latin-1") for name in ("ETag", "Last-Modified"))
        if etag or modified:
            self._plan.leaves.append((response.url, etag, modified))


class Tolerance(SpiderRule):
    """Goes on after a thread that cannot be read; ends the crawl when several in a row cannot."""

    def __init__(self, plan: CrawlPlan) -> None:
        super().__init__(plan)
        self._in_a_row = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen for requests that are dropped because they were made before."""
        tolerance = super().from_crawler(crawler)
        crawler.signals.connect(tolerance.heed_loop, signal=signals.request_dropped)
        return tolerance

    def heed_loop(self, request: Request) -> None:
        """Count a page that leads back to itself; without this nobody would hear of it."""
        if request.url in request.meta.get("redirect_urls", ()):
            self._plan.tally.failed_pages += 1
            self._plan.tally.errors["redirect loop"] += 1

    def judge(self, response: Response, item: Any) -> Iterator[Any]:
        """Note that a thread could be read."""
        del response
        if isinstance(item, ThreadEnd):
            self._in_a_row = 0
        yield item

    def process_spider_exception(self, response: Response, exception: Exception) -> list[Any] | None:
        """Count a thread that cannot be read; None hands the error on, which ends the crawl."""
        tally = self._plan.tally
        if isinstance(exception, SourceRefused | HttpError) or "address" not in response.cb_kwargs:
            return None
        self._in_a_row += 1
        tally.errors[type(exception).__name__] += 1
        if self._in_a_row >= _MOST_ODD:
            return None
        tally.odd_threads += 1
        self._plan.last_oddity = str(exception) or type(exception).__name__
        return []


class WholeThreads(SpiderRule):
    """Marks the end of a thread of which every page was read, and asks again for threads that may have lost posts."""

    def __init__(self, plan: CrawlPlan) -> None:
        super().__init__(plan)
        self._pages: Counter[str] = Counter()
        self._entries: dict[str, str] = {}
        self._cut: set[str] = set()
        thread = plan.config.thread
        self._most = thread.max_pages if thread else plan.config.reach.thread_pages
        self._is_judged = not (thread and thread.newest_first)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen for the idle spider: what is to be looked at again comes last."""
        whole = super().from_crawler(crawler)
        whole.crawler = crawler
        crawler.signals.connect(whole.ask_again, signal=signals.spider_idle)
        return whole

    crawler: Crawler
    _has_asked = False

    def judge(self, response: Response, item: Any) -> Iterator[Any]:
        """Follow the pages of each thread."""
        here = response.meta.setdefault("threads_here", set())
        if isinstance(item, Request):
            self._note_entry(response, item)
        elif isinstance(item, Row | ThreadEnd) and item.address not in here:
            here.add(item.address)
            self._pages[item.address] += 1
            self._cut |= {item.address} if self._is_at_the_end(response) else set()
        yield self._judged(item, response) if isinstance(item, ThreadEnd) else item

    def ask_again(self) -> None:
        """Ask for threads whose list may not tell of deletions, once, when all else is read."""
        plan, spider = self._plan, self.crawler.spider
        is_time = plan.state.was_complete and plan.span is None and not (plan.outcome or plan.cut_short)
        if self._has_asked or not is_time or spider is None or self.crawler.engine is None:
            return
        self._has_asked = True
        limit = min(_MOST_CHECKED, max(_LEAST_CHECKED, plan.state.thread_count() // _SHARE_CHECKED))
        for address, activity, entry in plan.state.to_check(plan.now, limit):
            callback = getattr(spider, entry, None)
            if callback is not None and address not in self._pages:
                self._entries[address] = entry
                orders = {"address": address, "activity": activity}
                errback = getattr(spider, "page_failed", None)
                self.crawler.engine.crawl(Request(address, callback, errback=errback, cb_kwargs=orders))

    def _note_entry(self, response: Response, request: Request) -> None:
        orders = request.cb_kwargs
        if set(orders) == {"address", "activity"} and "address" not in response.cb_kwargs:
            is_direct = request.url == Request(orders["address"]).url and request.callback is not None
            self._entries[orders["address"]] = getattr(request.callback, "__name__", "") if is_direct else ""

    def _judged(self, end: ThreadEnd, response: Response) -> ThreadEnd:
        pages = self._pages.pop(end.address)
        if response.status != _OK:  # gone, or the same as before
            return replace(end, whole=end.gone)
        # A later page that did not change says nothing of the earlier ones.
        response.meta["is_later_page"] = pages > 1
        self._plan.tally.too_long += pages >= self._most > 1
        is_feed = self._plan.config.engine == "feed" or b"xml" in (response.headers.get("Content-Type") or b"")
        is_whole = self._is_judged and not is_feed and pages < self._most and end.address not in self._cut
        self._cut.discard(end.address)
        return replace(end, whole=is_whole, entry=self._entries.pop(end.address, ""))

    def _is_at_the_end(self, response: Response) -> bool:
        return int(response.meta.get("depth", 0)) + 1 >= self._plan.settings.max_depth


def robot_wishes(response: Response) -> set[str]:
    """Return what a page for people, or a document, wants of robots: ``noindex``, ``nofollow``.

    Answers of an interface (JSON, XML) are not asked: there the header speaks of listing that address, while we keep
    the address of the page for people. docs/decisions/0020-crawling.md says why.
    """
    is_page = isinstance(response, HtmlResponse)
    if not is_page and not document_kind(response.body):
        return set()
    wishes: set[str] = set()
    for line in response.headers.getlist("X-Robots-Tag"):
        wishes |= _wishes_in(line.decode("latin-1"), named=True)
    if is_page and _MAY_WISH.search(response.body, 0, _HEAD):
        for meta in Selector(text=response.text, type="html").xpath("//meta[@name and @content]"):
            if meta.attrib["name"].strip().lower() in _OUR_NAMES:
                wishes |= _wishes_in(meta.attrib["content"], named=False)
    return wishes


def _wishes_in(line: str, *, named: bool) -> set[str]:
    """Read ``noindex, nofollow``; in a header a name before a colon says whom the rest is for."""
    name, colon, rest = line.lower().partition(":")
    if named and colon and "," not in name and name.strip() not in {"unavailable_after", "max-snippet"}:
        if name.strip() not in _OUR_NAMES:
            return set()
        line = rest
    words = {word.strip() for word in line.lower().split(",")}
    if words & {"none"}:
        return {"noindex", "nofollow"}
    return words & {"noindex", "nofollow"}
