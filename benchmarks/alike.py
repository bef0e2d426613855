"""Texts of which is known whether they say the same in, how well vectors tell it out: by threshold, on real text.

Run ``python -m benchmarks.alike [--quick] [--texts N] [--json FILE]``; needs the shared data. Pairs that say the same:
- *reworded*: the invariance cases of the behavioural list, written by hand;
- *mistyped*: real comments disturbed as people do (``models.training.noise``), which keeps their meaning.
Pairs that do not: two real messages drawn at random, and messages about two of the board's much discussed matters.
Between both stand *one matter*: two messages of different people about one such matter, most of which say something
different about it. And: how well a message's title finds the message among all drawn, beside the encoder's own vectors.
"""

import csv
import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.report import Measure, arguments, report
from indexer.alike import ALIKE
from indexer.base import FLOOR
from models.base import TextModel
from models.cleaning import prepare
from models.evaluation.behaviour.cases import load_cases
from models.open import open_model
from models.training.noise import disturb

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
MATTERS = (("伊景园", "车位"), ("丽发新城", "搅拌"), ("魅力之城", "油烟"), ("人才", "补贴"))
"""Words that mark messages about one much discussed matter."""

THRESHOLDS = (FLOOR, 0.6, 0.65, ALIKE, 0.75, 0.8, 0.9)
LONGEST = 250

Rows = npt.NDArray[np.float64]


def main() -> None:
    options = arguments(__doc__, {"texts": "how many real texts of each kind"})
    number = options.texts or (60 if options.quick else 350)
    report(run(number, open_model()), options.json)


def run(number: int, model: TextModel) -> list[Measure]:
    rng = random.Random(3)
    messages = _rows(DATA / "tipdm2020c" / "messages_votes.tsv")
    drawn = rng.sample(messages, number)
    random_pairs = _between(_read(model, [row["text"][:LONGEST] for row in drawn]))
    matters = [_read(model, _about(messages, words)[: number // 10]) for words in MATTERS]
    found = {
        "reworded": _reworded(model),
        "mistyped": _mistyped(model, number, rng),
        "one matter": np.concatenate([_between(each) for each in matters]),
    }
    wrong = {
        "two matters": np.concatenate([(a @ b.T).ravel() for a, b in combinations(matters, 2)]),
        "random pairs": random_pairs,
    }
    measures = [Measure(f"pairs: {kind}", len(near), "pairs") for kind, near in {**found, **wrong}.items()]
    for least in THRESHOLDS:
        measures += [Measure(f"from {least:.2f} on: {kind}", _share(near, least), "") for kind, near in found.items()]
        measures += [
            Measure(f"from {least:.2f} on: {kind}, wrongly", 10_000 * _share(near, least), "in 10,000")
            for kind, near in wrong.items()
        ]
    return measures + _titles(model, drawn)


def _reworded(model: TextModel) -> Rows:
    cases = [case for case in load_cases().invariance if len(case.text) < LONGEST]
    pairs = [(case.text, other) for case in cases for other in case.variants if len(other) < LONGEST]
    return _along(model, pairs)


def _mistyped(model: TextModel, number: int, rng: random.Random) -> Rows:
    texts = [row["text"] for row in _rows(DATA / "civic" / "dev.tsv") if len(row["text"]) < LONGEST][:number]
    return _along(model, [(text, disturb(prepare(text), rng)) for text in texts])


def _share(near: Rows, least: float) -> float:
    return float((near >= least).mean())


def _titles(model: TextModel, rows: Sequence[dict[str, str]]) -> list[Measure]:
    titles, texts = [row["title"] for row in rows], [row["text"][:LONGEST] for row in rows]
    ours = _reciprocal_rank(_read(model, titles) @ _read(model, texts).T)
    theirs = _reciprocal_rank(model.vectors(titles) @ model.vectors(texts).T)
    return [Measure("title finds its message, MRR (baseline: the encoder's vectors)", ours, "", theirs)]


def _reciprocal_rank(near: npt.NDArray[np.floating]) -> float:
    ranks = 1 + (near > np.diag(near)[:, None]).sum(axis=1)
    return float((1 / ranks).mean())


def _read(model: TextModel, texts: Sequence[str]) -> Rows:
    """Return the stored vectors of texts, of unit length; a text without one is nobody's neighbour."""
    found = [reading.vector for reading in model.read(texts)]
    size = max(len(vector.numbers) for vector in found if vector)
    rows = np.zeros((len(texts), size))
    for row, vector in zip(rows, found, strict=True):
        if vector:
            row[:] = np.frombuffer(vector.numbers, np.int8)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1))


def _along(model: TextModel, pairs: Sequence[tuple[str, str]]) -> Rows:
    rows = _read(model, [text for pair in pairs for text in pair])
    return np.asarray((rows[::2] * rows[1::2]).sum(axis=1))


def _between(rows: Rows) -> Rows:
    return np.asarray((rows @ rows.T)[np.triu_indices(len(rows), 1)])


def _about(messages: Sequence[dict[str, str]], words: Sequence[str]) -> list[str]:
    found = (row for row in messages if all(word in row["title"] + row["text"] for word in words))
    return [row["text"][:LONGEST] for row in found]


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


if __name__ == "__main__":
    main()
