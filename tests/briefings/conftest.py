"""A small city in one value: what the app would pass in for its weekly and daily briefing."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from alerts.measures.recorded import Recorded
from alerts.prevalence import Measurement, estimate, measure
from briefings.material import Material
from indexer.base import Query
from indexer.memory import MemoryIndex
from minsheng.crawls import CrawlReport
from minsheng.domain import (
    BEIJING,
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
    Source,
    Verdict,
    Window,
)

MONDAY = datetime(2026, 3, 2, tzinfo=BEIJING).astimezone(UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
MADE = WEEK.until + timedelta(hours=8)
CALIBRATION = Calibration(
    "encoder-1",
    ((0.80, 0.12, 0.06), (0.14, 0.78, 0.16), (0.06, 0.10, 0.78)),
    ((328, 45, 16), (52, 310, 40), (20, 45, 244)),
)
HOUSING = Department("housing", "市住房和城乡建设局", ("housing@city.example",))
TRANSPORT = Department("transport", "市交通运输局", ())
PARKS = Department("parks", "市园林和林业局", ())
FOCUS = "官方发布与公众评论的主题分布相差 0.31 比特，超过阈值：公众多谈“交通运输”（公众 41%，官方 12%）。"
PROJECTS = (
    Project(
        "road", "世纪路改造工程", ("世纪路",), "江城市", TRANSPORT, "road",
        (Phase(PhaseName.CONSTRUCTION, date(2025, 6, 1), date(2026, 2, 10)), Phase(PhaseName.COMPLETION, date(2026, 2, 11))),
    ),
    Project("park", "滨江公园二期", (), "江城市", PARKS, "park"),
    Project("lifts", "老旧小区加装电梯", (), "江城市", HOUSING, "housing"),
    Project("bus", "公交线网优化", (), "江城市", TRANSPORT, "transport"),
    Project("market", "城东农贸市场改造", (), "江城市", HOUSING, "market"),
    Project("school", "第三中学扩建", (), "江城市", HOUSING, "school"),
)  # fmt: skip
SOURCES = {
    "forum": Source("forum", "江城论坛", Kind.PUBLIC, "http://forum.example/"),
    "board": Source("board", "市民留言板", Kind.PUBLIC, "http://board.example/"),
    "news": Source("news", "江城新闻跟帖", Kind.PUBLIC, "http://news.example/"),
    "gov": Source("gov", "江城市政府网", Kind.OFFICIAL, "http://gov.example/"),
}
COMPLAINTS = (
    ("路面才修好一个月又开裂了，雨天坑里全是水，电动车过去一身泥。", "quality", "transport"),
    ("晚上十一点还在切割钢板，家里有孩子要高考，请管一管。", "environment", "urban"),
    ("围挡一直没有撤，公交站挪到三百米外，老人走过去要半天。", "traffic", "transport"),
    ("井盖和路面不平，车轮压上去咣当响，一夜睡不好。", "quality", "transport"),
    ("报修三次都说转办，到现在没人来看过。", "service", "urban"),
    ("人行道铺的砖一下雨就打滑，已经见人摔过两次。", "safety", "urban"),
    ("工期一拖再拖，门口的店都快撑不住了。", "progress", "transport"),
)
QUESTIONS = (("请问二期什么时候开放？停车场有多少车位？", "facilities", "urban"),)
PRAISES = (
    ("比以前宽多了，早高峰不那么堵，支持。", "traffic", "transport"),
    ("绿化做得不错，晚上散步很舒服。", "facilities", "urban"),
    ("路灯亮了，夜里走着踏实多了，谢谢。", "safety", "urban"),
)
MIXES = {"road": (0.70, 0.12), "park": (0.18, 0.25), "lifts": (0.45, 0.25), "bus": (0.30, 0.40)}
VOLUMES = {"road": 14, "park": 9, "lifts": 6, "bus": 7}
ROAD_CLAIM = Claim(
    "c-road", "road", "世纪路改造工程完工，沿线居民满意率达96.5%", ClaimKind.SATISFACTION, ClaimStatus.LEVEL,
    "http://gov.example/road", "市交通运输局", MONDAY - timedelta(days=12), None, 0.965, None, True,
)  # fmt: skip
CLAIMS = (
    ROAD_CLAIM,
    Claim(
        "c-park", "park", "滨江公园二期受到市民普遍好评", ClaimKind.POLARITY, ClaimStatus.LEVEL,
        "http://gov.example/park", "市园林和林业局", MONDAY - timedelta(days=20), None, None, None, True,
    ),
    Claim(
        "c-lifts", "lifts", "力争年内加装电梯200部", ClaimKind.COMPLETION, ClaimStatus.GOAL,
        "http://gov.example/lifts", "市住房和城乡建设局", MONDAY - timedelta(days=5), None, None, None, True,
    ),
    Claim(
        "c-bus", "bus", "线网优化后群众出行更加便捷", ClaimKind.POLARITY, ClaimStatus.LEVEL,
        "http://gov.example/bus", "市交通运输局", MONDAY - timedelta(days=3), None, None, None, False,
    ),
)  # fmt: skip


POSTS: list[LabelledPost] = []
"""The posts of the city: made once for all tests, they are frozen."""


@cache
def _estimated(posts: tuple[LabelledPost, ...], calibration: Calibration) -> Prevalence | None:
    return estimate(posts, calibration, seed=2014)


def estimate_once(posts: Sequence[LabelledPost], calibration: Calibration) -> Prevalence | None:
    """Estimate the same comments once for all tests: the sampler is what takes the time."""
    return _estimated(tuple(posts), calibration)


@pytest.fixture
def make_index(make_labelled: Callable[..., LabelledPost]) -> Callable[[], MemoryIndex]:
    """Fill an index with ten weeks of comments; the same every time."""

    def make() -> MemoryIndex:
        index = MemoryIndex()
        if not POSTS:
            POSTS.extend(_city(make_labelled))
        index.add(POSTS)
        return index

    return make


def _city(make: Callable[..., LabelledPost]) -> Iterator[LabelledPost]:
    chance = random.Random(7)
    for back in range(70):
        since = WEEK.until - timedelta(days=back + 1)
        for project, volume in VOLUMES.items():
            for _ in range(chance.randint(1, volume)):
                yield _one(make, chance, project, since, back)
    for copy in range(6):
        yield make(
            COMPLAINTS[0][0], id=f"forum:copy{copy}", cluster="forum:copy0", projects=("road",), topic="transport",
            published_at=WEEK.since + timedelta(hours=30 + copy), thread=f"http://forum.example/copy/{copy}",
        )  # fmt: skip
    yield make("市场里还是老样子。", projects=("market",), published_at=WEEK.since + timedelta(hours=5))
    yield make(
        "<script>alert('x')</script>天气不错", projects=(), published_at=WEEK.since, negative=0.1, neutral=0.8, positive=0.1
    )  # fmt: skip


def _one(
    make: Callable[..., LabelledPost], chance: random.Random, project: str, since: datetime, back: int
) -> LabelledPost:  # fmt: skip
    negative, neutral = MIXES[project]
    if project == "road" and back > 19:
        negative, neutral = 0.35, 0.25
    draw = chance.random()
    kind = 0 if draw < negative else 1 if draw < negative + neutral else 2
    text, aspect, topic = chance.choice((COMPLAINTS, QUESTIONS, PRAISES)[kind])
    read = chance.choices(range(3), [CALIBRATION.counts[row][kind] for row in range(3)])[0]
    shares = [0.1, 0.1, 0.1]
    shares[read] = 0.8
    source = chance.choice(("forum", "forum", "board", "news"))
    number = chance.randrange(10**9)
    return make(
        text,
        id=f"{source}:{number}",
        source=source,
        projects=(project,),
        negative=shares[0],
        neutral=shares[1],
        positive=shares[2],
        aspect=aspect,
        topic=topic,
        published_at=since + timedelta(seconds=chance.randrange(86_400)),
        thread=f"http://{source}.example/t/{number % 400}",
        url=f"http://{source}.example/t/{number % 400}",
    )


def divergence(index: MemoryIndex, claim: Claim, verdict: Verdict, why: str, *, fired: bool) -> Finding:
    """Judge a claim from the comments in the index, as the rule would."""
    window = Window(claim.published_at, WEEK.until)
    posts = list(index.stream(Query(projects=(claim.project,), kinds=(Kind.PUBLIC,), window=window)))
    found = _measured(tuple(posts))
    if found is None:
        raise ValueError("the sample city has comments on every claim")
    sides = [[p for p in posts if p.reading.opinion.label == label] for label in ("negative", "positive")]
    quotes = [tuple(map(quote, {p.post.text: p for p in sorted(side, key=_is_copy)}.values())) for side in sides]
    evidence = Evidence(
        "负面占比（在有态度的评论中）", len(posts), found.prevalence.effective, window, found.polar, found.polar_low,
        found.polar_high, ("forum", "board", "news"), quotes[0], quotes[1], found.prevalence,
    )  # fmt: skip
    return Finding("divergence", claim.project, fired, verdict, why, evidence, 21.0 if fired else 1.2, claim)


@cache
def _measured(posts: tuple[LabelledPost, ...]) -> Measurement | None:
    return measure(posts, CALIBRATION, seed=3)


def _is_copy(labelled: LabelledPost) -> bool:
    return labelled.reading.cluster == "forum:copy0"


def quote(labelled: LabelledPost) -> Quote:
    post, reading = labelled.post, labelled.reading
    copies = 6 if _is_copy(labelled) else 1
    return Quote(post.id, post.text, post.url, post.source, post.published_at, reading.sentiment, 0.8, copies)


def findings(index: MemoryIndex) -> list[Finding]:
    lasting = Window(WEEK.since - timedelta(days=21), WEEK.until)
    answered = Evidence("30日内未获答复的留言占比", 46, 46, lasting, 0.72, 0.57, 0.84, ("board",))
    gap = Evidence("主题分布差异（比特）", 240, 200, lasting)
    thin = Evidence("负面占比", 1, 1.0, WEEK)
    return [
        divergence(
            index, ROAD_CLAIM, Verdict.DIVERGES,
            "要使“满意率达96.5%”与评论相符，不满者发言的可能须为满意者的21倍以上，超过设定的10倍。", fired=True,
        ),
        divergence(index, CLAIMS[1], Verdict.COMPATIBLE, "评论的态度与表述相符，差异在误差之内。", fired=False),
        Finding("divergence", "lifts", False, Verdict.NOT_ASSESSABLE, "这是目标，不由评论的态度判断。", thin, 0.0, CLAIMS[2]),
        Finding("unanswered", "lifts", True, Verdict.DIVERGES, "46条求助或投诉中33条在30日内没有公开答复。", answered, 0.72),
        Finding("unanswered", "park", False, Verdict.NOT_ASSESSABLE, "留言不足20条。", thin),
        Finding("focus_gap", "park", True, Verdict.DIVERGES, FOCUS, gap, 0.31),
    ]  # fmt: skip


@pytest.fixture
def weekly(make_index: Callable[[], MemoryIndex]) -> Material:
    """A week with a diverging road, an unanswered matter, two thin projects and a broken source."""
    index = make_index()
    found = findings(index)
    return Material(
        office="江城市民生热线办公室",
        region="江城市",
        kind="weekly",
        number=9,
        total_number=61,
        window=WEEK,
        previous=WEEK.previous(),
        made_at=MADE,
        index=index,
        projects=PROJECTS,
        claims=CLAIMS,
        findings=found,
        alerts=[
            alert("a1", found[0], opened=WEEK.since + timedelta(days=2)),
            alert("a2", found[3], opened=WEEK.since - timedelta(days=9)),
            alert("a3", found[5], opened=WEEK.since - timedelta(days=20), closed=WEEK.since + timedelta(days=1)),
            alert("a4", found[1], opened=WEEK.since - timedelta(days=60), closed=WEEK.since - timedelta(days=40)),
        ],
        crawls={
            "forum": crawl("forum", "ok"),
            "board": crawl("board", "ok"),
            "news": crawl("news", "changed", "列表页没有 li.comment"),
        },
        sources=SOURCES,
        model="encoder-1",
        calibration=CALIBRATION,
        estimate=estimate_once,
        console_url="http://127.0.0.1:8765",
    )


def alert(key: str, finding: Finding, *, opened: datetime, closed: datetime | None = None) -> Alert:
    state = AlertState.CLOSED if closed else AlertState.ONGOING
    return Alert(key, state, finding, opened, closed or MADE, closed)


def crawl(source: str, outcome: str, detail: str = "") -> CrawlReport:
    end = WEEK.until - timedelta(minutes=20)
    return CrawlReport(source, end - timedelta(minutes=1), end, outcome, 10, 2, detail=detail)


@pytest.fixture
def daily(weekly: Material) -> Material:
    day = Window(WEEK.since + timedelta(days=2), WEEK.since + timedelta(days=3))
    return replace(weekly, kind="daily", window=day, previous=day.previous(), number=63, total_number=428)


@pytest.fixture
def empty(weekly: Material) -> Material:
    """A city in which nothing has been collected yet."""
    return replace(
        weekly,
        index=MemoryIndex(),
        projects=(),
        claims=(),
        findings=(),
        alerts=(),
        crawls={},
        sources={},
        console_url="",
    )


@pytest.fixture
def special(weekly: Material, make_labelled: Callable[..., LabelledPost]) -> Material:
    """The 专报 on the diverging road: a month of it, with official texts, messages and replies."""
    window = Window(WEEK.until - timedelta(days=30), WEEK.until)
    for number in range(24):
        moment = WEEK.until - timedelta(days=40 + number)
        asked = f"board:ask{number}"
        weekly.index.add([
            make_labelled(
                f"世纪路第{number}段绿化亮化全面完成，群众纷纷点赞。", id=f"gov:{number}", kind=Kind.OFFICIAL, source="gov",
                projects=("road",), topic="urban", aspect="facilities", published_at=moment, positive=0.9, negative=0.02,
                neutral=0.08, url=f"http://gov.example/{number}", thread=f"http://gov.example/{number}",
            ),
            make_labelled(
                f"第{number}段路灯不亮，请问何时修好？", id=asked, source="board", projects=("road",), topic="transport",
                aspect="facilities", published_at=moment, thread=f"http://board.example/{number}", intent="request",
            ),
            make_labelled(
                f"您好，第{number}段路灯已报修，市政公司将于3月底前修复。", id=f"board:re{number}", kind=Kind.OFFICIAL, source="board",
                projects=("road",), topic="transport", published_at=moment + timedelta(days=4), reply_to=asked,
                thread=f"http://board.example/{number}",
            ),
        ])  # fmt: skip
    seen = Recorded("road", "published", True, date(2026, 1, 5), "http://gov.example/p", "")
    return replace(
        weekly, kind="special", subject="road", window=window, previous=window.previous(), number=3, total_number=3,
        recorded=(seen,),
    )  # fmt: skip
