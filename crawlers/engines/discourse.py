"""The public JSON of Discourse in, rows out: lists → topics → posts; whose they are is not read."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from scrapy.http import Response

from crawlers.engines.api import ApiSpider, count, rows_in, spoken, word
from crawlers.engines.words import own_words
from crawlers.items import Row, ThreadEnd
from minsheng.errors import SourceChanged

_ROOT = re.compile(r"(https?://[^/]+(?:/.*?)??)(?:/(?:c|t|tag|tags|latest|top|new)(?:[/.?].*)?|/?)")
_CHUNK = 20
_REGULAR = 1
_LIKE = 2
# Words of others, mentions, names of pictures, and what the software adds below a post.
_NOT_OWN = ("aside.quote", "aside.onebox", "a.mention", "a.mention-group", ".lightbox-wrapper .meta", ".poll")


class DiscourseSpider(ApiSpider):
    """Reads ``/latest.json`` or ``/c/SLUG/ID.json`` and the topics that have new posts."""

    name = "discourse"

    def api_address(self, url: str) -> str:
        """``/c/roads/5`` → ``/c/roads/5.json``; the front page → ``/latest.json``."""
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        if path.endswith(".json"):
            return url
        if not re.search(r"/(?:c|tag)/|/(?:latest|top|new)$", path):
            path += "/latest"
        return parts._replace(path=f"{path}.json", fragment="").geturl()

    def parse(self, response: Response, number: int = 1) -> Iterator[Any]:
        """Ask for the topics of a list page that have something new, and for the next page.

        Raises:
            SourceChanged: The answer is no list of topics.
        """
        answer = self.answer_of(response)
        topics = rows_in(answer, "topic_list", "topics", where=response.url)
        if topics and not any("id" in topic for topic in topics):
            raise SourceChanged(f"{response.url}: {len(topics)} topics, none with id")
        if not topics and number == 1:
            self.plan.tally.says_empty = True
        threads = [_thread(topic, response) for topic in topics if topic.get("visible", True)]
        wanted = [thread for thread in threads if self.wants(*thread)]
        for address, activity in wanted:
            yield from self.follow(response, address, self.parse_topic, 1, address=address, activity=activity)
        more = answer["topic_list"].get("more_topics_url")
        if more and self.list_goes_on(number, found=bool(wanted)):
            following = self.api_address(response.urljoin(str(more)))
            yield from self.follow(response, following, self.parse, number=number + 1)

    def parse_topic(self, response: Response, address: str, activity: str) -> Iterator[Any]:
        """Yield the first posts of a topic and ask for the others, whose ids it lists.

        Raises:
            SourceChanged: The answer is no topic.
        """
        answer = self.answer_of(response)
        posts = rows_in(answer, "post_stream", "posts", where=response.url)
        stream = answer["post_stream"].get("stream")
        if not posts or not isinstance(stream, list):
            raise SourceChanged(f"{response.url}: a topic without posts or stream of ids")
        root = _root(response.url)
        thread = f"{root}/t/{answer.get('slug') or 'topic'}/{answer.get('id')}"
        topic = {"thread": thread, "title": str(answer.get("title") or ""), "more": f"{root}/t/{answer.get('id')}"}
        read = {post.get("id") for post in posts}
        rest = [post_id for post_id in stream if post_id not in read]
        # Of a topic that is longer than reach allows, the newest posts.
        rest = rest[max(0, len(rest) - _CHUNK * (self.plan.config.reach.thread_pages - 1)) :]
        yield from self._posts(response, posts, topic=topic, natives={}, rest=rest, address=address, activity=activity)

    def parse_posts(self, response: Response, **orders: Any) -> Iterator[Any]:
        """Yield one chunk of the other posts."""
        posts = rows_in(self.answer_of(response), "post_stream", "posts", where=response.url)
        yield from self._posts(response, posts, **orders)

    def _posts(
        self, response: Response, posts: list[dict[str, Any]], topic: dict[str, str], rest: list[Any], **orders: Any
    ) -> Iterator[Any]:
        natives: dict[Any, str] = orders["natives"]
        natives |= {post.get("post_number"): str(post.get("id")) for post in posts if _is_shown(post)}
        shown = (post for post in posts if _is_shown(post))
        yield from spoken(self._row(post, topic, natives, orders["address"]) for post in shown)
        chunk, rest = rest[:_CHUNK], rest[_CHUNK:]
        requests: list[Any] = []
        if chunk:
            url = f"{topic['more']}/posts.json?{urlencode([('post_ids[]', post_id) for post_id in chunk])}"
            requests += self.follow(response, url, self.parse_posts, 1, topic=topic, rest=rest, **orders)
        yield from requests or [ThreadEnd(orders["address"], orders["activity"])]

    def _row(self, post: dict[str, Any], topic: dict[str, str], natives: dict[Any, str], address: str) -> Row:
        number = count(post.get("post_number"))
        return Row(
            address=address,
            native=word(post.get("id")),
            kind=self.plan.config.kind,
            url=f"{topic['thread']}/{number}",
            thread=topic["thread"],
            title=topic["title"],
            text=own_words(word(post.get("cooked")), *_NOT_OWN),
            time=word(post.get("created_at")),
            reply_to=natives.get(post.get("reply_to_post_number")),
            place=number,
            likes=_likes(post),
        )


def _thread(topic: dict[str, Any], response: Response) -> tuple[str, str]:
    shown = [topic.get(key) for key in ("posts_count", "highest_post_number", "last_posted_at", "bumped_at")]
    return f"{_root(response.url)}/t/{topic.get('id')}.json", " ".join(str(part) for part in shown)


def _root(url: str) -> str:
    found = _ROOT.fullmatch(url)
    return found[1] if found else url


def _is_shown(post: dict[str, Any]) -> bool:
    """Return whether a post is one that somebody wrote and that still stands: no notice, not hidden, not deleted."""
    gone = post.get("hidden") or post.get("user_deleted") or post.get("deleted_at")
    return not gone and post.get("post_type", _REGULAR) == _REGULAR


def _likes(post: dict[str, Any]) -> int | None:
    actions = post.get("actions_summary")
    if not isinstance(actions, list):
        return None
    return next((count(action.get("count", 0)) for action in actions if action.get("id") == _LIKE), 0)
