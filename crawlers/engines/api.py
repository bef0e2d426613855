"""JSON answers of public interfaces in, values out: what the engines that read interfaces do alike."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from parsel import Selector
from scrapy.http import Response, TextResponse

from crawlers.engines.base import PlannedSpider
from crawlers.items import Row
from crawlers.select import shows
from minsheng.errors import SourceChanged, SourceRefused


class ApiSpider(PlannedSpider):
    """A spider that reads the interface of a forum or comment service as its own pages do, without logging in."""

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the start pages, at the addresses where the interface answers for them."""
        for url in self.plan.config.start_urls:
            yield self.start_request(self.api_address(url))

    def api_address(self, url: str) -> str:
        """Return where the interface answers for a page that people see."""
        return url

    def answer_of(self, response: Response) -> Any:
        """Return the JSON of an answer.

        Raises:
            SourceChanged: It is no JSON.
            SourceRefused: It, or the page that came instead, shows a login wall.
        """
        try:
            return self.page_of(response, is_json=True).root
        except SourceChanged as error:
            if isinstance(response, TextResponse) and self._is_wall(response.text):
                raise SourceRefused(f"{response.url} wants a login; only public pages are read") from error
            raise

    def _is_wall(self, text: str) -> bool:
        page = Selector(text=text or " ", type="html")
        return any(shows(page, marker) for marker in self.plan.config.login_wall)

    def wants(self, address: str, activity: str | None) -> bool:
        """Return whether a thread is to be read: new, or with other activity, or (if none is shown) young."""
        plan = self.plan
        return plan.state.wants_thread(address, activity, plan.now, plan.config.reach.revisit)

    def list_goes_on(self, number: int, *, found: bool) -> bool:
        """Return whether the next list page is worth a request; the list shows threads with new posts first."""
        return (found or not self.plan.state.was_complete) and number < self.plan.config.reach.list_pages

    def page_after(self, number: int, total: int) -> int | None:
        """Return the next page of a thread; of one that is longer than ``reach``, first page and last ones are read."""
        if number >= total:
            return None
        return max(number + 1, total - self.plan.config.reach.thread_pages + 2)


def rows_in(answer: Any, *keys: str, where: str) -> list[dict[str, Any]]:
    """Return the list of objects under the keys.

    Raises:
        SourceChanged: There is none.
    """
    for key in keys:
        answer = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise SourceChanged(f"{where}: the answer holds no list {'.'.join(keys) or 'of objects'}")
    return answer


def spoken(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that say something in words of their own: not a picture alone, not a quote alone."""
    return (row for row in rows if row.text != "")


def word(value: Any) -> str | None:
    """Return a JSON value as text; what is absent or empty is None."""
    return None if value is None or value == "" else str(value)


def count(value: Any) -> int | None:
    """Return a JSON value if it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
