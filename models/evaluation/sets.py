"""Labelled TSV files in, sets of texts with their true classes out; rows left out are counted with their reasons."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from minsheng.domain import ASPECTS, INTENTS, TOPICS, Sentiment
from minsheng.errors import ConfigError
from minsheng.text import han_key
from models.stance import STANCES
from models.training import recipes
from models.training.recipes import NONE

NAMED_TOPIC = "named_topic"
"""The topic as posts get it: other where the model is too unsure of every department."""

STANCE = "stance"
"""What a comment says of a claim: a question about pairs, which a model of its own answers."""

CLASSES: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(label.value for label in Sentiment),
    "relevance": ("irrelevant", "relevant"),
    "aspect": ASPECTS,
    "intent": INTENTS,
    "topic": tuple(topic for topic in TOPICS if topic != "other"),
    NAMED_TOPIC: TOPICS,
    STANCE: STANCES,
}
"""The classes of each question in the order of the numbers of ``LabelledSet.labels``."""

_COLUMNS: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "sentiment": ("sentiment", recipes.SENTIMENT_IDS),
    "aspect": ("aspect", recipes.ASPECT_IDS),
    "intent": ("intent", recipes.INTENT_IDS),
    "relevance": ("relevant", {"0": 0, "1": 1}),
}
_STANCES = {"favor": 0, "against": 1, "neutral": 2}
_MOST_PROBLEMS = 5
_MOST_BYTES = 10_000_000


class Lesson(Protocol):
    """A text with its class by head, ``NONE`` where it teaches nothing."""

    @property
    def text(self) -> str: ...

    def label(self, head: str) -> int: ...


Training = Callable[[], Sequence[Lesson]]


@dataclass(frozen=True, slots=True)
class Aside:
    """A row that is not evaluated on: its line in the file, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Texts with their true classes by head (``NONE`` where a row says nothing), and what baselines may learn from.

    ``claims`` holds what each text is compared with, where the question is about pairs.
    """

    name: str
    title: str
    texts: tuple[str, ...]
    labels: Mapping[str, tuple[int, ...]]
    sources: tuple[str, ...]
    aside: tuple[Aside, ...] = ()
    training: Training | None = field(default=None, compare=False)
    claims: tuple[str, ...] = ()

    def answered(self, head: str) -> list[int]:
        """Return the numbers of the rows that have a label for this head."""
        return [i for i, label in enumerate(self.labels[head]) if label != NONE]


def read_file(path: Path, training: Training | None = None) -> LabelledSet:
    """Read a labelled TSV: columns text, sentiment, and optionally aspect, intent, relevant, source.

    Raises:
        ConfigError: The file cannot be read, lacks a column, or holds a label that is not allowed; names the lines.
    """
    kept: list[dict[str, str]] = []
    aside: list[Aside] = []
    problems: list[str] = []
    found = list(_rows(path))
    present = {head: column for head, column in _COLUMNS.items() if column[0] in found[0][1]} if found else {}
    for line, row in found:
        problems += _problems(path, line, row, present)
        if reason := _reason(row):
            aside.append(Aside(line, reason))
        else:
            kept.append(row)
    if problems:
        more = f"\n… and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
        raise ConfigError("\n".join(problems[:_MOST_PROBLEMS]) + more)
    if not kept:
        raise ConfigError(f"{path}: no row with a text and a sentiment; {len(aside)} rows lack one of them")
    labels = {head: tuple(ids.get(row[name], NONE) for row in kept) for head, (name, ids) in present.items()}
    sources = tuple(row.get("source", "") for row in kept)
    return LabelledSet(
        path.name, path.name, tuple(row["text"] for row in kept), labels, sources, tuple(aside), training
    )


def shared_sets(data: Path) -> list[LabelledSet]:
    """Read every set of the shared data folder that a report is about."""
    if not (data / "civic").is_dir():
        raise ConfigError(f"{data}: no civic/ folder in it; give the folder of the shared sets, or a file with --data")
    return [_civic(data), *(_emotions(data, part) for part in ("usual", "virus")), _topics(data), _named_topics(data)]


def _civic(data: Path) -> LabelledSet:
    found = read_file(data / "civic" / "dev.tsv", partial(recipes.civic, data, "train"))
    return LabelledSet(
        "civic_dev", "民生留言（civic/dev）", found.texts, found.labels, found.sources, found.aside, found.training
    )


def _emotions(data: Path, part: str) -> LabelledSet:
    """Read general microblogs; what stands in a training file or is surprise, which has no attitude, is set aside."""
    trained = {
        han_key(row["text"])
        for name in ("usual", "virus")
        for row in recipes.rows(data / "smp2020_ewect" / f"{name}_train.tsv")
    }
    kept: list[dict[str, str]] = []
    aside: list[Aside] = []
    for number, row in enumerate(recipes.rows(data / "smp2020_ewect" / f"{part}_eval.tsv"), start=2):
        if not row["sentiment"]:
            aside.append(Aside(number, "惊讶情绪，没有态度标签"))
        elif han_key(row["text"]) in trained:
            aside.append(Aside(number, "训练集中也有"))
        else:
            kept.append(row)
    return LabelledSet(
        f"ewect_{part}",
        {"usual": "一般微博（EWECT usual）", "virus": "疫情微博（EWECT virus）"}[part],
        tuple(row["text"] for row in kept),
        {"sentiment": tuple(recipes.SENTIMENT_IDS[row["sentiment"]] for row in kept)},
        ("",) * len(kept),
        tuple(aside),
        partial(recipes.emotions, data, f"{part}_train"),
    )


def _topics(data: Path) -> LabelledSet:
    found = _messages(data)
    return LabelledSet(
        "topic_dev",
        "留言分派部门（topic_raw_dev）",
        tuple(text for text, _ in found),
        {"topic": tuple(topic for _, topic in found)},
        ("",) * len(found),
        training=partial(recipes.topics_train, data),
    )


def _named_topics(data: Path) -> LabelledSet:
    """Join every second message with the civic texts that are about no public matter: those belong to no department.

    The threshold below which a topic is other was chosen on the other half of the messages.
    """
    civic = _civic(data)
    outside = [text for text, kind in zip(civic.texts, civic.labels["relevance"], strict=True) if kind == 0]
    messages = _messages(data)[1::2]
    return LabelledSet(
        "topic_named",
        "部门或其他（半数 topic_raw_dev 与 civic/dev 中的无关文本）",
        (*(text for text, _ in messages), *outside),
        {NAMED_TOPIC: (*(topic for _, topic in messages), *(TOPICS.index("other"),) * len(outside))},
        (*("tipdm_topic_dev",) * len(messages), *("civic_dev",) * len(outside)),
    )


def stance_set(data: Path) -> LabelledSet:
    """Read texts with what they say of a claim."""
    found = list(recipes.rows(data / "c_stance" / "dev.tsv"))
    return LabelledSet(
        "c_stance_dev",
        "对表述的立场（c_stance/dev）",
        tuple(row["text"] for row in found),
        {STANCE: tuple(_STANCES[row["stance"]] for row in found)},
        tuple(row["domain"] for row in found),
        training=lambda: [
            PairLesson(f"{row['text']} {row['target']}", _STANCES[row["stance"]])
            for row in recipes.rows(data / "c_stance" / "train.tsv")
        ],
        claims=tuple(row["target"] for row in found),
    )


@dataclass(frozen=True, slots=True)
class PairLesson:
    """A text with its claim, and what it says of it."""

    text: str
    stance: int

    def label(self, head: str) -> int:
        """Return the stance."""
        return self.stance if head == STANCE else NONE


def _messages(data: Path) -> list[tuple[str, int]]:
    rows = recipes.rows(data / "tipdm2020c" / "topic_raw_dev.tsv")
    return [(f"{row['title']}。{row['text']}", recipes.DEPARTMENT_IDS[row["label"]]) for row in rows]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and row; the header must hold text and sentiment."""
    csv.field_size_limit(_MOST_BYTES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", strict=True, restval="")
            _check_header(path, reader.fieldnames or ())
            for row in reader:
                if None in row:
                    raise ConfigError(
                        f"{path}:{reader.line_num}: more fields than the header has ({len(reader.fieldnames or ())}); "
                        "a text with a tab or a quote in it must stand in quotes"
                    )
                yield reader.line_num, {key: (value or "").strip() for key, value in row.items()}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8, tabs between fields"
        ) from error
    except csv.Error as error:
        raise ConfigError(f"{path}: not a TSV file: {error}") from error


def _check_header(path: Path, names: Sequence[str]) -> None:
    if missing := [name for name in ("text", "sentiment") if name not in names]:
        raise ConfigError(
            f"{path}:1: no column {' and no column '.join(missing)}; found {', '.join(names) or 'nothing'}; "
            "wanted are text, sentiment and optionally aspect, intent, relevant, source, with tabs between them"
        )


def _problems(
    path: Path, line: int, row: Mapping[str, str], present: Mapping[str, tuple[str, Mapping[str, int]]]
) -> list[str]:
    return [
        f"{path}:{line}: column {name}: {row[name]!r} is not allowed; allowed are {', '.join(ids)}"
        for name, ids in present.values()
        if row[name] and row[name] not in ids
    ]


def _reason(row: Mapping[str, str]) -> str:
    if not row["text"]:
        return "没有文本"
    return "" if row["sentiment"] else "没有情感标签"
