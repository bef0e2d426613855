"""Comments of WordPress in, rows out, from its REST interface, pages or feeds; who wrote them is not read."""

import html
import io
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urldefrag, urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure
from w3lib.url import add_or_replace_parameters, url_query_parameter

from crawlers.engines.api import ApiSpider, rows_in, spoken, word
from crawlers.engines.wordpress_pages import CommentPage, PostList
from crawlers.engines.words import own_words
from crawlers.items import Row, ThreadEnd
from minsheng.errors import SourceChanged, SourceRefused

_PER_PAGE = 100
_LIST = {"per_page": str(_PER_PAGE), "orderby": "date_gmt", "order": "desc", "_fields": "id,post,date_gmt,_links"}
_THREAD = {"per_page": str(_PER_PAGE), "orderby": "date_gmt", "order": "asc"}
# Asked for by name, so that names, mail hashes and pictures of people are not even sent.
_FIELDS = "id,post,parent,date,date_gmt,content,link,status,type"
_TITLE_OF_ENTRY = re.compile(r"《(.+?)》|^Comment on (.+?) by ")

# In feeds WordPress begins a reply with the name of whom it answers, linked to what it answers.
_ANSWERS = re.compile(
    r'\s*(?:<p>)?[^<>\n]{0,40}<a [^>]*#comment-(?P<number>\d+)"[^>]*>[^<]*</a>[^<\n]{0,9}(?:</p>)?'
    r"|\s*(?:In reply to [^\n]{1,60}?\.|回复给?[^\n]{1,60}?。)\s"
)


class WordpressSpider(ApiSpider):
    """Reads by what the start address is: ``/wp-json/``, a feed of comments, or a page (of posts, of one post)."""

    name = "wordpress"

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the start pages."""
        for url in self.plan.config.start_urls:
            form = _form(url)
            yield self.start_request(_comments_at(url) if form == "rest" else url, form=form)

    def parse(self, response: Response, form: str = "page", **orders: Any) -> Iterator[Any]:
        """Read a start page by its form."""
        read = {"rest": self.parse_newest, "feed": self.parse_feed, "page": self.parse_page}[form]
        yield from read(response, **orders)

    def parse_newest(self, response: Response, number: int = 1, seen: frozenset[str] = frozenset()) -> Iterator[Any]:
        """Ask for the posts with new comments: the newest comments of all posts tell which."""
        comments = rows_in(self.answer_of(response), where=response.url)
        if not comments and number == 1:
            self.plan.tally.says_empty = True
        if comments and not any("post" in comment for comment in comments):
            raise SourceChanged(f"{response.url}: {len(comments)} comments, none with post")
        found = False
        for comment in comments:
            address = add_or_replace_parameters(_bare(response.url), {"post": str(comment.get("post"))})
            activity = f"{comment.get('id')} {comment.get('date_gmt')}"
            if address not in seen and self.wants(address, activity):
                found = True
                yield from self._ask(response, comment, address, activity)
            seen |= {address}
        total = _total_pages(response, len(comments), number) if comments else number
        if number < total and self.list_goes_on(number, found=found):
            following = add_or_replace_parameters(response.url, {"page": str(number + 1)})
            yield from self.follow(response, following, self.parse_newest, number=number + 1, seen=seen)

    def _ask(self, response: Response, comment: dict[str, Any], address: str, activity: str) -> Iterator[Request]:
        """Ask for the title of a post, and with it for its comments."""
        links = comment.get("_links")
        above = links.get("up") if isinstance(links, dict) else None
        root = response.url.partition("/comments")[0]
        post = above[0].get("href") if above else f"{root}/posts/{comment.get('post')}"
        url = add_or_replace_parameters(str(post), {"_fields": "title"})
        requests = list(self.follow(response, url, self.parse_title, 1, address=address, activity=activity))
        yield from (request.replace(errback=self.untitled) for request in requests)
        if not requests:
            yield self._comments_of(address, activity, "")

    def parse_title(self, response: Response, address: str, activity: str) -> Iterator[Any]:
        """Ask for the comments of a post."""
        answer = self.answer_of(response)
        shown = answer.get("title") if isinstance(answer, dict) else None
        title = html.unescape(str(shown.get("rendered") or "")) if isinstance(shown, dict) else ""
        yield self._comments_of(address, activity, title)

    def untitled(self, failure: Failure) -> Iterator[Any]:
        """Read the comments all the same where the post itself is not public by REST."""
        request: Any = getattr(failure, "request", None)
        yield self._comments_of(request.cb_kwargs["address"], request.cb_kwargs["activity"], "")

    def _comments_of(self, address: str, activity: str, title: str, number: int = 1) -> Request:
        url = add_or_replace_parameters(address, _THREAD | {"page": str(number), "_fields": _FIELDS})
        orders = {"address": address, "activity": activity, "title": title, "number": number}
        return Request(url, self.parse_comments, errback=self.page_failed, priority=1, cb_kwargs=orders)

    def parse_comments(
        self, response: Response, address: str, activity: str, title: str, number: int
    ) -> Iterator[Row | ThreadEnd | Request]:
        """Yield the comments of one page of a thread, then ask for the next or say that the thread has ended."""
        comments = rows_in(self.answer_of(response), where=response.url)
        places = enumerate(comments, start=(number - 1) * _PER_PAGE + 1)
        shown = ((comment, place) for place, comment in places if _is_shown(comment))
        yield from spoken(self._row(comment, address, title, place) for comment, place in shown)
        following = self.page_after(number, _total_pages(response, len(comments), number))
        if following is None:
            yield ThreadEnd(address, activity)
        else:
            yield self._comments_of(address, activity, title, following)

    def _row(self, comment: dict[str, Any], address: str, title: str, place: int) -> Row:
        content, link = comment.get("content"), word(comment.get("link")) or address
        moment = word(comment.get("date_gmt"))
        return Row(
            address=address,
            native=word(comment.get("id")),
            kind=self.plan.config.kind,
            url=link,
            thread=_post_of(link),
            title=title,
            text=own_words(word(content.get("rendered") if isinstance(content, dict) else content)),
            time=f"{moment}Z" if moment else word(comment.get("date")),
            reply_to=str(comment["parent"]) if comment.get("parent") else None,
            place=place,
        )

    def parse_page(self, response: Response, number: int = 1) -> Iterator[Any]:
        """Read a page of posts, or the one post that the page shows."""
        page = self.page_of(response, is_json=False)
        if CommentPage.is_one(page):
            yield from self.parse_post(response, response.url, None)
            return
        posts = PostList(page, response.url)
        threads = posts.threads()
        if not threads:
            if not self.says_empty(page):
                raise SourceChanged(f"{response.url}: neither a post nor a list of posts, and none of empty: is shown")
            self.plan.tally.says_empty = True
        wanted = [pair for pair in threads.items() if self.wants(*pair)]
        for address, activity in wanted:
            yield from self.follow(response, address, self.parse_post, 1, address=address, activity=activity)
        following = posts.following()
        if following and self.list_goes_on(number, found=bool(wanted)):
            yield from self.follow(response, following, self.parse_page, number=number + 1)

    def parse_post(
        self, response: Response, address: str, activity: str | None, number: int = 0, place: int = 0
    ) -> Iterator[Any]:
        """Yield the comments on the page of a post, then ask for the next page of them; the oldest page comes first."""
        page = CommentPage(self.page_of(response, is_json=False), response.url, address, self.plan.config.kind)
        if page.is_locked:
            if address in self.plan.config.start_urls:
                raise SourceRefused(f"{response.url} wants a password; only public pages are read")
            self.plan.tally.forbidden += 1
            return
        pages = page.comment_pages()
        orders: dict[str, Any] = {"address": address, "activity": activity}
        if number == 0 and 1 in pages:
            yield from self.follow(response, pages[1], self.parse_post, 1, again=True, number=1, **orders)
            return
        number = number or 1
        rows = list(page.rows(place))
        yield from spoken(rows)
        requests: list[Any] = []
        if number + 1 in pages and number < self.plan.config.reach.thread_pages:
            orders |= {"number": number + 1, "place": place + len(rows)}
            requests += self.follow(response, pages[number + 1], self.parse_post, 1, again=True, **orders)
        yield from requests or [ThreadEnd(address, activity)]

    def parse_feed(self, response: Response) -> Iterator[Row | ThreadEnd]:
        """Yield the entries of a feed of comments.

        Raises:
            SourceChanged: The answer is no feed, or one of something else.
        """
        import feedparser

        headers = {"content-type": "application/xml; charset=utf-8"}
        feed = feedparser.parse(io.BytesIO(self.text_of(response).encode()), response_headers=headers)
        if not feed.version:
            raise SourceChanged(f"{response.url}: no RSS or Atom feed")
        if not feed.entries:
            self.plan.tally.says_empty = True
        elif not any(_number_in(entry) for entry in feed.entries):
            raise SourceChanged(f"{response.url}: a feed, but not one of comments (no entry leads to #comment-…)")
        yield from spoken(self._entry(entry, response) for entry in feed.entries)
        yield ThreadEnd(response.url)

    def _entry(self, entry: Any, response: Response) -> Row:
        link = response.urljoin(entry.get("link") or response.url)
        # The title of an entry names its writer; only the name of the post is taken out of it.
        named = _TITLE_OF_ENTRY.search(entry.get("title") or "")
        bodies = [part.get("value", "") for part in entry.get("content", [])] or [entry.get("summary") or ""]
        answers = _ANSWERS.match(bodies[0])
        return Row(
            address=response.url,
            native=_number_in(entry),
            kind=self.plan.config.kind,
            url=link,
            thread=_post_of(link),
            title=(named[1] or named[2]) if named else "",
            text=own_words(bodies[0][answers.end() if answers else 0 :]),
            time=entry.get("published") or entry.get("updated"),
            reply_to=answers["number"] if answers else None,
        )


def _is_shown(comment: dict[str, Any]) -> bool:
    return bool(comment.get("status", "approved") == "approved" and comment.get("type", "comment") == "comment")


def _form(url: str) -> str:
    if "/wp-json" in url or url_query_parameter(url, "rest_route"):
        return "rest"
    is_feed = urlsplit(url).path.rstrip("/").endswith("/feed") or url_query_parameter(url, "feed")
    return "feed" if is_feed else "page"


def _comments_at(url: str) -> str:
    """``/wp-json/`` → the newest comments of the site; a narrower address keeps what it asks for: ``post=7``."""
    if not re.search(r"/wp/v2/comments\b", url):
        url = url.partition("/wp-json")[0] + "/wp-json/wp/v2/comments"
    return add_or_replace_parameters(url, _LIST | {"page": "1"})


def _bare(url: str) -> str:
    """Keep of the address of a list what makes it the interface: the route where it is a parameter."""
    route = url_query_parameter(url, "rest_route")
    bare = url.partition("?")[0]
    return add_or_replace_parameters(bare, {"rest_route": str(route)}) if route else bare


def _post_of(link: str) -> str:
    """Return the address of the post on whose page, or page of comments, a comment stands."""
    return re.sub(r"comment-page-\d+/?$|[?&]cpage=\d+$", "", urldefrag(link).url)


def _total_pages(response: Response, rows: int, number: int) -> int:
    """Read X-WP-TotalPages; where a proxy has taken it away, a full page has another behind it."""
    shown = (response.headers.get("X-WP-TotalPages") or b"").decode("latin-1")
    if shown.isdigit():
        return int(shown)
    return number + 1 if rows == _PER_PAGE else number


def _number_in(entry: Any) -> str | None:
    found = re.search(r"#comment-(\d+)", f"{entry.get('link')} {entry.get('id')}")
    return found[1] if found else None
