"""A small model that really learns and reads, and a data folder with a few rows of every set of the report."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from minsheng.domain import TOPICS, Opinion
from models.base import TextReading
from models.evaluation.sets import CLASSES
from models.stance import StanceReading

CIVIC = (
    ("噪音扰民一直没人管", "neg", "environment", "complaint", "1", "board"),
    ("请问地铁何时开工", "neu", "traffic", "question", "1", "board"),
    ("感谢政府办得好", "pos", "service", "praise", "1", "weibo"),
    ("今天吃了abc", "neu", "other", "opinion", "0", "weibo"),
)
COLUMNS = ("text", "sentiment", "aspect", "intent", "relevant", "source")


class CharacterModel:
    """Naive Bayes over characters by head: a TextModel of a few lines that learns from rows of (text, labels)."""

    calibration = None

    def __init__(
        self,
        lessons: Sequence[tuple[str, Mapping[str, str]]],
        name: str = "characters",
        *,
        heads: Mapping[str, tuple[str, ...]] | None = None,
        unsure: float | None = None,
    ) -> None:
        self.name, self.version, self.unsure = name, f"{name}@1", unsure
        self._heads = heads or {head: CLASSES[head] for head in ("sentiment", "relevance", "aspect", "intent", "topic")}
        self._places = {c: i for i, c in enumerate(sorted({c for text, _ in lessons for c in text}), start=1)}
        self._logs = {head: self._table(head, classes, lessons) for head, classes in self._heads.items()}

    def _table(self, head, classes, lessons):
        """Log probability of each character (row 0: any other) in each class."""
        counts = np.full((1 + len(self._places), len(classes)), 0.5)
        for text, own in lessons:
            if own.get(head) in classes:
                np.add.at(counts[:, classes.index(own[head])], [self._places[c] for c in text], 1)
        return np.log(counts / counts.sum(axis=0))

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        return self._heads

    def probabilities(self, texts, heads, progress=None):
        found = {head: np.array([self._row(head, text) for text in texts]) for head in heads}
        if progress:
            progress(len(texts), len(texts))
        return found

    def read(self, texts, progress=None):  # noqa: ARG002 - the port has it
        rows = self.probabilities(texts, list(self._heads))
        place = {head: found.argmax(axis=1) for head, found in rows.items()}
        return [
            TextReading(
                Opinion(*map(float, rows["sentiment"][i])),
                CLASSES["topic"][place["topic"][i]] if rows["topic"][i].max() > 0.5 else TOPICS[-1],
                CLASSES["aspect"][place["aspect"][i]],
                CLASSES["intent"][place["intent"][i]],
                float(rows["relevance"][i, 1]),
            )
            for i in range(len(texts))
        ]

    def vectors(self, texts, progress=None):  # noqa: ARG002 - the port has it
        rows = np.concatenate(list(self.probabilities(texts, list(self._heads)).values()), axis=1)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def _row(self, head: str, text: str):
        logs = self._logs[head][[self._places.get(c, 0) for c in text]].sum(axis=0)
        raised = np.exp(logs - logs.max())
        return raised / raised.sum()


class SharedLetters:
    """A StanceModel of a few lines: a text supports a claim whose characters it shares, unless it says 不."""

    name = "letters"

    def read(self, pairs, progress=None):  # noqa: ARG002 - the port has it
        return [self._one(*pair) for pair in pairs]

    def _one(self, text: str, claim: str) -> StanceReading:
        near = len(set(text) & set(claim)) / max(1, len(set(claim)))
        return StanceReading(0.0, near, 1 - near) if "不" in text else StanceReading(near, 0.0, 1 - near)


SHORT = {"neg": "negative", "neu": "neutral", "pos": "positive"}
LESSONS = [
    (text, {"sentiment": SHORT[s], "aspect": a, "intent": i, "relevance": CLASSES["relevance"][int(r)]})
    for text, s, a, i, r, _ in CIVIC
] + [
    ("路灯坏了没人修", {"topic": "urban"}),
    ("噪音扰民公园环境很差", {"topic": "environment"}),
    ("地铁站口", {"topic": "transport"}),
]


@pytest.fixture
def model() -> CharacterModel:
    """A model that has learnt every head."""
    return CharacterModel(LESSONS, unsure=0.6)


@pytest.fixture
def make_model() -> Callable[..., CharacterModel]:
    """Build a model from the same lessons; name only what the test is about."""

    def make(**options: object) -> CharacterModel:
        return CharacterModel(LESSONS, **options)

    return make


@pytest.fixture
def stance_model() -> SharedLetters:
    return SharedLetters()


@pytest.fixture
def shared_data(tmp_path: Path, write_rows: Callable[..., None]) -> Path:
    """A data folder with a few rows of every set of the report."""
    data = tmp_path / "data"
    train = [dict(zip(COLUMNS, (f"{row[0]}{i}", *row[1:]), strict=True)) for i in range(6) for row in CIVIC]
    write_rows(data / "civic" / "train.tsv", train)
    write_rows(data / "civic" / "dev.tsv", [{**row, "text": "听说" + row["text"]} for row in train])
    emotions = [
        {"text": "好好好", "emotion": "happy", "sentiment": "pos"},
        {"text": "很差", "emotion": "angry", "sentiment": "neg"},
        {"text": "啊", "emotion": "surprise", "sentiment": ""},
    ]
    fresh = [*emotions, {"text": "路修好了", "emotion": "neutral", "sentiment": "neu"}]
    for part in ("usual", "virus"):
        write_rows(data / "smp2020_ewect" / f"{part}_train.tsv", emotions)
        write_rows(data / "smp2020_ewect" / f"{part}_eval.tsv", fresh)
    board = data / "tipdm2020c"
    tokens = [{"tokens": "A1 区 路灯 坏", "label": "城乡建设"}, {"tokens": "噪音 扰民", "label": "环境保护"}]
    write_rows(board / "topic_tokenised_train.tsv", tokens)
    messages = [
        {"title": "路灯", "text": "路灯坏了没人修", "label": "城乡建设"},
        {"title": "噪音", "text": "噪音扰民", "label": "环境保护"},
        {"title": "地铁", "text": "地铁站口", "label": "交通运输"},
        {"title": "公园", "text": "公园环境很差", "label": "环境保护"},
    ]
    write_rows(board / "topic_raw_dev.tsv", messages)
    stances = [
        {"text": "支持修公园", "target": "修公园", "stance": "favor", "domain": "city", "type": "claim"},
        {"text": "不要修公园", "target": "修公园", "stance": "against", "domain": "city", "type": "claim"},
        {"text": "今天下雨", "target": "修公园", "stance": "neutral", "domain": "city", "type": "claim"},
    ]
    for part in ("train", "dev"):
        write_rows(data / "c_stance" / f"{part}.tsv", stances)
    return data
