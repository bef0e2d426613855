import pytest

from crawlers.engines.discourse import DiscourseSpider
from crawlers.items import ThreadEnd
from crawlers.state import Change
from minsheng.errors import SourceChanged, SourceRefused

from .apis import HOST, PHONE, POSTER, path_of, play, rows_and_more, saved

LIST = f"{HOST}/c/roads/5.json"
TOPIC = f"{HOST}/t/12.json"
ACTIVITY = "25 26 2026-03-05T09:30:00.000Z 2026-03-05T09:30:00.000Z"
CHANGES = {"engine": "discourse", "list": None, "thread": None, "start_urls": [f"{HOST}/c/roads/5"]}
MORE = "/t/12/posts.json?" + "&".join(f"post_ids%5B%5D={number}" for number in range(120, 126))
SITE = {
    "/c/roads/5.json": "discourse/list.json",
    "/c/roads/5.json?page=1": "discourse/list_2.json",
    "/t/12.json": "discourse/topic_12.json",
    MORE: "discourse/posts_12.json",
    "/t/15.json": "discourse/topic_15.json",
    "/t/9.json": "discourse/topic_9.json",
}


@pytest.fixture
def spider(make_plan):
    return lambda **changes: DiscourseSpider(plan=make_plan(**(CHANGES | changes)))


def read_topic(reader, name="discourse/topic_12.json"):
    return rows_and_more(reader.parse_topic(saved(name, TOPIC), address=TOPIC, activity=ACTIVITY))


def read_all(reader):
    rows, (request,), _ = read_topic(reader)
    later = rows_and_more(reader.parse_posts(saved("discourse/posts_12.json", request.url), **request.cb_kwargs))
    return rows, *later


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("/c/roads/5", "/c/roads/5.json"),
        ("/c/roads/5/", "/c/roads/5.json"),
        ("/c/city/roads/5/l/latest?page=1", "/c/city/roads/5/l/latest.json?page=1"),
        ("/tag/绕城路", "/tag/绕城路.json"),
        ("/latest.json", "/latest.json"),
        ("/latest?page=2", "/latest.json?page=2"),
        ("/", "/latest.json"),
        ("/forum", "/forum/latest.json"),
        ("/forum/c/roads/5", "/forum/c/roads/5.json"),
    ],
)
def test_the_page_that_people_see_leads_to_the_interface(spider, page, address):
    assert spider().api_address(HOST + page) == HOST + address


def test_a_list_asks_for_its_visible_topics_and_the_next_page(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("discourse/list.json", LIST)))

    assert [path_of(request) for request in requests] == ["/t/12.json", "/t/15.json", "/c/roads/5.json?page=1"]
    assert requests[0].cb_kwargs == {"address": TOPIC, "activity": ACTIVITY}


def test_a_forum_in_a_folder_keeps_its_folder(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("discourse/list_2.json", f"{HOST}/forum/c/roads/5.json")))

    assert [path_of(request) for request in requests] == ["/forum/t/9.json"]


def test_the_last_list_page_has_no_next(spider):
    _, requests, _ = rows_and_more(spider().parse(saved("discourse/list_2.json", LIST), number=2))

    assert [path_of(request) for request in requests] == ["/t/9.json"]


def test_a_topic_without_new_posts_is_not_asked_for(spider, now):
    reader = spider()
    reader.plan.state.apply(Change(threads=[ThreadEnd(TOPIC, ACTIVITY)]), now, None)

    _, requests, _ = rows_and_more(reader.parse(saved("discourse/list.json", LIST)))

    assert [path_of(request) for request in requests] == ["/t/15.json", "/c/roads/5.json?page=1"]


def test_posts_become_rows_in_their_place(spider):
    rows, _, _ = read_topic(spider())

    first = rows[0]
    assert (first.native, first.place, first.likes, first.reply_to) == ("100", 1, 5, None)
    assert first.text == "围挡两年了，每天堵车。"
    assert (first.title, first.thread) == ("环城路什么时候通车", f"{HOST}/t/topic/12")
    assert (first.url, first.time) == (f"{HOST}/t/topic/12/1", "2026-03-01T01:00:00.000Z")
    assert rows[1].likes == 0


def test_quotes_mentions_previews_and_names_of_pictures_are_left_out(spider):
    rows, _, _ = read_topic(spider())

    assert rows[1].text == "我问过了，说是六月底。"
    assert rows[2].text == "六月底不可能。"


def test_deleted_hidden_and_service_posts_are_left_out_and_leave_their_number(spider):
    rows, later, _, _ = read_all(spider())

    assert [row.place for row in rows + later] == [1, 2, *range(6, 23), 24, 25, 26]


def test_a_reply_names_the_post_it_answers_also_across_chunks(spider):
    rows, later, _, _ = read_all(spider())

    assert [row.reply_to for row in rows[:3]] == [None, "100", "101"]
    assert later[0].reply_to == "105"


def test_the_rest_of_a_long_topic_is_asked_for_by_its_ids(spider):
    _, requests, ends = read_topic(spider())

    assert [path_of(request) for request in requests] == [MORE]
    assert ends == []


def test_the_last_chunk_ends_the_topic(spider):
    _, _, requests, ends = read_all(spider())

    assert requests == []
    assert ends == [ThreadEnd(TOPIC, ACTIVITY)]


def test_of_a_topic_beyond_reach_the_rest_is_left(spider):
    rows, requests, ends = read_topic(spider(reach={"thread_pages": 1}))

    assert len(rows) == 17
    assert requests == []
    assert len(ends) == 1


def test_nobody_is_read(spider):
    rows, later, _, _ = read_all(spider())

    assert POSTER not in repr(rows + later)


def test_an_empty_category_is_empty_and_not_changed(spider):
    reader = spider()

    assert list(reader.parse(saved("discourse/empty.json", LIST))) == []
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize("name", ["discourse/not_found.json", "discourse/login.html", "discourse/topic_9.json"])
def test_a_list_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        list(spider(login_wall=None).parse(saved(name, LIST)))


@pytest.mark.parametrize("name", ["discourse/not_found.json", "discourse/posts_12.json", "discourse/list.json"])
def test_a_topic_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        read_topic(spider(), name)


def test_a_login_page_in_place_of_json_is_refused_if_its_words_are_known(spider):
    with pytest.raises(SourceRefused, match="wants a login"):
        list(spider(login_wall=["text:请登录后继续"]).parse(saved("discourse/login.html", LIST)))


def test_a_crawl_reads_everything_once_and_then_what_is_new(desk, site):
    play(site, SITE)
    place = desk.source(site, start="/c/roads/5", engine="discourse", list=None, thread=None)

    report = desk.crawl(place)
    site.asked.clear()
    site.pages["/c/roads/5.json"] = site.pages["/c/roads/5.json"].replace(b'"posts_count": 1,', b'"posts_count": 2,', 1)
    quiet = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked) == ("ok", 24, 1)
    assert len({post.id for post in desk.posts()}) == 24
    assert POSTER not in desk.everything_on_disk()
    assert PHONE not in desk.everything_on_disk()
    assert (quiet.outcome, quiet.posts) == ("ok", 0)
    assert site.asked == ["/robots.txt", "/c/roads/5.json", "/t/15.json", "/c/roads/5.json?page=1"]


@pytest.mark.parametrize(("status", "outcome"), [(403, "refused"), (404, "changed")])
def test_what_the_status_of_the_list_says(desk, site, status, outcome):
    site.answers["/latest.json"] = [(status, {"Content-Type": "application/json"})]

    report = desk.crawl(desk.source(site, start="/", engine="discourse", list=None, thread=None), retries=0)

    assert report.outcome == outcome
