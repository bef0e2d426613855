"""List pages and thread pages as ``source.yml`` describes them in, rows out."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urldefrag, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.http import Response, TextResponse

from crawlers.documents import document_kind, page_of_document
from crawlers.engines.base import PlannedSpider
from crawlers.items import Row, ThreadEnd
from crawlers.select import all_text, count_in, find, first_text
from crawlers.source import Comments, ListPages, Opening, ThreadPages
from minsheng.domain import Kind
from minsheng.errors import SourceChanged


class GenericSpider(PlannedSpider):
    """Reads list → threads → comments, with pages at both levels; JSON alike."""

    name = "generic"

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the start pages."""
        for url in self.plan.config.start_urls:
            yield self.start_request(url)

    def text_of(self, response: Response) -> str:
        """Count a page and return its text; a spreadsheet or PDF reads as a web page with its lines and tables.

        Raises:
            SourceChanged: It is neither a page nor a document that can be read.
        """
        if isinstance(response, TextResponse) or not document_kind(response.body):
            return super().text_of(response)
        self.count_page()
        try:
            return page_of_document(response.body, str(response.cb_kwargs.get("around", "")))
        except SourceChanged as error:
            raise SourceChanged(f"{response.url}: {error}") from error

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Read a start page: a list, or posts at once."""
        del kwargs
        if self.plan.config.listing is None:
            yield from self.parse_thread(response, response.url, None)
        else:
            yield from self.parse_list(response)

    def parse_list(self, response: Response, number: int = 1) -> Iterator[Request]:
        """Ask for the threads of a list page that have something new, and for the next page."""
        listing, state = self._listing, self.plan.state
        page = self.page_of(response, is_json=listing.is_json)
        threads = self._threads_on(page, response, listing)
        revisit = listing.revisit if self._thread.comments else None
        wanted = [pair for pair in threads if state.wants_thread(*pair, self.plan.now, revisit)]
        for address, activity in wanted:
            yield from self.follow(response, address, self.parse_thread, priority=1, address=address, activity=activity)
        if wanted or not (listing.ordered and state.was_complete):
            following = self._next(page, response, listing, number)
            if following:
                yield from self.follow(response, following, self.parse_list, number=number + 1)

    def parse_thread(
        self, response: Response, address: str, activity: str | None, number: int = 1, place: int = 0, thread: str = ""
    ) -> Iterator[Any]:
        """Yield the rows of a thread page, then ask for its next page or say that the thread has ended."""
        pages = self._thread
        page = self.page_of(response, is_json=pages.is_json)
        thread = thread or self._public_address(page, response, pages)
        rows = list(_PageReader(self, page, response, address, thread).rows(number, place))
        yield from rows
        following = None if self._is_settled(rows) else self._next(page, response, pages, number)
        place += sum(1 for row in rows if row.reply_to is None)
        orders: dict[str, Any] = {"number": number + 1, "place": place, "thread": thread}
        requests: list[Any] = []
        if following is not None:
            requests += self.follow(
                response, following, self.parse_thread, 1, address=address, activity=activity, **orders
            )
        yield from requests or [ThreadEnd(address, activity)]

    @property
    def _listing(self) -> ListPages:
        if self.plan.config.listing is None:
            raise ValueError("this source has no list")
        return self.plan.config.listing

    @property
    def _thread(self) -> ThreadPages:
        if self.plan.config.thread is None:
            raise ValueError("engine generic needs thread")
        return self.plan.config.thread

    def _threads_on(self, page: Selector, response: Response, listing: ListPages) -> list[tuple[str, str | None]]:
        items = find(page, listing.item)
        if not items:
            if not self.says_empty(page):
                raise SourceChanged(f"{response.url}: no {listing.item!r} (list.item), and none of empty: is shown")
            self.plan.tally.says_empty = True
            return []
        threads = {}
        for item in items:
            link = first_text(item, listing.link)
            if link:
                address = urldefrag(response.urljoin(listing.link_format.replace("{}", link))).url
                threads[address] = first_text(item, listing.activity)
        if not threads:
            raise SourceChanged(f"{response.url}: {len(items)} items, none with {listing.link!r} (list.link)")
        if listing.activity and not any(threads.values()):
            raise SourceChanged(f"{response.url}: no item has {listing.activity!r} (list.activity)")
        return list(threads.items())

    def _public_address(self, page: Selector, response: Response, pages: ThreadPages) -> str:
        if pages.url is None:
            return response.url
        shown = first_text(page, pages.url)
        if not shown:
            raise SourceChanged(f"{response.url}: no {pages.url!r} (thread.url)")
        return response.urljoin(shown)

    def _next(self, page: Selector, response: Response, pages: ListPages | ThreadPages, number: int) -> str | None:
        value = first_text(page, pages.next) if number < pages.max_pages else None
        if not value or value.startswith(("javascript:", "#")):
            return None
        following = urldefrag(response.urljoin(pages.next_format.replace("{}", value))).url
        return None if following == response.url else following

    def _is_settled(self, rows: list[Row]) -> bool:
        """Return whether pages from new to old have come to posts that are known, and answered if they can be."""
        pages, state = self._thread, self.plan.state
        if not (pages.newest_first and state.was_complete and pages.comments):
            return False
        own = {row.native for row in rows if row.reply_to is None}
        answered = {row.reply_to for row in rows if row.reply_to is not None}
        known = all(state.fingerprint_of(f"{self.plan.config.name}:{row.native}") for row in rows)
        return known and (pages.comments.reply is None or own == answered)


class _PageReader:
    """Reads the rows of one thread page."""

    def __init__(self, spider: GenericSpider, page: Selector, response: Response, address: str, thread: str) -> None:
        self._spider, self._page, self._response = spider, page, response
        self._address, self._thread = address, thread
        self._config = spider.plan.config
        self._pages = spider._thread  # noqa: SLF001 - the two classes are one reader
        self._title = self._page_title()

    def rows(self, number: int, place: int) -> Iterator[Row]:
        """Yield the opening (of the first page) and the comments, replies after their posts."""
        if self._pages.opening is not None and number == 1:
            place += 1
            yield self._opening(self._pages.opening)
        if self._pages.comments is not None:
            yield from self._comments(self._pages.comments, place)

    def _page_title(self) -> str:
        title = first_text(self._page, self._pages.title)
        if self._pages.title and not title:
            raise SourceChanged(f"{self._response.url}: no {self._pages.title!r} (thread.title)")
        return title or ""

    def _opening(self, opening: Opening) -> Row:
        text = all_text(self._page, opening.text, opening.drop)
        if not text:
            raise SourceChanged(f"{self._response.url}: no {opening.text!r} (thread.opening.text)")
        native = _native(self._page, opening.id, opening.id_pattern) if opening.id else _path(self._thread)
        kind = self._pages.first_post_kind or self._config.kind
        time = first_text(self._page, opening.time)
        return Row(self._address, native, kind, self._thread, self._thread, self._title, text, time, place=1)

    def _comments(self, comments: Comments, place: int) -> Iterator[Row]:
        rows = find(self._page, comments.row)
        if not rows and not self._spider.says_empty(self._page):
            raise SourceChanged(
                f"{self._response.url}: no {comments.row!r} (thread.comments.row), and none of empty: is shown"
            )
        if not rows and self._pages.opening is None and self._config.listing is None:
            self._spider.plan.tally.says_empty = True
        for position, node in enumerate(rows, start=place + 1):
            yield from self._comment(node, comments, position)

    def _comment(self, node: Selector, comments: Comments, position: int) -> Iterator[Row]:
        native = self._scoped(_native(node, comments.id, comments.id_pattern), comments)
        place = self._place(node, comments, position)
        url, thread, title = self._where(node, comments, native)
        row = Row(
            address=self._address,
            native=native,
            kind=self._kind(comments, place),
            url=url,
            thread=thread,
            title=title,
            text=all_text(node, comments.text, comments.drop),
            time=first_text(node, comments.time),
            place=place,
            likes=count_in(first_text(node, comments.likes)),
        )
        yield row
        yield from self._reply(node, comments, row)

    def _reply(self, node: Selector, comments: Comments, row: Row) -> Iterator[Row]:
        reply = comments.reply
        if reply is None or row.native is None:
            return
        inner = find(node, reply.row)[:1] if reply.row else [node]
        text = all_text(inner[0], reply.text) if inner and inner[0].root is not None else None
        if text:
            time = first_text(inner[0], reply.time) or row.time
            native = f"{row.native}:reply"
            yield Row(
                self._address, native, Kind.OFFICIAL, row.url, row.thread, row.title, text, time, reply_to=row.native
            )

    def _where(self, node: Selector, comments: Comments, native: str | None) -> tuple[str, str, str]:
        """Return address, thread and title of a row; with a title of its own it is a thread of its own."""
        link = first_text(node, comments.link)
        url = self._response.urljoin(comments.link_format.replace("{}", link)) if link else self._page_address()
        if comments.title is None:
            return url, self._thread, self._title
        own = url if link else f"{url}#{native}"
        return own, own, first_text(node, comments.title) or self._title

    def _page_address(self) -> str:
        """The page that people see: the thread's, where the page read is not for people."""
        return self._response.url if self._pages.url is None else self._thread

    def _scoped(self, native: str | None, comments: Comments) -> str | None:
        return f"{_path(self._thread)}#{native}" if native and comments.id_scope == "thread" else native

    def _place(self, node: Selector, comments: Comments, position: int) -> int | None:
        if comments.place is not None:
            return count_in(first_text(node, comments.place))
        return None if self._pages.newest_first else position

    def _kind(self, comments: Comments, place: int | None) -> Kind:
        first = self._pages.first_post_kind if place == 1 else None
        return first or comments.kind or self._config.kind


def _native(node: Selector, selector: str, pattern: str | None) -> str | None:
    shown = first_text(node, selector)
    if not shown or pattern is None:
        return shown
    found = re.search(pattern, shown)
    return found[1] if found else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
