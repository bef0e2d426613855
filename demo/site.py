"""An address out of the city's five sites in, its page out: no sockets, no clock."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from demo import dates
from demo.city import City, Talk, Voice, number_of
from demo.content import BOARD, FORUM, NEWS

MARKER = "此页禁止抓取-JL-7731"
"""Stands on every page that robots.txt forbids: it must never be found in what a crawler kept."""

ROBOTS = "User-agent: *\nDisallow: /private/\nDisallow: /member/\n"
FORUM_CHARSET = "gb18030"
_LIST, _THREAD, _MESSAGES, _ARTICLES, _RELEASES, _REACTIONS = 20, 10, 20, 8, 10, 10
_CALLED = ("江临网友", "望江老街坊", "东浦小桔子", "爱吃米粉的猫", "云岭打工人", "一只白鹭")
_FEED_DATE = "%a, %d %b %Y %H:%M:%S +0800"
Wanted = Mapping[str, str]
"""What an address asks for: the parts of its path and its query."""

T = TypeVar("T")


class _Missing(Exception):
    """There is no such page. Raised by the pages; becomes a 404."""


@dataclass(frozen=True, slots=True)
class _Cut(Generic[T]):
    """One page of many items."""

    items: Sequence[T]
    number: int
    last: int


@dataclass(frozen=True, slots=True)
class Page:
    """What the server sends."""

    body: bytes
    media_type: str
    status: int = HTTPStatus.OK


class Site:
    """The forum, message board, news site, official site and an old site of the city, under one roof."""

    def __init__(self, city: City, url: str) -> None:
        self._city = city
        self._url = url
        self._talks = {(talk.source, talk.number): talk for talk in (*city.forum, *city.board, *city.news)}
        self._bulletins = {bulletin.slug: bulletin for bulletin in city.bulletins}
        self._templates = Environment(loader=PackageLoader("demo"), autoescape=True, undefined=StrictUndefined)
        self._templates.filters |= {"ago": self._ago, "chinese": dates.chinese}
        self._templates.globals |= {"called": called, "face": face}
        routes: tuple[tuple[str, Callable[[Wanted], Page]], ...] = (
            (r"/", lambda _: self._html("home.html")),
            (r"/robots\.txt", lambda _: Page(ROBOTS.encode(), "text/plain; charset=utf-8")),
            (r"/(?:private|member)/[\w.-]+", lambda _: self._html("forbidden.html", marker=MARKER)),
            (r"/face/(?P<face>\d)\.svg", self._face),
            (r"/forum/", lambda _: self._html("forum_home.html", FORUM_CHARSET)),
            (r"/forum/board-2-(?P<page>\d+)\.html", self._forum_board),
            (r"/forum/board-9-1\.html", lambda _: self._html("login_wall.html", FORUM_CHARSET)),
            (r"/forum/thread-(?P<talk>\d+)-(?P<page>\d+)\.html", self._forum_thread),
            (r"/board/", self._messages),
            (r"/board/message-(?P<talk>\d+)\.html", self._message),
            (r"/news/", self._news),
            (r"/news/article-(?P<talk>\d+)\.html", self._article),
            (r"/news/api/comments", self._reactions),
            (r"/gov/", self._gov),
            (r"/gov/releases/(?P<slug>[a-z0-9-]+)\.html", self._release),
            (r"/gov/rss\.xml", self._feed),
            (r"/old/", lambda _: self._html("old.html", talks=city.forum[:10])),
        )
        self._routes = [(re.compile(pattern), answer) for pattern, answer in routes]

    def get(self, address: str) -> Page:
        """Return the page at a path with its query; an unknown one is a page that says so (404)."""
        parts = urlsplit(address)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        for pattern, answer in self._routes:
            found = pattern.fullmatch(parts.path)
            if found:
                try:
                    return answer({"page": "1"} | query | found.groupdict())
                except _Missing:
                    break
        return self._html("missing.html", status=HTTPStatus.NOT_FOUND)

    def _ago(self, at: datetime) -> str:
        return dates.relative(at, self._city.now)

    def _html(self, template: str, charset: str = "utf-8", status: int = HTTPStatus.OK, **values: object) -> Page:
        text = self._templates.get_template(template).render(charset=charset, city=self._city, **values)
        return Page(text.encode(charset), f"text/html; charset={charset}", status)

    def _face(self, wanted: Wanted) -> Page:
        return Page(_FACE.format(hue=int(wanted["face"]) * 40).encode(), "image/svg+xml")

    def _forum_board(self, wanted: Wanted) -> Page:
        return self._html("forum_board.html", FORUM_CHARSET, cut=_cut(self._city.forum, wanted, _LIST))

    def _forum_thread(self, wanted: Wanted) -> Page:
        talk = self._talk(FORUM, wanted.get("talk"))
        return self._html("forum_thread.html", FORUM_CHARSET, talk=talk, cut=_cut(talk.voices, wanted, _THREAD))

    def _messages(self, wanted: Wanted) -> Page:
        return self._html("board.html", cut=_cut(self._city.board, wanted, _MESSAGES))

    def _message(self, wanted: Wanted) -> Page:
        return self._html("message.html", talk=self._talk(BOARD, wanted.get("talk")))

    def _news(self, wanted: Wanted) -> Page:
        return self._html("news.html", cut=_cut(self._city.news, wanted, _ARTICLES))

    def _article(self, wanted: Wanted) -> Page:
        return self._html("article.html", talk=self._talk(NEWS, wanted.get("talk")))

    def _reactions(self, wanted: Wanted) -> Page:
        talk = self._talk(NEWS, wanted.get("article"))
        cut = _cut(talk.voices, wanted, _REACTIONS)
        following = f"/news/api/comments?article={talk.number}&page={cut.number + 1}"
        answer = {
            "title": talk.title,
            "article_url": f"{self._url}/news/article-{talk.number}.html",
            "total": len(talk.voices),
            "next": following if cut.number < cut.last else None,
            "comments": [_as_json(voice) for voice in cut.items],
        }
        return Page(json.dumps(answer, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _gov(self, wanted: Wanted) -> Page:
        return self._html("gov.html", cut=_cut(self._city.bulletins, wanted, _RELEASES))

    def _release(self, wanted: Wanted) -> Page:
        if wanted["slug"] not in self._bulletins:
            raise _Missing
        return self._html("release.html", bulletin=self._bulletins[wanted["slug"]])

    def _feed(self, wanted: Wanted) -> Page:
        del wanted
        text = self._templates.get_template("feed.xml").render(city=self._city, url=self._url, form=_FEED_DATE)
        return Page(text.encode(), "application/rss+xml; charset=utf-8")

    def _talk(self, source: str, number: str | None) -> Talk:
        if number is None or (source, number) not in self._talks:
            raise _Missing
        return self._talks[source, number]


def called(number: str) -> str:
    """Return the made-up name that the sites show beside a comment: real sites do, and a crawler must not take it."""
    key = number_of("name", number)
    return f"{_CALLED[key % len(_CALLED)]}{key % 9000 + 1000}"


def face(number: str) -> int:
    """Return which of the ten pictures stands beside a comment."""
    return number_of("face", number) % 10


def _as_json(voice: Voice) -> dict[str, object]:
    return {
        "id": voice.number,
        "nick": called(voice.number),
        "level": face(voice.number) + 1,
        "content": voice.text,
        # The article is the first post of its page; comments count from 2.
        "floor": voice.place + 1,
        "created": f"{voice.at:%Y-%m-%d %H:%M:%S}",
        "ups": voice.likes,
    }


def _cut(items: Sequence[T], wanted: Wanted, size: int) -> _Cut[T]:
    number, last = wanted["page"], max(1, -(-len(items) // size))
    if not number.isdecimal() or not 1 <= int(number) <= last:
        raise _Missing
    return _Cut(items[(int(number) - 1) * size : int(number) * size], int(number), last)


_FACE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    '<circle cx="20" cy="20" r="20" fill="hsl({hue} 45% 70%)"/></svg>'
)
