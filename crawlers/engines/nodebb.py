"""The public JSON of NodeBB in, rows out: categories → topics → posts; whose they are is not read."""

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from scrapy.http import Response
from w3lib.url import add_or_replace_parameters

from crawlers.engines.api import ApiSpider, count, rows_in, spoken, word
from crawlers.engines.words import own_words
from crawlers.items import Row, ThreadEnd
from minsheng.errors import SourceChanged

_LIST = re.compile(r"(?:/api)?(/category/\d+|/recent)\b")
_MENTIONS = "a.plugin-mentions-a"


class NodebbSpider(ApiSpider):
    """Reads ``/api/category/ID`` or ``/api/recent`` and the topics that have new posts."""

    name = "nodebb"

    def api_address(self, url: str) -> str:
        """``/category/5/roads`` → ``/api/category/5``; the front page → ``/api/recent``; sorted by last reply."""
        parts = urlsplit(url)
        found = _LIST.search(parts.path)
        root = parts.path[: found.start()] if found else parts.path.rstrip("/")
        # By the last reply in every version: 3 and later know this word no more and fall back to their own default,
        # which is that; recently_replied is unknown to 1 and 2, which then list the oldest first.
        query = "sort=newest_to_oldest" if found and found[1] != "/recent" else ""
        return parts._replace(path=f"{root}/api{found[1] if found else '/recent'}", query=query, fragment="").geturl()

    def parse(self, response: Response, number: int = 1) -> Iterator[Any]:
        """Ask for the topics of a list page that have something new, and for the next page.

        Raises:
            SourceChanged: The answer is no list of topics.
        """
        answer = self.answer_of(response)
        topics = rows_in(answer, "topics", where=response.url)
        if topics and not any("tid" in topic for topic in topics):
            raise SourceChanged(f"{response.url}: {len(topics)} topics, none with tid")
        if not topics and number == 1:
            self.plan.tally.says_empty = True
        threads = [_thread(topic, response) for topic in topics if not (topic.get("deleted") or topic.get("scheduled"))]
        wanted = [thread for thread in threads if self.wants(*thread)]
        for address, activity in wanted:
            yield from self.follow(response, address, self.parse_topic, 1, address=address, activity=activity)
        if number < _pages(answer) and self.list_goes_on(number, found=bool(wanted)):
            following = add_or_replace_parameters(response.url, {"page": str(number + 1)})
            yield from self.follow(response, following, self.parse, number=number + 1)

    def parse_topic(self, response: Response, address: str, activity: str, number: int = 1) -> Iterator[Any]:
        """Yield the posts of a topic page, then ask for its next page or say that the topic has ended.

        Raises:
            SourceChanged: The answer is no page of a topic.
        """
        answer = self.answer_of(response)
        posts = rows_in(answer, "posts", where=response.url)
        if not posts and number == 1:
            raise SourceChanged(f"{response.url}: a topic without posts")
        yield from spoken(self._row(post, answer, address) for post in posts if not post.get("deleted"))
        following = self.page_after(number, _pages(answer))
        requests: list[Any] = []
        if following is not None:
            orders: dict[str, Any] = {"address": address, "activity": activity}
            url = f"{address}?page={following}"
            requests += self.follow(response, url, self.parse_topic, 1, number=following, **orders)
        yield from requests or [ThreadEnd(address, activity)]

    def _row(self, post: dict[str, Any], topic: dict[str, Any], address: str) -> Row:
        root, native, index = _root(address), word(post.get("pid")), count(post.get("index"))
        return Row(
            address=address,
            native=native,
            kind=self.plan.config.kind,
            url=f"{root}/post/{quote(native or '', safe='')}",
            thread=f"{root}/topic/{topic.get('slug') or topic.get('tid')}",
            title=html.unescape(str(topic.get("titleRaw") or topic.get("title") or "")),
            text=own_words(word(post.get("content")), _MENTIONS),
            time=word(post.get("timestampISO") or post.get("timestamp")),
            reply_to=word(post.get("toPid")),
            place=None if index is None else index + 1,
            likes=count(post.get("upvotes", post.get("votes"))),
        )


def _thread(topic: dict[str, Any], response: Response) -> tuple[str, str]:
    shown = [topic.get("postcount"), topic.get("lastposttimeISO") or topic.get("lastposttime")]
    return f"{_root(response.url)}/api/topic/{topic.get('tid')}", " ".join(str(part) for part in shown)


def _root(url: str) -> str:
    return url.partition("/api/")[0]


def _pages(answer: dict[str, Any]) -> int:
    pagination = answer.get("pagination")
    return (count(pagination.get("pageCount")) if isinstance(pagination, dict) else None) or 1
