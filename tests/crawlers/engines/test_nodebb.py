import pytest

from crawlers.engines.nodebb import NodebbSpider
from crawlers.items import ThreadEnd
from crawlers.state import Change
from minsheng.domain import Kind
from minsheng.errors import SourceChanged, SourceRefused

from .apis import HOST, PHONE, POSTER, path_of, play, rows_and_more, saved

LIST = f"{HOST}/api/category/5?sort=newest_to_oldest"
TOPIC = f"{HOST}/api/topic/12"
CHANGES = {"engine": "nodebb", "list": None, "thread": None, "start_urls": [f"{HOST}/category/5/城市道路"]}
SITE = {
    "/api/category/5?sort=newest_to_oldest": "nodebb/category.json",
    "/api/category/5?sort=newest_to_oldest&page=2": "nodebb/category_2.json",
    "/api/topic/12": "nodebb/topic_12.json",
    "/api/topic/12?page=2": "nodebb/topic_12_2.json",
    "/api/topic/15": "nodebb/topic_15.json",
    "/api/topic/9": "nodebb/topic_9.json",
}


@pytest.fixture
def spider(make_plan):
    return lambda **changes: NodebbSpider(plan=make_plan(**(CHANGES | changes)))


def read_topic(reader, name="nodebb/topic_12.json", url=TOPIC, **orders):
    return rows_and_more(reader.parse_topic(saved(name, url), address=TOPIC, activity="5", **orders))


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("/category/5/城市道路", "/api/category/5?sort=newest_to_oldest"),
        ("/api/category/5", "/api/category/5?sort=newest_to_oldest"),
        ("/category/5?page=3#top", "/api/category/5?sort=newest_to_oldest"),
        ("/bbs/category/5/x", "/bbs/api/category/5?sort=newest_to_oldest"),
        ("/recent", "/api/recent"),
        ("/", "/api/recent"),
        ("", "/api/recent"),
    ],
)
def test_the_page_that_people_see_leads_to_the_interface(spider, page, address):
    assert spider().api_address(HOST + page) == HOST + address


def test_a_list_asks_for_its_topics_and_the_next_page_but_not_for_deleted_or_future_ones(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("nodebb/category.json", LIST)))

    assert [path_of(request) for request in requests] == [
        "/api/topic/12",
        "/api/topic/15",
        "/api/category/5?sort=newest_to_oldest&page=2",
    ]
    assert requests[0].cb_kwargs == {"address": TOPIC, "activity": "5 2026-03-05T09:30:00.000Z"}


def test_the_last_list_page_has_no_next(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("nodebb/category_2.json", LIST), number=2))

    assert [path_of(request) for request in requests] == ["/api/topic/9"]


def test_a_list_ends_at_the_page_that_reach_allows(spider):
    _, requests, _ = rows_and_more(spider(reach={"list_pages": 1}).parse(saved("nodebb/category.json", LIST)))

    assert [path_of(request) for request in requests] == ["/api/topic/12", "/api/topic/15"]


def test_a_topic_without_new_posts_is_not_asked_for_and_ends_the_list_after_a_complete_crawl(spider, now):
    reader = spider()
    ends = [(TOPIC, "5 2026-03-05T09:30:00.000Z"), (f"{HOST}/api/topic/15", "1 2026-03-04T01:00:00.000Z")]
    reader.plan.state.apply(Change(threads=[ThreadEnd(*end) for end in ends]), now, None)
    reader.plan.state.was_complete = True

    _, requests, _ = rows_and_more(reader.parse(saved("nodebb/category.json", LIST)))

    assert requests == []


def test_posts_become_rows_in_their_place(spider):
    rows, requests, ends = read_topic(spider())

    first, second = rows
    assert (first.native, first.place, first.likes, first.reply_to) == ("27", 1, 8, None)
    assert first.text == "围挡两年了，每天堵车。\n到底什么时候通车？"
    assert (first.title, first.thread) == ("环城路什么时候通车 & 谁负责", f"{HOST}/topic/12/环城路什么时候通车")
    assert (first.url, first.time, first.kind) == (f"{HOST}/post/27", "2026-03-01T01:00:00.000Z", Kind.PUBLIC)
    assert (second.native, second.reply_to, second.place) == ("28", "27", 2)
    assert [path_of(request) for request in requests] == ["/api/topic/12?page=2"]
    assert ends == []


def test_quoted_words_go_with_the_line_that_names_their_writer(spider):
    rows, _, _ = read_topic(spider())

    assert rows[1].text == "我问过了，说是六月底。"


def test_deleted_posts_are_left_out_and_keep_their_place(spider):
    rows, _, _ = read_topic(spider())
    later, _, _ = read_topic(spider(), "nodebb/topic_12_2.json", number=2)

    assert [row.place for row in rows + later] == [1, 2, 4, 5]


def test_a_picture_without_words_is_left_out(spider):
    (row,), _, _ = read_topic(spider(), "nodebb/topic_15.json")

    assert (row.native, row.text) == ("40", "雨天一踩一身水。")


def test_nobody_is_read(spider):
    rows, requests, _ = read_topic(spider())
    later, _, _ = read_topic(spider(), "nodebb/topic_12_2.json", number=2)

    assert POSTER not in repr(rows + later)
    assert POSTER not in repr([request.cb_kwargs for request in requests])


def test_the_last_page_ends_the_topic(spider):
    rows, requests, ends = read_topic(spider(), "nodebb/topic_12_2.json", f"{TOPIC}?page=2", number=2)

    assert [row.text for row in rows] == ["六月底不可能，桥墩还没做。", f"投诉电话{PHONE}"]
    assert requests == []
    assert ends == [ThreadEnd(TOPIC, "5")]


def test_an_empty_category_is_empty_and_not_changed(spider):
    reader = spider()

    assert list(reader.parse(saved("nodebb/category_empty.json", LIST))) == []
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize("name", ["nodebb/redesigned.json", "nodebb/redirect.json", "nodebb/login.html"])
def test_an_answer_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        list(spider().parse(saved(name, LIST)))


def test_a_topic_of_another_shape_is_changed(spider):
    with pytest.raises(SourceChanged, match="no list posts"):
        read_topic(spider(), "nodebb/category_2.json")


def test_a_login_page_in_place_of_json_is_refused_if_its_marker_is_known(spider):
    with pytest.raises(SourceRefused, match="wants a login"):
        list(spider(login_wall=["form#login-form"]).parse(saved("nodebb/login.html", LIST)))


def test_a_list_that_is_too_deep_is_not_followed(spider):
    reader = spider()

    assert list(reader.parse(saved("nodebb/category.json", LIST, depth=60))) == []
    assert reader.plan.tally.too_deep == 3


def test_a_crawl_reads_everything_once_and_then_what_is_new(desk, site):
    play(site, SITE)
    place = desk.source(site, start="/category/5/x", **{k: CHANGES[k] for k in ("engine", "list", "thread")})

    report = desk.crawl(place)
    site.asked.clear()
    quiet = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked) == ("ok", 6, 1)
    assert {post.id for post in desk.posts()} == {f"forum:{pid}" for pid in (27, 28, 30, 31, 40, 20)}
    assert next(post for post in desk.posts() if post.id == "forum:28").reply_to == "forum:27"
    assert POSTER not in desk.everything_on_disk()
    assert PHONE not in desk.everything_on_disk()
    assert (quiet.outcome, quiet.posts) == ("ok", 0)
    assert site.asked == ["/robots.txt", "/api/category/5?sort=newest_to_oldest"]


@pytest.mark.parametrize(("status", "outcome"), [(401, "refused"), (500, "failed")])
def test_what_the_status_of_the_list_says(desk, site, status, outcome):
    site.answers["/api/recent"] = [(status, {"Content-Type": "application/json"})]

    report = desk.crawl(desk.source(site, start="/", engine="nodebb", list=None, thread=None), retries=0)

    assert report.outcome == outcome
