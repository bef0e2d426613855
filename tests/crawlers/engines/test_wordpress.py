import asyncio

import pytest

from crawlers.engines.wordpress import WordpressSpider
from crawlers.items import ThreadEnd
from crawlers.state import Change
from minsheng.errors import SourceChanged, SourceRefused

from .apis import HOST, PHONE, POSTER, path_of, play, rows_and_more, saved

API = "/wp-json/wp/v2"
LIST = f"{API}/comments?per_page=100&orderby=date_gmt&order=desc&_fields=id%2Cpost%2Cdate_gmt%2C_links&page=1"
FIELDS = "id%2Cpost%2Cparent%2Cdate%2Cdate_gmt%2Ccontent%2Clink%2Cstatus%2Ctype"
LAMPS = f"{HOST}{API}/comments?post=7"
POST = f"{HOST}/2026/02/lamps/"
CHANGES = {"engine": "wordpress", "list": None, "thread": None, "start_urls": [f"{HOST}/"]}
BLOG = {"engine": "wordpress", "list": None, "thread": None}


def thread_at(post, number=1):
    return f"{API}/comments?post={post}&per_page=100&orderby=date_gmt&order=asc&page={number}&_fields={FIELDS}"


@pytest.fixture
def spider(make_plan):
    return lambda **changes: WordpressSpider(plan=make_plan(**(CHANGES | changes)))


def newest(reader, name="wordpress/newest.json", total=2, **orders):
    headers = {"X-WP-TotalPages": str(total)} if total else {}
    return rows_and_more(reader.parse(saved(name, HOST + LIST, headers=headers), form="rest", **orders))


def comments(reader, name="wordpress/comments_7.json", number=1, total=2):
    response = saved(name, HOST + thread_at(7, number), headers={"X-WP-TotalPages": str(total)})
    orders = {"address": LAMPS, "activity": "35", "title": "路灯", "number": number}
    return rows_and_more(reader.parse_comments(response, **orders))


def post(reader, name, url=POST, **orders):
    return rows_and_more(reader.parse_post(saved(name, url), url, "4条评论", **orders))


def feed(reader, name="wordpress/comments_feed.xml"):
    return rows_and_more(reader.parse(saved(name, f"{HOST}/comments/feed/"), form="feed"))


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        ("/wp-json/", LIST),
        ("/blog/wp-json/wp/v2/comments", "/blog" + LIST),
        ("/wp-json/wp/v2/comments?post=7", LIST.replace("?", "?post=7&")),
        ("/?rest_route=/wp/v2/comments", LIST.replace(f"{API}/comments?", "/?rest_route=%2Fwp%2Fv2%2Fcomments&")),
        ("/comments/feed/", "/comments/feed/"),
        ("/?feed=comments-rss2", "/?feed=comments-rss2"),
        ("/2026/02/lamps/", "/2026/02/lamps/"),
    ],
)
def test_a_start_address_says_in_what_form_it_is_read(spider, start, asked):
    async def started():
        return [path_of(request) async for request in spider(start_urls=[HOST + start]).start()]

    assert asyncio.run(started()) == [asked]


def test_the_newest_comments_lead_to_their_posts_once_each(spider):
    _, requests, _ = newest(spider())

    assert [path_of(request) for request in requests] == [
        f"{API}/posts/7?_fields=title",
        f"{API}/pages/9?_fields=title",
        LIST.replace("&page=1", "&page=2"),
    ]
    assert requests[0].cb_kwargs == {"address": LAMPS, "activity": "35 2026-03-05T02:00:00"}


def test_a_post_that_was_found_on_an_earlier_page_is_not_asked_for_again(spider):
    _, requests, _ = newest(spider(), "wordpress/newest_2.json", number=2, seen=frozenset({LAMPS}))

    assert [path_of(request) for request in requests] == [f"{API}/posts/3?_fields=title"]


def test_the_last_page_is_known_also_without_the_header(spider):
    _, requests, _ = newest(spider(), total=0)

    assert not [request for request in requests if "page=2" in request.url]


def test_posts_without_new_comments_end_the_list_after_a_complete_crawl(spider, now):
    reader = spider()
    ends = [(LAMPS, "35 2026-03-05T02:00:00"), (f"{HOST}{API}/comments?post=9", "41 2026-03-04T02:00:00")]
    reader.plan.state.apply(Change(threads=[ThreadEnd(*end) for end in ends]), now, None)
    reader.plan.state.was_complete = True

    _, requests, _ = newest(reader)

    assert requests == []


def test_the_title_goes_with_the_comments(spider):
    reader = spider()

    found = reader.parse_title(saved("wordpress/post_7.json", f"{HOST}{API}/posts/7"), address=LAMPS, activity="35")
    _, (request,), _ = rows_and_more(found)

    assert path_of(request) == thread_at(7)
    assert request.cb_kwargs["title"] == "南门路灯改造公告 – 二期"


def test_comments_become_rows_in_their_place_without_waiting_ones_and_pingbacks(spider):
    rows, requests, ends = comments(spider())

    first, second = rows
    assert (first.native, first.place, first.reply_to, first.likes) == ("31", 1, None, None)
    assert first.text == "三盏路灯不亮，晚上很黑。\n请尽快修…"
    assert (first.time, first.title) == ("2026-03-01T02:00:00Z", "路灯")
    assert (first.url, first.thread) == (f"{POST}#comment-31", POST)
    assert (second.reply_to, second.text) == ("31", "今天又坏一盏。")
    assert [path_of(request) for request in requests] == [thread_at(7, 2)]
    assert ends == []


def test_the_last_page_of_comments_ends_the_thread_and_counts_on(spider):
    rows, requests, ends = comments(spider(), "wordpress/comments_7_2.json", number=2)

    assert [(row.place, row.thread, row.url) for row in rows] == [(101, POST, f"{POST}comment-page-2/#comment-35")]
    assert requests == []
    assert ends == [ThreadEnd(LAMPS, "35")]


def test_of_a_thread_beyond_reach_the_first_page_and_the_last_ones_are_read(spider):
    _, (request,), _ = comments(spider(reach={"thread_pages": 3}), total=10)

    assert path_of(request) == thread_at(7, 9)


def test_nobody_is_read_or_asked_for(spider):
    rows, requests, _ = comments(spider())

    assert POSTER not in repr(rows)
    assert "a1b2" not in repr(rows)
    assert "author" not in requests[0].url


def test_no_comments_is_empty_and_not_changed(spider):
    reader = spider()

    assert newest(reader, "wordpress/empty.json") == ([], [], [])
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize("name", ["wordpress/error.json", "wordpress/error.html", "wordpress/post_7.json"])
def test_an_answer_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        newest(spider(), name)


def test_a_page_of_posts_leads_to_them_and_to_older_ones(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("wordpress/list.html", f"{HOST}/")))

    assert [path_of(request) for request in requests] == ["/2026/02/lamps/", "/2026/01/signal/", "/page/2/"]
    assert requests[0].cb_kwargs == {"address": POST, "activity": "4条评论"}


def test_a_page_of_posts_of_a_block_theme_is_read(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("wordpress/list_block.html", f"{HOST}/")))

    assert [path_of(request) for request in requests] == ["/2026/02/lamps/", "/?query-0-page=2"]
    assert requests[0].cb_kwargs["activity"] is None


def test_the_comments_of_a_page_become_rows_with_replies_after_what_they_answer(spider):
    rows, _, ends = post(spider(), "wordpress/post.html")

    assert [(row.native, row.place, row.reply_to) for row in rows] == [
        ("31", 1, None),
        ("32", 2, "31"),
        ("35", 3, None),
    ]
    assert rows[0].text == "三盏路灯不亮，晚上很黑。\n请尽快修。"
    assert rows[1].text == "今天又坏一盏。"
    assert (rows[0].time, rows[0].title) == ("2026-03-01T10:00:00+08:00", "南门路灯改造公告")
    assert (rows[0].url, rows[0].thread) == (f"{POST}#comment-31", POST)
    assert ends == [ThreadEnd(POST, "4条评论")]
    assert POSTER not in repr(rows)


def test_an_older_theme_is_read(spider):
    (row,), _, _ = post(spider(), "wordpress/post_old.html", f"{HOST}/about-stop/")

    assert (row.native, row.text, row.time) == ("41", "站牌被树枝挡住。\n请修剪。", "2026年3月4日 上午10:05")
    assert POSTER not in repr(row)


def test_a_block_theme_is_read(spider):
    (row,), _, _ = post(spider(), "wordpress/post_block.html", f"{HOST}/2026/01/signal/")

    assert (row.native, row.text, row.title) == ("20", "路口请装信号灯。", "路口增设信号灯")
    assert row.time == "2026-02-01T10:00:00+08:00"
    assert POSTER not in repr(row)


def test_pages_of_comments_are_read_from_the_oldest_on(spider):
    reader = spider()
    _, (to_first,), _ = post(reader, "wordpress/paged_2.html")
    rows, (to_second,), _ = post(reader, "wordpress/paged_1.html", number=1)
    orders = {key: value for key, value in to_second.cb_kwargs.items() if key in {"number", "place"}}
    later, requests, ends = post(reader, "wordpress/paged_2.html", **orders)

    assert path_of(to_first) == "/2026/02/lamps/comment-page-1/"
    assert path_of(to_second) == "/2026/02/lamps/comment-page-2/"
    assert [row.place for row in rows + later] == [1, 2, 3]
    assert requests == []
    assert len(ends) == 1


def test_a_post_with_comments_closed_has_none(spider):
    assert post(spider(), "wordpress/quiet.html") == ([], [], [ThreadEnd(POST, "4条评论")])


@pytest.mark.parametrize("name", ["wordpress/redesigned.html", "wordpress/error.html"])
def test_a_post_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        post(spider(), name)


def test_a_page_that_is_neither_post_nor_list_is_changed(spider):
    with pytest.raises(SourceChanged, match="neither a post nor a list"):
        list(spider().parse(saved("wordpress/error.html", f"{HOST}/")))


def test_a_post_behind_a_password_is_left_alone(spider):
    reader = spider()

    assert post(reader, "wordpress/locked.html") == ([], [], [])
    assert reader.plan.tally.forbidden == 1
    with pytest.raises(SourceRefused, match="password"):
        post(reader, "wordpress/locked.html", f"{HOST}/")


def test_a_feed_of_comments_is_read_without_the_names_in_its_titles(spider):
    rows, _, ends = feed(spider())

    assert [(row.native, row.title, row.text) for row in rows] == [
        ("35", "南门路灯改造公告", f"致电{PHONE}"),
        ("41", "Bus stops", "站牌被树枝挡住。"),
        ("20", "", "路口请装信号灯。"),
    ]
    assert [row.thread for row in rows] == [POST, f"{HOST}/about-stop/", f"{HOST}/?p=3"]
    assert [row.reply_to for row in rows] == ["31", None, None]
    assert POSTER not in repr(rows)
    assert ends == [ThreadEnd(f"{HOST}/comments/feed/")]


def test_an_empty_feed_is_empty_and_a_feed_of_posts_is_changed(spider):
    reader = spider()

    assert feed(reader, "wordpress/empty_feed.xml")[0] == []
    assert reader.plan.tally.says_empty
    with pytest.raises(SourceChanged, match="not one of comments"):
        feed(reader, "wordpress/posts_feed.xml")
    with pytest.raises(SourceChanged, match="no RSS or Atom feed"):
        feed(reader, "wordpress/error.html")


def test_a_crawl_by_rest_reads_everything_once(desk, site):
    play(site, {LIST: "wordpress/newest.json", thread_at(7): "wordpress/comments_7.json"}, {"X-WP-TotalPages": "2"})
    play(site, {LIST.replace("&page=1", "&page=2"): "wordpress/newest_2.json"}, {"X-WP-TotalPages": "2"})
    play(site, {thread_at(7, 2): "wordpress/comments_7_2.json"}, {"X-WP-TotalPages": "2"})
    play(site, {thread_at(9): "wordpress/comments_9.json", thread_at(3): "wordpress/comments_3.json"})
    play(site, {f"{API}/{kind}?_fields=title": f"wordpress/post_{kind[-1]}.json" for kind in ("posts/7", "pages/9")})
    place = desk.source(site, start="/wp-json/", **BLOG)

    report = desk.crawl(place)
    site.asked.clear()
    quiet = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked) == ("ok", 5, 1)
    assert {post.id: post.title for post in desk.posts()}["forum:41"] == "公交站牌"
    assert {post.id: post.title for post in desk.posts()}["forum:20"] == "", "the post itself is not public by REST"
    assert (quiet.outcome, quiet.posts) == ("ok", 0)
    assert site.asked == ["/robots.txt", LIST]
    assert POSTER not in desk.everything_on_disk()
    assert PHONE not in desk.everything_on_disk()


def test_a_crawl_of_pages_reads_everything_once(desk, site):
    play(site, {"/": "wordpress/list.html", "/page/2/": "wordpress/list_2.html", "/notice/": "wordpress/quiet.html"})
    play(site, {"/2026/02/lamps/": "wordpress/paged_2.html", "/2026/01/signal/": "wordpress/post_block.html"})
    play(site, {f"/2026/02/lamps/comment-page-{n}/": f"wordpress/paged_{n}.html" for n in (1, 2)})
    place = desk.source(site, start="/", **BLOG)

    report = desk.crawl(place)
    site.asked.clear()
    quiet = desk.crawl(place)

    assert (report.outcome, report.posts) == ("ok", 4)
    assert {post.place for post in desk.posts()} == {1, 2, 3}
    assert (quiet.outcome, quiet.posts) == ("ok", 0)
    assert site.asked == ["/robots.txt", "/"]
    assert POSTER not in desk.everything_on_disk()


@pytest.mark.parametrize(("status", "outcome"), [(401, "refused"), (404, "changed")])
def test_what_the_status_of_the_interface_says(desk, site, status, outcome):
    site.answers[LIST] = [(status, {"Content-Type": "application/json"})]

    report = desk.crawl(desk.source(site, start="/wp-json/", **BLOG), retries=0)

    assert report.outcome == outcome
