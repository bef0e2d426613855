from urllib.parse import urlencode

import pytest

from crawlers.engines.artalk import ArtalkSpider
from crawlers.items import ThreadEnd
from crawlers.state import Change
from minsheng.errors import SourceChanged

from .apis import HOST, PHONE, POSTER, path_of, play, rows_and_more, saved

SERVICE = f"{HOST}/artalk"
ORDERS = "&limit=50&offset=0&flat_mode=true&sort_by=date_asc"
LATEST = f"{SERVICE}/api/v2/stats/latest_comments?limit=100"
CHANGES = {"engine": "artalk", "list": None, "thread": None, "start_urls": [f"{HOST}/news/lamps.html"]}


def thread_at(key, site="云溪"):
    return f"/api/v2/comments?{urlencode({'page_key': key} | ({'site_name': site} if site else {}))}{ORDERS}"


LAMPS, STOP = thread_at("/news/lamps.html"), thread_at("/news/stop.html")


@pytest.fixture
def spider(make_plan):
    return lambda **changes: ArtalkSpider(plan=make_plan(**(CHANGES | changes)))


def read(reader, name="artalk/thread.json", url=SERVICE + LAMPS):
    return rows_and_more(reader.parse(saved(name, url)))


def read_all(reader):
    rows, (request,), _ = read(reader)
    return rows, *rows_and_more(reader.parse_thread(saved("artalk/thread_2.json", request.url), **request.cb_kwargs))


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        ("/api/v2/comments?page_key=/news/1", f"/api/v2/comments?page_key=%2Fnews%2F1{ORDERS}"),
        ("/api/v2/stats/latest_comments", "/api/v2/stats/latest_comments?limit=100"),
        ("/news/lamps.html", "/news/lamps.html"),
    ],
)
def test_the_service_is_asked_in_the_order_of_arrival(spider, start, asked):
    assert spider().api_address(HOST + start) == HOST + asked


def test_a_page_names_its_service_and_thread(spider):
    _, (request,), _ = rows_and_more(spider().parse(saved("artalk/page.html", f"{HOST}/news/1")))

    assert path_of(request) == f"/artalk{LAMPS}"
    assert request.cb_kwargs["thread"].title == "南门路灯改造公告"


def test_a_page_without_a_key_is_named_by_its_path(spider):
    _, (request,), _ = rows_and_more(spider().parse(saved("artalk/page_plain.html", f"{HOST}/news/stop.html")))

    assert path_of(request) == f"/artalk{thread_at('/news/stop.html', None)}"
    assert request.cb_kwargs["thread"].title == "公交站牌"


def test_the_newest_comments_lead_to_their_threads_once_each(spider):
    _, requests, _ = read(spider(), "artalk/latest.json", LATEST)

    assert [path_of(request) for request in requests] == [f"/artalk{STOP}", f"/artalk{LAMPS}"]
    assert requests[1].cb_kwargs["activity"] == "62 2026-03-05 09:00:00"


def test_a_thread_without_new_comments_is_not_asked_for(spider, now):
    reader = spider()
    reader.plan.state.apply(Change(threads=[ThreadEnd(SERVICE + STOP, "70 2026-03-04 09:00:00")]), now, None)

    _, requests, _ = read(reader, "artalk/latest.json", LATEST)

    assert [path_of(request) for request in requests] == [f"/artalk{LAMPS}"]


def test_comments_become_rows_in_their_place(spider):
    rows, _, _ = read(spider())

    first = rows[0]
    assert (first.native, first.place, first.likes, first.reply_to) == ("11", 1, 4, None)
    assert first.text == "三盏路灯不亮，晚上很黑。"
    assert (first.title, first.time) == ("南门路灯改造公告", "2026-03-01 09:00:00")
    assert first.thread == f"{HOST}/news/lamps.html"
    assert first.url == f"{HOST}/news/lamps.html#atk-comment-11"


def test_waiting_and_deleted_comments_are_left_out_and_keep_their_place(spider):
    rows, _, _ = read(spider())

    assert [row.place for row in rows] == [1, 2, *range(5, 51)]


def test_a_reply_names_what_it_answers_and_loses_the_quote(spider):
    rows, _, _ = read(spider())

    assert (rows[1].reply_to, rows[1].text) == ("11", "今天又坏一盏。")


def test_a_long_thread_is_read_to_its_end(spider):
    _, later, requests, ends = read_all(spider())

    assert [(row.native, row.place) for row in later] == [("61", 51), ("62", 52)]
    assert requests == []
    assert ends == [ThreadEnd(SERVICE + LAMPS)]


def test_the_next_page_is_asked_for_by_its_offset(spider):
    _, (request,), ends = read(spider())

    assert "offset=50&" in request.url
    assert ends == []


def test_nobody_is_read(spider):
    rows, later, _, _ = read_all(spider())

    assert POSTER not in repr(rows + later)
    assert "a1b2" not in repr(rows + later)


def test_the_path_of_a_page_is_completed_by_the_site(spider):
    rows, _, _ = read(spider(options={"site": "http://www.example"}), "artalk/other.json", SERVICE + STOP)

    assert (rows[0].thread, rows[0].title) == ("http://www.example/news/stop.html", "公交站牌")


@pytest.mark.parametrize(
    ("name", "url"), [("artalk/empty.json", SERVICE + LAMPS), ("artalk/latest_empty.json", LATEST)]
)
def test_no_comments_is_empty_and_not_changed(spider, name, url):
    reader = spider()

    rows, requests, _ = read(reader, name, url)

    assert (rows, requests) == ([], [])
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("artalk/error.json", SERVICE + LAMPS),
        ("artalk/lost.json", SERVICE + LAMPS),
        ("artalk/error.json", LATEST),
        ("isso/quiet.html", SERVICE + LAMPS),
    ],
)
def test_an_answer_of_another_shape_is_changed(spider, name, url):
    with pytest.raises(SourceChanged):
        read(spider(), name, url)


def test_a_crawl_from_the_newest_comments_reads_every_thread_once(desk, site):
    first = "/api/v2/comments?page_key=%2Fnews%2Flamps.html&site_name=%E4%BA%91%E6%BA%AA"
    play(
        site,
        {
            "/api/v2/stats/latest_comments?limit=100": "artalk/latest.json",
            LAMPS: "artalk/thread.json",
            f"{first}&limit=50&offset=50&flat_mode=true&sort_by=date_asc": "artalk/thread_2.json",
            STOP: "artalk/other.json",
        },
    )
    place = desk.source(site, start="/api/v2/stats/latest_comments", engine="artalk", list=None, thread=None)

    report = desk.crawl(place)
    site.asked.clear()
    quiet = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked) == ("ok", 51, 1)
    assert {post.title for post in desk.posts()} == {"南门路灯改造公告", "公交站牌"}
    assert (quiet.outcome, quiet.posts) == ("ok", 0)
    assert site.asked == ["/robots.txt", "/api/v2/stats/latest_comments?limit=100"]
    assert POSTER not in desk.everything_on_disk()
    assert PHONE not in desk.everything_on_disk()


@pytest.mark.parametrize(("status", "outcome"), [(404, "changed")])
def test_what_the_status_of_the_start_says(desk, site, status, outcome):
    path = "/api/v2/stats/latest_comments"
    site.answers[f"{path}?limit=100"] = [(status, {"Content-Type": "application/json"})]

    report = desk.crawl(desk.source(site, start=path, engine="artalk", list=None, thread=None), retries=0)

    assert report.outcome == outcome
