from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import XmlResponse

from crawlers.engines.feed import FeedSpider
from crawlers.items import ThreadEnd
from minsheng.domain import Kind
from minsheng.errors import SourceChanged

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"
URL = "http://city.example/rss.xml"


@pytest.fixture
def read(make_plan):
    def parse(name, **changes):
        orders = {"engine": "feed", "kind": "official", "list": None, "thread": None, "start_urls": [URL]}
        spider = FeedSpider(plan=make_plan(**(orders | changes)))
        response = XmlResponse(URL, body=(PAGES / name).read_bytes(), request=Request(URL))
        return spider, list(spider.parse(response))

    return parse


def test_entries_of_rss_become_rows_without_who_wrote_them(read):
    _, (first, second, end) = read("feed/rss.xml")

    assert (first.native, first.kind, first.url) == ("n-1", Kind.OFFICIAL, "http://city.example/news/1")
    assert first.text == "主体完工。\n咨询电话：0731-88665110"
    assert first.time == "Fri, 06 Mar 2026 09:00:00 +0800"
    assert (second.native, second.thread, second.text) == (
        "/news/2",
        "http://city.example/news/2",
        "关于春季植树的通告",
    )
    assert end == ThreadEnd(URL)
    assert "快乐的小鱼" not in repr([first, second])


def test_entries_of_atom_become_rows(read):
    _, (row, _) = read("feed/atom.xml")

    assert (row.native, row.title, row.text) == ("urn:city:housing:5", "南门公园二期开放", "免费开放")
    assert row.time == "2026-03-06T01:00:00Z"
    assert "快乐的小鱼" not in repr(row)


def test_a_feed_in_another_encoding_is_read(read):
    _, (row, _) = read("feed/gbk.xml")

    assert row.text == "老城区三月十五日停止供暖"


def test_a_feed_without_entries_is_an_honest_empty_one(read):
    spider, rows = read("feed/empty.xml")

    assert rows == [ThreadEnd(URL)]
    assert spider.plan.tally.says_empty


@pytest.mark.parametrize("name", ["generic/redesigned.html", "generic/board.json"])
def test_what_is_no_feed_is_changed(read, name):
    with pytest.raises(SourceChanged, match="no RSS or Atom feed"):
        read(name)


def test_entries_of_rdf_become_rows(read):
    _, (row, _) = read("feed/rdf.xml")

    assert (row.title, row.text, row.url) == ("旧改启动", "向阳小区改造开工。", "http://city.example/news/9")
    assert row.time == "2026-03-05T08:00:00+08:00"
    assert "快乐的小鱼" not in repr(row)


def test_a_feed_that_breaks_off_yields_what_is_whole(read):
    _, (first, *_, end) = read("feed/broken.xml")

    assert (first.native, first.url, first.title) == ("n-11", "http://city.example/news/11", "停水通知 & 说明")
    assert first.text == "明天停水\n请储水"
    assert end == ThreadEnd(URL)


def test_the_whole_text_wins_over_its_summary_and_scripts_are_no_text(read):
    _, (first, *_) = read("feed/full.xml")

    assert (first.title, first.text) == ("路灯改造", "全文第一段。\n全文第二段。")
    assert first.native == "http://city.example/news/21", "without a guid the address is the id"


def test_entries_without_time_or_id_are_left_to_the_checks_which_set_them_aside(read):
    _, (_, timeless, nameless, _) = read("feed/full.xml")

    assert (timeless.native, timeless.time) == ("n-22", None)
    assert nameless.native is None


def test_entities_of_a_feed_do_not_grow_and_read_no_file(read):
    _, (row, _) = read("feed/bomb.xml")

    assert len(row.text) < 100
    assert "root:" not in row.text


def test_a_feed_of_a_source_for_the_public_is_public(read):
    _, (row, *_) = read("feed/rdf.xml", kind="public")

    assert row.kind == Kind.PUBLIC
