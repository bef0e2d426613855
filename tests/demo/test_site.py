"""The sites: every link leads somewhere, robots.txt forbids what must not be read, and nothing of our own shows."""

import json
import re
import urllib.error
import urllib.robotparser
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest

from demo.content import FORUM
from demo.site import MARKER, ROBOTS, Site

LINK = re.compile(r'(?:href|src|data-from)="([^"#]+)"')


@pytest.fixture(scope="module")
def site(city) -> Site:
    return Site(city, "http://city.example")


@pytest.fixture(scope="module")
def walked(site) -> dict[str, str]:
    """Follow every link from the front page; path → text."""
    pages: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in pages:
            continue
        page = site.get(path)
        assert page.status == 200, path
        pages[path] = page.body.decode(page.media_type.partition("charset=")[2] or "utf-8")
        links = LINK.findall(pages[path])
        if page.media_type.startswith("application/json"):
            links += filter(None, [json.loads(pages[path])["next"]])
        waiting += [
            f"{parts.path}?{parts.query}" if parts.query else parts.path
            for parts in (urlsplit(urljoin(f"http://city.example{path}", link.replace("&amp;", "&"))) for link in links)
            if parts.netloc == "city.example"
        ]
    return pages


def test_every_link_leads_to_a_page(walked):
    assert len(walked) > 250


def test_every_comment_stands_on_some_page_and_every_page_of_a_thread_is_linked(walked, city):
    shown = "\n".join(walked.values())
    numbers = {voice.number for talk in (*city.forum, *city.board, *city.news) for voice in talk.voices}

    assert {number for number in numbers if number not in shown} == set()


def test_thread_pages_follow_one_another_without_gap_or_repeat(walked, city):
    longest = max(city.forum, key=lambda talk: len(talk.voices))
    found = [
        number
        for page in range(1, 50)
        for number in re.findall(r'data-id="(\d+)"', walked.get(f"/forum/thread-{longest.number}-{page}.html", ""))
    ]

    assert found == [voice.number for voice in longest.voices]
    assert len(found) > 60


def test_reactions_to_an_article_come_in_pages_of_json(site, city):
    talk = max(city.news, key=lambda one: len(one.voices))
    address, texts = f"/news/api/comments?article={talk.number}&page=1", []
    while address:
        answer = json.loads(site.get(address).body)
        texts += [comment["content"] for comment in answer["comments"]]
        address = answer["next"]

    assert texts == [voice.text for voice in talk.voices]
    assert answer["article_url"] == f"http://city.example/news/article-{talk.number}.html"


def test_robots_forbids_the_private_part_and_members_and_nothing_else(walked):
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(ROBOTS.splitlines())
    forbidden = {path for path in walked if not rules.can_fetch("Minsheng", path)}

    assert any(path.startswith("/private/") for path in forbidden)
    assert any(path.startswith("/member/") for path in forbidden)
    assert {path for path, text in walked.items() if MARKER in text} == forbidden


def test_the_label_and_aspect_of_a_comment_never_show(walked):
    words = re.compile(r"\b(?:neg|neu|pos|label|aspect|mianfang-estate|yuxi-river)\b")

    assert {path: words.findall(text) for path, text in walked.items() if words.search(text)} == {}


def test_pages_show_names_and_pictures_of_who_wrote_as_real_sites_do(walked, city):
    page = walked[f"/forum/thread-{city.forum[0].number}-1.html"]

    assert re.search(r'<a href="/member/\d{4}">\w+\d{4}</a>', page)
    assert re.search(r'<img src="/face/\d\.svg"', page)
    assert "Lv." in page


@pytest.mark.parametrize(
    "personal",
    [
        "13800001234",
        "420000190101010004",
        "6222000000000000004",
        "mianfang21@example.com",
        "0700-5550123",
        "jl_demo_0001",
        "1000000001",
        "鄂A·0000X",
        "@云岭小太阳",
        "网友“顶楼观雨”",
    ],
)
def test_raw_pages_hold_personal_data_that_must_be_masked(walked, personal):
    assert any(personal in text.replace("&#34;", '"') for text in walked.values())


def test_every_piece_of_personal_data_is_masked_by_the_crawlers(city):
    from crawlers.masking import mask

    voices = [voice for talk in (*city.forum, *city.board, *city.news) for voice in talk.voices]
    masked = [mask(text)[0] for voice in voices for text in (voice.text, voice.reply.text if voice.reply else "")]

    left = re.compile(
        r"1380000|4200001901|62220000|@example|5550123|5550456|jl_demo|1000000001|鄂[AB]·|小太阳|顶楼观雨"
    )
    assert [text for text in masked if left.search(text)] == []


def test_forum_pages_come_in_the_encoding_of_old_forums_and_keep_emoji(site, city):
    talk = next(talk for talk in city.forum if any("😂" in voice.text for voice in talk.voices[:10]))

    page = site.get(f"/forum/thread-{talk.number}-1.html")

    assert page.media_type == "text/html; charset=gb18030"
    assert "😂" in page.body.decode("gb18030")


def test_forum_times_are_relative_when_recent_and_absolute_when_old(walked):
    forum = "".join(text for path, text in walked.items() if path.startswith("/forum/thread"))
    shown = set(re.findall(r'<span class="when">([^<]+)</span>', forum))

    for pattern in (r"\d+小时前", r"昨天 \d\d:\d\d", r"前天 \d\d:\d\d", r"\d天前", r"2026-\d+-\d+ \d\d:\d\d"):
        assert any(re.fullmatch(pattern, text) for text in shown), pattern


def test_the_message_board_says_what_is_answered(walked, city):
    board = "".join(text for path, text in walked.items() if path.startswith("/board/") and "message-" not in path)
    answered = sum(talk.voices[0].reply is not None for talk in city.board)
    first = walked["/board/"]

    assert first.count("待回复") + first.count("已回复") == 20
    assert board.count('class="answer"') >= answered


def test_the_board_of_owners_wants_a_login(site):
    page = site.get("/forum/board-9-1.html").body.decode("gb18030")

    assert '<form id="login"' in page
    assert "请登录" in page


def test_the_old_site_has_another_shape_than_its_source_describes(site):
    page = site.get("/old/").body.decode()

    assert 'class="waterfall"' in page
    assert "<ul" not in page


def test_the_feed_lists_every_release(site, city):
    import feedparser

    feed = feedparser.parse(site.get("/gov/rss.xml").body)

    assert [entry.title for entry in feed.entries] == [bulletin.title for bulletin in city.bulletins]
    assert feed.bozo == 0


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere",
        "/forum/board-2-99.html",
        "/forum/thread-1-1.html",
        "/gov/?page=0",
        "/gov/?page=zwei",
        "/gov/releases/none.html",
        "/news/api/comments",
        "/news/article-1.html",
        "/board/message-1.html",
    ],
)
def test_what_is_not_there_is_404(site, address):
    assert site.get(address).status == 404


def test_a_thread_is_not_found_under_another_site(site, city):
    assert city.forum[0].source == FORUM
    assert site.get(f"/news/article-{city.forum[0].number}.html").status == 404


def test_the_server_sends_pages_and_remembers_what_was_asked(server):
    with urlopen(f"{server.url}/robots.txt") as answer:
        assert answer.read().decode() == ROBOTS
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urlopen(f"{server.url}/nowhere")

    assert server.asked == ["/robots.txt", "/nowhere"]


def test_the_server_answers_head_without_a_body(server):
    from urllib.request import Request

    with urlopen(Request(f"{server.url}/", method="HEAD")) as answer:
        assert int(answer.headers["Content-Length"]) > 500
        assert answer.read() == b""
