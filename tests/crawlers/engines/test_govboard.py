"""Boards of offices: JSON lists and tables with numbered pages, and bulletins that the generic engine reads as they are."""

import pytest

from crawlers.engines.generic import GenericSpider
from crawlers.engines.govboard import GovboardSpider
from minsheng.domain import Kind
from minsheng.errors import ConfigError, SourceChanged, SourceRefused

from .apis import HOST, PHONE, POSTER, path_of, play, rows_and_more, saved

LIST = f"{HOST}/api/letters?page=1"
RECORDS = "data.records[?statusName != '审核中']"
JSON_BOARD = {
    "engine": "govboard",
    "list": None,
    "login_wall": ["json:code == `401`"],
    "empty": ["json:data.total == `0`"],
    "options": {"next_page": "/api/letters?page={}", "pages": "data.pages", "success": "json:code == `200`"},
    "thread": {
        "json": True,
        "newest_first": True,
        "comments": {
            "row": RECORDS,
            "id": "code",
            "title": "join('', ['［', typeName || '', '］', title || ''])",
            "link": "id",
            "link_format": "/letter/{}",
            "text": "content",
            "time": "createTime",
            "reply": {"text": "replyContent", "time": "replyTime"},
        },
    },
}
CELL = 'xpath://th[.="{}"]/following-sibling::td'
HTML_BOARD = {
    "engine": "govboard",
    "options": {
        "next_page": "index_{}.html",
        "first_page": "0",
        "pages": 'xpath:substring-after(//script[contains(., "createPageHTML")], "createPageHTML(")',
    },
    "list": {
        "item": 'xpath://table[@class="letters"]/tbody/tr[not(contains(td[@class="status"], "审核中"))]',
        "link": "a::attr(href)",
        "activity": "xpath:concat(td[6], ' ', td[7])",
    },
    "thread": {
        "title": CELL.format("信件标题"),
        "comments": {
            "row": "table.letter",
            "id": CELL.format("信件编号"),
            "text": CELL.format("来信内容"),
            "time": CELL.format("来信时间"),
            "reply": {"text": CELL.format("答复内容"), "time": CELL.format("答复时间")},
        },
    },
}
BULLETIN = {
    "list": None,
    "thread": {
        "title": "h1",
        "comments": {
            "row": "xpath://table/tr[td]",
            "id": "xpath:td[1]",
            "id_scope": "thread",
            "text": "xpath:td[3]",
            "time": "xpath:td[2]",
            "reply": {"text": "xpath:td[5][normalize-space()]", "time": "xpath:td[6]"},
        },
    },
}
PROGRESS = {
    "kind": "official",
    "list": None,
    "thread": {
        "title": "h1",
        "comments": {
            "row": "xpath://table/tr[td]",
            "id": "xpath:td[1]",
            "id_scope": "thread",
            "text": "xpath:td[position() = 2 or position() = 4]",
            "time": "xpath://p[@class='date']",
        },
    },
}


@pytest.fixture
def spider(make_plan):
    return lambda **changes: GovboardSpider(plan=make_plan(**(JSON_BOARD | changes)))


@pytest.fixture
def tables(make_plan):
    return lambda **changes: GovboardSpider(plan=make_plan(**(HTML_BOARD | changes)))


@pytest.fixture
def generic(make_plan):
    return lambda changes: GenericSpider(plan=make_plan(**changes))


def read(reader, name="govboard/list.json", url=LIST):
    return rows_and_more(reader.parse(saved(name, url)))


def with_options(**changes):
    options = {"next_page": "/api/letters?page={}"} | changes
    return {"options": options}


def test_a_message_and_its_answer_become_two_posts_with_their_own_dates(spider):
    rows, _, _ = read(spider())

    message, answer = rows[:2]
    assert (message.native, message.kind, message.time) == ("YX20260307", Kind.PUBLIC, "2026-03-05 08:30:00")
    assert message.text == f"三盏路灯不亮，晚上很黑。\n请致电{PHONE}"
    assert (answer.native, answer.kind, answer.reply_to) == ("YX20260307:reply", Kind.OFFICIAL, "YX20260307")
    assert (answer.text, answer.time) == ("您好！已安排维修，预计三日内修复。", "2026-03-06 10:00:00")


def test_the_category_stands_before_the_title_and_each_message_is_a_thread(spider):
    rows, _, _ = read(spider())

    assert [row.title for row in rows] == ["［市政设施］南门路灯坏了"] * 2 + ["［公共交通］公交站牌被挡住"]
    assert {row.thread for row in rows} == {f"{HOST}/letter/7", f"{HOST}/letter/6"}


def test_a_message_without_an_answer_is_one_post(spider):
    rows, _, _ = read(spider())

    assert [row.native for row in rows[2:]] == ["YX20260306"]
    assert rows[2].text == "树枝挡住了站牌。\n请修剪。"


def test_messages_that_wait_for_moderation_are_left_out(spider):
    rows, _, _ = read(spider())

    assert "YX20260305" not in {row.native for row in rows}


def test_nobody_is_read(spider):
    rows, _, _ = read(spider())

    assert POSTER not in repr(rows)
    assert "138****5678" not in repr(rows)


def test_the_next_page_is_counted(spider):
    _, (request,), _ = read(spider())

    assert path_of(request) == "/api/letters?page=2"


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({"total": "data.total", "per_page": "3"}, 1),
        ({"total": "data.total", "per_page": "4"}, 0),
        ({"pages": "data.pages", "first_page": "2"}, 1),
        ({"pages": "data.current"}, 0),
    ],
)
def test_the_number_of_pages_is_shown_or_follows_from_that_of_messages(spider, options, more):
    _, requests, _ = read(spider(**with_options(**options)))

    assert len(requests) == more


def test_a_board_that_does_not_tell_its_length_is_a_mistake_in_the_source(spider):
    with pytest.raises(ConfigError, match=r"wants options\.pages, or options\.total and options\.per_page"):
        read(spider(**with_options()))


def test_a_number_of_pages_that_is_gone_is_changed(spider):
    with pytest.raises(SourceChanged, match=r"no number at 'data.gone' \(options.pages\)"):
        read(spider(**with_options(pages="data.gone")))


def test_the_walk_ends_at_the_page_that_the_source_allows(spider):
    _, requests, ends = read(spider(thread=JSON_BOARD["thread"] | {"max_pages": 1}))

    assert requests == []
    assert len(ends) == 1


def test_an_empty_board_is_empty_and_not_changed(spider):
    reader = spider()

    assert read(reader, "govboard/empty.json")[0] == []
    assert reader.plan.tally.says_empty


def test_an_error_in_json_is_told_with_the_words_of_the_board(spider):
    with pytest.raises(SourceChanged, match="the board says: 系统繁忙，请稍后再试"):
        read(spider(), "govboard/error.json")


def test_a_login_wall_in_json_is_refused(spider):
    with pytest.raises(SourceRefused, match="wants a login"):
        read(spider(), "govboard/login.json")


@pytest.mark.parametrize("name", ["govboard/redesigned.json", "govboard/index.html"])
def test_an_answer_of_another_shape_is_changed(spider, name):
    with pytest.raises(SourceChanged):
        read(spider(), name)


def test_a_table_leads_to_its_letters_and_the_page_that_a_script_counts(tables):
    _, requests, _ = read(tables(), "govboard/index.html", f"{HOST}/mail/index.html")

    assert [path_of(request) for request in requests] == [
        "/mail/detail_7.html",
        "/mail/detail_6.html",
        "/mail/index_1.html",
    ]
    assert requests[0].cb_kwargs["activity"] == "2026-03-05 2026-03-06"


def test_the_last_table_has_no_next(tables):
    found = tables().parse_list(saved("govboard/index_1.html", f"{HOST}/mail/index_1.html"), number=2)

    assert [path_of(request) for request in found] == ["/mail/detail_4.html"]


def test_a_letter_on_a_page_of_its_own_is_read(tables):
    url = f"{HOST}/mail/detail_7.html"
    rows, requests, ends = rows_and_more(tables().parse_thread(saved("govboard/detail_7.html", url), url, None))

    assert [(row.native, row.kind) for row in rows] == [("YX20260307", "public"), ("YX20260307:reply", "official")]
    assert (rows[0].title, rows[0].time, rows[1].time) == ("南门路灯坏了", "2026年3月5日", "2026-03-06")
    assert POSTER not in repr(rows)
    assert requests == []
    assert len(ends) == 1


def test_a_bulletin_of_a_hotline_is_read_by_the_generic_engine(generic):
    rows, _, _ = read(generic(BULLETIN), "govboard/bulletin.html", f"{HOST}/gs/3.html")

    assert [(row.text, row.time) for row in rows] == [
        ("反映云溪路夜间施工噪声大。", "2026-03-02"),
        ("已责令夜间停工。", "2026-03-04"),
        ("咨询公租房申请条件。", "2026-03-03"),
    ]
    assert rows[1].reply_to == rows[0].native == "/gs/3.html#1"


def test_a_table_of_progress_is_read_by_the_generic_engine(generic):
    rows, _, _ = read(generic(PROGRESS), "govboard/progress.html", f"{HOST}/ss/2.html")

    assert [row.text for row in rows] == [
        "新建口袋公园10个\n已开工6个，完成2个。",
        "改造老旧小区30个\n已完成方案审查。",
    ]
    assert {(row.kind, row.time) for row in rows} == {(Kind.OFFICIAL, "发布时间:2026-03-01".replace(":", "："))}


def test_a_crawl_of_a_json_board_reads_everything_once_and_later_answers_too(desk, site):
    play(site, {"/api/letters?page=1": "govboard/list.json", "/api/letters?page=2": "govboard/list_2.json"})
    place = desk.source(site, start="/api/letters?page=1", **JSON_BOARD)

    report = desk.crawl(place)
    page = site.pages["/api/letters?page=1"].replace(b'"replyContent": null', '"replyContent": "已修剪。"'.encode(), 1)
    site.pages["/api/letters?page=1"] = page.replace(b'"replyTime": null', b'"replyTime": "2026-03-08 09:00:00"', 1)
    answered = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked) == ("ok", 5, 1)
    assert (answered.outcome, answered.posts) == ("ok", 1)
    assert {post.text: post.reply_to for post in desk.posts()}["已修剪。"] == "forum:YX20260306"
    assert POSTER not in desk.everything_on_disk()
    assert PHONE not in desk.everything_on_disk()


def test_a_crawl_of_tables_reads_every_letter(desk, site):
    pages = ("index", "index_1", "detail_7", "detail_6", "detail_4")
    play(site, {f"/mail/{name}.html": f"govboard/{name}.html" for name in pages})
    place = desk.source(site, start="/mail/index.html", **HTML_BOARD)

    report = desk.crawl(place)
    site.asked.clear()
    quiet = desk.crawl(place)

    assert (report.outcome, report.posts) == ("ok", 5)
    assert (quiet.outcome, quiet.posts) == ("ok", 0)
    assert site.asked == ["/robots.txt", "/mail/index.html"]
