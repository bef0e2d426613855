"""The real crawlers read the city: all comments, no names, nothing forbidden; what cannot be read fails honestly."""

from functools import partial

import pytest

from crawlers.run import crawl
from demo.content import BOARD, FORUM, GOV, NEWS
from demo.deployment import write_deployment
from demo.server import running
from demo.site import MARKER, Site, called
from demo.sources import OLD, OWNERS
from minsheng.domain import Kind
from minsheng.jsonl import parse_post
from minsheng.register import load_register
from minsheng.settings import load_settings
from models.linker import ProjectLinker


def crawl_one(name: str, deployment, city):
    """Crawl one source; return its report and posts."""
    report = crawl(
        deployment / "sources" / name,
        inbox=deployment / "inbox",
        state=deployment / "state",
        settings=load_settings(deployment, {}).crawl,
        now=city.now,
    )
    lines = [line for path in (deployment / "inbox").glob("*.jsonl") for line in path.read_text().splitlines()]
    return report, [parse_post(line) for line in lines]


@pytest.fixture
def read(deployment, city):
    return partial(crawl_one, deployment=deployment, city=city)


@pytest.fixture(scope="module")
def forum(tmp_path_factory, city):
    """The forum, read once: report, posts, what the server was asked for, and everything that was written."""
    folder = tmp_path_factory.mktemp("city")
    with running(0, partial(Site, city)) as server:
        write_deployment(folder, city, server.url)
        report, posts = crawl_one(FORUM, folder, city)
    written = "".join(path.read_text() for name in ("inbox", "state") for path in (folder / name).glob("*.json*"))
    return report, posts, server.asked, written


def test_the_forum_is_read_whole_and_nothing_that_robots_forbids(forum, city):
    report, posts, asked, written = forum

    assert report.outcome == "ok"
    assert {post.id for post in posts} == {f"{FORUM}:{voice.number}" for talk in city.forum for voice in talk.voices}
    assert not [path for path in asked if path.startswith(("/private/", "/member/"))]
    assert MARKER not in written


def test_times_of_the_forum_are_right_to_the_day(forum, city):
    times = {f"{FORUM}:{voice.number}": voice.at for talk in city.forum for voice in talk.voices}

    assert max(abs((post.published_at - times[post.id]).total_seconds()) for post in forum[1]) < 24 * 3600


def test_names_shown_beside_comments_are_nowhere_in_what_was_kept(forum, city):
    written = forum[3]

    assert len(written) > 100_000
    assert not [voice for talk in city.forum for voice in talk.voices if called(voice.number) in written]


def test_the_board_is_read_with_replies_and_personal_data_is_masked(read, city):
    report, posts = read(BOARD)
    answered = [talk for talk in city.board if talk.voices[0].reply]

    assert report.outcome == "ok"
    assert report.masked >= 9
    assert sum(post.kind is Kind.PUBLIC for post in posts) == len(city.board)
    assert sum(post.reply_to is not None for post in posts) == len(answered)
    assert "13800001234" not in "".join(post.text for post in posts)


def test_the_news_site_is_read_through_its_json(read, city):
    report, posts = read(NEWS)

    assert report.outcome == "ok"
    assert len(posts) == sum(len(talk.voices) for talk in city.news)
    assert all("/news/article-" in post.thread for post in posts)


def test_the_official_site_gives_releases_of_offices(read, city):
    report, posts = read(GOV)

    assert report.outcome == "ok"
    assert {post.title for post in posts} == {bulletin.title for bulletin in city.bulletins}
    assert {post.kind for post in posts} == {Kind.OFFICIAL}


@pytest.mark.parametrize(("name", "outcome"), [(OLD, "changed"), (OWNERS, "refused")])
def test_what_cannot_be_read_fails_honestly(read, name, outcome):
    report, posts = read(name)

    assert report.outcome == outcome
    assert report.detail
    assert posts == []


def test_every_post_is_linked_to_the_project_it_was_written_about(read, deployment, pages):
    linker = ProjectLinker(list(load_register(deployment / "projects").projects.values()))
    meant = {thread.title: page.project for page in pages for thread in page.threads}
    _, posts = read(BOARD)

    assert [post.title for post in posts if meant[post.title] not in linker.link(post)] == []
