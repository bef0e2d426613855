from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, JsonResponse, Response, XmlResponse

from crawlers.engines.generic import GenericSpider
from crawlers.items import Row, ThreadEnd
from crawlers.state import Change, Known
from minsheng.domain import Kind
from minsheng.errors import SourceChanged, SourceRefused

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages" / "generic"
COMMENTS = {
    "row": "div.post",
    "id": "@id",
    "id_pattern": r"post-(\d+)",
    "text": ".body",
    "drop": ["blockquote"],
    "time": "time",
    "place": ".floor",
    "likes": ".up",
}
THREAD = {"title": "h1::text", "next": "a.next::attr(href)", "comments": COMMENTS}
BOARD = {
    "title": "h1",
    "comments": {
        "row": "div.msg",
        "id": "@data-no",
        "title": "h3",
        "link": "h3 a::attr(href)",
        "text": ".body",
        "time": "xpath:./time",
        "reply": {"row": ".answer", "text": ".words", "time": "time"},
    },
}
API = {
    "json": True,
    "next": "next_page",
    "next_format": "/api?page={}",
    "comments": {
        "row": "messages[]",
        "id": "id",
        "title": "title",
        "link": "id",
        "link_format": "/message/{}",
        "text": "content",
        "time": "created",
        "likes": "likes",
        "reply": {"row": "answer", "text": "content", "time": "created"},
    },
}
PRESS = {
    "title": "h1::text",
    "first_post_kind": "official",
    "opening": {"text": "article", "time": ".meta", "drop": [".share"]},
    "comments": {"row": "li.c", "id": "@id", "text": "p", "time": "time::attr(datetime)"},
}


def page(name, url="http://forum.example/t/12", depth=0):
    request = Request(url, meta={"depth": depth})
    kind = JsonResponse if name.endswith(".json") else HtmlResponse
    return kind(url, body=(PAGES / name).read_bytes(), encoding="utf-8", request=request)


def read(spider, name, url="http://forum.example/t/12", **orders):
    return list(spider.parse_thread(page(name, url), url, None, **orders))


@pytest.fixture
def spider(make_plan):
    return lambda **changes: GenericSpider(plan=make_plan(**({"thread": THREAD} | changes)))


def test_a_list_page_asks_for_its_threads_and_the_next_page(spider):
    reader = spider()

    requests = list(reader.parse_list(page("list.html", "http://forum.example/board")))

    assert [request.url for request in requests] == [
        "http://forum.example/t/9",
        "http://forum.example/t/12",
        "http://forum.example/board?page=2",
    ]
    assert requests[1].cb_kwargs == {"address": "http://forum.example/t/12", "activity": "4"}
    assert reader.plan.tally.forbidden == 1, "the link to another host is left out, and counted"


def test_the_last_list_page_has_no_next(spider):
    requests = list(spider().parse_list(page("list_last.html", "http://forum.example/board?page=2")))

    assert [request.url for request in requests] == ["http://forum.example/t/5"]


def test_a_list_of_another_shape_is_changed_and_never_an_empty_success(spider):
    with pytest.raises(SourceChanged, match=r"board: no 'li.t' \(list.item\)"):
        list(spider().parse_list(page("redesigned.html", "http://forum.example/board")))


@pytest.mark.parametrize(
    ("part", "message"),
    [({"link": "a.none::attr(href)"}, "list.link"), ({"activity": ".none"}, "list.activity")],
)
def test_a_list_whose_items_lack_what_is_described_is_changed(spider, part, message):
    listing = {"item": "li.t", "link": "a.title::attr(href)"} | part

    with pytest.raises(SourceChanged, match=message):
        list(spider(list=listing).parse_list(page("list.html")))


def test_an_empty_list_that_says_so_is_honest(spider):
    reader = spider()

    assert list(reader.parse_list(page("empty.html", "http://forum.example/board"))) == []
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize("parse", ["parse_list", "parse_thread"])
def test_a_login_wall_is_refused(spider, parse):
    arguments = () if parse == "parse_list" else ("a", None)

    with pytest.raises(SourceRefused, match="wants a login"):
        list(getattr(spider(), parse)(page("login.html"), *arguments))


def test_rows_of_a_thread_page_hold_what_the_page_shows_and_no_names(spider):
    first, second, following = read(spider(), "thread_1.html")

    assert first == Row(
        address="http://forum.example/t/12",
        native="501",
        kind=Kind.PUBLIC,
        url="http://forum.example/t/12",
        thread="http://forum.example/t/12",
        title="青石路改造什么时候完工",
        text="围挡已经半年了，\n出行很不便。 有事请打138 1234 5678。",
        time="2026-03-01 08:10",
        place=1,
        likes=12,
    )
    assert second.native == "502"
    assert second.likes == 12000
    assert following.url == "http://forum.example/t/12?page=2"
    assert "快乐的小鱼" not in repr([first, second])


def test_the_last_page_ends_the_thread_and_keeps_counting_places(spider):
    comments = {key: value for key, value in COMMENTS.items() if key != "place"}
    reader = spider(thread=THREAD | {"comments": comments})

    rows = read(
        reader,
        "thread_2.html",
        "http://forum.example/t/12?page=2",
        number=2,
        place=2,
        thread="http://forum.example/t/12",
    )

    assert [row.place for row in rows[:2]] == [3, 4]
    assert {row.thread for row in rows[:2]} == {"http://forum.example/t/12"}
    assert isinstance(rows[-1], ThreadEnd)


@pytest.mark.parametrize(
    ("thread", "message"),
    [(THREAD, "thread.comments.row"), (THREAD | {"title": "h2"}, "thread.title"), (PRESS, "thread.opening.text"),
     (THREAD | {"url": "link::attr(href)"}, "thread.url")],
)  # fmt: skip
def test_a_thread_page_of_another_shape_is_changed(spider, thread, message):
    with pytest.raises(SourceChanged, match=message):
        read(spider(thread=thread), "redesigned.html")


def test_a_board_on_one_page_makes_each_row_a_thread_and_its_reply_an_official_post(spider):
    reader = spider(list=None, thread=BOARD)

    first, reply, second, _ = read(reader, "board.html", "http://forum.example/board")

    assert (first.native, first.title, first.thread) == (
        "7001",
        "南门公园路灯坏了",
        "http://forum.example/message/7001",
    )
    assert (reply.native, reply.reply_to, reply.kind) == ("7001:reply", "7001", Kind.OFFICIAL)
    assert (reply.title, reply.thread, reply.time) == (first.title, first.thread, "2026-03-03 09:00")
    assert first.text == "三盏路灯不亮，晚上很黑。"
    assert second.native == "7002"
    assert second.reply_to is None


def test_json_pages_are_read_by_jmespath(spider):
    reader = spider(list=None, thread=API)

    first, reply, second, following = read(reader, "board.json", "http://forum.example/api?page=1")

    assert (first.native, first.text, first.likes) == ("81", "放学时很危险\n请画线&装灯", 7)
    assert first.url == "http://forum.example/message/81"
    assert reply.time == "1772700000"
    assert second.reply_to is None
    assert following.url == "http://forum.example/api?page=2"
    assert "快乐的小鱼" not in repr([first, reply, second])


def test_comments_of_a_data_page_are_addressed_by_the_page_that_people_see(spider):
    comments = {"row": "comments", "id": "id", "text": "content", "time": "created"}
    reader = spider(list=None, thread={"json": True, "title": "title", "url": "article_url", "comments": comments})

    rows = read(reader, "comments.json", "http://forum.example/api/comments?article=55")[:2]

    assert [(row.url, row.thread) for row in rows] == [("http://forum.example/news/55.html",) * 2] * 2


def test_html_where_json_was_promised_is_changed(spider):
    with pytest.raises(SourceChanged, match="wanted JSON"):
        read(spider(thread=API), "board.html")


def test_a_release_is_official_and_the_comments_below_it_are_public(spider):
    opening, comment, end = read(spider(thread=PRESS), "press.html", "http://forum.example/news/3?full=1")

    assert (opening.kind, opening.place, opening.native) == (Kind.OFFICIAL, 1, "/news/3?full=1")
    assert opening.text == "记者从市住建局获悉，青石路改造工程主体完工。\n群众满意度达98%。"
    assert (comment.kind, comment.place, comment.native) == (Kind.PUBLIC, 2, "c-31")
    assert end == ThreadEnd("http://forum.example/news/3?full=1")


def test_a_release_whose_comments_have_another_shape_is_changed(spider):
    thread = PRESS | {"comments": PRESS["comments"] | {"row": "li.comment"}}

    with pytest.raises(SourceChanged, match="thread.comments.row"):
        read(spider(thread=thread), "press.html")


def test_a_site_that_lies_about_its_encoding_is_read_by_the_one_given(spider):
    rows = read(spider(encoding="gb18030"), "gbk.html")

    assert rows[0].text == "朱镕小区还没供暖，室温只有１２度。"


def test_ids_that_count_inside_a_thread_are_told_apart(spider):
    thread = THREAD | {"comments": COMMENTS | {"id": ".floor", "id_pattern": r"(\d+)", "id_scope": "thread"}}

    rows = read(spider(thread=thread), "thread_1.html")

    assert rows[0].native == "/t/12#1"


def test_pages_end_at_the_limit_of_pages_and_of_depth(spider):
    few = spider(thread=THREAD | {"max_pages": 1})
    deep = spider()
    response = page("thread_1.html", depth=60)

    last_of_few = read(few, "thread_1.html")[-1]
    last_of_deep = list(deep.parse_thread(response, response.url, None))[-1]

    assert isinstance(last_of_few, ThreadEnd)
    assert isinstance(last_of_deep, ThreadEnd)
    assert deep.plan.tally.too_deep == 1


def test_what_is_no_text_is_changed(spider):
    picture = Response("http://forum.example/t/1", body=b"\x89PNG", headers={"Content-Type": "image/png"})

    with pytest.raises(SourceChanged, match="image/png"):
        list(spider().parse_thread(picture, picture.url, None))


def test_boards_from_new_to_old_stop_where_everything_is_known_and_answered(spider, now):
    reader = spider(list=None, thread=API | {"newest_first": True})
    state = reader.plan.state
    state.apply(Change(dict.fromkeys(("forum:81", "forum:81:reply", "forum:82"), Known("x", ""))), now, None)
    state.was_complete = True

    unanswered = read(reader, "board.json", "http://forum.example/api?page=1")[-1]
    reader.plan.config.thread.comments.__dict__["reply"] = None
    settled = read(reader, "board.json", "http://forum.example/api?page=1")[-1]

    assert isinstance(unanswered, Request), "message 82 may still get its reply, so older pages are read too"
    assert isinstance(settled, ThreadEnd)


def test_a_sitemap_is_a_list_and_lastmod_tells_which_pages_changed(spider, now):
    listing = {"item": "xpath://url[contains(loc, '/t/')]", "link": "loc::text", "activity": "lastmod::text"}
    url = "http://forum.example/sitemap.xml"
    reader = spider(list=listing, thread=THREAD)
    reader.plan.state.apply(
        Change(threads=[ThreadEnd("http://forum.example/t/12", "2026-03-05T09:30:00+08:00")]), now, None
    )

    sitemap = XmlResponse(url, body=(PAGES / "sitemap.xml").read_bytes(), request=Request(url))
    requests = list(reader.parse(sitemap))

    assert [request.url for request in requests] == ["http://forum.example/t/15?a=1&b=2"]
