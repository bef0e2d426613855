from pathlib import Path

import pytest

from crawlers.draft import Wishes, name_for, write_draft
from crawlers.recognise import Sighting, recognise
from crawlers.source import load_source
from crawlers.trial import Seen, drafted
from minsheng.domain import Kind

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"


def load(text, name):
    with drafted(text, name) as folder:
        return load_source(folder)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://bbs.city.example/forum-2-1.html", "bbs_city_example_2"),
        ("https://bbs.city.example/forum.php?mod=forumdisplay&fid=38", "bbs_city_example_38"),
        ("https://www.city.example/news/", "city_example"),
        ("https://forum.city.example/category/5/roads", "forum_city_example_5"),
        ("https://forum.city.example/c/roads/5", "forum_city_example_5"),
        ("http://127.0.0.1:8000/x", "s_127_0_0_1"),
        ("https://a-very-long-name-of-a-host-in-the-city.example/forum-123-1.html", "a_very_long_name_of_a_host_i_123"),
    ],
)
def test_a_name_is_made_of_host_and_board(url, name):
    assert name_for(url) == name
    assert len(name) <= 32


def test_a_draft_is_a_source_and_says_by_what_it_was_known():
    sighting = Sighting("discuz", "generator 'Discuz! X3.5'", "https://bbs.city.example/forum-2-1.html")

    text = write_draft(sighting, Wishes(), "市政建设")
    config = load(text, "bbs_city_example_2")

    assert text.startswith("# Written by minsheng sources add; engine discuz: generator 'Discuz! X3.5'\n")
    assert (config.title, config.kind, config.engine, config.project) == ("市政建设", Kind.PUBLIC, "discuz", None)


def test_the_wishes_of_the_operator_win():
    sighting = Sighting("feed", "an <rss>", "https://www.city.example/rss.xml", Kind.OFFICIAL)

    config = load(write_draft(sighting, Wishes("news", "要闻", "public", "renewal"), "X"), "news")

    assert (config.name, config.title, config.kind, config.project) == ("news", "要闻", Kind.PUBLIC, "renewal")


def test_a_service_on_another_host_is_allowed():
    sighting = Sighting("isso", "#isso-thread", "https://www.city.example/n/1.html", hosts=("c.example",))

    assert load(write_draft(sighting, Wishes("news"), ""), "news").hosts == ("c.example",)


def test_the_title_of_a_page_is_masked_as_every_text_is():
    sighting = Sighting("discuz", "generator", "https://bbs.city.example/thread-7-1-1.html")

    assert load(write_draft(sighting, Wishes("news"), "请致电13812345678\x07"), "news").title == "请致电[电话]"


def test_a_line_break_in_a_mark_cannot_add_a_key():
    sighting = Sighting("feed", "x\nproject: other", "https://www.city.example/rss.xml")

    assert load(write_draft(sighting, Wishes("news"), "题: [\n"), "news").project is None


@pytest.mark.parametrize("name", ["bulletin.html", "progress.html"])
def test_the_selectors_of_a_table_pass_the_checks_of_every_source(name):
    page = (PAGES / "govboard" / name).read_text(encoding="utf-8")

    text = write_draft(recognise(Seen("https://www.city.example/gs/3.html", 200, {}, page)), Wishes("gs"), "公示")

    assert load(text, "gs").thread is not None
