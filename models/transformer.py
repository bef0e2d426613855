"""Texts in, every head and the sentence vector out of one pass of the encoder, in batches sorted by length."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from minsheng.domain import Calibration, Opinion
from models.base import Probabilities, Progress, TextReading, Vectors
from models.cleaning import prepare
from models.heads import Floats, Heads, check_width, load_heads, unit
from models.likeness import vector_of
from models.loading import load_calibration
from models.pieces import Pieces
from models.version import version_of

Rows = npt.NDArray[Any]

OPINION_OF_NOTHING = Opinion(0.0, 1.0, 0.0)
_READING_OF_NOTHING = TextReading(OPINION_OF_NOTHING, "other", "other", "opinion", 0.0)
_MEANING = "meaning"
"""Beside the heads: the comparable vector."""

_PARTS_OF_A_READING = ("sentiment", "topic", "aspect", "intent", "relevance", _MEANING)
_NEUTRAL = 1
_FLOOR = 0.05
_NOTHING = {"sentiment": (0.0, 1.0, 0.0), "relevance": (1.0, 0.0)}


class Encoder(Protocol):
    """Computes the pooled states of token rows; ``workers`` threads may call it at once."""

    width: int
    workers: int

    def batches(self, lengths: Sequence[int]) -> list[list[int]]: ...

    def pooled(self, rows: Sequence[Sequence[int]]) -> Floats: ...


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is computed of the pooled rows of a batch, how a text's windows are folded, and the row of an empty text."""

    apply: Callable[[Floats], Rows]
    fold: Callable[[Rows], Rows]
    nothing: Rows


class CivicModel:
    """A model folder of this project: one pass of the encoder, and only the heads that are asked for."""

    def __init__(
        self, folder: Path, pieces: Pieces, encoder: Encoder, heads: Heads, calibration: Calibration | None
    ) -> None:
        self.name, self.version, self.calibration = folder.resolve().name, version_of(folder), calibration
        self._pieces, self._encoder, self._heads = pieces, encoder, heads

    @classmethod
    def open(cls, folder: Path, encoder: Encoder) -> "CivicModel":
        """Join an encoder with the tokenizer, the heads and the calibration of its folder.

        Raises:
            ModelUnusable: when a file is missing or broken, or the heads are those of another encoder.
        """
        heads = load_heads(folder)
        check_width(heads, encoder.width, folder)
        return cls(folder, Pieces(folder, heads.window), encoder, heads, load_calibration(folder))

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        """The classes of each head, in the order of its columns."""
        return self._heads.classes

    @property
    def topic_threshold(self) -> float:
        """The least probability at which a department is named; below it the topic is other."""
        return self._heads.topic_threshold

    @property
    def unsure(self) -> float:
        """The confidence below which the sentiment is called unsure; 0 where it was not measured."""
        return self._heads.unsure

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        """Read every head of each text."""
        prepared = [prepare(text) for text in texts]
        found = self._found(prepared, _PARTS_OF_A_READING, progress)
        return [self._reading(found, i) if text else _READING_OF_NOTHING for i, text in enumerate(prepared)]

    def predict(self, texts: Sequence[str], progress: Progress | None = None) -> list[Opinion]:
        """Read the sentiment of each text."""
        return [_opinion(row) for row in self.probabilities(texts, ("sentiment",), progress)["sentiment"]]

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str], progress: Progress | None = None
    ) -> dict[str, Probabilities]:
        """Return the probabilities of the asked heads, one row per text."""
        return self._found([prepare(text) for text in texts], heads, progress)

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return a vector of unit length per text; the zero vector for an empty one."""
        nothing = np.zeros(len(self._heads.vector.bias), np.float32)
        return unit(self._run([prepare(text) for text in texts], _Wish(self._heads.vectors, _mean, nothing), progress))

    def pooled(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Return the pooled states that the heads read, the mean over a text's windows; zeros for an empty text."""
        nothing = np.zeros(self._encoder.width, np.float32)
        found: Floats = self._run([prepare(text) for text in texts], _Wish(_same, _mean, nothing), progress)
        return found

    def _found(
        self, prepared: Sequence[str], names: Sequence[str], progress: Progress | None
    ) -> dict[str, Probabilities]:
        """Return the probabilities of these heads by name, and the comparable vectors if they are asked for."""
        blank = [self._of_nothing(name) for name in names]
        ends = list(itertools.accumulate(map(len, blank)))
        columns = {name: slice(end - len(row), end) for name, row, end in zip(names, blank, ends, strict=True)}

        def apply(pooled: Floats) -> Rows:
            return np.concatenate([self._part(pooled, name) for name in names], axis=1)

        def fold(rows: Rows) -> Rows:
            folded = _mean(rows)
            if "sentiment" in columns:
                folded[columns["sentiment"]] = over_windows(rows[:, columns["sentiment"]], _NEUTRAL)
            return folded

        if not names:
            return {}
        found = self._run(prepared, _Wish(apply, fold, np.concatenate(blank)), progress)
        return {name: found[:, part] for name, part in columns.items()}

    def _part(self, pooled: Floats, name: str) -> Rows:
        return self._heads.meanings(pooled) if name == _MEANING else self._heads.probabilities(pooled, name)

    def _of_nothing(self, name: str) -> Rows:
        """Return the row of an empty text."""
        if name == _MEANING:
            return np.zeros(len(self._heads.likeness.bias) if self._heads.likeness else 0)
        size = len(self.heads[name])
        return np.array(_NOTHING.get(name, np.full(size, 1 / size)))

    def _run(self, texts: Sequence[str], wish: _Wish, progress: Progress | None) -> Rows:
        """Return one row per text; a text that stands twice is computed once."""

        def report(share: float) -> None:
            if progress is not None:
                progress(round(share * len(texts)), len(texts))

        result = np.tile(wish.nothing, (len(texts), 1))
        distinct = {text: i for i, text in enumerate(dict.fromkeys(text for text in texts if text))}
        if distinct:
            rows = self._distinct(list(distinct), wish, report)
            full = [i for i, text in enumerate(texts) if text]
            result[full] = rows[[distinct[texts[i]] for i in full]]
        elif texts:
            report(1.0)
        return result

    def _distinct(self, texts: Sequence[str], wish: _Wish, report: Callable[[float], None]) -> Rows:
        cut = self._pieces.windows(texts)
        found = self._windows([row for rows in cut for row in rows], wish, report)
        ends = list(itertools.accumulate(map(len, cut)))
        folded = [
            found[end - 1] if len(rows) == 1 else wish.fold(np.stack(found[end - len(rows) : end]))
            for rows, end in zip(cut, ends, strict=True)
        ]
        return np.stack(folded)

    def _windows(self, rows: Sequence[Sequence[int]], wish: _Wish, report: Callable[[float], None]) -> list[Rows]:
        """Compute what is wished of each token row, in several threads where there are several batches."""
        groups = self._encoder.batches([len(row) for row in rows])
        found: list[Rows] = [wish.nothing] * len(rows)
        done = 0

        def compute(group: Sequence[int]) -> Rows:
            return wish.apply(self._encoder.pooled([rows[i] for i in group]))

        with mapping(min(self._encoder.workers, len(groups))) as run:
            for group, values in zip(groups, run(compute, groups), strict=True):
                for i, value in zip(group, values, strict=True):
                    found[i] = value
                done += len(group)
                report(done / len(rows))
        return found

    def _reading(self, found: Mapping[str, Probabilities], i: int) -> TextReading:
        names = {head: self.heads[head][int(found[head][i].argmax())] for head in ("topic", "aspect", "intent")}
        sure = found["topic"][i].max() >= self.topic_threshold
        return TextReading(
            _opinion(found["sentiment"][i]),
            names["topic"] if sure else "other",
            names["aspect"],
            names["intent"],
            float(found["relevance"][i, 1]),
            vector_of(found[_MEANING][i], self._heads.likeness.space) if self._heads.likeness else None,
        )


def over_windows(rows: Probabilities, neutral: int) -> Probabilities:
    """Fold the sentiment of a text's windows: a window counts by how much attitude it shows.

    A long petition tells its story in neutral parts and says its mind in one; a plain mean would call it neutral.
    """
    weights = 1 - rows[:, neutral] + _FLOOR
    folded: Probabilities = (rows * weights[:, None]).sum(axis=0) / weights.sum()
    return folded


def _mean(rows: Rows) -> Rows:
    folded: Rows = rows.mean(axis=0)
    return folded


def _same(pooled: Floats) -> Rows:
    return pooled


def _opinion(row: Probabilities) -> Opinion:
    return Opinion(*(float(value) for value in row))


@contextmanager
def mapping(workers: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """Give a ``map`` that runs in several threads where there are several batches."""
    if workers <= 1:
        yield map
        return
    with ThreadPoolExecutor(workers, "model") as pool:
        yield pool.map
