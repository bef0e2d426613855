"""A span of time in, crawls that bring what was published within it out, as many as it takes.

The wish stands in the state of the source until a crawl has come to its end; each finished thread is a checkpoint.
"""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from crawlers.items import Row, ThreadEnd
from crawlers.plan import CrawlPlan
from crawlers.source import SourceConfig
from crawlers.state import CrawlState
from minsheng.domain import Post, Window
from minsheng.settings import CrawlSettings

_FARTHEST_PAGE = 1000
# Lists show threads with new posts first, but for pinned ones and a few out of order.
_OLD_IN_A_ROW = 20


class SpanPipeline:
    """Leaves out posts outside the span, and ends the crawl where the list has come to threads before it."""

    def __init__(self, plan: CrawlPlan, crawler: Crawler) -> None:
        self._plan, self._crawler = plan, crawler
        self._newest: dict[str, datetime] = {}
        self._old_in_a_row = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the plan from the spider."""
        plan: Any = getattr(crawler.spider, "plan", None)
        return cls(plan, crawler)

    def process_item(self, item: tuple[Post, Row] | ThreadEnd) -> tuple[Post, Row] | ThreadEnd:
        """Pass on what lies within the span.

        Raises:
            DropItem: The post does not.
        """
        span = self._plan.span
        if span is None:
            return item
        if isinstance(item, ThreadEnd):
            self._close(item, span)
            return item
        post, row = item
        self._newest[row.address] = max(self._newest.get(row.address, post.published_at), post.published_at)
        if post.published_at not in span:
            raise DropItem("outside the span")
        return item

    def _close(self, end: ThreadEnd, span: Window) -> None:
        newest = self._newest.pop(end.address, None)
        if newest is None:
            return
        self._old_in_a_row = self._old_in_a_row + 1 if newest < span.since else 0
        spider: Any = self._crawler.spider
        if self._old_in_a_row >= _OLD_IN_A_ROW:
            spider.stop("ok", f"filled back to {span.since:%Y-%m-%d}: the list has come to older threads")


def ask_for(path: Path, inbox: Path, span: Window) -> None:
    """Note that a source is to be filled back; an earlier wish that is not done yet gives way.

    The source must not be crawled meanwhile.
    """
    state = CrawlState(path, inbox)
    state.wish(span)
    state.close()


def pending(path: Path) -> Window | None:
    """Return the span that is still to be filled, as the file of a source's state says."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as base:
        if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone():
            return None
        row = base.execute("SELECT value FROM notes WHERE name = 'backfill'").fetchone()
    return parse_span(str(row[0])) if row else None


def parse_span(text: str) -> Window:
    """Read two moments in ISO 8601, as ``CrawlState.wish`` writes them."""
    since, _, until = text.partition(" ")
    return Window(datetime.fromisoformat(since), datetime.fromisoformat(until))


def reach_far(config: SourceConfig) -> SourceConfig:
    """Return a source whose lists are read as far as they go."""
    listing = config.listing and config.listing.model_copy(update={"max_pages": _FARTHEST_PAGE, "ordered": False})
    reach = config.reach.model_copy(update={"list_pages": _FARTHEST_PAGE})
    return config.model_copy(update={"listing": listing, "reach": reach})


def go_deep(settings: CrawlSettings) -> CrawlSettings:
    """Return settings that allow the long chain of list pages of a source that is filled back."""
    return settings.model_copy(update={"max_depth": max(settings.max_depth, 2 * _FARTHEST_PAGE)})
