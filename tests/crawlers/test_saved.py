from pathlib import Path

import pytest

from crawlers.documents import page_of, read_document
from crawlers.draft import Wishes, write_draft
from crawlers.recognise import recognise
from crawlers.saved import read_saved
from crawlers.trial import Seen
from minsheng.errors import ConfigError, SourceChanged, SourceRefused
from minsheng.settings import CrawlSettings

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"
BOARD = {"list": None, "thread": None}


@pytest.fixture
def read(desk, site, now):
    """Read a saved page by a source with this engine."""

    def saved(engine, name, **orders):
        place = desk.source(site, engine=engine, **BOARD)
        return read_saved(place, PAGES / name, now, CrawlSettings(), **orders)

    return saved


def test_a_list_tells_which_pages_a_crawl_would_read_next(read, site):
    reading = read("discuz", "discuz/list_x35.html")

    assert reading.posts == ()
    assert any("thread-" in url or "viewthread" in url for url in reading.following)
    assert site.asked == [], "nothing is asked of the site"


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("discuz", "discuz/thread_x35.html"),
        ("nodebb", "nodebb/topic_12.json"),
        ("discourse", "discourse/topic_12.json"),
    ],
)
def test_the_page_of_a_thread_yields_its_posts_masked(read, engine, name):
    reading = read(engine, name, thread=True, url="http://forum.example/thread-12-1-1.html")

    assert len(reading.posts) >= 2
    assert not any("王小明的昵称" in f"{post.title}{post.text}" for post in reading.posts)


def test_a_feed_and_an_empty_board_are_read_alike(read):
    assert len(read("feed", "feed/rss.xml").posts) == 2
    assert read("discuz", "discuz/empty.html").says_empty


def test_a_page_that_says_no_or_of_another_shape_is_an_error(read):
    with pytest.raises(SourceRefused, match="not for guests"):
        read("discuz", "discuz/login.html")
    with pytest.raises(SourceChanged, match="no tbody"):
        read("discuz", "discuz/redesigned_list.html")


def test_a_page_that_is_not_there_and_an_engine_without_threads_are_said(read):
    with pytest.raises(ConfigError, match="cannot be read"):
        read("discuz", "discuz/no_such_page.html")
    with pytest.raises(ConfigError, match="leave out --thread"):
        read("feed", "feed/rss.xml", thread=True)


def test_a_saved_file_is_read_by_the_source_that_sources_add_would_write_for_it(desk, now):
    page = PAGES / "govboard" / "progress.xlsx"
    address = "http://gov.example/files/progress.xlsx"
    sighting = recognise(Seen(address, 200, {}, page_of(read_document(page.read_bytes()))))
    place = desk.folder / "sources" / "progress"
    place.mkdir(parents=True)
    (place / "source.yml").write_text(write_draft(sighting, Wishes(name="progress"), "民生实事"), encoding="utf-8")

    reading = read_saved(place, page, now, CrawlSettings())

    assert [post.text.split("\n")[0] for post in reading.posts] == [
        "新建口袋公园10个",
        "改造老旧小区30个",
        "新增公共停车位5000个",
    ]
    assert {post.kind for post in reading.posts} == {"official"}
