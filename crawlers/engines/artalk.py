"""Threads of Artalk in, rows out; nicknames, mail hashes, browsers and regions of those who wrote are not read."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from parsel import Selector
from scrapy.http import Response
from w3lib.url import add_or_replace_parameters, url_query_parameter

from crawlers.engines.api import count, rows_in, spoken, word
from crawlers.engines.embedded import Embedded, EmbeddedSpider, title_of
from crawlers.engines.words import own_words
from crawlers.items import Row, ThreadEnd
from minsheng.errors import SourceChanged

_PER_PAGE = 50
_SETTING = re.compile(r"""\b(server|site|pageKey|pageTitle)\s*:\s*(["'])(.*?)\2""")


class ArtalkSpider(EmbeddedSpider):
    """Reads pages that call ``Artalk.init``, ``/api/v2/comments?page_key=…``, or ``/api/v2/stats/latest_comments``."""

    name = "artalk"

    def api_address(self, url: str) -> str:
        """Ask for a thread in the order of arrival, replies beside the rest; of the newest as many as it gives."""
        if "/api/v2/comments" in url:
            return _first_page(url)
        return add_or_replace_parameters(url, {"limit": "100"}) if "/api/v2/stats/" in url else url

    def thread_on(self, page: Selector, response: Response) -> Embedded | None:
        """Read the settings with which a page calls ``Artalk.init``; without a key it is the path of the page."""
        script = next((text for text in page.css("script::text").getall() if "Artalk.init" in text), None)
        settings = {name: value for name, _, value in _SETTING.findall(script or "")}
        if "server" not in settings:
            return None
        key = settings.get("pageKey") or urlsplit(response.url).path
        address = _thread_at(response.urljoin(settings["server"]), key, settings.get("site"))
        return Embedded(address, response.url, settings.get("pageTitle") or title_of(page))

    def parse_answer(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        """Read one thread, or ask for the threads that the newest comments belong to."""
        if "/api/v2/stats/" not in response.url:
            thread = Embedded(response.url, "", "")
            yield from self.parse_thread(response, thread, None, thread.address)
            return
        del kwargs
        comments = rows_in(self.answer_of(response), "data", where=response.url)
        if not comments:
            self.plan.tally.says_empty = True
        activities: dict[tuple[str, str | None], str] = {}
        for comment in comments:
            if "page_key" not in comment:
                raise SourceChanged(f"{response.url}: a comment without page_key")
            key = str(comment["page_key"]), word(comment.get("site_name"))
            activities.setdefault(key, f"{comment.get('id')} {comment.get('date')}")
        for (page_key, site), activity in activities.items():
            thread = Embedded(_thread_at(response.url.partition("/api/v2/")[0], page_key, site), "", "")
            if self.wants(thread.address, activity):
                yield from self.ask(response, thread, activity)

    def parse_thread(
        self, response: Response, thread: Embedded, activity: str | None, address: str, number: int = 1
    ) -> Iterator[Any]:
        """Yield the comments of one page of a thread, then ask for the next or say that the thread has ended.

        Raises:
            SourceChanged: The answer is no thread.
        """
        answer = self.answer_of(response)
        comments = rows_in(answer, "comments", where=response.url)
        thread = self._named(answer, thread, response)
        total = count(answer.get("count")) or 0
        if not comments and total and number == 1:
            raise SourceChanged(f"{response.url}: {total} comments, none of them in the answer")
        if not total:
            self.plan.tally.says_empty = True
        first = (number - 1) * _PER_PAGE + 1
        shown = ((comment, place) for place, comment in enumerate(comments, start=first) if _is_shown(comment))
        yield from spoken(self._row(comment, thread, place) for comment, place in shown)
        following = self.page_after(number, -(-total // _PER_PAGE))
        requests: list[Any] = []
        if following is not None:
            url = add_or_replace_parameters(thread.address, {"offset": str((following - 1) * _PER_PAGE)})
            orders: dict[str, Any] = {"address": address, "activity": activity, "number": following}
            requests += self.follow(response, url, self.parse_thread, 1, thread=thread, **orders)
        yield from requests or [ThreadEnd(address, activity)]

    def _named(self, answer: dict[str, Any], thread: Embedded, response: Response) -> Embedded:
        """Fill in page and title from what Artalk knows of the page, where no page of the site told them."""
        if thread.page:
            return thread
        page = answer.get("page")
        known = page if isinstance(page, dict) else {}
        key = str(known.get("url") or known.get("key") or url_query_parameter(response.url, "page_key") or "")
        return Embedded(thread.address, urljoin(self.site(response), key), str(known.get("title") or ""))

    def _row(self, comment: dict[str, Any], thread: Embedded, place: int) -> Row:
        native, parent = word(comment.get("id")), comment.get("rid")
        return Row(
            address=thread.address,
            native=native,
            kind=self.plan.config.kind,
            url=f"{thread.page}#atk-comment-{native}",
            thread=thread.page,
            title=thread.title,
            text=own_words(word(comment.get("content_marked") or comment.get("content"))),
            time=word(comment.get("date")),
            reply_to=word(parent) if parent else None,
            place=place,
            likes=count(comment.get("vote_up")),
        )


def _is_shown(comment: dict[str, Any]) -> bool:
    return not comment.get("is_pending") and comment.get("visible") is not False


def _thread_at(server: str, key: str, site: str | None) -> str:
    named = {"page_key": key} | ({"site_name": site} if site else {})
    return _first_page(f"{server.rstrip('/')}/api/v2/comments?{urlencode(named)}")


def _first_page(url: str) -> str:
    orders = {"limit": str(_PER_PAGE), "offset": "0", "flat_mode": "true", "sort_by": "date_asc"}
    return add_or_replace_parameters(url, orders)
