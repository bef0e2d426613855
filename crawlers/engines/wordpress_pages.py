"""Pages of WordPress in, posts with comments and rows out, for the markup that themes share."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from parsel import Selector

from crawlers.engines.words import words_of
from crawlers.items import Row
from crawlers.select import first_text
from minsheng.domain import Kind
from minsheng.errors import SourceChanged

_POSTS = "article, li.wp-block-post, div.hentry, div.post"
_LINK = ".entry-title a::attr(href), .wp-block-post-title a::attr(href), .post-title a::attr(href)"
_COUNT = ".comments-link, .wp-block-post-comments-link, .wp-block-post-comments-count"
_NEXT = (
    ".pagination a.next::attr(href), .posts-navigation .nav-previous a::attr(href), a.wp-block-query-pagination-next"
    "::attr(href), #nav-below .nav-previous a::attr(href)"
)
_LIST = "ol.comment-list, ol.commentlist, ol.wp-block-comment-template, #respond, .comments-title"
_SINGLE = "body.single, body.page:not(.blog)"
_CONTENT = ".comment-content, .wp-block-comment-content, .comment-text"
_NOT_OWN = (
    "ol.children",
    "ul.children",
    ".comment-author",
    ".comment-meta",
    ".reply",
    ".comment-respond",
    ".edit-link",
)
_TITLE = "h1.entry-title, .wp-block-post-title, h1"
_TIMES = ("time::attr(datetime)", ".comment-metadata a", ".comment-meta a", ".comment-date")
_COMMENT_PAGE = re.compile(r"(?:comment-page-|[?&]cpage=)(\d+)/?(?:#comments)?$")


class PostList:
    """A page that lists posts: the front page, a category."""

    def __init__(self, page: Selector, url: str) -> None:
        self._page, self._url = page, url

    def threads(self) -> dict[str, str | None]:
        """Return the posts by address, each with the number of comments if it is shown."""
        threads: dict[str, str | None] = {}
        for post in self._page.css(_POSTS):
            link = post.css(_LINK).get()
            if link:
                threads.setdefault(urldefrag(urljoin(self._url, link)).url, first_text(post, _COUNT))
        return threads

    def following(self) -> str | None:
        """Return the next page, with older posts."""
        link = self._page.css(_NEXT).get()
        return urljoin(self._url, link) if link else None


class CommentPage:
    """The page of one post with its comments, or with one page of them."""

    def __init__(self, page: Selector, url: str, address: str, kind: Kind) -> None:
        self._page, self._url, self._address, self._kind = page, url, address, kind

    @staticmethod
    def is_one(page: Selector) -> bool:
        """Return whether a page is that of one post, and not a list of them."""
        return bool(page.css(_SINGLE) or page.css(_LIST))

    @property
    def is_locked(self) -> bool:
        """Whether the post wants a password."""
        return bool(self._page.css("form.post-password-form"))

    def comment_pages(self) -> dict[int, str]:
        """Return the addresses of further pages of comments, by number."""
        links = (urljoin(self._url, link) for link in self._page.css("a::attr(href)").getall())
        return {int(found[1]): urldefrag(link).url for link in links if (found := _COMMENT_PAGE.search(link))}

    def rows(self, place: int) -> Iterator[Row]:
        """Yield the comments, replies after what they answer; place counts on from ``place``.

        Raises:
            SourceChanged: A heading announces comments, and there are none in the known markup; or it is no post.
        """
        items = [item for item in self._page.css("li.comment") if not item.css(".comment-awaiting-moderation")]
        announced = re.search(r"\d", first_text(self._page, ".comments-title, #comments > h2, #comments > h3") or "")
        if not self._page.css("li.comment, li.pingback, li.trackback") and announced:
            raise SourceChanged(f"{self._url}: the heading announces comments, but there is no li.comment")
        if not self.is_one(self._page):
            raise SourceChanged(f"{self._url}: not the page of a WordPress post")
        title = first_text(self._page, _TITLE) or ""
        heads = [(_number(item), _parent(item), _time(item), _link(item)) for item in items]
        # Texts last: reading one takes what is not its own out of the page.
        texts = [_text(item) for item in reversed(items)][::-1]
        for (native, parent, time, link), text in zip(heads, texts, strict=True):
            place += 1
            url = urljoin(self._url, link or f"#comment-{native}")
            thread = urldefrag(self._address).url
            yield Row(self._address, native, self._kind, url, thread, title, text, time, parent, place)


def _number(item: Selector) -> str | None:
    found = re.search(r"comment-(\d+)$", item.attrib.get("id", ""))
    return found[1] if found else None


def _parent(item: Selector) -> str | None:
    above = item.xpath('ancestor::li[contains(concat(" ", @class, " "), " comment ")][1]')
    return _number(above[0]) if above else None


def _time(item: Selector) -> str | None:
    return next((shown for selector in _TIMES if (shown := first_text(item, selector))), None)


def _link(item: Selector) -> str | None:
    return item.xpath('.//a[contains(@href, "#comment-") and not(contains(@href, "replytocom"))]/@href').get()


def _text(item: Selector) -> str:
    for selector in _NOT_OWN:
        item.css(selector).drop()
    content = item.css(_CONTENT) or item.css(".comment-body") or [item]
    return words_of(content[0])
