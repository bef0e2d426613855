"""The public's page: what is counted and what not, how it errs, and what the system never does."""

import math
from dataclasses import dataclass

from fastapi import Request, Response

from console.method_text import measures
from console.render import desk_of, page
from minsheng import words
from minsheng.domain import Calibration, Kind, Sentiment

_Z = 1.959963984540054  # the normal quantile of a 95 % interval


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of ``total`` were right, and the 95 % Wilson interval of that share."""

    right: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.right / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """One label: how texts of it were read, how many of it were found, how many readings as it were right."""

    label: str
    read_as: tuple[int, ...]
    found: Rate
    right: Rate


def show(request: Request) -> Response:
    """Answer with the method page."""
    desk = desk_of(request)
    kinds = {kind: [s for s in desk.sources.values() if s.kind is kind] for kind in Kind}
    errors = label_errors(desk.calibration) if desk.calibration else ()
    texts = {language: measures(language) for language in ("zh", "en")}
    return page(request, "method.html", kinds=kinds, errors=errors, measures=texts)


def label_errors(calibration: Calibration) -> tuple[LabelErrors, ...]:
    """Turn the table of counts (rows: read as, columns: true) into what a reader asks of each label."""
    counts = calibration.counts
    found = []
    for place, label in enumerate(Sentiment):
        read_as = tuple(row[place] for row in counts)
        right = counts[place][place]
        found.append(
            LabelErrors(words.SENTIMENTS[label], read_as, _rate(right, sum(read_as)), _rate(right, sum(counts[place])))
        )
    return tuple(found)


def _rate(right: int, total: int) -> Rate:
    if total == 0:
        return Rate(right, total, 0.0, 1.0)
    share, square = right / total, _Z * _Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = _Z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return Rate(right, total, max(0.0, middle - half), min(1.0, middle + half))
