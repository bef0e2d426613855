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
