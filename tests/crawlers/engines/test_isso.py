from urllib.parse import quote

import pytest

from crawlers.engines.isso import IssoSpider
from crawlers.items import ThreadEnd
from crawlers.state import Change
from minsheng.errors import SourceChanged, SourceRefused

from .apis import HOST, PHONE, POSTER, path_of, play, rows_and_more, saved

LAMPS, STOP = (f"/?uri={quote(uri, safe='')}" for uri in ("/news/lamps.html", "/news/stop.html"))
SERVICE = f"{HOST}/isso"
CHANGES = {"engine": "isso", "list": None, "thread": None, "start_urls": [f"{HOST}/news/lamps.html"]}


@pytest.fixture
def spider(make_plan):
    return lambda **changes: IssoSpider(plan=make_plan(**(CHANGES | changes)))


def read(reader, name="isso/thread.json", url=SERVICE + LAMPS):
    return rows_and_more(reader.parse(saved(name, url)))


@pytest.mark.parametrize(
    ("start", "asked"),
    [("/latest", "/latest?limit=1000"), ("/latest?limit=5", "/latest?limit=5"), (LAMPS, LAMPS), ("/news/9", "/news/9")],
)
def test_the_newest_comments_are_asked_for_with_a_limit(spider, start, asked):
    assert spider().api_address(HOST + start) == HOST + asked


def test_a_page_names_its_service_and_thread(spider):
    _, (request,), _ = rows_and_more(spider().parse(saved("isso/page.html", f"{HOST}/news/1")))

    assert path_of(request) == f"/isso{LAMPS}"
    assert request.cb_kwargs["thread"].title == "南门路灯改造公告"
    assert request.cb_kwargs["thread"].page == f"{HOST}/news/1"


def test_a_page_without_an_id_is_named_by_its_path(spider):
    _, (request,), _ = rows_and_more(spider().parse(saved("isso/page_titled.html", f"{HOST}/news/stop.html?from=rss")))

    assert path_of(request) == f"/isso{STOP}"
    assert request.cb_kwargs["thread"].title == "公交站牌"


def test_a_list_leads_to_the_pages_of_the_pattern_and_nowhere_else(spider):
    reader = spider(options={"links": r"/news/[a-z0-9]+\.html"})

    _, requests, _ = rows_and_more(reader.parse(saved("isso/list.html", f"{HOST}/news/")))

    assert [path_of(request) for request in requests] == ["/news/lamps.html", "/news/stop.html", "/news/quiet.html"]
    assert reader.plan.tally.forbidden == 1, "the link to another host is left out, and counted"


def test_a_linked_page_may_do_without_comments(spider):
    assert list(spider().parse_linked(saved("isso/quiet.html", f"{HOST}/news/quiet.html"))) == []


def test_the_newest_comments_lead_to_their_threads_once_each(spider):
    _, requests, _ = read(spider(), "isso/latest.json", f"{SERVICE}/latest?limit=1000")

    assert [path_of(request) for request in requests] == [f"/isso{LAMPS}", f"/isso{STOP}"]
    assert requests[0].cb_kwargs["activity"] == "6 1772710000.0"


def test_a_thread_without_new_comments_is_not_asked_for(spider, now):
    reader = spider()
    reader.plan.state.apply(Change(threads=[ThreadEnd(SERVICE + LAMPS, "6 1772710000.0")]), now, None)

    _, requests, _ = read(reader, "isso/latest.json", f"{SERVICE}/latest?limit=1000")

    assert [path_of(request) for request in requests] == [f"/isso{STOP}"]


def test_comments_become_rows_in_the_order_of_their_arrival(spider):
    rows, requests, ends = read(spider(options={"site": "http://www.example/"}))

    assert [(row.native, row.place) for row in rows] == [("1", 1), ("3", 3), ("4", 4), ("6", 6)]
    first = rows[0]
    assert first.text == "三盏路灯不亮，晚上很黑。\n请尽快修。"
    assert (first.time, first.likes, first.reply_to) == ("2026-03-01T01:00:00+00:00", 4, None)
    assert (first.thread, first.url) == (
        "http://www.example/news/lamps.html",
        "http://www.example/news/lamps.html#isso-1",
    )
    assert requests == []
    assert ends == [ThreadEnd(SERVICE + LAMPS)]


def test_deleted_and_waiting_comments_are_left_out(spider):
    rows, _, _ = read(spider())

    assert {"2", "5"}.isdisjoint(row.native for row in rows)


def test_a_reply_names_what_it_answers_and_loses_the_quote(spider):
    rows, _, _ = read(spider())

    reply = next(row for row in rows if row.native == "4")
    assert (reply.reply_to, reply.text) == ("1", "今天又坏一盏。")


def test_nobody_is_read(spider):
    rows, _, _ = read(spider())

    assert POSTER not in repr(rows)
    assert "a1b2" not in repr(rows)


@pytest.mark.parametrize(
    ("name", "url"), [("isso/empty.json", SERVICE + LAMPS), ("isso/latest_empty.json", f"{SERVICE}/latest?limit=9")]
)
def test_no_comments_is_empty_and_not_changed(spider, name, url):
    reader = spider()

    rows, requests, _ = read(reader, name, url)

    assert (rows, requests) == ([], [])
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize("name", ["isso/redesigned.json", "isso/quiet.html"])
def test_an_answer_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        read(spider(), name)


def test_comments_without_id_or_time_are_changed(spider):
    with pytest.raises(SourceChanged, match="without id or created"):
        read(spider(), "isso/latest_bare.json", f"{SERVICE}/latest")


def test_a_login_wall_is_refused(spider):
    with pytest.raises(SourceRefused):
        read(spider(login_wall=["text:请登录"]), "isso/login.html")


def test_a_crawl_from_a_list_of_pages_reads_every_thread_and_keeps_nobody(desk, site):
    pages = {"/news/": "isso/list.html", "/news/lamps.html": "isso/page.html", "/news/quiet.html": "isso/quiet.html"}
    pages |= {"/news/stop.html": "isso/page_titled.html"}
    play(site, pages | {f"/isso{LAMPS}": "isso/thread.json", f"/isso{STOP}": "isso/thread_2.json"})
    service = site.url.removeprefix("http:")
    site.pages["/news/lamps.html"] = site.pages["/news/lamps.html"].replace(b"//forum.example", service.encode())
    options = {"links": r"127\.0\.0\.1:\d+/news/.+\.html"}
    place = desk.source(site, start="/news/", engine="isso", list=None, thread=None, options=options)

    report = desk.crawl(place)
    again = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked) == ("ok", 5, 1)
    assert {post.title for post in desk.posts()} == {"南门路灯改造公告", "公交站牌"}
    assert desk.posts()[0].url.startswith(f"{site.url}/news/")
    assert (again.outcome, again.posts) == ("ok", 0)
    assert POSTER not in desk.everything_on_disk()
    assert PHONE not in desk.everything_on_disk()
