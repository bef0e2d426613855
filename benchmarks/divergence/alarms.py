"""Streams of comments in, the days on which each rule alarms out: our detector, and shares above a threshold.

The rivals are what monitoring systems do: alarm when more than x % of the comments of the last days are labelled
negative, at most once in two weeks a project. They count labels as they are and copies as comments; one variant folds
copies first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from alerts.sequential.bets import bets_against
from alerts.sequential.detector import Detector, restart, settle
from alerts.sequential.null import BOUND, Null, attitude_null
from alerts.sequential.stream import begin, terms
from alerts.tipping import RHO_MAX, threshold_share
from benchmarks.divergence.splits import Split
from benchmarks.divergence.streams import CHANGE, DAYS, NEGATIVE, NEUTRAL, Day
from minsheng.domain import Calibration

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BORNE = threshold_share(0.95, RHO_MAX)
"""The negative share among comments with an attitude that a claimed 95 % bears: .345."""
MAIL, WATCH = 1.0, 52.0
"""Configured false alarms a year over all projects: of mail, and of the watch tier."""
_PAUSE = 14
_FIRST = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Betting:
    """How the detector bets; the defaults are what is shipped, the others are ablations."""

    folds: bool = True
    corrects: bool = True
    plug_in: bool = False

    def null(self, calibration: Calibration) -> Null:
        """Return what the projects of one run bet against."""
        corrected = attitude_null(BORNE, calibration, 0.0 if self.plug_in else BOUND)
        return corrected if self.corrects else replace(corrected, neutral=0.0, bound=BORNE)

    def chosen(self, day: Day, null: Null) -> tuple[Floats, Ints]:
        """Return X of each comment that is bet on, and whose it is; without correction a plain label is believed."""
        kept = ~day.copy if self.folds else np.ones(len(day.owners), dtype=bool)
        if self.corrects:
            return null.scores(day.scores[kept]), day.owners[kept]
        labels = day.scores.argmax(axis=1)
        kept &= labels != NEUTRAL
        return (labels[kept] == NEGATIVE).astype(np.float64), day.owners[kept]


@dataclass(frozen=True, slots=True)
class Window:
    """A rule: more than ``share`` of at least ``least`` comments of the last ``days`` are labelled negative."""

    days: int
    share: float
    least: int = 5
    folds: bool = False

    @property
    def name(self) -> str:
        folded = ", copies folded" if self.folds else ""
        return f"{self.days}-day share > {self.share:.0%}, n ≥ {self.least}{folded}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Comments and comments labelled negative by stream and day, with copies and without."""

    numbers: Ints
    negatives: Ints
    folded_numbers: Ints
    folded_negatives: Ints


def detected(days: Iterable[Day], parts: Split, projects: int, betting: Betting) -> tuple[Bools, Tally]:
    """Play a year; return the alarms [tier, stream, day] of our detector, and what the rivals count.

    Thresholds and head starts are those that ``alerts.sequential.stream`` gives so many new claims.
    """
    null = betting.null(parts.calibration)
    bets = bets_against(np.full(projects, null.bound))
    under = terms(null, parts.calibration, streams=projects, alarms=MAIL, watches=WATCH)
    head_starts = begin(under, _FIRST).detector.heads[:, 0].tolist()
    detector = Detector.fresh(projects, head_starts=head_starts)
    levels = np.log([[under.alarm], [under.watch]])
    alarms = np.zeros((len(levels), projects, DAYS), dtype=bool)
    counts = [np.zeros((projects, DAYS), dtype=np.int64) for _ in range(4)]
    for number, day in enumerate(days):
        scores, owners = betting.chosen(day, null)
        detector = settle(detector, bets, scores, owners)
        alarms[:, :, number] = detector.log_value() >= levels
        detector = restart(detector, alarms[:, :, number])
        _count(counts, number, day, projects)
    return alarms, Tally(*counts)


def _count(counts: list[Ints], number: int, day: Day, projects: int) -> None:
    negative = day.scores.argmax(axis=1) == NEGATIVE
    chosen = (np.ones_like(negative), negative, ~day.copy, negative & ~day.copy)
    for table, which in zip(counts, chosen, strict=True):
        table[:, number] = np.bincount(day.owners[which], minlength=projects)


def window_alarms(tally: Tally, rule: Window) -> Bools:
    """Return the days on which a rule alarms [stream, day], two weeks apart at least."""
    return paused(_share(tally, rule) > rule.share)


def _share(tally: Tally, rule: Window) -> Floats:
    numbers, negatives = (
        (tally.folded_numbers, tally.folded_negatives) if rule.folds else (tally.numbers, tally.negatives)
    )
    total, bad = _last(numbers, rule.days), _last(negatives, rule.days)
    return np.where(total >= rule.least, bad / np.maximum(total, 1), 0.0)


def _last(counts: Ints, days: int) -> Ints:
    sums = np.concatenate([np.zeros((len(counts), days), dtype=np.int64), counts.cumsum(axis=1)], axis=1)
    return np.asarray(sums[:, days:] - sums[:, :-days])


def paused(ringing: Bools) -> Bools:
    """Return the alarms of a rule that keeps still for two weeks after each."""
    alarms = np.zeros_like(ringing)
    free_from = np.zeros(len(ringing), dtype=np.int64)
    for day in range(ringing.shape[1]):
        alarms[:, day] = ringing[:, day] & (free_from <= day)
        free_from = np.where(alarms[:, day], day + _PAUSE, free_from)
    return alarms


def tuned(tally: Tally, years: float, rate: float, windows: Sequence[Window]) -> list[Window]:
    """Return each window with the least threshold at which it alarms at most ``rate`` times a year of all projects.

    At a threshold of 1 nothing can alarm, so that there always is one.
    """
    found = []
    for window in windows:
        for share in np.linspace(0.10, 1.0, 91).tolist():
            rule = Window(window.days, share, window.least, window.folds)
            if window_alarms(tally, rule).sum() / years <= rate:
                found.append(rule)
                break
    return found


def first_after_change(alarms: Bools) -> tuple[Floats, Bools]:
    """Return the days from the change to the first alarm after it, and whether there was one [stream]."""
    later = alarms[:, CHANGE:]
    seen: Bools = np.asarray(later.any(axis=1))
    return np.where(seen, later.argmax(axis=1), DAYS - CHANGE).astype(np.float64), seen
