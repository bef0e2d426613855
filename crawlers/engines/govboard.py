"""Boards of offices in, rows out: as ``generic`` does, with numbered pages, attached files, answers that say no."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from parsel import Selector
from scrapy.http import HtmlResponse, Response

from crawlers.engines.generic import GenericSpider
from crawlers.items import ThreadEnd
from crawlers.select import count_in, find, first_text, readable, shows
from crawlers.source import ListPages, ThreadPages
from minsheng.errors import ConfigError, SourceChanged

_LONGEST_ARTICLE = 5_000


class GovboardSpider(GenericSpider):
    """Counts the pages of a board, which many boards leave to a script, so that no link leads to the next one.

    Options: ``next_page`` is the address of a page with ``{}`` for its number, ``first_page`` the number of the start
    page (1, or 0), ``pages`` the selector of how many there are, or ``total`` that of how many messages and
    ``per_page`` how many a page shows. ``success`` is a marker that every good answer shows. ``file`` selects the link
    from an article to the spreadsheet or PDF in which the posts stand.
    """

    name = "govboard"

    def page_of(self, response: Response, *, is_json: bool) -> Selector:
        """Return a page ready for selecting.

        Raises:
            SourceChanged: It is of another shape, or the board answers with an error of its own (status 200 all the
                same).
            SourceRefused: It shows a login wall.
        """
        page = super().page_of(response, is_json=is_json)
        success = self._options.get("success")
        if success and not shows(page, success):
            said = first_text(page, "msg || message || errmsg") if is_json else first_text(page, "title")
            raise SourceChanged(f"{response.url}: no {success!r} (options.success); the board says: {said}")
        return page

    def parse_thread(
        self,
        response: Response,
        address: str,
        activity: str | None,
        number: int = 1,
        place: int = 0,
        thread: str = "",
        around: str = "",
    ) -> Iterator[Any]:
        """Read a thread page; of an article with a file attached, read the file.

        Raises:
            SourceChanged: The article leads to no file.
        """
        if "file" not in self._options or around or not isinstance(response, HtmlResponse):
            yield from super().parse_thread(response, address, activity, number, place, thread)
            return
        page = self.page_of(response, is_json=False)
        link = first_text(page, self._options["file"])
        if not link:
            raise SourceChanged(f"{response.url}: no {self._options['file']!r} (options.file)")
        said = readable(page)[:_LONGEST_ARTICLE] or response.url
        orders: dict[str, Any] = {"address": address, "activity": activity, "thread": response.url, "around": said}
        address_of_file = response.urljoin(link)
        requests: list[Any] = [*self.follow(response, address_of_file, self.parse_thread, 1, again=True, **orders)]
        yield from requests or [ThreadEnd(address, activity)]

    @property
    def _options(self) -> dict[str, str]:
        return self.plan.config.options

    def _next(self, page: Selector, response: Response, pages: ListPages | ThreadPages, number: int) -> str | None:
        is_board = pages is (self.plan.config.listing or self.plan.config.thread)
        if not is_board:
            return super()._next(page, response, pages, number)
        if "next_page" not in self._options:
            return super()._next(page, response, pages, number)
        if number >= min(pages.max_pages, self._number_of_pages(page, response)):
            return None
        first = int(self._options.get("first_page", "1"))
        return response.urljoin(self._options["next_page"].replace("{}", str(first + number)))

    def _number_of_pages(self, page: Selector, response: Response) -> int:
        if "pages" in self._options:
            return self._count(page, response, "pages")
        if "total" in self._options and "per_page" in self._options:
            return ceil(self._count(page, response, "total") / int(self._options["per_page"]))
        raise ConfigError(
            f"source {self.plan.config.name}: govboard wants options.pages, or options.total and options.per_page"
        )

    def _count(self, page: Selector, response: Response, name: str) -> int:
        found = find(page, self._options[name])
        # A number of JSON as it is: nought would count as nothing to read.
        value: Any = found[0].root if found else None
        shown = value if isinstance(value, int) else count_in(first_text(page, self._options[name]))
        if shown is None:
            raise SourceChanged(f"{response.url}: no number at {self._options[name]!r} (options.{name})")
        return shown
