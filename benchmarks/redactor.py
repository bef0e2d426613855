"""Texts masked per processor second, recall and precision per kind, and marks per thousand real texts out.

The written set (``tests/fixtures/redactor.tsv``) marks each piece of personal data as ``<kind:text>``; a piece counts as
found only if start, end and kind are right. The baseline of the speed, and of recall and precision on the set, is the
plain way: one expression for numbers and mail. Real texts (``../shared/data``) are read where they lie, if they do.
``python -m benchmarks.redactor [--quick] [--samples 8] [--json FILE]``; samples are printed and written nowhere.
"""

import csv
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.report import Measure, arguments, report
from crawlers.masking import KINDS, find, mask

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ROOT / "tests" / "fixtures" / "redactor.tsv"
RARE = ROOT / "tests" / "fixtures" / "redactor_rare.tsv"
REAL = {
    "tipdm": "tipdm2020c/messages_replies.tsv",
    "hangzhou": "liuyan_hangzhou/messages.tsv",
    "weibo_policy": "weibo_policy/unlabelled.tsv",
    "civic": "civic/train.tsv",
}
_AROUND = 25
COLUMNS = ("title", "text", "reply")
PLAIN = re.compile(
    r"(?P<mail>[\w.+-]+@[\w-]+\.[\w.]+)|(?P<id>\d{17}[\dXx])|(?P<card>\d{16,19})|(?P<phone>1[3-9]\d{9}|0\d{2,3}-?\d{7,8})"
)
_PLAIN_KINDS = {"mail": "邮箱", "id": "身份证", "card": "银行卡", "phone": "电话"}
_MARKED = re.compile(r"<([^:<>]+):([^<>]*)>")

Piece = tuple[int, int, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A written sentence and what of it is personal."""

    part: str
    text: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many pieces there are, were found rightly, and were found at all."""

    wanted: int
    right: int
    found: int

    @property
    def recall(self) -> float:
        """Share of the pieces that were found."""
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Share of what was found that is a piece."""
        return self.right / self.found if self.found else 1.0


def read_written(path: Path = WRITTEN) -> list[Sentence]:
    """Read the written set."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [_sentence(part, marked) for part, marked in rows]


def _sentence(part: str, marked: str) -> Sentence:
    text, pieces, last = "", [], 0
    for found in _MARKED.finditer(marked):
        text += marked[last : found.start()]
        pieces.append((len(text), len(text) + len(found[2]), found[1]))
        text, last = text + found[2], found.end()
    return Sentence(part, text + marked[last:], tuple(pieces))


def pieces_of(text: str) -> set[Piece]:
    """Return what the redactor finds."""
    return {(found.start, found.end, found.kind) for found in find(text)}


def plain_pieces_of(text: str) -> set[Piece]:
    """Return what one expression finds: the baseline."""
    return {(*found.span(), _PLAIN_KINDS[str(found.lastgroup)]) for found in PLAIN.finditer(text)}


def scores(found: Iterable[tuple[Sentence, set[Piece]]]) -> dict[str, Score]:
    """Return the score of each kind, and of all under the name "all"."""
    wanted, right, seen = Counter[str](), Counter[str](), Counter[str]()
    for sentence, pieces in found:
        wanted.update(kind for *_, kind in sentence.pieces)
        seen.update(kind for *_, kind in pieces)
        right.update(kind for *_, kind in pieces & set(sentence.pieces))
    each = {kind: Score(wanted[kind], right[kind], seen[kind]) for kind in KINDS}
    return each | {"all": Score(wanted.total(), right.total(), seen.total())}


def _busy(work: Callable[[], T]) -> tuple[T, float]:
    """Return what the work returned, and the processor seconds it took: other work on the machine does not count."""
    started = time.process_time()
    result = work()
    return result, time.process_time() - started


def on_the_written_set() -> list[Measure]:
    """Measure recall and precision per part and kind."""
    sentences = read_written()
    ours = [(sentence, pieces_of(sentence.text)) for sentence in sentences]
    plain = scores((sentence, plain_pieces_of(sentence.text)) for sentence in sentences)
    measures = [Measure("written sentences", len(sentences), "sentences")]
    measures.append(
        Measure("written sentences with nothing to mask", sum(not s.pieces for s in sentences), "sentences")
    )
    for name, score in scores(ours).items():
        measures.append(
            Measure(f"{name}: recall ({score.wanted} pieces)", score.recall, "share", plain[name].recall or None)
        )
        measures.append(
            Measure(f"{name}: precision ({score.found} found)", score.precision, "share", plain[name].precision)
        )
    for part in dict.fromkeys(sentence.part for sentence in sentences):
        of_part = scores((sentence, pieces) for sentence, pieces in ours if sentence.part == part)["all"]
        measures.append(Measure(f"part {part}: recall", of_part.recall, "share"))
        measures.append(Measure(f"part {part}: precision", of_part.precision, "share"))
    return measures


def on_rare_surnames() -> list[Measure]:
    """Measure what the rarest surnames cost: a part of its own, which no test asks .98 of."""
    score = scores((sentence, pieces_of(sentence.text)) for sentence in read_written(RARE))["all"]
    return [
        Measure(f"rarest surnames: recall ({score.wanted} pieces)", score.recall, "share"),
        Measure(f"rarest surnames: precision ({score.found} found)", score.precision, "share"),
    ]


def _real(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file, delimiter="\t") for column in COLUMNS if row.get(column)]


def samples(texts: Sequence[str], number: int, seed: int) -> Iterator[str]:
    """Yield marks drawn by lot, each with what stood there and the masked text around it, for a person to check."""
    marked = [(text, one) for text in texts for one in find(text)]
    for text, one in random.Random(seed).sample(marked, min(number, len(marked))):
        before, after = mask(text[: one.start])[0], mask(text[one.end :])[0]
        yield f"[{one.kind}] {before[-_AROUND:]}«{text[one.start : one.end]}»{after[:_AROUND]}".replace("\n", " ")


def on_real_texts(name: str, texts: Sequence[str]) -> list[Measure]:
    """Measure the speed, and the marks of each kind per 1,000 texts."""
    found, seconds = _busy(lambda: [find(text) for text in texts])
    _, plain = _busy(lambda: [PLAIN.sub("[x]", text) for text in texts])
    kinds = Counter(one.kind for pieces in found for one in pieces)
    again = sum(mask(mask(text)[0])[1] for text in texts[:500])
    return [
        Measure(f"{name}: masked", len(texts) / seconds, "texts/cpu s", len(texts) / plain),
        Measure(f"{name}: letters", sum(map(len, texts)) / seconds, "letters/cpu s", sum(map(len, texts)) / plain),
        Measure(f"{name}: marks set by masking 500 masked texts again", again, "marks"),
        *(Measure(f"{name}: [{kind}]", 1000 * count / len(texts), "per 1000") for kind, count in kinds.most_common()),
    ]


def main() -> None:
    """Run."""
    options = arguments(
        __doc__, {"samples": "print so many marks of each real set, for a person to check", "seed": "of the draw"}
    )
    measures = on_the_written_set() + on_rare_surnames()
    for name, place in REAL.items():
        path = ROOT.parent / "shared" / "data" / place
        if path.is_file():
            texts = _real(path)[: 2_000 if options.quick else None]
            measures += on_real_texts(name, texts)
            for line in samples(texts, options.samples, options.seed or 0) if options.samples else ():
                print(f"{name}: {line}")
        else:
            print(f"{name}: {path} is not there, left out")
    report(measures, options.json)


if __name__ == "__main__":
    main()
