"""A deployment over a small local board, and the means to run the real commands on it."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

from app.bootstrap import Office
from app.claim_work import propose_claims
from app.work import watch_projects
from benchmarks.board import Board, Message, served, write_sources
from indexer.base import Query
from minsheng.domain import BEIJING, Kind, LabelledPost, Opinion, Post, Reading
from models.open import SHIPPED_FOLDER
from models.version import version_of

# How Chromium is started: as root, and asking nobody but the console.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

# The commands ask the real clock, so the board's messages lie 40 to 12 days back from it.
START = datetime.now(tz=BEIJING).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=40)

PROJECTS = """\
departments:
  - id: housing
    name: 住建局
    recipients: [housing@office.example]
projects:
  - id: renewal
    name: 向阳小区改造
    aliases: [向阳小区]
    region: 城东区
    department: housing
  - id: road
    name: 滨江路
    region: 城西区
    department: housing
"""
CLAIMS = """\
claims:
  - id: renewal-satisfaction
    project: renewal
    text: 向阳小区改造后居民满意率达98%
    kind: satisfaction
    status: level
    value: 98%
    source_url: http://gov.example/1
    publisher: 住建局
    date: {claimed}
    reviewed: true
"""
SETTINGS = """\
office: 江临市联络办
crawl: {delay_seconds: 0, allow_private_hosts: true}
console: {port: 0}
schedule: {watch_every_minutes: 1, ingest_every_minutes: 1, mail_every_minutes: 1}
"""
TROUBLES = ("楼道漏水没人管", "外墙又掉皮了", "施工噪音太吵", "电梯三天两头坏", "垃圾堆在门口发臭", "下水道堵了一个月")


def messages(number: int, prefix: str, days: int = 28) -> list[Message]:
    """Build distinct complaints about one project, spread over four weeks."""
    return [
        Message(
            id=f"{prefix}{n}",
            title=f"反映向阳小区{n}栋问题",
            time=f"{START + timedelta(days=n % days, minutes=n % 60):%Y-%m-%d %H:%M:%S}",
            text=f"向阳小区{n}栋{TROUBLES[n % len(TROUBLES)]}，已经是第{n // 7 + 2}次反映，改造还不如不改，请尽快处理，电话13800{n:06d}",
            likes=str(n % 5),
            reply="您好，已转交处理。" if n % 3 == 0 and prefix == "r" else "",
            reply_time=f"{START + timedelta(days=n % days + 3):%Y-%m-%d %H:%M:%S}"
            if n % 3 == 0 and prefix == "r"
            else "",
        )
        for n in range(number)
    ]


@contextmanager
def served_console(app: ASGIApp) -> Iterator[str]:
    """Serve a console as the service does; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def board() -> Board:
    return Board(messages(120, "r"), messages(60, "v"))


@pytest.fixture
def deployment(tmp_path: Path, board: Board):
    """A deployment folder whose two sources are played by a local board."""
    folder = tmp_path / "office"
    for name, text in {
        "minsheng.yml": SETTINGS,
        "projects/p.yml": PROJECTS,
        "claims/c.yml": CLAIMS.format(claimed=f"{START - timedelta(days=30):%Y-%m-%d}"),
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with served(board) as url:
        write_sources(folder / "sources", url)
        yield folder


@pytest.fixture
def minsheng(deployment: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run one command of the product on the deployment, as its user does."""

    def run(*arguments: str, code: int = 0, **options: object) -> subprocess.CompletedProcess:
        done = subprocess.run(
            command(deployment, *arguments), capture_output=True, text=True, check=False, env=environment(), **options
        )
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def spawn(deployment: Path) -> Callable[..., subprocess.Popen]:
    """Start one command of the product and return the running process; its output goes to a log file."""

    started = []

    def start(*arguments: str) -> subprocess.Popen:
        with (deployment / "log.txt").open("a") as log:
            started.append(subprocess.Popen(command(deployment, *arguments), stdout=log, stderr=log, env=environment()))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def first_day() -> datetime:
    """The day of the board's first messages."""
    return START


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", *arguments, "-C", str(folder)]


def environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MINSHENG_")}
    return kept | {"COLUMNS": "160", "NO_COLOR": "1"}


@pytest.fixture(scope="session")
def elastic_address() -> str:
    # Without an address the mark external_service has skipped the test, unless REQUIRE forbids that.
    address = os.environ.get("MINSHENG_TEST_ES", "")
    assert address, "MINSHENG_TEST_ES names no Elasticsearch (for example http://127.0.0.1:9200)"
    return address


@pytest.fixture(scope="module")
def open_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Office]]:
    """Return a maker of offices at work: comments read, claims proposed, all rules checked, nothing decided yet."""
    opened = []

    def make() -> Office:
        folder = tmp_path_factory.mktemp("desk") / "office"
        for name, text in {
            "minsheng.yml": SETTINGS,
            "projects/p.yml": PROJECTS,
            "claims/c.yml": CLAIMS.format(claimed=f"{START - timedelta(days=30):%Y-%m-%d}"),
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        write_sources(folder / "sources", "http://127.0.0.1:9")
        office = Office(folder, {})
        opened.append(office)
        office.index.add(_said(office.now()))
        propose_claims(office, office.index.stream(Query(kinds=(Kind.OFFICIAL,))))
        watch_projects(office)
        return office

    yield make
    for office in opened:
        office.close()


def _said(now: datetime) -> Iterator[LabelledPost]:
    """Yield ninety complaints, ten praises and one statement of the office, in the last four weeks."""
    for n in range(100):
        glad, loud = n % 10 == 9, n % 4 == 0
        text = "改造后方便多了，点赞" if glad else f"{TROUBLES[2] if loud else TROUBLES[n % 2]}，第{n}次说了"
        yield _labelled(f"replies:{n}", f"向阳小区{n}栋{text}", now - timedelta(hours=6 * n + 1), glad, loud)
    claim = "街道召开座谈会。经第三方调查，向阳小区改造居民满意率达到97%。下一步将加强管护。"
    yield _labelled("votes:gov", claim, now - timedelta(days=20), True, False, Kind.OFFICIAL)


def _labelled(id_: str, text: str, at: datetime, glad: bool, loud: bool, kind: Kind = Kind.PUBLIC) -> LabelledPost:
    source = id_.partition(":")[0]
    url = f"http://forum.example/{id_}"
    post = Post(id_, source, kind, url, url, "向阳小区改造", text, at, at)
    opinion = Opinion(0.04, 0.04, 0.92) if glad else Opinion(0.92, 0.04, 0.04)
    reading = Reading(
        ("renewal",), opinion, "urban", "environment" if loud else "quality", id_, version_of(SHIPPED_FOLDER)
    )
    return LabelledPost(post, reading)
