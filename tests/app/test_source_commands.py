"""The commands for sources, run in this process on a small site that plays a forum; its crawls are real processes."""

import os
import re
import threading
import time
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.access import accounts, open_door
from app.acts import acts_of
from app.bootstrap import Office
from app.cli import cli
from app.newcomer import draft_source, recognise_site
from app.starter import init
from console.access.roles import Person, Role
from console.access.staff import Staff
from console.app import create_app
from crawlers.draft import Wishes
from crawlers.recognise import Sighting
from crawlers.source import load_source
from minsheng.domain import Kind
from minsheng.errors import ConfigError, SourceRefused

PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "pages"
POSTER = "王小明的昵称"


class QuietHandler(SimpleHTTPRequestHandler):
    extensions_map: ClassVar = {**SimpleHTTPRequestHandler.extensions_map, "": "application/json"}

    def log_message(self, *_):
        """Be silent."""


@pytest.fixture
def pages(tmp_path):
    """The folder whose files the site shows: a board of Discuz! with one thread that is there, and a bulletin."""
    folder = tmp_path / "pages"
    (folder / "closed").mkdir(parents=True)
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /closed/\n")
    for path, name in {
        "forum-2-1.html": "discuz/list_x34.html",
        "thread-11-1-1.html": "discuz/thread_lamp.html",
        "bulletin.html": "govboard/bulletin.html",
        "closed/x.html": "discuz/list_x34.html",
        "login.html": "discuz/login.html",
        "redesigned.html": "discuz/redesigned_list.html",
    }.items():
        (folder / path).write_bytes((PAGES / name).read_bytes())
    return folder


@pytest.fixture
def site(pages):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(pages)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def office(tmp_path, monkeypatch):
    init(tmp_path / "office")
    monkeypatch.setenv("MINSHENG_CRAWL__ALLOW_PRIVATE_HOSTS", "true")
    monkeypatch.setenv("MINSHENG_CRAWL__DELAY_SECONDS", "0")
    monkeypatch.setenv("COLUMNS", "140")
    return tmp_path / "office"


@pytest.fixture
def sources(office):
    """Run ``minsheng sources …`` on the deployment."""

    def run(*arguments, answers=None):
        return CliRunner().invoke(cli, ["sources", *arguments, "-C", str(office)], input=answers)

    return run


def test_a_board_is_added_after_its_comments_stood_beside_the_page_and_questions_were_answered(sources, office, site):
    done = sources("add", f"{site}/forum-2-1.html", "--name", "city_forum", answers="renewal\ny\n")

    assert done.exit_code == 0, done.output
    assert "Discuz! X3.4" in done.output
    assert done.output.count("东门一排全灭了") == 2, "as read, and as the page has it"
    assert POSTER not in done.output
    config = load_source(office / "sources" / "city_forum")
    assert (config.engine, config.project) == ("discuz", "renewal")
    assert not (office / "var" / "inbox").exists(), "a trial is not kept"


def test_who_finds_the_two_sides_different_says_no_and_nothing_is_written(sources, office, site):
    done = sources("add", f"{site}/forum-2-1.html", "--project", "renewal", answers="n\n")

    assert done.exit_code == 1
    assert list((office / "sources").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/closed/x.html", SourceRefused, "robots.txt forbids"),
        ("/login.html", SourceRefused, "not for guests"),
        ("/none.html", ConfigError, "404"),
        ("/redesigned.html", ConfigError, "no software that an engine knows"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason_and_nothing_is_written(
    sources, office, site, path, kind, words
):
    done = sources("add", f"{site}{path}", "--yes")

    assert isinstance(done.exception, kind)
    assert words in str(done.exception)
    assert list((office / "sources").iterdir()) == []


def test_a_private_address_a_bad_one_and_an_unknown_project_are_refused(sources, office, site, monkeypatch):
    bad = sources("add", "javascript:alert(1)", "--yes")
    unknown = sources("add", f"{site}/bulletin.html", "--project", "renwal", "--yes")
    monkeypatch.setenv("MINSHENG_CRAWL__ALLOW_PRIVATE_HOSTS", "false")
    private = sources("add", f"{site}/forum-2-1.html", "--yes")

    assert "is no address" in str(bad.exception)
    assert "renewal" in str(unknown.exception)
    assert "private address" in str(private.exception)
    assert list((office / "sources").iterdir()) == []


def test_a_name_that_is_taken_is_said_before_the_trial(sources, site):
    assert sources("add", f"{site}/bulletin.html", "--name", "gs", "--yes").exit_code == 0

    again = sources("add", f"{site}/bulletin.html", "--name", "gs", "--yes")

    assert "--name" in str(again.exception)


def test_a_post_of_wordpress_is_read_by_its_interface_where_that_answers_with_comments(office, site, pages):
    head = '<meta name="generator" content="WordPress 6.4"><link rel="https://api.w.org/" href="/wp-json/">'
    (pages / "lamps.html").write_text(f'<title>路灯</title>{head}<body class="postid-7"></body>', encoding="utf-8")
    answer = pages / "wp-json" / "wp" / "v2" / "comments"
    answer.parent.mkdir(parents=True)
    deployment = Office(office, os.environ)

    answer.write_text("[]")
    silent, title = recognise_site(deployment, f"{site}/lamps.html")
    answer.write_bytes((PAGES / "wordpress" / "comments_7.json").read_bytes())
    open_, _ = recognise_site(deployment, f"{site}/lamps.html")

    assert (silent.start, title) == (f"{site}/lamps.html", "路灯")
    assert open_.start == f"{site}/wp-json/wp/v2/comments?post=7"
    assert "REST interface answers" in open_.why


def test_a_check_lists_every_source_and_ends_with_one_if_one_is_not_well(sources, site, pages):
    sources("add", f"{site}/bulletin.html", "--name", "gs", "--yes")
    sources("add", f"{site}/forum-2-1.html", "--name", "forum", "--yes")

    well = sources("check")
    (pages / "forum-2-1.html").write_bytes((PAGES / "discuz/redesigned_list.html").read_bytes())
    changed = sources("check")

    assert (well.exit_code, changed.exit_code) == (0, 1)
    assert "gs" in well.output
    assert "2026-03-04" in well.output, "the newest of the bulletin"
    assert "页面改版" in changed.output


def test_a_saved_page_is_shown_as_it_would_be_read(sources, site, pages):
    sources("add", f"{site}/forum-2-1.html", "--name", "forum", "--yes")

    listed = sources("test", "forum", "--page", str(pages / "forum-2-1.html"))
    thread = sources("test", "forum", "--page", str(pages / "thread-11-1-1.html"), "--thread")
    unknown = sources("test", "forun", "--page", str(pages / "forum-2-1.html"))

    assert "接着会读" in listed.output
    assert "东门一排全灭了" in thread.output
    assert POSTER not in thread.output
    assert "forum" in str(unknown.exception)


@pytest.fixture
def console(office, monkeypatch):
    """Return an opener of the console of the deployment for its administrator, with what was planned to be crawled."""
    planned, opened = [], []

    def browse():
        monkeypatch.setenv("MINSHENG_CONSOLE__LOGIN", "password")
        at_work = Office(office, os.environ)
        opened.append(at_work)
        Staff(accounts(at_work), CHEAP).add(Person("zhao", Role.ADMIN), PASSWORD, at_work.now())
        app = create_app(replace(at_work.desk(), acts=acts_of(at_work, planned.append)), open_door(at_work))
        client = TestClient(app, base_url="http://localhost")
        send(client, "/login", "/login", name="zhao", password=PASSWORD)
        return client

    yield browse, planned
    for each in opened:
        each.close()


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "三月的风 walks home"


def send(client, address, page, **fields):
    """Send a form with what stands hidden in the page."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', client.get(page).text))
    return client.post(address, data={**hidden, **fields})


def ended(client, shown):
    """Wait for the end of a trial; return its page."""
    while "again.js" in shown.text:
        time.sleep(0.5)
        shown = client.get(shown.url.path)
    return shown


def test_an_administrator_adds_a_source_in_the_console_after_seeing_both_sides(console, office, site):
    browse, planned = console
    client = browse()
    before = time.monotonic()

    waiting = send(client, "/sources/add", "/sources/add", url=f"{site}/forum-2-1.html", name="city_forum")
    answered = time.monotonic() - before
    assert client.get("/").status_code == 200, "the console answers meanwhile"
    tried = ended(client, waiting)
    written_before = list((office / "sources").iterdir())
    kept = send(client, "/sources/add/keep", tried.url.path)

    assert answered < 2
    assert "Discuz! X3.4" in tried.text
    assert tried.text.count("东门一排全灭了") == 2, "as read, and as the page has it"
    assert POSTER not in tried.text
    assert written_before == []
    assert "已写入 sources/city_forum/source.yml" in kept.text
    assert load_source(office / "sources" / "city_forum").engine == "discuz"
    assert planned == ["city_forum"]
    assert "city_forum" in client.get("/sources").text, "without a restart"
    assert "source add" in (office / "var/audit.jsonl").read_text(encoding="utf-8")
    assert send(client, "/sources/add/keep", tried.url.path, id=tried.url.path.rpartition("/")[2],
                name="city_forum").status_code == 400, "once is enough"  # fmt: skip


def test_nobody_reaches_a_private_address_or_writes_elsewhere_by_the_console(console, office, site, monkeypatch):
    monkeypatch.setenv("MINSHENG_CRAWL__ALLOW_PRIVATE_HOSTS", "false")
    browse, planned = console
    client = browse()

    private = ended(client, send(client, "/sources/add", "/sources/add", url=f"{site}/forum-2-1.html"))
    script = send(client, "/sources/add", "/sources/add", url="javascript:alert(1)")
    forged = send(client, "/sources/add/keep", private.url.path, id=private.url.path.rpartition("/")[2], name="x")

    assert "127.0.0.1 is a private address" in private.text
    assert "Discuz" not in private.text
    assert (script.status_code, forged.status_code) == (400, 400)
    assert (list((office / "sources").iterdir()), planned) == ([], [])


@pytest.mark.parametrize("name", ["../up", "/tmp/elsewhere", "A", "a\nengine: x", ""])
def test_a_source_is_called_by_small_letters_and_its_folder_is_nowhere_else(office, name, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    sighting = Sighting("feed", "a feed", "https://x.example/feed", Kind.PUBLIC)
    at_work = Office(office, os.environ)

    if name:
        with pytest.raises(ConfigError, match="no name of a source"):
            draft_source(at_work, sighting, Wishes(name), "题")
    else:
        assert draft_source(at_work, sighting, Wishes(name), "题")[0].name == "x_example"
    assert sorted(tmp_path.rglob("*")) == before
