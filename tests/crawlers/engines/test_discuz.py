from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, XmlResponse

from crawlers.engines import discuz_pages
from crawlers.engines.discuz import DiscuzSpider
from crawlers.items import Row, ThreadEnd
from crawlers.state import Change
from minsheng.domain import Kind
from minsheng.errors import SourceChanged, SourceRefused

PAGES = Path(__file__).resolve().parents[2] / "fixtures" / "pages" / "discuz"
POSTER = "王小明的昵称"
"""Who wrote, on every saved page."""
HOST = "http://bbs.yunxi.example"
BOARD = f"{HOST}/forum-2-1.html"
THREAD = f"{HOST}/thread-11-1-1.html"
FORBIDDEN = ("mod=redirect", "mod=misc", "mobile=yes", "member.php", "mod=post", "mod=attachment")


def page(name, url=BOARD, header="text/html"):
    kind = XmlResponse if name.endswith(".xml") else HtmlResponse
    body = (PAGES / name).read_bytes()
    return kind(url, body=body, headers={"Content-Type": header}, request=Request(url))


@pytest.fixture
def spider(make_plan):
    def make(**changes):
        orders = {"engine": "discuz", "start_urls": [BOARD], "list": None, "thread": None}
        return DiscuzSpider(plan=make_plan(**(orders | {"login_wall": None, "empty": None} | changes)))

    return make


def read(reader, name, url=THREAD, **orders):
    address = discuz_pages.thread_address(url)
    items = list(reader.parse_thread(page(name, url), address, "12", **orders))
    rows = [item for item in items if isinstance(item, Row)]
    return rows, items[len(rows) :]


def asked(reader, name, url=BOARD):
    return [request.url.removeprefix(HOST) for request in reader.parse(page(name, url))]


@pytest.mark.parametrize(
    ("name", "url", "paths"),
    [
        (
            "list_x34.html",
            BOARD,
            [f"/thread-{tid}-1-1.html" for tid in (9, 11, 12, 13, 14)] + ["/forum-2-2.html"],
        ),
        (
            "list_x35.html",
            f"{HOST}/forum.php?mod=forumdisplay&fid=2",
            [f"/forum.php?mod=viewthread&tid={tid}" for tid in (21, 22, 23)] + ["/forum.php?mod=forumdisplay&fid=2&page=2"],
        ),
        (
            "list_x32.html",
            f"{HOST}/forum.php?mod=forumdisplay&fid=2",
            [f"/forum.php?mod=viewthread&tid={tid}" for tid in (31, 32)] + ["/forum.php?mod=forumdisplay&fid=2&page=2"],
        ),
        ("list_x34_last.html", f"{HOST}/forum-2-2.html", ["/thread-15-1-1.html", "/thread-11-1-1.html"]),
        (
            "touch_list_x34.html",
            f"{HOST}/forum.php?mod=forumdisplay&fid=2&mobile=2",
            [f"/forum.php?mod=viewthread&tid={tid}&mobile=2" for tid in (9, 11, 12)]
            + ["/forum.php?mod=forumdisplay&fid=2&page=2&mobile=2"],
        ),
        (
            "touch_list_x35.html",
            f"{HOST}/forum.php?mod=forumdisplay&fid=2&mobile=2",
            ["/forum.php?mod=viewthread&tid=9&mobile=2", "/forum.php?mod=viewthread&tid=21&mobile=2"],
        ),
    ],
)  # fmt: skip
def test_a_board_asks_for_its_threads_by_one_address_each_and_for_its_next_page(spider, name, url, paths):
    found = asked(spider(), name, url)

    assert found == paths
    assert not [path for path in found if any(word in path for word in FORBIDDEN)]


def test_the_activity_of_a_thread_is_its_replies_and_the_exact_time_of_the_last():
    old = discuz_pages.threads_on(page("list_x34.html").selector)
    new = discuz_pages.threads_on(page("list_x35.html").selector)
    touch = discuz_pages.threads_on(page("touch_list_x34.html").selector)
    newer_touch = discuz_pages.threads_on(page("touch_list_x35.html").selector)

    assert [(thread.activity, thread.is_pinned) for thread in old[:4]] == [
        ("0 2025-1-6 09:00", True),
        ("12 2026-3-10 11:20", False),
        ("1 2026-3-9 07:49", False),
        ("3 2026-2-20 18:02", False),
    ]
    assert [thread.activity for thread in new] == ["4 2026-3-10 11:31:05", "0 2026-3-8 20:00:00", "7"]
    assert [(thread.activity, thread.is_pinned) for thread in touch] == [("0", True), ("12", False), ("1", False)]
    assert [(thread.activity, thread.is_pinned) for thread in newer_touch] == [(None, True), ("4", False)]


def test_a_board_visits_changed_threads_alone_and_stops_where_nothing_is_new(spider):
    reader = spider()
    state = reader.plan.state
    known = [(BOARD.replace("forum-2-1", f"thread-{tid}-1-1"), activity) for tid, activity in
             ((9, "0 2025-1-6 09:00"), (11, "11 2026-3-9 20:00"), (12, "1 2026-3-9 07:49"), (13, "3 2026-2-20 18:02"), (14, "2 2026-2-19 10:00"))]  # fmt: skip
    state.apply(Change(threads=[ThreadEnd(*pair) for pair in known]), reader.plan.now, None)
    state.finish()
    state.was_complete = True

    first = asked(reader, "list_x34.html")
    state.apply(Change(threads=[ThreadEnd(THREAD, "12 2026-3-10 11:20")]), reader.plan.now, None)
    second = asked(reader, "list_x34.html")
    pinned_only = asked(reader, "list_pinned_only.html")

    assert first == ["/thread-11-1-1.html", "/forum-2-2.html"]
    assert second == []
    assert pinned_only == ["/forum-2-2.html"], "a page of pinned threads says nothing about the others"


def test_reach_bounds_the_pages_of_a_board_and_of_a_thread(spider):
    reader = spider(reach={"list_pages": 1, "thread_pages": 1})

    _, rest = read(reader, "thread_x34_1.html")

    assert asked(reader, "list_x34.html")[-1] == "/thread-14-1-1.html"
    assert rest == [ThreadEnd(THREAD, "12")]


@pytest.mark.parametrize("name", ["empty.html", "touch_empty.html", "touch_empty_x34.html"])
def test_an_empty_board_says_so_itself(spider, name):
    reader = spider()

    assert asked(reader, name) == []
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("redesigned_list.html", "no tbody#normalthread_"),
        ("board_gone.html", "指定的版块不存在"),
        ("other_message.html", "云溪论坛正在维护"),
        ("list_silent.html", "shows its replies"),
        ("thread_x34_1.html", "start_urls wants boards"),
    ],
)
def test_what_is_no_board_is_changed_and_never_an_empty_success(spider, name, words):
    with pytest.raises(SourceChanged, match=words):
        asked(spider(), name)


@pytest.mark.parametrize("name", ["login.html", "no_permission.html", "guard.html", "guard_script.html"])
def test_a_board_that_is_not_for_guests_is_refused(spider, name):
    with pytest.raises(SourceRefused, match="not for guests"):
        asked(spider(), name)


def test_the_posts_of_a_thread_hold_their_own_words_and_no_names(spider):
    rows, (following,) = read(spider(), "thread_x34_1.html")

    assert rows[0] == Row(
        address=THREAD,
        native="1101",
        kind=Kind.PUBLIC,
        url=f"{THREAD}#pid1101",
        thread=THREAD,
        title="学府路夜间施工什么时候结束",
        text="每天夜里一点还在打桩，孩子没法睡。\n打过两次热线都没有答复。",
        time="2026-3-1 08:10",
        place=1,
        likes=26,
    )
    assert [(row.native, row.text, row.time, row.place, row.likes) for row in rows[1:]] == [
        ("1102", "我们这栋也是，窗户都在抖", "2026-3-9 23:58:40", 2, 3),
        ("1103", "环评公示里写的是夜间不施工", "2026-3-10 11:20:00", 3, None),
        ("1112", "置顶的一条：住建局三月二号来看过", "2026-3-2 10:00", 12, None),
    ]
    assert following.url == f"{HOST}/thread-11-2-1.html"
    assert following.cb_kwargs == {"address": THREAD, "activity": "12", "number": 2, "place": 12}
    assert POSTER not in repr(rows)


def test_posts_that_the_forum_removed_are_left_out_and_counted(spider):
    reader = spider()

    rows, rest = read(reader, "thread_x34_2.html", f"{HOST}/thread-11-2-1.html", number=2, place=10)

    assert [(row.native, row.text, row.place) for row in rows] == [
        ("1112", "置顶的一条：住建局三月二号来看过", 12),
        ("1115", "还是天天晚上施工", 15),
    ]
    assert rows[0].url == f"{HOST}/thread-11-2-1.html#pid1112"
    assert rows[0].thread == THREAD
    assert rest == [ThreadEnd(THREAD, "12")]
    assert reader.plan.tally.left_out == {"removed": 3, "wordless": 1}


def test_hidden_and_paid_words_are_left_out_and_counted_and_the_public_rest_is_kept(spider):
    reader = spider()

    rows, _ = read(reader, "thread_x35.html", f"{HOST}/forum.php?mod=viewthread&tid=21&extra=page%3D1")

    assert [(row.native, row.text, row.time) for row in rows] == [
        ("2101", "南苑小区三号楼的水发黄。", "2026-3-10 11:31:05"),
        ("2103", "我家也是，放五分钟才清", "2026-3-10 11:40:00"),
        ("2105", "水务集团说是管道冲洗", "2026-3-10 11:42:00"),
    ]
    assert reader.plan.tally.left_out == {"hidden": 2, "paid": 1}
    assert rows[0].url == f"{HOST}/forum.php?mod=viewthread&tid=21#pid2101"
    assert POSTER not in repr(rows)


def test_a_relative_time_without_an_exact_one_is_taken_as_shown(spider):
    rows, _ = read(spider(), "thread_x32.html")

    assert [(row.time, row.place) for row in rows] == [("2026-3-7 10:10", 1), ("昨天 07:49", 2)]


@pytest.mark.parametrize("header", ["text/html", "text/html; charset=gbk"])
def test_pages_in_gbk_are_read_by_their_header_or_their_head(spider, header):
    url = f"{HOST}/thread-12-1-1.html"
    items = list(spider().parse_thread(page("thread_gbk.html", url, header), url, None))

    assert [row.text for row in items[:2]] == ["征地公告贴出来了，补偿标准没写清楚", "䶮桥村那边也是，問過镇里"]
    assert items[0].title == "三号线延长段征地问题"


@pytest.mark.parametrize(
    ("name", "tid", "title", "posts", "left_out"),
    [
        (
            "touch_thread_x34.html",
            11,
            "学府路夜间施工什么时候结束",
            [
                ("1101", "每天夜里一点还在打桩，孩子没法睡。", "2026-3-1 08:10", 1, None),
                ("1102", "我们这栋也是，窗户都在抖", "昨天 23:58", 2, None),
            ],
            {"removed": 1},
        ),
        (
            "touch_thread_x35.html",
            21,
            "自来水有铁锈味",
            [
                ("2101", "南苑小区三号楼的水发黄。", "2026-3-10 11:31:05", 1, 8),
                ("2100", "水务热线一直占线", "2026-3-9 20:00", 7, 2),
            ],
            {"hidden": 1},
        ),
    ],
)
def test_touch_pages_are_read_and_linked_as_the_pages_for_every_screen(spider, name, tid, title, posts, left_out):
    url = f"{HOST}/forum.php?mod=viewthread&tid={tid}&mobile=2"
    reader = spider()

    rows, _ = read(reader, name, url)

    assert [(row.native, row.text, row.time, row.place, row.likes) for row in rows] == posts
    assert {(row.address, row.thread, row.title) for row in rows} == {(url, url.removesuffix("&mobile=2"), title)}
    assert reader.plan.tally.left_out == left_out
    assert POSTER not in repr(rows)


def test_the_next_page_of_a_touch_thread_stays_a_touch_page(spider):
    _, (following,) = read(spider(), "touch_thread_x34.html", f"{HOST}/forum.php?mod=viewthread&tid=11&mobile=2")

    assert following.url == f"{HOST}/forum.php?mod=viewthread&tid=11&page=2&mobile=2"


@pytest.mark.parametrize("name", ["thread_gone.html", "touch_message.html", "touch_message_x35.html"])
def test_a_deleted_thread_is_noticed_and_done(spider, name):
    reader = spider()

    rows, rest = read(reader, name)

    assert (rows, rest) == ([], [ThreadEnd(THREAD, "12")])
    assert reader.plan.tally.left_out == {"deleted": 1}


def test_a_thread_for_higher_ranks_is_left_out_where_others_are_public(spider):
    reader = spider()
    read(reader, "thread_x32.html")

    found = [read(reader, "thread_walled.html") for _ in range(4)]

    assert found == [([], [ThreadEnd(THREAD, "12")])] * 4
    assert reader.plan.tally.left_out["walled"] == 4


def test_a_forum_none_of_whose_threads_is_public_is_refused(spider):
    reader = spider()
    found = [read(reader, "thread_walled.html") for _ in range(2)]

    with pytest.raises(SourceRefused, match="nor was any thread before it"):
        read(reader, "thread_walled.html")

    assert found == [([], [])] * 2, "these are asked for again by the next crawl"


def test_a_crawl_that_met_walls_alone_ends_as_refused(spider):
    reader = spider()
    read(reader, "thread_walled.html")

    reader.closed("finished")

    assert reader.plan.report().outcome == "refused"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("redesigned_thread.html", "no div#post_"),
        ("other_message.html", "it says '云溪论坛正在维护'"),
        ("thread_untitled.html", "#thread_subject"),
        ("empty.html", "no word why"),
    ],
)
def test_a_thread_of_another_shape_is_changed(spider, name, words):
    with pytest.raises(SourceChanged, match=words):
        read(spider(), name)


def test_the_feed_of_a_board_leads_to_its_threads(spider):
    reader = spider()

    found = asked(reader, "rss.xml", f"{HOST}/forum.php?mod=rss&fid=2")

    assert found == ["/forum.php?mod=viewthread&tid=21", "/forum.php?mod=viewthread&tid=22"]
    assert reader.plan.tally.pages == 1


def test_a_feed_without_threads_is_an_honest_empty_one(spider):
    reader = spider()

    assert asked(reader, "rss_empty.xml", f"{HOST}/forum.php?mod=rss&fid=9") == []
    assert reader.plan.tally.says_empty


def test_a_sitemap_leads_to_the_threads_of_the_site_and_its_lastmod_tells_which_changed(spider):
    reader = spider(start_urls=[f"{HOST}/sitemap.xml"])

    index = [request.url for request in reader.parse(page("sitemap_index.xml", f"{HOST}/sitemap.xml"))]
    (request,) = reader.parse_feed(page("sitemap.xml", f"{HOST}/sitemap_1.xml"), number=2)

    assert index == [f"{HOST}/sitemap_1.xml"]
    assert (request.url, request.cb_kwargs) == (THREAD, {"address": THREAD, "activity": "2026-03-10"})
    assert reader.plan.tally.forbidden == 1, "the thread of another host is left out"


def test_a_start_page_may_be_one_thread(spider):
    url = f"{HOST}/forum.php?mod=viewthread&tid=31&extra=page%3D1"

    items = list(spider().parse(page("thread_x32.html", url)))

    assert [item.native for item in items[:2]] == ["3101", "3102"]
    assert items[-1] == ThreadEnd(f"{HOST}/forum.php?mod=viewthread&tid=31", None)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("/forum.php?mod=viewthread&tid=5&extra=page%3D3&page=4", "/forum.php?mod=viewthread&tid=5"),
        ("/bbs/thread-5-4-3.html", "/bbs/thread-5-1-1.html"),
        ("/bbs/thread-5-4-3.html?mobile=2", "/bbs/thread-5-1-1.html?mobile=2"),
        ("/forum.php?mod=viewthread&tid=5&mobile=yes", "/forum.php?mod=viewthread&tid=5"),
        ("/forum.php?mod=viewthread", None),
        ("/t/5", None),
    ],
)
def test_a_thread_has_one_address_however_a_page_links_to_it(url, address):
    found = discuz_pages.thread_address(HOST + url)

    assert found == (None if address is None else HOST + address)


def play(site, **changes):
    """Put the saved pages of one board on a server."""
    names = {
        "/forum-2-1.html": "list_x34.html",
        "/forum-2-2.html": "list_x34_last.html",
        "/thread-9-1-1.html": "thread_other.html",
        "/thread-11-1-1.html": "thread_x34_1.html",
        "/thread-11-2-1.html": "thread_x34_2.html",
        "/thread-12-1-1.html": "thread_gbk.html",
        "/thread-13-1-1.html": "thread_gone.html",
        "/thread-14-1-1.html": "thread_walled.html",
        "/thread-15-1-1.html": "thread_lamp.html",
        "/robots.txt": "robots.txt",
    }
    site.pages = {path: (PAGES / name).read_bytes() for path, name in names.items()} | changes
    site.types = {"/thread-12-1-1.html": "text/html; charset=gbk"}


def test_a_whole_crawl_reads_a_board_and_the_next_one_its_changed_threads_alone(desk, site):
    play(site)
    empty = {"list": None, "thread": None, "login_wall": None, "empty": None}
    place = desk.source(site, "/forum-2-1.html", engine="discuz", **empty)

    first = desk.crawl(place)
    read_first, site.asked = site.asked, []
    changed = (PAGES / "list_x34.html").read_bytes()
    changed = changed.replace(b'class="xi2">1</a>', b'class="xi2">2</a>').replace(
        "昨天&nbsp;07:49".encode(), b"2026-3-9 07:50"
    )
    site.pages["/forum-2-1.html"] = changed
    second = desk.crawl(place)

    assert (first.outcome, first.posts, first.set_aside) == ("ok", 10, 0)
    assert sorted({post.id for post in desk.posts()}) == sorted(
        f"forum:{pid}" for pid in (901, 1101, 1102, 1103, 1112, 1115, 1201, 1202, 1501, 1502)
    )
    assert len(read_first) == len(set(read_first)), "the pinned thread and the one on two pages are read once"
    assert not [path for path in read_first if any(word in path for word in FORBIDDEN)]
    assert (second.outcome, second.detail) == ("ok", "nothing new")
    assert site.asked == ["/robots.txt", "/forum-2-1.html", "/thread-12-1-1.html", "/forum-2-2.html"]
    assert POSTER not in desk.everything_on_disk()
