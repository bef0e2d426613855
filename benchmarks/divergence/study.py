"""Repetitions of quiet and of changed years in, false alarms a year and days to detection of every rule out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.divergence.alarms import (
    MAIL,
    WATCH,
    Betting,
    Tally,
    Window,
    detected,
    first_after_change,
    tuned,
    window_alarms,
)
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.splits import split
from benchmarks.divergence.statistics import Survival, kaplan_meier, poisson_interval
from benchmarks.divergence.streams import CHANGE, DAYS, MODEST, PLAIN, Plan, Weather, changed, comments, quiet

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

VOLUMES = (1.0, 3.0, 10.0)
USUAL = (Window(7, 0.40), Window(7, 0.50), Window(1, 0.50, 3))
WINDOWS = tuple(Window(days, 0.0, folds=folds) for folds in (False, True) for days in (7, 14, 30))
OURS_RATE, CONFIGURED = "tuned to our rate: ", "tuned to the configured rate: "
"""How the names of tuned rules begin: what false alarms they were allowed in quiet years of their own."""
_QUIET, _TUNING, _CHANGED = 1, 2, 3


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Alarms of quiet streams: ``rate`` a year over 100 projects with its exact interval; the count by weather."""

    count: int
    years: int
    by_weather: tuple[int, ...]

    @property
    def rate(self) -> float:
        return self.count / self.years

    @property
    def interval(self) -> tuple[float, float]:
        low, high = poisson_interval(self.count)
        return low / self.years, high / self.years


@dataclass(frozen=True, slots=True)
class Result:
    """One rule at one volume: false alarms, and the delay after a plain and a modest change.

    ``configured`` is what our tiers promise.
    """

    rule: str
    volume: float
    false: FalseAlarms
    delay: Survival
    modest: Survival
    configured: float | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """All repetitions of one plan: the alarms of our tiers [tier, stream, day], and what rivals count."""

    plan: Plan
    repetitions: int
    alarms: Bools
    tally: Tally

    def false(self, alarms: Bools) -> FalseAlarms:
        """Count alarms by the weather of their streams."""
        per_stream = alarms.sum(axis=1).reshape(self.repetitions, -1).sum(axis=0)
        kinds = tuple(int(per_stream[self.plan.select(kind)].sum()) for kind in Weather)
        return FalseAlarms(int(alarms.sum()), self.repetitions, kinds)


def play(pool: Pool, plan: Plan, volume: float, repetitions: int, seed: Sequence[int], betting: Betting) -> Year:
    """Play a year of the plan again and again, each time with a calibration drawn anew."""
    alarms, tallies = [], []
    for repetition in range(repetitions):
        rng = np.random.default_rng([*seed, int(volume * 10), repetition])
        parts = split(pool.scores, pool.labels, rng)
        found, tally = detected(comments(plan, volume, parts, rng), parts, len(plan.weather), betting)
        alarms.append(found)
        tallies.append((tally.numbers, tally.negatives, tally.folded_numbers, tally.folded_negatives))
    together = [np.concatenate(tables) for tables in zip(*tallies, strict=True)]
    return Year(plan, repetitions, np.concatenate(alarms, axis=1), Tally(*together))


def compare(pool: Pool, volume: float, repetitions: int, seed: int) -> list[Result]:
    """Return our two tiers, the usual rules, and the usual rules tuned to our false alarms, measured and configured.

    Of the tuned rules the fastest of three windows is shown, as the *measured* delays have it: that favours the rival.
    """
    calm = play(pool, quiet(), volume, repetitions, (seed, _QUIET), Betting())
    tuning = play(pool, quiet(), volume, repetitions, (seed, _TUNING), Betting())
    moved = _changed(pool, volume, repetitions, seed, Betting())
    tiers = enumerate((("ours, mail", MAIL), ("ours, watch", WATCH)))
    results = [_ours(tier, name, rate, volume, calm, moved) for tier, (name, rate) in tiers]
    results += [_rival(rule, rule.name, volume, calm, moved) for rule in USUAL]
    for words, rate in ((OURS_RATE, tuning.false(tuning.alarms[0]).rate), (CONFIGURED, MAIL)):
        for folds in (False, True):
            windows = [window for window in WINDOWS if window.folds is folds]
            rules = tuned(tuning.tally, repetitions, rate, windows)
            rivals = [_rival(rule, f"{words}{rule.name}", volume, calm, moved) for rule in rules]
            results.append(min(rivals, key=lambda rival: rival.delay.mean))
    return results


def _ours(tier: int, name: str, rate: float, volume: float, calm: Year, moved: tuple[Year, Year]) -> Result:
    plain, modest = (_delay(year.alarms[tier]) for year in moved)
    return Result(name, volume, calm.false(calm.alarms[tier]), plain, modest, rate)


def _rival(rule: Window, name: str, volume: float, calm: Year, moved: tuple[Year, Year]) -> Result:
    plain, modest = (_delay(window_alarms(year.tally, rule)) for year in moved)
    return Result(name, volume, calm.false(window_alarms(calm.tally, rule)), plain, modest)


def _changed(pool: Pool, volume: float, repetitions: int, seed: int, betting: Betting) -> tuple[Year, Year]:
    plain, modest = (
        play(pool, changed(after), volume, repetitions, (seed, _CHANGED), betting) for after in (PLAIN, MODEST)
    )
    return plain, modest


def ablation(pool: Pool, volume: float, repetitions: int, seed: int, betting: Betting, name: str) -> Result:
    """Return our mail tier with a part taken out."""
    calm = play(pool, quiet(), volume, repetitions, (seed, _QUIET), betting)
    plain, modest = (_delay(year.alarms[0]) for year in _changed(pool, volume, repetitions, seed, betting))
    return Result(name, volume, calm.false(calm.alarms[0]), plain, modest, MAIL)


def _delay(alarms: Bools) -> Survival:
    days, seen = first_after_change(alarms)
    return kaplan_meier(days, seen, DAYS - CHANGE)
