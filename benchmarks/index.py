"""Made-up posts in, speed and size of the index against a plain table searched by LIKE out.

Run ``python -m benchmarks.index [--quick] [--json FILE]``: 200,000 posts, or 20,000 with ``--quick``. Each query is
asked with many different words; the baseline, measured in the same run on the same posts and words, is one SQLite
table with ``LIKE '%…%'`` on the normalised text and an index on time. Numbers are medians (p50) and 95th percentiles.
"""

import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from benchmarks.report import Measure, arguments, report, timed
from indexer.base import Query
from indexer.sqlite import SqliteIndex
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading, Sentiment, Window
from minsheng.text import normalise

END = datetime(2026, 3, 1, tzinfo=UTC)
WHERE = "文昌路 解放大道 滨江公园 三号地铁 城南菜场 东湖小学 人民医院 老旧小区 高架桥下 环卫站旁 火车站前 科技园区"
WHAT = "路灯 井盖 隔音屏 公交车 下水道 垃圾桶 停车位 电梯 供暖管 绿化带 人行道 充电桩 健身器材 公告栏 红绿灯"
STATE = "坏了三天没人修 终于修好了 半夜还在施工 味道很大 比以前方便多了 一下雨就积水 收费不透明 说好年底完工"
WISH = "希望尽快处理 请有关部门看看 为师傅们点赞 什么时候能开通 打了热线也没有结果 孩子上学要绕很远 建议多设几个"
PARTS = tuple(tuple(part.split()) for part in (WHERE, WHAT, STATE, WISH))
ROUNDS = 60


def main() -> None:
    options = arguments(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        measures = run(20_000 if options.quick else 200_000, Path(folder))
    report(measures, options.json)


def run(posts: int, folder: Path) -> list[Measure]:
    """Fill both stores with the same posts and measure them one after the other."""
    index = SqliteIndex(folder / "index.sqlite")
    _, seconds = timed(lambda: index.add(make_posts(posts)))
    table = _PlainTable(folder / "plain.sqlite")
    _, plain_seconds = timed(lambda: table.add(make_posts(posts)))
    size = (folder / "index.sqlite").stat().st_size / posts
    plain_size = (folder / "plain.sqlite").stat().st_size / posts
    measures = [
        Measure("posts", posts, "posts"),
        Measure("adds", posts / seconds, "1/s", posts / plain_seconds),
        Measure("size", size, "B/post", plain_size),
    ]
    for name, query in _queries().items():
        measures += _compare(name, partial(query, index), partial(table.ask, name))
    index.close()
    table.close()
    return measures


def make_posts(number: int, seed: int = 1) -> Iterator[LabelledPost]:
    """Recombine sentences; the same seed gives the same posts. Mean length is about 60 characters."""
    rng = random.Random(seed)
    where, what, state, wish = PARTS
    for n in range(number):
        sentences = [
            f"{rng.choice(where)}{rng.randint(1, 400)}号的{rng.choice(what)}{rng.choice(state)}，{rng.choice(wish)}"
            for _ in range(rng.choice((1, 2, 2, 3, 4)))
        ]
        moment = END - timedelta(seconds=rng.randint(0, 365 * 86_400))
        url = f"http://forum.example/t/{n // 7}"
        post = Post(
            f"forum:{n}", rng.choice(("forum", "blog", "gov")), Kind.PUBLIC, url, url, f"{rng.choice(where)}问题",
            "。".join(sentences), moment, moment,
        )  # fmt: skip
        negative = rng.random()
        projects = tuple(rng.sample([f"p{k}" for k in range(40)], k=rng.choice((0, 1, 1, 2))))
        opinion = Opinion(negative, 0.0, 1 - negative)
        aspect = rng.choice(("quality", "cost", "safety", "progress"))
        yield LabelledPost(post, Reading(projects, opinion, rng.choice(("urban", "health")), aspect, post.id, "none"))


def _queries() -> dict[str, Callable[[SqliteIndex, str], object]]:
    month = Window(END - timedelta(days=30), END)
    return {
        "1 character": lambda index, word: index.search(Query(word[:1])),
        "2 characters": lambda index, word: index.search(Query(word[:2])),
        "4 characters": lambda index, word: index.search(Query(word)),
        "4 characters, none found": lambda index, word: index.search(Query(word[::-1])),
        "2 characters, best": lambda index, word: index.search(Query(word[:2], order="best")),
        "filtered": lambda index, word: index.search(
            Query(word[:2], projects=("p7",), sentiments=(Sentiment.NEGATIVE,), window=month)
        ),
        "facet": lambda index, word: index.facet(Query(word[:2]), "aspect"),
        "histogram": lambda index, word: index.histogram(Query(word[:2]), "week"),
    }


class _PlainTable:
    """The baseline: what one would write without a search engine."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA cache_size = -16000")
        self._db.execute(
            "CREATE TABLE posts (id TEXT PRIMARY KEY, published REAL, project TEXT, sentiment TEXT, aspect TEXT, "
            "day TEXT, text TEXT, normal TEXT)"
        )
        self._db.execute("CREATE INDEX by_time ON posts (published)")

    def add(self, posts: Iterator[LabelledPost]) -> None:
        with self._db:
            self._db.executemany("INSERT INTO posts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(self._row, posts))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ask(self, name: str, word: str) -> object:
        if name == "facet":
            return self._all("SELECT aspect, count(*) FROM posts WHERE normal LIKE ? GROUP BY aspect", word[:2])
        if name == "histogram":
            return self._all("SELECT day, count(*) FROM posts WHERE normal LIKE ? GROUP BY day", word[:2])
        words = {"1 character": word[:1], "4 characters": word, "4 characters, none found": word[::-1]}
        extra = ""
        if name == "filtered":
            since = (END - timedelta(days=30)).timestamp()
            extra = f"AND project LIKE '%,p7,%' AND sentiment = 'negative' AND published >= {since}"
        where = f"FROM posts WHERE normal LIKE ? {extra}"
        text = words.get(name, word[:2])
        self._all(f"SELECT count(*) {where}", text)
        return self._all(f"SELECT * {where} ORDER BY published DESC LIMIT 20", text)

    def close(self) -> None:
        self._db.close()

    def _all(self, sql: str, word: str) -> list[tuple[object, ...]]:
        return self._db.execute(sql, (f"%{word}%",)).fetchall()

    @staticmethod
    def _row(labelled: LabelledPost) -> tuple[object, ...]:
        post, reading = labelled.post, labelled.reading
        return (
            post.id, post.published_at.timestamp(), f",{','.join(reading.projects)},", reading.sentiment.value,
            reading.aspect, str(post.published_at.date()), f"{post.title}\n{post.text}",
            normalise(f"{post.title}\n{post.text}"),
        )  # fmt: skip


def _compare(name: str, ask: Callable[[str], object], plain: Callable[[str], object]) -> list[Measure]:
    rng = random.Random(2)
    words = [normalise(rng.choice(PARTS)[rng.randint(0, 6)])[:4] for _ in range(ROUNDS)]
    ours = _milliseconds(ask, words)
    if name.endswith("best"):  # the plain table has no such order
        return [
            Measure(f"{name}, p50", statistics.median(ours), "ms"),
            Measure(f"{name}, p95", _p95(ours), "ms"),
        ]
    theirs = _milliseconds(plain, words[: ROUNDS // 3])
    return [
        Measure(f"{name}, p50", statistics.median(ours), "ms", statistics.median(theirs)),
        Measure(f"{name}, p95", _p95(ours), "ms", _p95(theirs)),
    ]


def _milliseconds(ask: Callable[[str], object], words: Sequence[str]) -> list[float]:
    ask(words[0])
    return [1000 * timed(partial(ask, word))[1] for word in words]


def _p95(numbers: Sequence[float]) -> float:
    return statistics.quantiles(numbers, n=20)[-1]


if __name__ == "__main__":
    main()
