"""The newcomer's page of the docs, run line by line as it stands; the forum is played by a local server."""

import os
import re
import shlex
import subprocess
import sys
import threading
import venv
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawlers.inbox import inbox_files

ROOT = Path(__file__).resolve().parents[2]
START = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
PAGES = ROOT / "tests" / "fixtures" / "pages" / "discuz"
COMMANDS = re.search(r"```sh\n(.*?)```", START, re.DOTALL)[1].strip().splitlines()
ADDRESS = "https://bbs.city.example"
POSTER = "王小明的昵称"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Be silent."""


@pytest.fixture
def forum(tmp_path):
    """A board of Discuz! with one readable thread, as files of a small server."""
    folder = tmp_path / "forum"
    folder.mkdir()
    (folder / "robots.txt").write_text("User-agent: *\nDisallow: /member.php\n")
    (folder / "forum-2-1.html").write_bytes((PAGES / "list_x34.html").read_bytes())
    for name in re.findall(r"thread-\d+-1-1\.html", (PAGES / "list_x34.html").read_text(encoding="utf-8")):
        (folder / name).write_bytes((PAGES / "thread_gone.html").read_bytes())
    (folder / "thread-11-1-1.html").write_bytes((PAGES / "thread_lamp.html").read_bytes())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def machine(tmp_path):
    """A fresh environment of Python in which the libraries lie already, and nothing of ours."""
    place = tmp_path / "python"
    venv.create(place, with_pip=True)
    packages = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    own = next((place / "lib").glob("python3*")) / "site-packages"
    (own / "libraries.pth").write_text(f"{packages}\n")
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MINSHENG_HOME"}}
    settings = {"PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_FORCE_REINSTALL": "1"}
    manners = {"MINSHENG_CRAWL__ALLOW_PRIVATE_HOSTS": "true", "MINSHENG_CRAWL__DELAY_SECONDS": "0"}
    return {**kept, **settings, **manners, "PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_the_way_is_short():
    assert 1 <= len(COMMANDS) <= 5
    assert COMMANDS[0].startswith("python -m pip install")


@pytest.mark.timeout(600)
def test_the_commands_of_the_page_lead_from_an_installation_to_comments_in_the_index(machine, forum, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    said = []

    for number, command in enumerate(COMMANDS):
        words = shlex.split(command.replace(ADDRESS, forum))
        # The checkout is where the newcomer stands; the deployment is made elsewhere here, so that it stays clean.
        where = ROOT if number == 0 else work
        done = subprocess.run(words, cwd=where, env=machine, capture_output=True, text=True, check=False, timeout=300)
        said.append(done.stdout)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    found = subprocess.run(
        ["minsheng", "search", "路灯", "--count", "-C", "office"],
        cwd=work,
        env=machine,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "引擎 discuz" in said[2]
    assert "contact: liaison@city.example" in (work / "office" / "minsheng.yml").read_text(encoding="utf-8")
    assert (work / "office" / "sources" / "city_forum" / "source.yml").exists()
    assert int(re.search(r"\d+", found.stdout)[0]) > 0
    assert inbox_files(work / "office" / "var" / "inbox") == [], "all was read"
    assert not any(POSTER in text for text in said)
