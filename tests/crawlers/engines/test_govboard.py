"""Boards of offices: JSON lists and tables with numbered pages, and bulletins that the generic engine reads as they are."""

from datetime import UTC, datetime

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from crawlers.dates import parse_time
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


def response(url, body):
    return HtmlResponse(url, body=body.encode(), encoding="utf-8", request=Request(url))


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


SHEET = {"title": "h1", "comments": PROGRESS["thread"]["comments"] | {"id": "xpath:td[2]"}}
PROGRESS_FILE = {
    "kind": "official",
    "list": None,
    "thread": SHEET
    | {"comments": SHEET["comments"] | {"time": "xpath://p[contains(., '时间') or contains(., '日期')]"}},
}
ARTICLES = {
    "kind": "official",
    "engine": "govboard",
    "options": {"file": "a[href*='/files/']::attr(href)"},
    "list": {"item": "li", "link": "a::attr(href)"},
    "thread": PROGRESS_FILE["thread"],
}


@pytest.mark.parametrize("name", ["progress.xlsx", "progress.pdf", "merged.xlsx", "merged.pdf", "two_heads.xlsx"])
def test_a_progress_table_in_a_file_is_read_like_one_on_a_page(generic, name):
    url = f"{HOST}/files/{name}"
    rows, _, _ = read(generic(PROGRESS_FILE), f"govboard/{name}", url)

    assert [row.text.split("\n") for row in rows] == [
        ["新建口袋公园10个", "已开工6个，完成2个。"],
        ["改造老旧小区30个", "已完成方案审查，进入招标阶段。"],
        ["新增公共停车位5000个", "已建成3120个。"],
    ]
    assert {row.url for row in rows} == {url}
    assert all(parse_time(row.time, datetime(2026, 5, 1, tzinfo=UTC)) for row in rows)
    assert rows[0].native.endswith("#新建口袋公园10个")


@pytest.mark.parametrize("name", ["hotline.xlsx", "hotline.pdf"])
def test_a_bulletin_of_a_hotline_in_a_file_yields_messages_and_answers(generic, name):
    rows, _, _ = read(generic(BULLETIN), f"govboard/{name}", f"{HOST}/files/{name}")

    assert [(row.native[-7:], row.kind, row.time) for row in rows] == [
        (f"{name[-5:]}#1"[-7:], Kind.PUBLIC, "2026-03-02"),
        ("1:reply", Kind.OFFICIAL, "2026-03-04"),
        (f"{name[-5:]}#2"[-7:], Kind.PUBLIC, "2026-03-03"),
        (f"{name[-5:]}#3"[-7:], Kind.PUBLIC, "2026-03-04"),
        ("3:reply", Kind.OFFICIAL, "2026-03-05"),
    ]
    assert {row.title.replace(" ", "") for row in rows} == {"12345热线三月第一周办理情况通报"}


def test_a_bulletin_in_prose_is_read_paragraph_by_paragraph(generic):
    comments = {
        "row": "xpath://p[starts-with(., '一、') or starts-with(., '二、') or starts-with(., '三、')]",
        "id": "xpath:substring(., 1, 1)",
        "id_scope": "thread",
        "text": "xpath:.",
        "time": "xpath://p[contains(., '发布时间')]",
    }
    rows, _, _ = read(generic({"list": None, "thread": {"title": "h1", "comments": comments}}), "govboard/prose.pdf")

    assert [row.native[-2:] for row in rows] == ["#一", "#二", "#三"]
    assert rows[1].text == "二、热点诉求。老旧小区改造95件，集中在工期和噪声。"


def test_a_file_that_says_that_there_is_nothing_is_empty(generic):
    reader = generic(BULLETIN | {"empty": ["text:本周无公开办件"]})

    assert read(reader, "govboard/empty.pdf")[0] == []
    assert reader.plan.tally.says_empty


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("scan.pdf", "a PDF without text: pages that were scanned cannot be read"),
        ("empty.xlsx", "a spreadsheet whose visible sheets hold nothing"),
        ("empty.pdf", r"no .* \(thread.comments.row\), and none of empty: is shown"),
    ],
)
def test_a_file_that_cannot_be_read_is_changed_with_its_address_and_the_reason(generic, name, why):
    with pytest.raises(SourceChanged, match=f"files/{name}: {why}"):
        read(generic(BULLETIN), f"govboard/{name}", f"{HOST}/files/{name}")


def test_columns_that_have_moved_leave_rows_without_time_and_not_other_words(generic):
    rows, _, _ = read(generic(PROGRESS_FILE), "govboard/redesigned.xlsx")

    assert [row.time for row in rows] == [None]


def test_an_article_leads_to_its_file_and_the_posts_are_those_of_the_article(make_plan):
    reader = GovboardSpider(plan=make_plan(**ARTICLES))
    url = f"{HOST}/art/2.html"
    page = "<h1>公告</h1><p>发布时间：2026-03-02</p><a href='/files/progress.xlsx'>附件</a>"
    _, (request,), ends = rows_and_more(reader.parse_thread(response(url, page), url, None))
    answer = saved("govboard/progress.xlsx", request.url).replace(request=request)
    rows, _, (end,) = rows_and_more(reader.parse_thread(answer, **request.cb_kwargs))

    assert (ends, path_of(request)) == ([], "/files/progress.xlsx")
    assert {(row.address, row.thread) for row in rows} == {(url, url)}
    assert end.address == url


def test_an_article_without_the_file_that_it_should_have_is_changed(make_plan):
    reader = GovboardSpider(plan=make_plan(**ARTICLES))
    url = f"{HOST}/art/2.html"

    with pytest.raises(SourceChanged, match=r"art/2.html: no .* \(options.file\)"):
        list(reader.parse_thread(response(url, "<h1>公告</h1>"), url, None))


def test_a_crawl_reads_the_files_of_a_board_and_tells_of_the_one_that_cannot_be_read(desk, site):
    names = ["hotline.pdf", "scan.pdf", "hotline.xlsx"]
    site.pages["/board"] = "".join(f'<li><a href="/art/{n}.html">{n}</a></li>' for n in names).encode()
    play(site, {f"/files/{n}": f"govboard/{n}" for n in names})
    for n in names:
        site.pages[f"/art/{n}.html"] = f'<h1>通报</h1><a href="/files/{n}">附件</a>'.encode()
    site.answers["/files/hotline.xlsx"] = [(200, {"X-Robots-Tag": "noindex"})]
    place = desk.source(site, **ARTICLES | {"kind": "public", "thread": BULLETIN["thread"]})

    report = desk.crawl(place)

    assert (report.outcome, report.posts, report.masked, report.errors) == ("ok", 5, 2, "SourceChanged 1")
    assert "scan.pdf: a PDF without text" in report.detail
    assert "noindex" in report.detail
    assert {post.thread for post in desk.posts()} == {f"{site.url}/art/hotline.pdf.html"}
    assert "13800131234" not in desk.everything_on_disk()


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
