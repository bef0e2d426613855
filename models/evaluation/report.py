"""Readings of labelled sets in, every number of the report as values out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from models.base import Progress, TextModel
from models.evaluation import metrics
from models.evaluation.baselines import Guesses
from models.evaluation.compare import Comparison, compare
from models.evaluation.metrics import Bin, Interval
from models.evaluation.reading import HeadReading, SetReading, read_set, read_stances
from models.evaluation.sets import LabelledSet
from models.stance import StanceModel

if TYPE_CHECKING:
    from models.evaluation.behaviour import BehaviourReport

LENGTHS = ((0, 25), (26, 80), (81, 160), (161, None))
"""Bands of length in characters, both ends inclusive."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """The scores of one class, and the 95 % interval of its F1; None for a class that does not occur."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    f1_interval: Interval | None


@dataclass(frozen=True, slots=True)
class Group:
    """The scores of some of the texts, or of another guesser on all of them."""

    name: str
    n: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How honest the probabilities are; ``ece_if_honest`` is what perfectly honest ones show in so few texts.

    ``ece_if_honest`` is (mean, 95 % bound) over drawn labels: below the bound an error cannot be told from none.
    """

    ece: float
    ece_if_honest: Interval
    bins: tuple[Bin, ...]
    log_loss: float
    brier: float


@dataclass(frozen=True, slots=True)
class Band:
    """The texts below a confidence of ``threshold``; an accuracy is None where there are no texts."""

    threshold: float
    n: int
    share: float
    accuracy_inside: float | None
    accuracy_outside: float | None


@dataclass(frozen=True, slots=True)
class HeadReport:
    """Everything about one question; ``confusion`` is counts[guessed][true]."""

    head: str
    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    calibrated: Calibrated | None
    band: Band | None
    by_source: tuple[Group, ...]
    by_length: tuple[Group, ...]
    baselines: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the set was read, all its heads in one pass."""

    comments_per_second: float
    mean_characters: float
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetReport:
    """One labelled set; ``aside`` counts the rows left out by reason, ``lacking`` names heads the model has not."""

    name: str
    title: str
    n: int
    aside: Mapping[str, int]
    heads: tuple[HeadReport, ...]
    lacking: tuple[str, ...]
    speed: Speed | None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One model on some sets; ``other`` is the model that it is compared with, ``notes`` what could not be done."""

    model: str
    sets: tuple[SetReport, ...]
    behaviour: "BehaviourReport | None" = None
    other: str | None = None
    notes: tuple[str, ...] = field(default=())


Floors = Callable[[LabelledSet], tuple[list[Guesses], list[str]]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A model to report on: the reader of texts, and the reader of pairs that stands beside it, if any."""

    texts: TextModel
    pairs: StanceModel | None = None

    def read(self, labelled: LabelledSet, progress: Progress | None) -> SetReading | None:
        """Read a set; None where it is about pairs and the model reads none."""
        if not labelled.claims:
            return read_set(self.texts, labelled, progress)
        return read_stances(self.pairs, labelled, progress) if self.pairs else None


def evaluate(
    model: Reader,
    sets: Iterable[LabelledSet],
    *,
    against: Reader | None = None,
    floors: Floors | None = None,
    behaviour: "BehaviourReport | None" = None,
    progress: Callable[[str], AbstractContextManager[Progress]] | None = None,
) -> Report:
    """Score a model on every set, beside simple guessers and, on the same texts, another model."""
    reports: list[SetReport] = []
    notes: dict[str, None] = {}
    for labelled in sets:
        with progress(labelled.title) if progress else nullcontext() as step:
            reading = model.read(labelled, step)
        if reading is None:
            notes[f"未评“{labelled.title}”：此模型不读成对的文本"] = None
            continue
        guesses, missing = floors(labelled) if floors else ([], [])
        notes |= dict.fromkeys(missing)
        other = against.read(labelled, None) if against else None
        reports.append(score(reading, guesses, compare(reading, other) if other else None))
    name = against.texts.name if against else None
    return Report(model.texts.name, tuple(reports), behaviour, name, tuple(notes))


def score(reading: SetReading, floors: Sequence[Guesses] = (), comparison: Comparison | None = None) -> SetReport:
    """Return the scores of each head of a reading."""
    labelled = reading.labelled
    reasons: dict[str, int] = {}
    for row in labelled.aside:
        reasons[row.reason] = reasons.get(row.reason, 0) + 1
    heads = tuple(
        _head(name, reading, found, floors) for name, found in reading.heads.items() if labelled.answered(name)
    )
    return SetReport(
        labelled.name,
        labelled.title,
        len(labelled.texts),
        reasons,
        heads,
        reading.lacking,
        _speed(reading),
        comparison,
    )


def _speed(reading: SetReading) -> Speed | None:
    texts = reading.labelled.texts
    asked = tuple(head for head, found in reading.heads.items() if found.probabilities is not None)
    if not asked:
        return None
    return Speed(len(texts) / max(reading.seconds, 1e-9), sum(map(len, texts)) / len(texts), asked)


def _head(name: str, reading: SetReading, found: HeadReading, floors: Sequence[Guesses]) -> HeadReport:
    labelled = reading.labelled
    rows = labelled.answered(name)
    true = [labelled.labels[name][i] for i in rows]
    guessed = [found.guessed[i] for i in rows]
    size = len(found.classes)
    counts = metrics.confusion(true, guessed, size)
    spans = metrics.bootstrap(true, guessed, size)
    each = zip(found.classes, metrics.scores(counts), spans.f1, strict=True)
    probabilities = None if found.probabilities is None else found.probabilities[rows]
    sources = [labelled.sources[i] for i in rows]
    lengths = [_length(len(labelled.texts[i])) for i in rows]
    unsure = reading.unsure if name == "sentiment" else None
    return HeadReport(
        name,
        len(rows),
        metrics.accuracy(true, guessed),
        spans.accuracy,
        metrics.macro_f1(true, guessed, size),
        spans.macro_f1,
        tuple(ClassScore(c, s.precision, s.recall, s.f1, s.support, span) for c, s, span in each),
        tuple(tuple(row) for row in counts.tolist()),
        None if probabilities is None else _calibrated(probabilities, true),
        None if probabilities is None or not unsure else _band(probabilities, true, unsure),
        _groups(sources, true, guessed, size) if any(sources) else (),
        _groups(lengths, true, guessed, size),
        tuple(
            _group(floor.name, true, [floor.classes[name][i] for i in rows], size)
            for floor in floors
            if name in floor.classes
        ),
    )


def _calibrated(probabilities: np.ndarray, true: Sequence[int]) -> Calibrated:
    return Calibrated(
        metrics.calibration_error(probabilities, true),
        metrics.calibration_error_if_honest(probabilities),
        tuple(metrics.reliability(probabilities, true)),
        metrics.log_loss(probabilities, true),
        metrics.brier(probabilities, true),
    )


def _band(probabilities: np.ndarray, true: Sequence[int], threshold: float) -> Band:
    inside = probabilities.max(axis=1) < threshold
    right = probabilities.argmax(axis=1) == np.asarray(true)
    return Band(
        threshold,
        int(inside.sum()),
        float(inside.mean()),
        float(right[inside].mean()) if inside.any() else None,
        float(right[~inside].mean()) if not inside.all() else None,
    )


def _groups(names: Sequence[str], true: Sequence[int], guessed: Sequence[int], size: int) -> tuple[Group, ...]:
    found = []
    for name in sorted(set(names)):
        rows = [i for i, own in enumerate(names) if own == name]
        found.append(_group(name, [true[i] for i in rows], [guessed[i] for i in rows], size))
    return tuple(found)


def _group(name: str, true: Sequence[int], guessed: Sequence[int], size: int) -> Group:
    return Group(name, len(true), metrics.accuracy(true, guessed), metrics.macro_f1(true, guessed, size))


def _length(characters: int) -> str:
    low, high = next((low, high) for low, high in LENGTHS if high is None or characters <= high)
    return f"{low:03d}+" if high is None else f"{low:03d}-{high:03d}"
