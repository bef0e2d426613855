"""A page in, the engine that reads its site and the marks by which it was known out; addresses are no marks.

The order of the recognisers counts: what the answer is comes before what the page says of itself.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from crawlers.engines import discuz_pages
from crawlers.recognise_tables import read_table
from crawlers.select import readable
from crawlers.source import ThreadPages
from crawlers.trial import Seen
from minsheng.domain import Kind
from minsheng.errors import ConfigError, SourceRefused

_REFUSED = {401, 403, 407, 451}
_MOST_BOARDS = 12


@dataclass(frozen=True, slots=True)
class Sighting:
    """An engine and how it was known. ``start`` is where it begins, ``better`` an interface to try before that."""

    engine: str
    why: str
    start: str
    kind: Kind = Kind.PUBLIC
    better: str = ""
    hosts: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    thread: ThreadPages | None = None


def recognise(seen: Seen) -> Sighting:
    """Return the engine of a page.

    Raises:
        SourceRefused: The page wants a login, or says that it is not to be indexed.
        ConfigError: It is of no kind that is known, or it is a crossroads: then the message names the ways.
    """
    page = Selector(text=seen.text or " ", type="html")
    refuse_closed(seen, page)
    for look in _RECOGNISERS:
        found = look(seen, page)
        if found is not None:
            return found
    if page.css("input[type=password]"):
        raise SourceRefused(f"{seen.url}: a login form and nothing that is known; only public pages are read")
    raise ConfigError(
        f"{seen.url}: no software that an engine knows (no generator, no marks, no interface). "
        "Describe list and threads by selectors: docs/sources.md, “Full example 1”, and test them with "
        "minsheng sources test NAME --page FILE"
    )


def refuse_closed(seen: Seen, page: Selector) -> None:
    """Refuse what is not for the public, or not to be indexed.

    Raises:
        SourceRefused: The status says so, or the page or its headers say noindex.
        ConfigError: There is no page.
    """
    if seen.status in _REFUSED:
        raise SourceRefused(f"{seen.url} answers with status {seen.status}: it is not for the public")
    if seen.status >= 400:  # noqa: PLR2004 - errors of HTTP
        raise ConfigError(f"{seen.url} answers with status {seen.status}: give the address of a page that is there")
    metas = page.css("meta[name=robots i]::attr(content), meta[name=minsheng i]::attr(content)").getall()
    for told in (seen.headers.get("x-robots-tag", ""), *metas):
        if re.search(r"\b(?:noindex|none)\b", told.lower()):
            raise SourceRefused(f"{seen.url} says {told!r}: it does not want to be indexed, and is left alone")


def title_of(seen: Seen) -> str:
    """Return what a page calls itself, without the name of its software."""
    page = Selector(text=seen.text or " ", type="html")
    title = page.xpath("string(//title)").get("").strip()
    return re.sub(r"\s*[-|–—]\s*Powered by .*$", "", title, flags=re.IGNORECASE).strip()[:60]


def _generator(page: Selector) -> str:
    return str(page.css("meta[name=generator i]::attr(content)").get("")).strip()


def _rest(seen: Seen, page: Selector) -> Sighting | None:
    del page
    try:
        answer = json.loads(seen.text)
    except ValueError:
        return None
    spaces = answer.get("namespaces") if isinstance(answer, dict) else None
    if isinstance(spaces, list) and "wp/v2" in spaces:
        return Sighting("wordpress", "its REST interface names wp/v2", seen.url)
    return None


def _feed(seen: Seen, page: Selector) -> Sighting | None:
    del page
    head = re.search(r"<(rss|feed|rdf:RDF|urlset|sitemapindex)\b", seen.text[:2000])
    if head is None:
        return None
    software = re.search(r"<generator[^>]*>([^<]{1,80})", seen.text[:5000])
    by = software[1].strip() if software else ""
    if "Discuz" in by or (head[1] == "urlset" and re.search(r"thread-\d+-|mod=viewthread", seen.text)):
        return Sighting("discuz", f"a <{head[1]}> of {by or 'threads of Discuz!'}", seen.url)
    if head[1] in {"urlset", "sitemapindex"}:
        return None
    if "wordpress" in by and re.search(r"comments/feed|feed=comments", seen.url):
        return Sighting("wordpress", f"the feed of comments of {by}", seen.url)
    return Sighting("feed", f"the answer is a <{head[1]}>", seen.url, Kind.OFFICIAL)


def _discuz(seen: Seen, page: Selector) -> Sighting | None:
    by = _generator(page)
    threads, posts = discuz_pages.threads_on(page), discuz_pages.posts_on(page)
    if "Discuz" in by:
        why = f"generator {by!r}"
    elif "Powered by Discuz!" in seen.text:
        why = "the page says “Powered by Discuz!”"
    elif page.css("tbody[id^=normalthread_], td[id^=postmessage_]"):
        why = "marks normalthread_… or postmessage_… of Discuz!"
    else:
        return None
    message = discuz_pages.message_of(page)
    if message and discuz_pages.is_wall(message):
        raise SourceRefused(f"{seen.url} is not for guests ({message}); only public pages are read")
    if threads or posts or message or discuz_pages.is_empty(page):
        return Sighting("discuz", f"{why}, {len(threads)} threads, {len(posts)} posts", seen.url)
    links = page.css("a[href*='forum-'], a[href*='mod=forumdisplay']")
    boards = {urljoin(seen.url, link.attrib["href"]): readable(link) for link in links}
    named = "; ".join(f"{name} {url}" for url, name in list(boards.items())[:_MOST_BOARDS] if name)
    raise ConfigError(
        f"{seen.url}: the front page of a forum ({why}); add its boards one by one: {named or 'none seen'}"
    )


def _nodebb(seen: Seen, page: Selector) -> Sighting | None:
    if "nodebb" in seen.headers.get("x-powered-by", "").lower():
        return Sighting("nodebb", "header X-Powered-By: NodeBB", seen.url)
    if page.xpath("//script[contains(@src, 'nodebb.min.js')]"):
        return Sighting("nodebb", "the page loads nodebb.min.js", seen.url)
    return None


def _discourse(seen: Seen, page: Selector) -> Sighting | None:
    by = _generator(page)
    if by.startswith("Discourse"):
        return Sighting("discourse", f"generator {by!r}", seen.url)
    if "x-discourse-route" in seen.headers:
        return Sighting("discourse", "header X-Discourse-Route", seen.url)
    return None


def _isso(seen: Seen, page: Selector) -> Sighting | None:
    service = page.css("script[data-isso]::attr(data-isso)").get()
    if service is None or not page.css("#isso-thread"):
        return None
    return Sighting("isso", "script[data-isso] and #isso-thread", seen.url, hosts=_other_host(seen.url, service))


def _artalk(seen: Seen, page: Selector) -> Sighting | None:
    script = next((text for text in page.css("script::text").getall() if "Artalk.init" in text), "")
    server = re.search(r"""\bserver\s*:\s*["'](.*?)["']""", script)
    if server is None:
        return None
    return Sighting("artalk", "a call of Artalk.init", seen.url, hosts=_other_host(seen.url, server[1]))


def _wordpress(seen: Seen, page: Selector) -> Sighting | None:
    by, interface = _generator(page), page.css("link[rel='https://api.w.org/']::attr(href)").get()
    if by.startswith("WordPress"):
        why = f"generator {by!r}"
    elif interface:
        why = "link rel=https://api.w.org/"
    elif page.xpath("//link[contains(@href, '/wp-content/')]|//script[contains(@src, '/wp-includes/')]"):
        why = "files under /wp-content/ or /wp-includes/"
    else:
        return None
    number = re.search(r"\b(?:postid|page-id)-(\d+)\b", page.css("body::attr(class)").get(""))
    return Sighting("wordpress", why, seen.url, better=_comments_at(seen.url, interface, number))


def _comments_at(url: str, interface: str | None, number: re.Match[str] | None) -> str:
    """Return where the interface lists the comments of the site, or of the one post that the page shows."""
    if not interface:
        return ""
    root = urljoin(url, interface)
    if "rest_route=" in root:
        return (
            root
            + ("wp/v2/comments" if root.endswith("/") else "/wp/v2/comments")
            + (f"&post={number[1]}" if number else "")
        )
    return f"{root.rstrip('/')}/wp/v2/comments" + (f"?post={number[1]}" if number else "")


def _table(seen: Seen, page: Selector) -> Sighting | None:
    table = read_table(page)
    if table is None:
        return None
    return Sighting("generic", table.why, seen.url, table.kind, thread=table.thread)


def _other_host(url: str, service: str) -> tuple[str, ...]:
    host = urlsplit(urljoin(url, service)).hostname
    return (host,) if host and host != urlsplit(url).hostname else ()


_RECOGNISERS: tuple[Callable[[Seen, Selector], Sighting | None], ...] = (
    _rest,
    _feed,
    _discuz,
    _nodebb,
    _discourse,
    _isso,
    _artalk,
    _wordpress,
    _table,
)
