"""A number and a seed in, that many labelled comments out: sentences of real messages, where the shared data is there.

Dates, projects and labels are random. Real sentences are put together anew, so that words are as frequent as in real
texts and a million comments need no million messages; nothing of them is written anywhere but to the index under test.
"""

import csv
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from minsheng.domain import ASPECTS, INTENTS, TOPICS, Kind, LabelledPost, Opinion, Post, Reading
from minsheng.text import normalise

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = ("tipdm2020c/messages_replies.tsv", "tipdm2020c/messages_votes.tsv", "civic/train.tsv")
END = datetime(2026, 3, 1, tzinfo=UTC)
SPAN = timedelta(days=500)
PROJECTS = tuple(f"p{k}" for k in range(40))
LENGTH = 60

_WHERE = "文昌路 解放大道 滨江公园 三号地铁 城南菜场 东湖小学 人民医院 老旧小区 高架桥下 环卫站旁 火车站前 科技园区"
_WHAT = "路灯 井盖 隔音屏 公交车 下水道 垃圾桶 停车位 电梯 供暖管 绿化带 人行道 充电桩 健身器材 公告栏 红绿灯"
_STATE = "坏了三天没人修 终于修好了 半夜还在施工 味道很大 比以前方便多了 一下雨就积水 收费不透明 说好年底完工"
_SENTENCE = re.compile(r"[^。！？；\s]{6,60}[。！？；]?")
_SAMPLE = 5000


@dataclass(frozen=True, slots=True)
class Words:
    """What is looked for, in normal form: words of each kind, found by counting a sample."""

    characters: tuple[str, ...]
    frequent: tuple[str, ...]
    rare: tuple[str, ...]
    phrases: tuple[str, ...]


def is_real() -> bool:
    return all((SHARED / name).is_file() for name in FILES)


def make_comments(
    number: int, seed: int = 1, projects: Sequence[str] = PROJECTS, model: str = "bench"
) -> Iterator[LabelledPost]:
    """The same seed gives the same comments, of about 60 characters; each is about none, one or two projects."""
    rng = random.Random(seed)
    pool = _sentences()
    for n in range(number):
        yield _comment(rng, n, _text(rng, pool), projects, model)


@cache
def words(seed: int = 2) -> Words:
    rng = random.Random(seed)
    texts = [normalise(_text(rng, _sentences())) for _ in range(_SAMPLE)]
    pairs = Counter(
        pair for text in texts for pair in {text[at : at + 2] for at in range(len(text) - 1)} if _is_han(pair)
    )
    characters = Counter(char for text in texts for char in set(text) if _is_han(char))
    rare = sorted(pair for pair, count in pairs.items() if 3 <= count <= 10)
    starts = ((text, rng.randrange(len(text) - 5)) for text in texts if len(text) > 6)
    phrases = dict.fromkeys(text[at : at + 6] for text, at in starts if _is_han(text[at : at + 6]))
    return Words(
        tuple(char for char, _ in characters.most_common(60)),
        tuple(pair for pair, _ in pairs.most_common(60)),
        tuple(rng.sample(rare, min(60, len(rare)))),
        tuple(list(phrases)[:60]),
    )


def _is_han(text: str) -> bool:
    return all("\u4e00" <= char <= "\u9fff" for char in text)


@cache
def _sentences() -> tuple[str, ...]:
    if not is_real():
        rng = random.Random(0)
        places, things, states = (part.split() for part in (_WHERE, _WHAT, _STATE))
        return tuple(
            f"{rng.choice(places)}{rng.randint(1, 400)}号的{rng.choice(things)}{rng.choice(states)}。"
            for _ in range(9999)
        )
    csv.field_size_limit(10_000_000)
    return tuple(sentence for name in FILES for text in _texts(SHARED / name) for sentence in _SENTENCE.findall(text))


def _texts(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            yield row["text"]


def _text(rng: random.Random, pool: Sequence[str]) -> str:
    text = ""
    wanted = rng.choice((LENGTH // 3, LENGTH // 2, LENGTH, 2 * LENGTH)) // 2
    while len(text) < wanted:
        text += rng.choice(pool)
    return text


def _comment(rng: random.Random, n: int, text: str, projects: Sequence[str], model: str) -> LabelledPost:
    moment = END - timedelta(seconds=rng.randint(0, int(SPAN.total_seconds())))
    thread = f"http://forum.example/t/{n // 7}"
    negative, neutral = rng.random(), rng.random()
    whole = negative + neutral + 0.5
    post = Post(
        f"forum:{n}", rng.choice(("forum", "blog", "gov", "board")), Kind.OFFICIAL if n % 12 == 0 else Kind.PUBLIC,
        f"{thread}#{n}", thread, text[:8] if n % 7 == 0 else "", text, moment, moment,
        reply_to=f"forum:{n - n % 7}" if n % 7 else None,
    )  # fmt: skip
    reading = Reading(
        tuple(rng.sample(projects, k=rng.choice((0, 1, 1, 2)))),
        Opinion(negative / whole, neutral / whole, 0.5 / whole),
        rng.choice(TOPICS), rng.choice(ASPECTS), f"forum:{n - (n % 20 == 0)}", model, rng.choice(INTENTS),
        unsure=rng.random() < 0.2,
    )  # fmt: skip
    return LabelledPost(post, reading)
