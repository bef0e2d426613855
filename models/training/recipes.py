"""A folder of labelled sets in, cleaned examples for the three heads out; nothing random without a seed."""

import csv
import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from minsheng.domain import ASPECTS, INTENTS, TOPICS
from minsheng.errors import ConfigError
from minsheng.text import han_key
from models.cleaning import prepare
from models.training.noise import disturb

WRITTEN = Path(__file__).parent / "texts"

NONE = -100
"""The label of a head that an example does not teach: torch's cross entropy skips it."""

SENTIMENT_IDS = {"neg": 0, "neu": 1, "pos": 2}
ASPECT_IDS = {aspect: i for i, aspect in enumerate(ASPECTS)}
INTENT_IDS = {intent: i for i, intent in enumerate(INTENTS)}
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
_BUCKET = 8
_PART = 190
_SHORT = 80
_LEAST_FILLER = 60


@dataclass(frozen=True, slots=True)
class Example:
    """One text with what it teaches each head; ``weight`` scales its loss, ``relevance`` is 0 for private chat.

    ``key`` is the text whose reading by a teacher it stands for, ``whole`` the text of which it is a part.
    """

    text: str
    sentiment: int = NONE
    aspect: int = NONE
    topic: int = NONE
    intent: int = NONE
    relevance: int = NONE
    source: str = ""
    weight: float = 1.0
    key: str = ""
    whole: str = ""

    def label(self, head: str) -> int:
        """Return the class that it teaches a head, NONE where it teaches nothing."""
        return int(getattr(self, head))


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a TSV file with a header."""
    if not path.is_file():
        raise ConfigError(f"{path}: no such data file; set data: in the training configuration to the data folder")
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t")


def civic(data: Path, part: str) -> list[Example]:
    """Read public comments labelled for this project: part is train or dev."""
    return [_labelled(row, row["source"]) for row in rows(data / "civic" / f"{part}.tsv")]


def _labelled(row: Mapping[str, str], source: str) -> Example:
    return Example(
        prepare(row["text"]),
        sentiment=SENTIMENT_IDS[row["sentiment"]],
        aspect=ASPECT_IDS[row["aspect"]],
        intent=INTENT_IDS[row["intent"]],
        relevance=int(row["relevant"]),
        source=source,
    )


def written() -> list[Example]:
    """Read the texts that were written for this project where real ones are rare: irony, courtesy, odd spellings."""
    found = (row for path in sorted(WRITTEN.glob("*.tsv")) for row in rows(path))
    return [_labelled(row, "written") for row in found]


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
        Example(prepare(_titled(row)), topic=DEPARTMENT_IDS[row["label"]], source="tipdm_topic_dev") for row in found
    ]


def _titled(row: Mapping[str, str]) -> str:
    return f"{row['title']}。{row['text']}"


def unlabelled(data: Path) -> list[Example]:
    """Read public comments and messages that nobody labelled: what a teacher reads to its student."""
    board = data / "tipdm2020c"
    found = [(row["text"], "weibo_policy") for row in rows(data / "weibo_policy" / "unlabelled.tsv")]
    found += [(_titled(row), "tipdm_votes") for row in rows(board / "messages_votes.tsv")]
    found += [(_titled(row), "tipdm_replies") for row in rows(board / "messages_replies.tsv")]
    found += [(row["reply"], "official_replies") for row in rows(board / "messages_replies.tsv")]
    found += [(_titled(row), "hangzhou") for row in rows(data / "liuyan_hangzhou" / "messages.tsv")]
    found += [(row["text"], "official") for row in rows(data / "gov_work_report" / "sentences.tsv")]
    found += [(row["text"], "nlpcc_policy") for row in rows(data / "nlpcc2016_stance" / "train.tsv")]
    return [Example(prepare(text), source=source) for text, source in found]


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


def cut(examples: Iterable[Example], size: int = _PART) -> list[Example]:
    """Cut long texts into equal parts of at most ``size`` characters, as they are read; each part keeps its labels."""
    parts = []
    for example in examples:
        text = example.text
        count = max(1, math.ceil(len(text) / size))
        bounds = [round(i * len(text) / count) for i in range(count + 1)]
        parts += [replace(example, text=text[a:b], whole=text) for a, b in itertools.pairwise(bounds)]
    return parts


def some(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Return ``count`` random examples, the same ones for a seed; all of them for 0."""
    chosen = random.Random(seed).sample(range(len(examples)), min(count, len(examples)))  # noqa: S311 - repeatable
    return [examples[i] for i in sorted(chosen)] if count else list(examples)


def mix(
    sets: Mapping[str, Sequence[Example]], rows_of: Mapping[str, int], weights: Mapping[str, float], rng: random.Random
) -> list[Example]:
    """Draw the examples of one epoch: ``rows_of[name]`` from each set (0 means all), with the weight of the set."""
    drawn: list[Example] = []
    for name, size in rows_of.items():
        pool = sets[name]
        chosen = rng.sample(list(pool), min(size, len(pool))) if size else pool
        weight = weights.get(name, 1.0)
        drawn += [replace(e, weight=weight, key=e.text) for e in chosen]
    return drawn


def disturbed(examples: Iterable[Example], share: float, rng: random.Random) -> list[Example]:
    """Mistype, reword or otherwise disturb a share of the texts; what they teach stays the same."""
    return [replace(e, text=disturb(e.text, rng)) if rng.random() < share else e for e in examples]


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


def fillers(examples: Iterable[Example]) -> list[str]:
    """Return the longer texts that tell something and feel nothing: what an attitude may be surrounded by."""
    told = (INTENT_IDS["news"], INTENT_IDS["opinion"])
    calm = (e for e in examples if e.sentiment == SENTIMENT_IDS["neu"] and e.intent in told)
    return [e.text for e in calm if len(e.text) >= _LEAST_FILLER]


def surrounded(examples: Iterable[Example], calm: Sequence[str], share: float, rng: random.Random) -> list[Example]:
    """Set a share of the short civic texts into a long calm one, mostly at its end; what they mean stays the same.

    A petition tells its story first. A model that has seen attitudes alone takes a sentence of complaint among
    six calm ones for a calm text, or the story for a sad one.
    """
    return [
        replace(e, text=_set_into(rng.choice(calm), e.text, rng))
        if e.aspect != NONE and len(e.text) <= _SHORT and rng.random() < share
        else e
        for e in examples
    ]


def _set_into(calm: str, text: str, rng: random.Random) -> str:
    room = rng.randint(_LEAST_FILLER, max(_LEAST_FILLER, _PART - len(text)))
    before = rng.choice((room, room, room, 0, room // 2))
    return f"{calm[len(calm) - min(before, len(calm)) :]}{text}{calm[: room - before]}"


def batches(lengths: Sequence[int], tokens: int, rng: random.Random) -> list[list[int]]:
    """Group row numbers of like length into batches of at most ``tokens`` padded tokens, in random order."""
    buckets: dict[int, list[int]] = defaultdict(list)
    for i, length in enumerate(lengths):
        buckets[(length - 1) // _BUCKET].append(i)
    result = []
    for key, members in sorted(buckets.items()):
        rng.shuffle(members)
        size = max(1, tokens // ((key + 1) * _BUCKET))
        result += [members[i : i + size] for i in range(0, len(members), size)]
    rng.shuffle(result)
    return result
