"""A model and a labelled set in, what the model says of every text and how fast it was out."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass

import numpy as np

from minsheng.domain import TOPICS
from models.base import Probabilities, Progress, TextModel, TextReading, Vectors
from models.evaluation.sets import CLASSES, NAMED_TOPIC, STANCE, LabelledSet
from models.stance import STANCES, StanceModel

_WARM_UP = 16


@dataclass(frozen=True, slots=True)
class HeadReading:
    """The guessed class of each text; ``probabilities`` has one column per class, None where there are only labels."""

    classes: tuple[str, ...]
    guessed: tuple[int, ...]
    probabilities: Probabilities | None


@dataclass(frozen=True, slots=True)
class SetReading:
    """What a model says of a set: by head that both have; ``lacking`` names the heads that the model has not."""

    model: str
    labelled: LabelledSet
    heads: Mapping[str, HeadReading]
    lacking: tuple[str, ...]
    seconds: float
    unsure: float | None


class OwnHeads:
    """A model without the heads that another one lends it: a report is about what is a model's own."""

    def __init__(self, model: TextModel, names: Collection[str]) -> None:
        self.name, self.version, self.calibration = model.name, model.version, model.calibration
        self._model, self._names = model, names

    @property
    def unsure(self) -> float:
        """The confidence below which the wrapped model calls a sentiment unsure."""
        return self._model.unsure

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        """The classes of the model's own heads."""
        return {name: classes for name, classes in self._model.heads.items() if name in self._names}

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        """Read with every head, lent ones too: a reading has them all."""
        return self._model.read(texts, progress)

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str], progress: Progress | None = None
    ) -> dict[str, Probabilities]:
        """Return the probabilities of the asked heads."""
        return self._model.probabilities(texts, heads, progress)

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return the sentence vectors."""
        return self._model.vectors(texts, progress)


def read_set(model: TextModel, labelled: LabelledSet, progress: Progress | None = None) -> SetReading:
    """Read every text of the set once, all heads that the set has labels for in the same pass, and time it."""
    asked = [head for head in labelled.labels if head in model.heads]
    named = NAMED_TOPIC in labelled.labels and "topic" in model.heads
    lacking = tuple(head for head in labelled.labels if head not in asked and not (named and head == NAMED_TOPIC))
    texts = list(labelled.texts)
    heads: dict[str, HeadReading] = {}
    seconds = 0.0
    if asked:
        model.probabilities(texts[:_WARM_UP], asked)
        started = time.perf_counter()
        found = model.probabilities(texts, asked, progress)
        seconds = time.perf_counter() - started
        heads = {head: aligned(found[head], model.heads[head], CLASSES[head]) for head in asked}
    if named:
        topics = tuple(TOPICS.index(reading.topic) for reading in model.read(texts, progress))
        heads[NAMED_TOPIC] = HeadReading(TOPICS, topics, None)
    return SetReading(model.name, labelled, heads, lacking, seconds, model.unsure or None)


def read_stances(model: StanceModel, labelled: LabelledSet, progress: Progress | None = None) -> SetReading:
    """Read what every text of the set says of its claim, and time it."""
    pairs = list(zip(labelled.texts, labelled.claims, strict=True))
    model.read(pairs[:_WARM_UP])
    started = time.perf_counter()
    rows = np.array([astuple(reading) for reading in model.read(pairs, progress)])
    seconds = time.perf_counter() - started
    return SetReading(model.name, labelled, {STANCE: aligned(rows, STANCES, STANCES)}, (), seconds, None)


def aligned(probabilities: Probabilities, given: Sequence[str], wanted: Sequence[str]) -> HeadReading:
    """Bring the columns into the order of the set's classes; a class that the model cannot say gets probability 0.

    Classes of the model that the set does not know come last: guessing one of them is an error like any other.
    """
    classes = (*wanted, *(name for name in given if name not in wanted))
    columns = np.zeros((len(probabilities), len(classes)))
    for name, column in zip(given, probabilities.T, strict=True):
        columns[:, classes.index(name)] += column
    return HeadReading(classes, tuple(columns.argmax(axis=1).tolist()), columns)
