"""Two readings of the same texts in, whether one model is better than the other out."""

from dataclasses import dataclass

from models.evaluation import metrics
from models.evaluation.metrics import Interval
from models.evaluation.reading import SetReading


@dataclass(frozen=True, slots=True)
class HeadComparison:
    """Two models on the same texts: ``p`` is McNemar's exact test of the texts that one of them alone got right.

    ``difference`` is macro-F1 of the first minus that of the second, with its paired bootstrap interval; ``agreement``
    the share of texts that both give the same label.
    """

    head: str
    n: int
    accuracy: tuple[float, float]
    macro_f1: tuple[float, float]
    only_first: int
    only_second: int
    p: float
    difference: float
    difference_interval: Interval
    agreement: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The model of the report (first) and another one, by head that both have."""

    first: str
    second: str
    heads: tuple[HeadComparison, ...]


def compare(first: SetReading, second: SetReading) -> Comparison:
    """Compare two models on the heads that both have."""
    both = [head for head in first.heads if head in second.heads and first.labelled.answered(head)]
    return Comparison(first.model, second.model, tuple(_head(head, first, second) for head in both))


def _head(head: str, first: SetReading, second: SetReading) -> HeadComparison:
    labels = first.labelled.labels[head]
    rows = first.labelled.answered(head)
    true = [labels[i] for i in rows]
    one, two = ([reading.heads[head].guessed[i] for i in rows] for reading in (first, second))
    # Models may know classes beyond those of the set: their numbers come after, so the larger count holds both.
    size = max(len(reading.heads[head].classes) for reading in (first, second))
    only_first = sum(a == t != b for t, a, b in zip(true, one, two, strict=True))
    only_second = sum(b == t != a for t, a, b in zip(true, one, two, strict=True))
    f1 = metrics.macro_f1(true, one, size), metrics.macro_f1(true, two, size)
    return HeadComparison(
        head,
        len(rows),
        (metrics.accuracy(true, one), metrics.accuracy(true, two)),
        f1,
        only_first,
        only_second,
        metrics.mcnemar(only_first, only_second),
        f1[0] - f1[1],
        metrics.paired_difference(true, one, two, size),
        metrics.accuracy(one, two),
    )
