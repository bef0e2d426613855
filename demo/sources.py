"""The address of the city in, ``source.yml`` of each of its sites out: four that can be read, two that cannot."""

from typing import Any

from demo.content import BOARD, FORUM, GOV, NEWS

OLD, OWNERS = "jianglin_old", "jianglin_owners"


def all_sources(url: str) -> dict[str, dict[str, Any]]:
    """Return the content of every ``source.yml`` by source name.

    ``jianglin_old`` has a new look since its file was written, and ``jianglin_owners`` wants a login: a demo without
    honest failures would teach the wrong thing.
    """
    return {
        FORUM: _forum(url),
        BOARD: _board(url),
        NEWS: _news(url),
        GOV: _gov(url),
        OLD: _old(url),
        OWNERS: _owners(url),
    }


def _about(name: str, title: str, kind: str, start: str, least: int, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "kind": kind,
        "engine": "generic",
        "start_urls": [start],
        "crawl_every": "1h",
        **more,
        "assertions": {"posts_per_crawl": {"min": least, "max": 5000}},
    }


def _forum(url: str) -> dict[str, Any]:
    return _about(
        FORUM,
        "江临论坛",
        "public",
        f"{url}/forum/board-2-1.html",
        100,
        login_wall=["form#login"],
        **_forum_pages(),
    )


def _forum_pages() -> dict[str, Any]:
    return {
        "list": {
            "item": "ul.threads li",
            "link": "a.subject::attr(href)",
            "activity": "span.replies::text",
            "next": "a.next::attr(href)",
        },
        "thread": {
            "title": "h1::text",
            "next": "a.next::attr(href)",
            "comments": {
                "row": "div.post",
                "id": "@data-id",
                "text": "div.words",
                "time": "span.when::text",
                "place": "span.floor::text",
                "likes": "span.likes::text",
            },
        },
    }


def _board(url: str) -> dict[str, Any]:
    thread = {
        "next": "a.next::attr(href)",
        "newest_first": True,
        "comments": {
            "row": "tr.message",
            "id": "@data-id",
            "title": "td.subject a::text",
            "link": "td.subject a::attr(href)",
            "text": "td.words",
            "time": "td.when::text",
            "reply": {"row": "td.reply", "text": "div.answer", "time": "span.answered::text"},
        },
    }
    return _about(BOARD, "江临市民留言板", "public", f"{url}/board/", 50, thread=thread)


def _news(url: str) -> dict[str, Any]:
    more = {
        "list": {
            "item": "article.story",
            "link": "@data-id",
            "link_format": "/news/api/comments?article={}&page=1",
            "activity": "span.count::text",
            "next": "a.next::attr(href)",
        },
        "thread": {
            "json": True,
            "title": "title",
            "url": "article_url",
            "next": "next",
            "comments": {
                "row": "comments",
                "id": "id",
                "text": "content",
                "time": "created",
                "place": "floor",
                "likes": "ups",
            },
        },
    }
    return _about(NEWS, "江临新闻网评论", "public", f"{url}/news/", 20, **more)


def _gov(url: str) -> dict[str, Any]:
    more = {
        "list": {"item": "ul.releases li", "link": "a::attr(href)", "next": "a.next::attr(href)"},
        "thread": {"title": "h1::text", "opening": {"text": "div.release", "time": "span.date::text"}},
    }
    return _about(GOV, "江临市人民政府网", "official", f"{url}/gov/", 10, **more)


def _old(url: str) -> dict[str, Any]:
    return _about(OLD, "江临旧版论坛", "public", f"{url}/old/", 1, **_forum_pages())


def _owners(url: str) -> dict[str, Any]:
    start = f"{url}/forum/board-9-1.html"
    return _about(OWNERS, "江临业主之家", "public", start, 1, login_wall=["form#login"], **_forum_pages())
