"""Pages with an embedded comment service in, requests of its threads out: what engines of such services do alike."""

import re
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from parsel import Selector
from scrapy.http import HtmlResponse, Response

from crawlers.engines.api import ApiSpider
from crawlers.select import first_text
from minsheng.errors import SourceChanged


@dataclass(frozen=True, slots=True)
class Embedded:
    """A thread of a comment service: the address that answers with its comments, its public page and title."""

    address: str
    page: str
    title: str


class EmbeddedSpider(ApiSpider):
    """Starts with pages that show comments, with pages that link to such, or with the service itself.

    Options: ``links`` is the pattern of the pages that a list links to; ``site`` the address of the site whose pages
    the service names by their path.
    """

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Read a start page: HTML is a page of the site, anything else an answer of the service."""
        if isinstance(response, HtmlResponse):
            yield from self.parse_page(response)
        else:
            yield from self.parse_answer(response, **kwargs)

    def parse_page(self, response: Response) -> Iterator[Any]:
        """Ask for the comments of a page, or for the pages that a list links to.

        Raises:
            SourceChanged: The page shows no thread of the service, and no links of the pattern in ``options``.
        """
        page = self.page_of(response, is_json=False)
        thread = self.thread_on(page, response)
        if thread is not None:
            yield from self.ask(response, thread, None)
            return
        links = self._links(page, response)
        if not links:
            raise SourceChanged(f"{response.url}: no {self.name} comments on this page, and no links of options.links")
        for link in links:
            yield from self.follow(response, link, self.parse_linked)

    def parse_linked(self, response: Response) -> Iterator[Any]:
        """Ask for the comments of a page that a list linked to; a page may do without comments."""
        thread = self.thread_on(self.page_of(response, is_json=False), response)
        if thread is not None and self.wants(thread.address, None):
            yield from self.ask(response, thread, None)

    def ask(self, response: Response, thread: Embedded, activity: str | None) -> Iterator[Any]:
        """Ask the service for a thread."""
        orders: dict[str, Any] = {"thread": thread, "address": thread.address, "activity": activity}
        yield from self.follow(response, thread.address, self.parse_thread, 1, **orders)

    @abstractmethod
    def thread_on(self, page: Selector, response: Response) -> Embedded | None:
        """Return the thread that a page embeds."""

    @abstractmethod
    def parse_answer(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Read an answer of the service that is itself a start page: a thread, or the newest comments of all."""

    @abstractmethod
    def parse_thread(
        self, response: Response, thread: Embedded, activity: str | None, address: str, number: int = 1
    ) -> Iterator[Any]:
        """Yield the comments of a thread."""

    def site(self, response: Response) -> str:
        """Return the address to which paths of threads are relative."""
        return self.plan.config.options.get("site", response.url)

    def _links(self, page: Selector, response: Response) -> list[str]:
        pattern = self.plan.config.options.get("links")
        found = (urldefrag(response.urljoin(link)).url for link in page.css("a::attr(href)").getall())
        return list(dict.fromkeys(link for link in found if re.search(pattern, link))) if pattern else []


def title_of(page: Selector) -> str:
    """Return the title of a page."""
    return first_text(page, "h1") or first_text(page, "xpath://title") or ""
