"""A page of Discuz! X 3.2-3.5 in, what it lists, says or refuses out; names of people are not read.

The markup is that of the shipped templates, desktop and touch: threads are ``tbody#normalthread_TID`` or
``div.threadlist li``, posts ``div#post_PID`` or ``div.plc#pidPID``.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit

from parsel import Selector, SelectorList

from crawlers.select import all_text, count_in, find, first_text, readable, tidy

_DESKTOP_ROWS = r'xpath://tbody[re:test(@id, "^(normal|stick)thread_\d+$")]'
_TOUCH_ROWS = (
    'xpath://*[contains(concat(" ", normalize-space(@class), " "), " threadlist ")]'
    '//li[not(ancestor::li)][.//a[contains(@href, "mod=viewthread") or contains(@href, "thread-")]]'
)
_POSTS = r'xpath://div[re:test(@id, "^post_\d+$")]', r'xpath://*[re:test(@id, "^pid\d+$")]'
_TITLES = "#thread_subject", ".postlist > h2", ".view_tit"
_NOT_TITLE = ("em", ".view_tit span", "h2 > a", "h2 > span")
_MESSAGE = "#messagetext > p, .jump_c > p, .jump_c > div"
_NEXT = (
    ".pg a.nxt::attr(href)",
    "a#autopbn::attr(rel)",
    'xpath://*[contains(concat(" ", @class, " "), " page ")]//a[contains(., "下一页")]/@href',
)

# What stands inside a post and is not what its writer says here: words of others, notes that name people, attachments.
_NOT_WORDS = (
    "div.quote", "blockquote", "i.pstatus", "a[href*='mod=space']", "a[href*='space-uid-']",
    "xpath:.//*[self::b or self::strong][.//a[contains(@href, 'findpost')]][starts-with(normalize-space(), '回复')]",
    ".locked", ".attach_nopermission", "ignore_js_op", ".aimg_tip", ".tip", ".pattl", ".attach", ".attnm", ".modact",
    ".typeoption", ".viewsort", "span.quote",
    ".jammer", "[style*='display:none']", "[style*='display: none']", ".blockcode em", ".a_pr", ".a_pt",
)  # fmt: skip
_WHEN = r"(?:\d{4}-\d{1,2}-\d{1,2}|[昨前今]天|\d+ ?(?:秒|分钟|小时|天)前|半小时前|刚刚)(?: \d{1,2}:\d{2}(?::\d{2})?)?"
# The same notes where a site's own template or a careless copy has lost the markup around them.
_LINES_THAT_NAME = re.compile(
    rf"^(?:.{{1,40}} 发表于 {_WHEN}|.{{0,4}}本帖最后由 .{{1,40}} 于 .{{5,25}} 编辑.?|回复 .{{1,40}} 的帖子)$",
    re.MULTILINE,
)

_LOCKS = (
    ("removed", re.compile(r"屏蔽|被禁止|被删除|已删除")),
    ("paid", re.compile(r"支付|购买|售价|出售")),
    ("hidden", re.compile(r"")),
)
# On touch pages what is closed to guests stands in the box of quotes.
_CLOSED = (
    "xpath:.//*[contains(concat(' ', @class, ' '), ' locked ')][not(ancestor::blockquote)]"
    "|.//*[@class='message']/div[contains(concat(' ', @class, ' '), ' quote ')][not(.//blockquote)]"
    "|.//div[@class='pct'][not(*)]"
)
_GONE = re.compile(r"主题不存在|帖子不存在|已被删除|正在被审核")
_BOARD_GONE = re.compile(r"版块不存在|版块已关闭|版块不能访问")
_WALL = re.compile(r"登录|无权|没有权限|权限|用户组|特定用户|需要密码|勋章|以下条件|邀请")
_EMPTY = re.compile(r"尚无主题|暂无主题|没有主题|还没有(?:主题|帖子)")
_GUARDS = re.compile(r"页面重载开启|安全验证|防采集")
_WANTS_SCRIPTS = "a page that wants a script to be run first"

_FLOORS = {"楼主": 1, "沙发": 2, "板凳": 3, "地板": 4}
_FLOOR = re.compile(r"(\d+)\s*[#楼层]")
_BEFORE_TIME = re.compile(r"^.*?(?:发表于|收藏|发布于)\s*")
_ABSOLUTE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_REWRITTEN = re.compile(r"^(?P<base>.*/)thread-(?P<tid>\d+)-(?P<page>\d+)-\d+\.html$")


@dataclass(frozen=True, slots=True)
class Listed:
    """A thread of a list. ``activity`` is its number of replies and the time of the last, if shown exactly."""

    link: str
    activity: str | None
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A post. ``left_out`` says what of it is not for guests: hidden, paid, removed; ``text`` is the public rest."""

    pid: str
    text: str | None
    time: str | None
    floor: int | None
    likes: int | None
    left_out: str | None


def threads_on(page: Selector) -> list[Listed]:
    """Return the threads of a list page, pinned ones too, in its order."""
    desktop = find(page, _DESKTOP_ROWS)
    rows = [(row, _desktop_link(row), _desktop_activity(row)) for row in desktop]
    rows += [] if rows else [(row, _touch_link(row), _touch_activity(row)) for row in find(page, _TOUCH_ROWS)]
    return [Listed(link, activity, _is_pinned(row)) for row, link, activity in rows if link]


def posts_on(page: Selector) -> list[Said]:
    """Return the posts of a thread page, each once: a reply that is pinned on top stands on the page twice."""
    nodes = find(page, _POSTS[0]) or find(page, _POSTS[1])
    said = (_post(node, "".join(re.findall(r"\d", node.attrib["id"]))) for node in nodes)
    return list({post.pid: post for post in said}.values())


def title_of(page: Selector) -> str | None:
    """Return the title of a thread, without the kind of thread before it."""
    titles = (all_text(page, selector, _NOT_TITLE) for selector in _TITLES)
    return next((title for title in titles if title), None)


def next_link(page: Selector) -> str | None:
    """Return the address behind 下一页, if there is one."""
    links = (first_text(page, selector) for selector in _NEXT)
    return next((link for link in links if link and not link.startswith("javascript:")), None)


def message_of(page: Selector) -> str | None:
    """Return what the software says instead of a list or thread."""
    says_nothing = find(page, "script") and not first_text(page, "body")
    if says_nothing or _GUARDS.search(first_text(page, "xpath://head/title/text()") or ""):
        return _WANTS_SCRIPTS
    return first_text(page, _MESSAGE)


def is_gone(message: str) -> bool:
    """Return whether a message says that a thread was deleted or awaits approval."""
    return _GONE.search(message) is not None


def is_wall(message: str) -> bool:
    """Return whether a message says that guests may not read this."""
    is_closed = _WALL.search(message) is not None and not _BOARD_GONE.search(message)
    return is_closed or message == _WANTS_SCRIPTS


def is_empty(page: Selector) -> bool:
    """Return whether a list page says that it has no threads."""
    return any(_EMPTY.search(readable(part)) for part in find(page, ".emp, .threadlist, .bm_c, h4"))


def thread_address(url: str, page: int = 1) -> str | None:
    """Return the one address of a page of a thread; None if the address is of no known form.

    Lists add where the reader came from (``extra=page%3D1``), so that the same thread has many addresses.
    """
    parts = urlsplit(url)
    touch = "&mobile=2" if parse_qs(parts.query).get("mobile") == ["2"] else ""
    rewritten = _REWRITTEN.match(parts.path)
    if rewritten:
        path = f"{rewritten['base']}thread-{rewritten['tid']}-{page}-1.html"
        return urlunsplit((parts.scheme, parts.netloc, path, touch.lstrip("&"), ""))
    query = parse_qs(parts.query)
    if query.get("mod") != ["viewthread"] or "tid" not in query:
        return None
    further = f"&page={page}" if page > 1 else ""
    wanted = f"mod=viewthread&tid={query['tid'][0]}{further}{touch}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path, wanted, ""))


def page_number(url: str) -> int:
    """Return which page of a thread an address is of."""
    parts = urlsplit(url)
    rewritten = _REWRITTEN.match(parts.path)
    shown = rewritten["page"] if rewritten else parse_qs(parts.query).get("page", ["1"])[0]
    return int(shown) if shown.isdigit() else 1


def list_address(url: str) -> str:
    """Return the address of a list page without what robots.txt of the software forbids (``mobile=yes``)."""
    parts = urlsplit(urldefrag(url).url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if (name, value) != ("mobile", "yes")]
    kept = parts.query if len(query) == len(parse_qsl(parts.query)) else urlencode(query)
    return urlunsplit(parts._replace(query=kept))


def public_address(url: str) -> str:
    """Return the address for people: not the touch template's."""
    return re.sub(r"[?&]mobile=2$", "", url)


def _desktop_link(row: Selector) -> str | None:
    return first_text(row, "a.xst::attr(href)")


def _desktop_activity(row: Selector) -> str | None:
    replies = first_text(row, "td.num a")
    cells: SelectorList[Selector] = find(row, "td.by")
    last = cells[-1:].css("em")
    shown = last.css("span::attr(title)").get() or "".join(readable(part) for part in last)
    return " ".join(part for part in (replies, shown if _ABSOLUTE.search(shown) else None) if part) or None


def _touch_link(row: Selector) -> str | None:
    return first_text(row, "xpath:.//a[contains(@href, 'mod=viewthread') or contains(@href, 'thread-')]/@href")


def _touch_activity(row: Selector) -> str | None:
    return first_text(row, ".num") or first_text(row, "xpath:.//li[.//*[contains(@class, 'dm-chat')]]")


def _is_pinned(row: Selector) -> bool:
    return row.attrib.get("id", "").startswith("stick") or bool(row.css(".list_top, .icon_top img[src*='icon_top']"))


def _post(node: Selector, pid: str) -> Said:
    words = f"#postmessage_{pid}" if find(node, f"#postmessage_{pid}") else ".message"
    text = all_text(node, words, _NOT_WORDS)
    return Said(
        pid,
        None if text is None else tidy(_LINES_THAT_NAME.sub("", text)),
        _time(node, pid),
        _floor(node, pid),
        count_in(first_text(node, f"#review_support_{pid}") or first_text(node, "#recommendv_add")),
        _left_out(node),
    )


def _left_out(node: Selector) -> str | None:
    said = [readable(part) for part in find(node, _CLOSED)]
    return next((name for name, words in _LOCKS if words.search(said[0])), None) if said else None


def _time(node: Selector, pid: str) -> str | None:
    shown = find(node, f"#authorposton{pid}") or find(node, ".authi .mtime, .authi .rela")
    exact = first_text(shown[0], "span::attr(title)") if shown else None
    text = all_text(shown[0], "xpath:.", ("li em", ".y", ".manage")) if shown else None
    return exact or (text and _BEFORE_TIME.sub("", text))


def _floor(node: Selector, pid: str) -> int | None:
    shown = first_text(node, f"#postnum{pid}") or first_text(node, ".authi .mtit .y, .authi em") or ""
    counted = _FLOOR.search(shown)
    return int(counted[1]) if counted else next((floor for name, floor in _FLOORS.items() if name in shown), None)
