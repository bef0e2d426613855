import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

from crawlers.engines import ENGINES, Engine
from crawlers.source import SourceConfig, check_options, load_source, load_sources
from minsheng.domain import Kind, Source
from minsheng.errors import ConfigError

DOCS = Path(__file__).resolve().parents[2] / "docs" / "sources.md"
GOOD = """\
name: forum
title: 云溪论坛
kind: public
engine: generic
start_urls: [http://forum.example/board]
crawl_every: 2h
project: road
projects: {公园: park, "/bus/": bus}
list: {item: li, link: "a::attr(href)"}
thread:
  title: h1::text
  comments: {row: div, id: "@id", text: p, time: time}
assertions: {posts_per_crawl: {min: 1, max: 9}}
"""


@pytest.fixture
def place(tmp_path):
    def write(text=GOOD, name="forum"):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "source.yml").write_text(text, encoding="utf-8")
        return folder

    return write


def test_a_good_file_is_read(place):
    config = load_source(place())

    assert config.source == Source("forum", "云溪论坛", Kind.PUBLIC, "http://forum.example/board")
    assert config.crawl_every == timedelta(hours=2)
    assert config.allowed_hosts == {"forum.example"}
    assert config.thread.comments.row == "div"


def test_the_project_of_a_thread_comes_from_title_or_address_and_else_from_the_source(place):
    config = load_source(place())

    assert config.project_of("南门公园", "http://forum.example/t/1") == "park"
    assert config.project_of("站牌", "http://forum.example/bus/1") == "bus"
    assert config.project_of("路灯", "http://forum.example/t/1") == "road"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: 云溪论坛", "titel: 云溪论坛", r"source.yml:2: titel: unknown key 'titel'; did you mean 'title'"),
        ("crawl_every: 2h", "crawl_every: 2 hours", r"source.yml:6: crawl_every: wants a span like 30m"),
        ("crawl_every: 2h", "crawl_every: 0h", r":6: crawl_every"),
        ("kind: public", "kind: press", r":3: kind"),
        ("name: forum", "name: board", r":1: name: 'board' stands in the folder 'forum'"),
        ("http://forum", "ftp://forum", r":5: start_urls: 'ftp://forum.example/board': wants http"),
        ("http://forum", "http://me:secret@forum", r":5: start_urls: .*no login"),
        ("item: li,", "item: 'li[[',", r":9: list.item: 'li\[\[' is not a CSS or XPath selector"),
        ("row: div,", "row: 'xpath:.//[',", r":12: thread.comments.row: 'xpath:.//\[' is not a CSS or XPath"),
        ("row: div,", "json: true, row: div,", r":12: thread.comments.json: unknown key"),
        ("{公园: park", "{'公园(': park", r":8: projects: '公园\(' is not a regular expression"),
        ('@id"', "@id\", id_pattern: 'post-\\d+'", r":12: thread.comments.id_pattern: .*wants one group"),
        ('link: "a', 'link_format: /t/, link: "a', r":9: list.link_format: '/t/' wants \{\} once"),
        ("min: 1, max: 9", "min: 10, max: 9", r"max \(9\) is less than min \(10\)"),
        ("project: road", "encoding: klingon", r":7: encoding: no encoding 'klingon'"),
        ("engine: generic", "engine: feed", r"engine feed reads RSS and Atom by itself"),
        ("engine: generic", "engine: discus", r":4: engine: unknown engine 'discus'; did you mean 'discuz'"),
        ("engine: generic", "engine: discuz", r"engine discuz reads boards.* by itself: remove list and thread"),
        ("project: road", "reach: {list_pages: 3}", r"engine generic does not use reach"),
        ("project: road", "options: {site: x}", r"engine generic has no option 'site'; it has none"),
        ('  comments: {row: div, id: "@id", text: p, time: time}', "  next: a", r":10: thread: needs opening, comments"),
        ("  title: h1::text\n", "", r"needs title \(of the page\), or comments.title"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_file_line_and_key(place, old, new, message):
    assert old in GOOD
    folder = place(GOOD.replace(old, new))

    with pytest.raises(ConfigError, match=message):
        load_source(folder)


@pytest.mark.parametrize("key", ["author", "nickname", "user", "avatar", "ip_location", "作者", "昵称", "floor_user"])
def test_a_key_that_would_read_who_wrote_is_refused_with_the_reason(place, key):
    folder = place(GOOD.replace("time: time}", f"time: time, {key}: b}}"))

    with pytest.raises(ConfigError, match=rf":12: thread.comments.{key}: .*never people.*Remove the key"):
        load_source(folder)


def test_a_generic_source_needs_thread_pages(place):
    text = re.sub(r"thread:\n.*\n.*\n", "", GOOD)

    with pytest.raises(ConfigError, match="engine generic needs thread"):
        load_source(place(text))


ISSO = """\
name: forum
title: 云溪论坛
kind: public
engine: isso
start_urls: [http://forum.example/board]
crawl_every: 2h
options: {site: "http://forum.example"}
reach: {list_pages: 3, revisit: 2d}
assertions: {posts_per_crawl: {min: 1, max: 9}}
"""


def test_an_engine_that_knows_its_software_needs_no_selectors_and_may_have_options(place):
    config = load_source(place(ISSO))

    assert config.options == {"site": "http://forum.example"}
    assert (config.reach.list_pages, config.reach.thread_pages, config.reach.revisit) == (3, 50, timedelta(days=2))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("site:", "sight:", r"engine isso has no option 'sight'; did you mean 'site'"),
        ('http://forum.example"}', 'forum.example"}', r"options.site: 'forum.example' is not of the form"),
        ("list_pages: 3", "list_pages: 0", r":8: reach.list_pages"),
    ],
)
def test_a_wrong_option_is_refused_with_what_it_should_be(place, old, new, message):
    assert old in ISSO

    with pytest.raises(ConfigError, match=message):
        load_source(place(ISSO.replace(old, new)))


def test_an_option_that_an_engine_needs_is_asked_for():
    engine = Engine("notes", options={"room": r"\d+"}, needs=("room",))

    with pytest.raises(ValueError, match=r"engine notes needs options.room"):
        check_options("notes", engine, {})


def test_every_engine_has_a_spider_of_its_name_and_every_spider_a_line():
    loader = SpiderLoader(Settings({"SPIDER_MODULES": ["crawlers.engines"]}))

    assert sorted(loader.list()) == sorted(ENGINES)


def test_json_blocks_hold_jmespath_and_their_mistakes_are_named(place):
    json_block = 'thread:\n  json: true\n  title: t\n  comments: {row: "a[", id: id, text: b, time: c}\n'
    text = re.sub(r"thread:\n.*\n.*\n", json_block, GOOD)

    with pytest.raises(ConfigError, match=r":13: thread.comments.row: 'a\[' is not a JMESPath"):
        load_source(place(text))


def test_wrong_markers_are_refused_and_words_are_not_selectors(place):
    assert load_source(place(GOOD + 'empty: ["text:没有[帖子", "json:none"]\n')).empty[0] == "text:没有[帖子"

    with pytest.raises(ConfigError, match=r":14: empty: 'a\[' is not a JMESPath"):
        load_source(place(GOOD + 'empty: ["json:a["]\n'))


def test_sources_are_found_by_folder_in_name_order(place, tmp_path):
    place()
    place(GOOD.replace("name: forum", "name: board"), "board")
    (tmp_path / "notes").mkdir()

    assert list(load_sources(tmp_path)) == ["board", "forum"]
    assert load_sources(tmp_path / "missing") == {}


def test_every_full_example_of_the_docs_loads(place):
    blocks = list(re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))
    full = [block for block in blocks if block.startswith("name:")]

    names = [load_source(place(block, yaml.safe_load(block)["name"])).name for block in full]

    assert names[:2] == ["city_news", "city_forum"]
    assert set(names) >= {"forum", "messages"}


def test_the_short_examples_of_the_docs_load_in_a_source(place):
    blocks = re.findall(r"```yaml\n(thread:.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)

    configs = [load_source(place(re.sub(r"thread:\n.*\n.*\n", block, GOOD))) for block in blocks]

    assert [config.thread.first_post_kind for config in configs] == [None, Kind.OFFICIAL]


def keys_of(model):
    for name, info in model.model_fields.items():
        yield info.alias or name
        for part in [info.annotation, *getattr(info.annotation, "__args__", ())]:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from keys_of(part)


def test_every_key_is_in_the_docs():
    text = DOCS.read_text(encoding="utf-8")

    missing = [key for key in keys_of(SourceConfig) if not re.search(rf"[`.]{key}\b", text)]

    assert missing == []
