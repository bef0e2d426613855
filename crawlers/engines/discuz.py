"""Boards, threads, feeds and sitemaps of Discuz! X 3.2-3.5 in, rows out; what guests may not read is counted."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urldefrag

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawlers.engines import discuz_pages as pages
from crawlers.engines.base import PlannedSpider
from crawlers.items import Row, ThreadEnd
from minsheng.errors import SourceChanged, SourceRefused

_XML_STARTS = (b"<rss", b"<urlset", b"<sitemapindex")
# One thread may want a higher rank than a guest's; where the first ones all do, the site says no.
_MOST_WALLS = 3


class DiscuzSpider(PlannedSpider):
    """Reads board → threads → posts; counts what is left out because it is not for guests: hidden, paid, removed."""

    name = "discuz"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._threads_read = 0

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the start pages."""
        for url in self.plan.config.start_urls:
            yield self.start_request(url)

    def closed(self, reason: str) -> None:
        """End as refused if there were threads and none was for guests."""
        super().closed(reason)
        walled = self.plan.tally.left_out["walled"]
        if walled and not self._is_readable:
            self.plan.end("refused", f"{walled} threads want a login, and no other was found")

    def parse(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Read a start page: a board, a feed or sitemap, or one thread."""
        del kwargs
        address = pages.thread_address(response.url)
        if any(start in response.body[:1000] for start in _XML_STARTS):
            yield from self.parse_feed(response)
        elif address is not None:
            yield from self.parse_thread(response, address, None)
        else:
            yield from self.parse_list(response)

    def parse_feed(self, response: Response, number: int = 1) -> Iterator[Request]:
        """Ask for the threads that a feed or sitemap names; ``lastmod`` is their activity."""
        root = Selector(text=self.text_of(response), type="xml")
        for part in root.xpath("//*[local-name() = 'sitemap']/*[local-name() = 'loc']/text()").getall():
            if number < self.plan.config.reach.list_pages:
                yield from self.follow(response, part.strip(), self.parse_feed, number=number + 1)
        entries = root.xpath("//*[local-name() = 'item' or local-name() = 'url']")
        for entry in entries:
            link = entry.xpath("string(*[local-name() = 'link' or local-name() = 'loc'])").get("").strip()
            address = pages.thread_address(response.urljoin(link))
            changed = entry.xpath("string(*[local-name() = 'lastmod'])").get("").strip() or None
            if address is not None:
                yield from self._visit(response, address, changed)
        if not entries and root.xpath("//*[local-name() = 'channel' or local-name() = 'urlset']"):
            self.plan.tally.says_empty = True

    def parse_list(self, response: Response, number: int = 1) -> Iterator[Request]:
        """Ask for the threads of a board that have something new, and for its next page."""
        page = self.page_of(response, is_json=False)
        threads = pages.threads_on(page)
        if not threads:
            self._say_why_empty(page, response)
        elif not any(thread.activity for thread in threads):
            raise SourceChanged(f"{response.url}: no thread of this board shows its replies or its last post")
        has_news = not [thread for thread in threads if not thread.is_pinned]
        for thread in threads:
            link = response.urljoin(thread.link)
            address = pages.thread_address(link) or urldefrag(link).url
            for request in self._visit(response, address, thread.activity):
                has_news = has_news or not thread.is_pinned
                yield request
        following = pages.next_link(page) if number < self.plan.config.reach.list_pages else None
        if following and (has_news or not self.plan.state.was_complete):
            address = pages.list_address(response.urljoin(following))
            yield from self.follow(response, address, self.parse_list, number=number + 1)

    def parse_thread(
        self, response: Response, address: str, activity: str | None, number: int = 1, place: int = 0
    ) -> Iterator[Any]:
        """Yield the posts of a thread page, then ask for its next page or say that the thread has ended."""
        page = self.page_of(response, is_json=False)
        posts = pages.posts_on(page)
        if not posts:
            yield from self._closed_thread(page, response, ThreadEnd(address, activity))
            return
        title = pages.title_of(page)
        if not title:
            raise SourceChanged(f"{response.url}: a thread without #thread_subject (its title)")
        self._threads_read += 1
        url = pages.public_address(pages.thread_address(response.url, pages.page_number(response.url)) or response.url)
        for post in posts:
            place = post.floor or place + 1
            yield from self._row(post, address, url, title, place)
        following = self._next_page(page, response, number)
        requests: list[Any] = []
        if following:
            orders: dict[str, Any] = {"address": address, "activity": activity, "number": number + 1, "place": place}
            requests += self.follow(response, following, self.parse_thread, 1, **orders)
        yield from requests or [ThreadEnd(address, activity)]

    @property
    def _is_readable(self) -> bool:
        return bool(self._threads_read or self.plan.state.count())

    def _row(self, post: pages.Said, address: str, url: str, title: str, place: int) -> Iterator[Row]:
        """Yield a post, unless it has no public words; one that lacks its text unsaid is for the checks to judge."""
        wordless = "wordless" if post.text == "" else None
        kind = post.left_out or wordless
        self.plan.tally.left_out.update([kind] if kind else [])
        if kind is None or post.text:
            thread = pages.public_address(address)
            source = self.plan.config.kind
            link = f"{url}#pid{post.pid}"
            yield Row(address, post.pid, source, link, thread, title, post.text, post.time, None, place, post.likes)

    def _next_page(self, page: Selector, response: Response, number: int) -> str | None:
        link = pages.next_link(page) if number < self.plan.config.reach.thread_pages else None
        if link is None:
            return None
        address = response.urljoin(link)
        following = pages.thread_address(address, pages.page_number(address)) or urldefrag(address).url
        return None if following == response.url else following

    def _visit(self, response: Response, address: str, activity: str | None) -> Iterator[Request]:
        revisit = self.plan.config.reach.revisit
        if self.plan.state.wants_thread(address, activity, self.plan.now, revisit):
            yield from self.follow(response, address, self.parse_thread, 1, address=address, activity=activity)

    def _say_why_empty(self, page: Selector, response: Response) -> None:
        """Note an empty board.

        Raises:
            SourceRefused: The board is not for guests.
            SourceChanged: It is gone, or this is no board.
        """
        message = pages.message_of(page)
        if message is None and (pages.is_empty(page) or self.says_empty(page)):
            self.plan.tally.says_empty = True
        elif message is not None and pages.is_wall(message):
            raise SourceRefused(f"{response.url} is not for guests ({message}); only public pages are read")
        else:
            said = f"it says {message!r}" if message else "no tbody#normalthread_… and no word that it is empty"
            raise SourceChanged(f"{response.url}: {said}; start_urls wants boards (mod=forumdisplay, forum-2-1.html)")

    def _closed_thread(self, page: Selector, response: Response, end: ThreadEnd) -> Iterator[ThreadEnd]:
        """Leave out a thread that was deleted or is not for guests, and count it.

        Raises:
            SourceRefused: No thread of the site is for guests.
            SourceChanged: The page has no posts and does not say why.
        """
        message = pages.message_of(page) or ""
        if pages.is_gone(message):
            self.plan.tally.left_out["deleted"] += 1
            yield end
        elif pages.is_wall(message):
            self.plan.tally.left_out["walled"] += 1
            if self._is_readable:
                yield end
            elif self.plan.tally.left_out["walled"] >= _MOST_WALLS:
                raise SourceRefused(f"{response.url} is not for guests ({message}), nor was any thread before it")
        else:
            said = f"it says {message!r}" if message else "no div#post_… and no word why"
            raise SourceChanged(f"{response.url}: a thread without posts, {said}")
