"""A folder of labelled sets in, cleaned examples for the three heads out; nothing random without a seed."""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minsheng.domain import ASPECTS, TOPICS
from minsheng.errors import ConfigError
from minsheng.text import han_key
from models.cleaning import prepare

NONE = -100
"""The label of a head that an example does not teach: torch's cross entropy skips it."""

SENTIMENT_IDS = {"neg": 0, "neu": 1, "pos": 2}
ASPECT_IDS = {aspect: i for i, aspect in enumerate(ASPECTS)}
DEPARTMENT_IDS = {
    "城乡建设": TOPICS.index("urban"),
    "环境保护": TOPICS.index("environment"),
    "交通运输": TOPICS.index("transport"),
    "教育文体": TOPICS.index("education"),
    "劳动和社会保障": TOPICS.index("labour"),
    "商贸旅游": TOPICS.index("commerce"),
    "卫生计生": TOPICS.index("health"),
}
_MOODS = {"happiness": 2, "like": 2, "anger": 0, "disgust": 0, "sadness": 0, "fear": 0, "none": 1}
_GREETINGS = ("", "您好,", "你好,", "尊敬的领导:", "领导好,", "领导您好:")
_THANKS = (
    "谢谢",
    "谢谢!",
    "感谢",
    "谢谢领导",
    "辛苦了",
    "谢谢,辛苦了",
    "望领导处理,谢谢",
    "麻烦了,谢谢",
    "万分感谢",
    "盼复,谢谢",
)
_MIN_WINDOW, _MAX_WINDOW, _FROM_START = 24, 150, 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """One text with what it teaches; ``weight`` scales its loss, ``relevant`` is 0 for private chat and adverts."""

    text: str
    sentiment: int = NONE
    aspect: int = NONE
    topic: int = NONE
    source: str = ""
    weight: float = 1.0
    relevant: bool = True


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a TSV file with a header."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such data file; set data: in the training configuration to the data folder")
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def civic(data: Path, part: str) -> list[Example]:
    """Read public comments labelled for this project: part is train or dev."""
    return [
        Example(
            prepare(row["text"]),
            sentiment=SENTIMENT_IDS[row["sentiment"]],
            aspect=ASPECT_IDS[row["aspect"]],
            source=row["source"],
            relevant=row["relevant"] == "1",
        )
        for row in rows(data / "civic" / f"{part}.tsv")
    ]


def emotions(data: Path, part: str) -> list[Example]:
    """Read Weibo emotions as attitudes; surprise has none and is dropped. Part is usual_train, virus_train, ..."""
    source = f"smp2020_{part}"
    found = (row for row in rows(data / "smp2020_ewect" / f"{part}.tsv") if row["sentiment"])
    return [Example(prepare(row["text"]), SENTIMENT_IDS[row["sentiment"]], source=source) for row in found]


def moods(data: Path) -> list[Example]:
    """Read the NLPCC 2013 Weibo sentences as attitudes; surprise is dropped."""
    found = (row for row in rows(data / "nlpcc2013" / "moods.tsv") if row["emotion"] in _MOODS)
    return [Example(prepare(row["text"]), _MOODS[row["emotion"]], source="nlpcc2013") for row in found]


def reviews(data: Path) -> list[Example]:
    """Read reviews of meals, hotels and cars: praise in everyday words."""
    folder = data / "reviews"
    examples = [
        Example(prepare(row["text"]), 2 if row["label"] == "1" else 0, source=f"reviews_{name}")
        for name in ("waimai", "hotel")
        for row in rows(folder / f"{name}.tsv")
    ]
    cars = rows(folder / "car.tsv")
    return examples + [
        Example(prepare(row["text"]), int(row["sentiment_value"]) + 1, source="reviews_car") for row in cars
    ]


def topics_train(data: Path) -> list[Example]:
    """Read messages by department; their tokens come without stop words and are joined."""
    found = rows(data / "tipdm2020c" / "topic_tokenised_train.tsv")
    return [
        Example(prepare(row["tokens"].replace(" ", "")), topic=DEPARTMENT_IDS[row["label"]], source="tipdm_topic")
        for row in found
    ]


def topics_dev(data: Path) -> list[Example]:
    """Read raw messages by department."""
    found = rows(data / "tipdm2020c" / "topic_raw_dev.tsv")
    return [
        Example(prepare(f"{row['title']}。{row['text']}"), topic=DEPARTMENT_IDS[row["label"]], source="tipdm_topic_dev")
        for row in found
    ]


def hold_out(examples: Sequence[Example], sizes: Sequence[int], seed: int) -> tuple[list[Example], list[Example]]:
    """Split off ``sizes[label]`` random examples of each sentiment; returns (kept, held out).

    The rare label is held out at more than its share: a calibration column needs its own texts, and columns are
    conditional on the true label, so the shares of the hold-out do not matter to it.
    """
    order = list(range(len(examples)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a repeatable draw, not a secret
    left = dict(enumerate(sizes))
    held = set()
    for i in order:
        label = examples[i].sentiment
        if left.get(label, 0) > 0:
            left[label] -= 1
            held.add(i)
    return [e for i, e in enumerate(examples) if i not in held], [examples[i] for i in sorted(held)]


def without_copies_of(examples: Iterable[Example], kept_apart: Iterable[Example]) -> list[Example]:
    """Drop examples whose letters equal those of a text that is evaluated on, and empty ones."""
    apart = {han_key(example.text) for example in kept_apart}
    return [e for e in examples if (key := han_key(e.text)) and key not in apart]


def balance_weights(examples: Sequence[Example], label: Callable[[Example], int], cap: float) -> dict[int, float]:
    """Return the square root of inverse frequency per label, 1 for the most frequent, at most ``cap``."""
    counts = Counter(label(example) for example in examples)
    counts.pop(NONE, None)
    top = max(counts.values(), default=1)
    return {value: min(cap, (top / count) ** 0.5) for value, count in counts.items()}


def window(example: Example, rng: random.Random) -> Example:
    """Cut a random window from a long message, so that the topic head also learns short texts."""
    size = rng.randint(_MIN_WINDOW, _MAX_WINDOW)
    start = 0 if rng.random() < _FROM_START else rng.randint(0, max(0, len(example.text) - size))
    return replace(example, text=example.text[start : start + size])


def mix(
    sets: Mapping[str, Sequence[Example]], rows_of: Mapping[str, int], weights: Mapping[str, float], rng: random.Random
) -> list[Example]:
    """Draw the examples of one epoch: ``rows_of[name]`` from each set (0 means all), with the weight of the set."""
    drawn: list[Example] = []
    for name, size in rows_of.items():
        pool = sets[name]
        chosen = rng.sample(list(pool), min(size, len(pool))) if size else pool
        weight = weights.get(name, 1.0)
        cut = (window(e, rng) if e.topic != NONE else e for e in chosen)
        drawn += [replace(e, weight=weight) for e in cut]
    return drawn


def courteous(examples: Iterable[Example], share: float, rng: random.Random) -> list[Example]:
    """Give a share of civic complaints and questions a greeting and thanks; what they mean stays the same.

    The texts are cut at 160 characters, so the thanks that close a real petition are mostly missing from them, and a
    model learns from praise alone that 谢谢 and 辛苦了 are positive.
    """
    return [
        replace(e, text=f"{rng.choice(_GREETINGS)}{e.text},{rng.choice(_THANKS)}")
        if e.aspect != NONE and e.sentiment != SENTIMENT_IDS["pos"] and rng.random() < share
        else e
        for e in examples
    ]


def batches(lengths: Sequence[int], tokens: int, rng: random.Random) -> list[list[int]]:
    """Group row numbers of like length into batches of at most ``tokens`` padded tokens, in random order."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for i, length in enumerate(lengths):
        buckets[length // 16].append(i)
    result = []
    for key, members in sorted(buckets.items()):
        rng.shuffle(members)
        size = max(1, tokens // ((key + 1) * 16))
        result += [members[i : i + size] for i in range(0, len(members), size)]
    rng.shuffle(result)
    return result
