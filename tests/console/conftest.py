"""A small desk with real indexes: two projects, three sources, claims, findings and an alert; and who may see it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from alerts.entries import Draft
from alerts.ledger import ClaimLedger
from alerts.outbox import Outbox
from alerts.sequential.labels import audit as judged
from alerts.store import AlertStore
from console.access.audit import AuditLog
from console.access.door import Door, Entrance
from console.access.roles import Person, Role
from console.access.sessions import Attempts, Sessions
from console.access.staff import Staff
from console.access.store import open_store
from console.access.tokens import Tokens
from console.acts import Acts, TableTaken
from console.app import create_app
from console.desk import Desk
from console.mailing import Mailing
from console.newcomers import Candidate, Newcomers, Step, Wanted
from console.papers import Papers
from console.reviewing import Reviews, Sitting, Watched
from indexer.base import PostIndex
from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex
from minsheng.crawls import CrawlReport
from minsheng.domain import (
    Alert,
    AlertState,
    Calibration,
    Claim,
    ClaimKind,
    ClaimStatus,
    Department,
    Evidence,
    Finding,
    Kind,
    LabelledPost,
    Phase,
    PhaseName,
    Prevalence,
    Project,
    Quote,
    Sentiment,
    Source,
    Verdict,
    Window,
)

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
HOUSING = Department("housing", "市住房和城乡建设局", ())
ROAD = Project(
    "road",
    "滨河路综合改造工程",
    ("滨河路改造",),
    "临江市城东区",
    HOUSING,
    "road",
    (
        Phase(PhaseName.CONSTRUCTION, date(2025, 6, 1), date(2025, 12, 20)),
        Phase(PhaseName.EVALUATION, date(2026, 2, 1)),
    ),
)
PARK = Project("park", "人民公园提升改造", (), "临江市城中区", HOUSING, "park")
SOURCES = {
    source.name: source
    for source in (
        Source("forum", "临江论坛", Kind.PUBLIC, "http://forum.example/"),
        Source("board", "市民留言板", Kind.PUBLIC, "http://board.example/"),
        Source("gov", "临江市人民政府网", Kind.OFFICIAL, "http://gov.example/"),
    )
}
CALIBRATION = Calibration(
    "test",
    ((0.85, 0.1, 0.05), (0.1, 0.8, 0.15), (0.05, 0.1, 0.8)),
    ((90, 8, 2), (8, 80, 6), (2, 12, 32)),
)
WINDOW = Window(NOW - timedelta(days=50), NOW)


def prevalence(posts: int = 60, effective: float = 48.0) -> Prevalence:
    return Prevalence(0.62, 0.2, 0.18, 0.51, 0.73, posts, posts - 4, effective, 30, 2, 0.58)


def count_labels(posts: Sequence[LabelledPost], project: str | None = None) -> Prevalence | None:
    """A small honest estimator: plain shares, for tests that are not about estimation; peers play no part."""
    del project
    if not posts:
        return None
    shares = [sum(p.reading.sentiment is label for p in posts) / len(posts) for label in Sentiment]
    low, high = max(0.0, shares[0] - 0.1), min(1.0, shares[0] + 0.1)
    return Prevalence(*shares, low, high, len(posts), len(posts), float(len(posts)), len(posts), 1, shares[0])


def claim(number: int = 1, text: str = "滨河路改造群众满意率达到 96%", **fields: object) -> Claim:
    values: dict[str, object] = {
        "id": f"c{number}",
        "project": "road",
        "text": text,
        "kind": ClaimKind.SATISFACTION,
        "status": ClaimStatus.LEVEL,
        "source_url": "http://gov.example/news/1",
        "publisher": "市住房和城乡建设局",
        "published_at": NOW - timedelta(days=50),
        "value": 0.96,
        "reviewed": True,
    }
    return Claim(**(values | fields))  # type: ignore[arg-type]  # the fields are named by tests


def quote(text: str, sentiment: Sentiment, **fields: object) -> Quote:
    values: dict[str, object] = {
        "post": "forum:1",
        "text": text,
        "url": "http://forum.example/t/1",
        "source": "forum",
        "published_at": NOW - timedelta(days=2),
        "sentiment": sentiment,
        "confidence": 0.9,
    }
    return Quote(**(values | fields))  # type: ignore[arg-type]  # the fields are named by tests


def evidence(**fields: object) -> Evidence:
    values: dict[str, object] = {
        "measure": "负面占比",
        "posts": 60,
        "effective": 48.0,
        "window": WINDOW,
        "share": 0.62,
        "low": 0.51,
        "high": 0.73,
        "sources": ("forum",),
        "quotes": (quote("路灯隔一盏亮一盏", Sentiment.NEGATIVE, copies=3),),
        "counter_quotes": (quote("路面平整多了", Sentiment.POSITIVE),),
        "prevalence": prevalence(),
    }
    return Evidence(**(values | fields))  # type: ignore[arg-type]  # the fields are named by tests


def finding(**fields: object) -> Finding:
    values: dict[str, object] = {
        "rule": "divergence",
        "project": "road",
        "fired": True,
        "verdict": Verdict.DIVERGES,
        "why": "评论与表述不一致，区间之外。",
        "evidence": evidence(),
        "level": 25.0,
        "claim": claim(),
    }
    return Finding(**(values | fields))  # type: ignore[arg-type]  # the fields are named by tests


def thin_finding() -> Finding:
    few = evidence(posts=3, effective=3.0, share=None, low=None, high=None, prevalence=None, sources=())
    why = "样本不足：还差 17 条。"
    return finding(project="park", fired=False, verdict=Verdict.NOT_ASSESSABLE, why=why, evidence=few, level=0.0)


@pytest.fixture
def make_claim() -> Callable[..., Claim]:
    return claim


@pytest.fixture
def make_evidence() -> Callable[..., Evidence]:
    return evidence


@pytest.fixture
def make_finding() -> Callable[..., Finding]:
    return finding


@pytest.fixture
def make_quote() -> Callable[..., Quote]:
    return lambda text: quote(text, Sentiment.NEGATIVE, url=text)


@pytest.fixture
def make_prevalence() -> Callable[..., Prevalence]:
    return prevalence


@pytest.fixture
def thin() -> Finding:
    return thin_finding()


@pytest.fixture(params=["memory", "sqlite"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PostIndex]:
    made: PostIndex = MemoryIndex() if request.param == "memory" else SqliteIndex(tmp_path / "posts.sqlite")
    yield made
    made.close()


@pytest.fixture
def comments(make_labelled: Callable[..., LabelledPost]) -> list[LabelledPost]:
    """Comments of both projects and an official reply to the first."""
    first = make_labelled("施工噪声扰民，夜里十一点还在打桩", aspect="environment", place=3, likes=12)
    return [
        first,
        make_labelled("這條道路積水，樓下全是泥", source="board", aspect="quality"),
        make_labelled("路面平整多了，点赞👍🏽", negative=0.05, positive=0.9),
        make_labelled("请问何时完工？", negative=0.3, neutral=0.45, positive=0.25),
        make_labelled("公园步道很好", negative=0.05, positive=0.9, projects=("park",), topic="environment"),
        make_labelled(
            "您好，已转施工单位调整夜间作业时间。",
            source="gov",
            kind=Kind.OFFICIAL,
            reply_to=first.post.id,
            negative=0.05,
            neutral=0.9,
        ),
    ]


@pytest.fixture
def empty_desk(index: PostIndex, tmp_path: Path) -> Desk:
    """A desk on the first day: nothing registered, nothing read."""
    return Desk(
        office="市委宣传部",
        region="临江市",
        index=index,
        projects={},
        claims=lambda: (),
        entries=lambda: (),
        histories=dict,
        sources={},
        findings=lambda _: (),
        alerts=lambda: (),
        crawls=dict,
        briefings=tmp_path / "briefings",
        estimate=count_labels,
        model="test",
        calibration=None,
        now=lambda: NOW,
    )


@pytest.fixture
def desk(empty_desk: Desk, comments: list[LabelledPost]) -> Desk:
    """A desk with something of everything."""
    empty_desk.index.add(comments)
    findings = [
        finding(),
        finding(
            rule="surge", fired=False, verdict=Verdict.NOT_ASSESSABLE, why="近 7 日评论没有明显多于往常。", claim=None
        ),
        thin_finding(),
    ]
    opened = NOW - timedelta(days=2)
    alerts = [
        Alert("a1", AlertState.OPEN, findings[0], opened, NOW),
        Alert("a2", AlertState.CLOSED, finding(rule="silence", claim=None), opened, NOW, NOW),
    ]
    crawls = {
        "forum": CrawlReport("forum", opened, NOW, "changed", 0, 1, detail="找不到 li.post"),
        "gov": CrawlReport("gov", opened, NOW, "ok", 12, 3),
    }
    return replace(
        empty_desk,
        projects={"road": ROAD, "park": PARK},
        claims=lambda: (claim(), claim(2, "诉求办结率 98%", reviewed=False), claim(3, "公园好评如潮", project="park")),
        sources=SOURCES,
        findings=lambda project: [f for f in findings if project in (None, f.project)],
        alerts=lambda: alerts,
        crawls=lambda: crawls,
        calibration=CALIBRATION,
    )


@pytest.fixture
def open_console() -> Callable[..., TestClient]:
    """Return a client of the console over a desk, as a browser on this machine sees it."""

    def opened(desk: Desk, **options: object) -> TestClient:
        return TestClient(create_app(desk), base_url="http://127.0.0.1:8600", **options)  # type: ignore[arg-type]

    return opened


@pytest.fixture
def client(desk: Desk, open_console: Callable[..., TestClient]) -> TestClient:
    return open_console(desk)


PASSWORD = "三月的风 walks home"
STAFF = (
    Person("li", Role.READER),
    Person("wang", Role.ANALYST),
    Person("zhao", Role.ADMIN),
    Person("qian", Role.READER, "water"),
    Person("sun", Role.ANALYST, "housing"),
)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def entrance(tmp_path: Path) -> Entrance:
    """Accounts of every role, and one each of the housing department and of another."""
    store = open_store(tmp_path / "access" / "access.sqlite")
    staff = Staff(store, CHEAP)
    for person in STAFF:
        staff.add(person, PASSWORD, NOW)
    sessions = Sessions(store, timedelta(hours=12), timedelta(hours=1))
    return Entrance(staff, sessions, Attempts(store), Tokens(store))


@pytest.fixture
def audit(tmp_path: Path) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl")


def one_on_watch() -> Reviews:
    """Reviews of a console where one claim waits to be read, and nothing comes of it; real ones are in tests/app."""
    watched = Watched("c1@2026-03-01", claim(), date(2026, 3, 1), 0.04, 1, judged([], 0.04), 0.0, 1.0)
    return Reviews(
        waits=lambda id_: id_ == "c1",
        watched=lambda: [watched],
        past=tuple,
        draw=lambda _: 1,
        open=lambda _: Sitting(watched, None, None, None),
        label=lambda *_: watched,
    )


def mailing(path: Path) -> Mailing:
    """The mails of a real outbox, with a way out that takes everything."""
    outbox = Outbox(path)
    return Mailing(
        mails=outbox.mails,
        log=outbox.log,
        retry=lambda id_: outbox.retry(id_, NOW),
        try_out=lambda to: f"taken for {to}",
        next_try=lambda queued: queued.next_try,
        way="smtp.example:587",
    )


def newcomers() -> Newcomers:
    """Trials of sources of which one has been refused; real ones are in tests/app."""
    refused = Candidate("t1", Wanted("http://forum.example/"), Step.REFUSED, refusal="robots.txt forbids it")
    return Newcomers(lambda _: refused.id, {refused.id: refused}.get, lambda _: refused, planned=False)


@pytest.fixture
def acts(tmp_path: Path, make_claim: Callable[..., Claim]) -> Acts:
    """What may be changed, on a real ledger with one proposal; tables and briefings are left to the tests of the app."""
    ledger, store = ClaimLedger(tmp_path / "claims.sqlite"), AlertStore(tmp_path / "alerts.sqlite")
    resting: list[str] = []
    said = "群众满意率达到 91%"
    ledger.propose("gov:1", [Draft(make_claim(1, said, reviewed=False), "gov:1", "gov", said, said, "", "1")], NOW)
    return Acts(
        ledger=ledger,
        mask=lambda text: text,
        silence=lambda id_, until, reason: store.silence(id_, until, reason, NOW),
        history=store.history,
        import_table=lambda *_: TableTaken((), (), {}),
        pause=resting.append,
        resume=resting.remove,
        withdraw=resting.remove,
        resting=lambda: resting,
        withdrawn=tuple,
        papers=Papers(lambda *_: (), lambda _: (), lambda _: (), lambda _: True),
        reviews=one_on_watch(),
        newcomers=newcomers(),
        mailing=mailing(tmp_path / "alerts.sqlite"),
    )


@pytest.fixture
def guarded(desk: Desk, entrance: Entrance, audit: AuditLog) -> Callable[..., TestClient]:
    """Return a browser before a console with a login."""

    def opened(over: Desk = desk, **changes: object) -> TestClient:
        door = Door(**({"login": "password", "entrance": entrance, "audit": audit} | changes))  # type: ignore[arg-type]  # the fields are named by tests
        return TestClient(create_app(over, door), base_url="http://localhost", follow_redirects=False)

    return opened


@pytest.fixture
def token_of() -> Callable[..., str]:
    """Return the token in the forms of a page."""

    def read(client: TestClient, address: str = "/login") -> str:
        found = re.search(r'name="csrf" value="(\w+)"', client.get(address).text)
        assert found, f"no form at {address}"
        return found[1]

    return read


@pytest.fixture
def log_in(token_of: Callable[..., str]) -> Callable[..., object]:
    """Log in by the form."""

    def entered(client: TestClient, name: str = "li", password: str = PASSWORD, **fields: str) -> object:
        return client.post("/login", data={"csrf": token_of(client), "name": name, "password": password, **fields})

    return entered
