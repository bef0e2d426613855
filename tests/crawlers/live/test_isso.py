"""A crawl of real Isso, installed for this test alone and filled through its public interface.

Runs where Isso can be imported, or where ``REQUIRE`` names ``isso``: then it is installed into a folder of its own.
"""

import os
import socket
import subprocess
import sys
import time
import venv
from datetime import UTC, datetime
from importlib.util import find_spec
from types import SimpleNamespace

import httpx
import pytest

POSTER, PHONE = "王小明的昵称", "13812345678"
IS_HERE = find_spec("isso") is not None
WANTED = "isso" in os.environ.get("REQUIRE", "").split(",")
pytestmark = [
    pytest.mark.skipif(not (IS_HERE or WANTED), reason="Isso is not installed; REQUIRE=isso installs it"),
    pytest.mark.timeout(900),  # the installation counts
]
CONFIG = """\
[general]
dbpath = {folder}/comments.db
host = {site}
latest-enabled = true
[server]
listen = {url}
[guard]
enabled = false
"""
THREADS = {
    "/news/lamps.html": ("南门路灯改造公告", 20),
    "/news/stop.html": ("公交站牌", 9),
    "/news/signal.html": ("信号灯", 1),
}


class Isso:
    """The running service: what a page of a site can do with it."""

    def __init__(self, url):
        self.url = url
        self._client = httpx.Client(base_url=url, trust_env=False)

    def is_up(self):
        try:
            return self._client.get("/config").status_code == 200
        except httpx.TransportError:
            return False

    def post(self, uri, text, parent=None):
        content = {"text": text, "author": POSTER, "website": "http://w.example", "parent": parent, "title": uri}
        answer = self._client.post("/new", params={"uri": uri}, json=content)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def edit(self, number, text):
        assert self._client.put(f"/id/{number}", json={"text": text, "author": POSTER}).status_code == 200

    def delete(self, number):
        headers = {"Content-Type": "application/json"}
        assert self._client.delete(f"/id/{number}", headers=headers).status_code == 200

    def like(self, number):
        other = httpx.Client(base_url=self.url, trust_env=False, headers={"X-Forwarded-For": "192.0.2.7"})
        answer = other.post(f"/id/{number}/like", json={})
        assert answer.status_code == 200, answer.text

    def close(self):
        self._client.close()


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory):
    """A Python that can import Isso."""
    if IS_HERE:
        return sys.executable
    folder = tmp_path_factory.mktemp("isso")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "isso>=0.13,<1"], check=True)
    return python


@pytest.fixture
def isso(interpreter, tmp_path, site):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    config = tmp_path / "isso.cfg"
    config.write_text(CONFIG.format(folder=tmp_path, site=site.url, url=url), encoding="utf-8")
    command = [interpreter, "-c", "from isso import main; main()", "-c", str(config), "run"]
    with (tmp_path / "isso.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        service = Isso(url)
        deadline = time.monotonic() + 60
        while not service.is_up():
            assert process.poll() is None, (tmp_path / "isso.log").read_text()
            assert time.monotonic() < deadline, (tmp_path / "isso.log").read_text()
            time.sleep(0.1)
        yield service
        service.close()
        process.terminate()


@pytest.fixture
def desk(desk):
    """Where crawls of real comments are kept: now is now."""
    desk.now = datetime.now(UTC)
    return desk


@pytest.fixture
def numbers(isso):
    """A few dozen comments: by thread the numbers that Isso gave them."""
    given = {
        uri: [isso.post(uri, f"第{k}条：路灯**不亮**") for k in range(1, many + 1)]
        for uri, (_, many) in THREADS.items()
    }
    first = given["/news/lamps.html"][0]
    given["/news/lamps.html"].append(isso.post("/news/lamps.html", "> 路灯不亮\n\n今天又坏一盏。", parent=first))
    given["/news/stop.html"].append(isso.post("/news/stop.html", f"致电{PHONE}"))
    return given


def kept(folder):
    files = (file for file in folder.rglob("*") if file.is_file() and {"inbox", "state", "rejects"} & set(file.parts))
    return "\n".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def test_a_crawl_by_the_newest_comments_reads_all_and_then_what_is_new(desk, isso, numbers, tmp_path):
    lamps = numbers["/news/lamps.html"]
    isso.like(lamps[0])
    isso.delete(lamps[4])
    place = desk.source(
        SimpleNamespace(url=isso.url),
        start="/latest",
        engine="isso",
        list=None,
        thread=None,
        options={"site": "http://city.example"},
    )

    report = desk.crawl(place)
    first = {post.id: post for post in desk.posts()}
    isso.post("/news/signal.html", "信号灯装好了。")
    isso.edit(numbers["/news/signal.html"][0], "第1条：已经亮了")
    again = desk.crawl(place)
    quiet = desk.crawl(place)

    everything = {f"forum:{number}" for given in numbers.values() for number in given} - {f"forum:{lamps[4]}"}
    assert (report.outcome, report.posts, report.masked) == ("ok", 31, 1)
    assert set(first) == everything
    assert first[f"forum:{lamps[0]}"].text == "第1条：路灯不亮"
    assert first[f"forum:{lamps[0]}"].likes == 1
    reply = first[f"forum:{lamps[-1]}"]
    assert (reply.text, reply.reply_to) == ("今天又坏一盏。", f"forum:{lamps[0]}")
    assert reply.thread == "http://city.example/news/lamps.html"
    assert (again.outcome, again.posts, again.pages) == ("ok", 2, 2), "the list and the one thread that changed"
    assert (quiet.outcome, quiet.posts, quiet.pages) == ("ok", 0, 1)
    assert POSTER not in kept(tmp_path)
    assert PHONE not in kept(tmp_path)


@pytest.mark.usefixtures("numbers")
def test_a_crawl_from_the_pages_of_the_site_finds_the_service_by_itself(desk, site, isso):
    embed = f'<script data-isso="{isso.url}/" src="{isso.url}/js/embed.min.js"></script>'
    for uri, (title, _) in THREADS.items():
        site.pages[uri] = f"{embed}<h1>{title}</h1><section id='isso-thread'></section>".encode()
    site.pages["/news/"] = "".join(f'<a href="{uri}">{title}</a>' for uri, (title, _) in THREADS.items()).encode()
    options = {"links": r"/news/\w+\.html$"}
    place = desk.source(site, start="/news/", engine="isso", list=None, thread=None, options=options)

    report = desk.crawl(place)

    assert (report.outcome, report.posts) == ("ok", 32)
    assert {post.title for post in desk.posts()} == {title for title, _ in THREADS.values()}
    assert {post.thread for post in desk.posts()} == {site.url + uri for uri in THREADS}


def test_a_service_without_comments_is_empty(desk, isso):
    place = desk.source(SimpleNamespace(url=isso.url), start="/latest", engine="isso", list=None, thread=None)

    assert desk.crawl(place).outcome == "empty"
