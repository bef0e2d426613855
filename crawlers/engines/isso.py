"""Threads of Isso in, rows out; names, websites and hashes of those who wrote are not read."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from parsel import Selector
from scrapy.http import Response
from w3lib.url import add_or_replace_parameters

from crawlers.engines.api import count, rows_in, spoken, word
from crawlers.engines.embedded import Embedded, EmbeddedSpider, title_of
from crawlers.engines.words import own_words
from crawlers.items import Row, ThreadEnd
from minsheng.errors import SourceChanged

_ACCEPTED = 1
_NEWEST = "1000"


class IssoSpider(EmbeddedSpider):
    """Reads pages with ``#isso-thread``, ``/?uri=…`` of a service, or ``/latest`` where it is switched on."""

    name = "isso"

    def api_address(self, url: str) -> str:
        """Say how many of the newest comments are wanted, which Isso insists on."""
        has_limit = "limit" in parse_qs(urlsplit(url).query)
        is_latest = urlsplit(url).path.rstrip("/").endswith("/latest")
        return add_or_replace_parameters(url, {"limit": _NEWEST}) if is_latest and not has_limit else url

    def thread_on(self, page: Selector, response: Response) -> Embedded | None:
        """Read the attributes by which a page names its service and thread (Isso's client configuration)."""
        section, service = page.css("#isso-thread"), page.css("script[data-isso]::attr(data-isso)").get()
        if not section or service is None:
            return None
        uri = section[0].attrib.get("data-isso-id") or urlsplit(response.url).path
        title = section[0].attrib.get("data-title") or title_of(page)
        return Embedded(_thread_at(response.urljoin(service), uri), response.url, title)

    def parse_answer(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Read one thread, or ask for the threads that the newest comments belong to."""
        del kwargs
        answer = self.answer_of(response)
        if isinstance(answer, list):
            yield from self._newest(rows_in(answer, where=response.url), response)
        else:
            uri = parse_qs(urlsplit(response.url).query).get("uri", ["/"])[0]
            thread = Embedded(response.url, urljoin(self.site(response), uri), "")
            yield from self._rows(answer, response, thread, None)

    def parse_thread(
        self, response: Response, thread: Embedded, activity: str | None, address: str, number: int = 1
    ) -> Iterator[Row | ThreadEnd]:
        """Yield the comments of a thread: Isso answers with all of them."""
        del address, number
        yield from self._rows(self.answer_of(response), response, thread, activity)

    def _newest(self, comments: list[dict[str, Any]], response: Response) -> Iterator[Any]:
        if not comments:
            self.plan.tally.says_empty = True
        activities: dict[str, str] = {}
        for comment in sorted(comments, key=_moment):
            activities[str(comment.get("uri"))] = f"{comment.get('id')} {comment.get('created')}"
        service = response.url.partition("/latest")[0]
        for uri, activity in activities.items():
            thread = Embedded(_thread_at(service, uri), urljoin(self.site(response), uri), "")
            if self.wants(thread.address, activity):
                yield from self.ask(response, thread, activity)

    def _rows(
        self, answer: Any, response: Response, thread: Embedded, activity: str | None
    ) -> Iterator[Row | ThreadEnd]:
        comments = rows_in(answer, "replies", where=response.url)
        nested = [reply for comment in comments for reply in rows_in(comment.get("replies") or [], where=response.url)]
        if not comments:
            self.plan.tally.says_empty = True
        # The order of arrival: a late reply to an early comment does not move the others.
        places = enumerate(sorted(comments + nested, key=_moment), start=1)
        shown = ((comment, place) for place, comment in places if comment.get("mode", _ACCEPTED) == _ACCEPTED)
        yield from spoken(self._row(comment, thread, place) for comment, place in shown)
        yield ThreadEnd(thread.address, activity)

    def _row(self, comment: dict[str, Any], thread: Embedded, place: int) -> Row:
        native = word(comment.get("id"))
        return Row(
            address=thread.address,
            native=native,
            kind=self.plan.config.kind,
            url=f"{thread.page}#isso-{native}",
            thread=thread.page,
            title=thread.title,
            text=own_words(word(comment.get("text"))),
            time=datetime.fromtimestamp(_moment(comment)[0], UTC).isoformat(timespec="seconds"),
            reply_to=word(comment.get("parent")),
            place=place,
            likes=count(comment.get("likes")),
        )


def _thread_at(service: str, uri: str) -> str:
    return f"{service.rstrip('/')}/?uri={quote(uri, safe='')}"


def _moment(comment: dict[str, Any]) -> tuple[float, int]:
    try:
        return float(comment["created"]), int(comment["id"])
    except (KeyError, TypeError, ValueError) as error:
        raise SourceChanged(f"a comment of Isso without id or created: {error!r}") from error
