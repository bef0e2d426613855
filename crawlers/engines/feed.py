"""RSS and Atom feeds in, rows out; who wrote an entry is not read."""

import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy.http import Response

from crawlers.engines.base import PlannedSpider
from crawlers.items import Row, ThreadEnd
from crawlers.select import plain_text, tidy
from minsheng.errors import SourceChanged


class FeedSpider(PlannedSpider):
    """Reads every entry of a feed as the only post of its thread."""

    name = "feed"

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the feeds."""
        for url in self.plan.config.start_urls:
            yield self.start_request(url)

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Row | ThreadEnd]:
        """Yield the entries of a feed.

        Raises:
            SourceChanged: The answer is no feed.
        """
        import feedparser

        del kwargs
        text = self.text_of(response)
        # Decoded here, by the rules that hold for every page, and handed on as UTF-8 whatever the XML head says.
        headers = {"content-type": "application/xml; charset=utf-8"}
        feed = feedparser.parse(io.BytesIO(text.encode()), response_headers=headers)
        if not feed.version:
            raise SourceChanged(f"{response.url}: no RSS or Atom feed")
        if not feed.entries:
            self.plan.tally.says_empty = True
        for entry in feed.entries:
            yield self._row(entry, response)
        yield ThreadEnd(response.url)

    def _row(self, entry: Any, response: Response) -> Row:
        link = response.urljoin(entry.get("link") or response.url)
        title = tidy(plain_text(entry.get("title") or ""))
        bodies = [part.get("value", "") for part in entry.get("content", [])] or [entry.get("summary") or ""]
        text = tidy(plain_text("\n".join(bodies))) or title
        time = entry.get("published") or entry.get("updated")
        native = entry.get("id") or entry.get("link")
        return Row(response.url, native, self.plan.config.kind, link, link, title, text, time, place=1)
