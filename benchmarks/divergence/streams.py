"""Scores of real comments in, a year of made-up projects out: when comments come, and how negative they are that day.

Two comments in five are neutral; a share is always that of negative ones among those with an attitude, as in a claim.

A stream draws its comments' scores by label from the half of the pool that did not calibrate. A year needs more
comments than there are texts, so texts come again, as other people's comments that read alike; a copy, in contrast, is
one comment pasted many times on a day. All streams of a run share one calibration, as projects do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from benchmarks.divergence.splits import Split

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DAYS = 365
PROJECTS = 100
CHANGE = 120
"""The day from which changed streams are more negative."""
NEGATIVE, NEUTRAL, POSITIVE = range(3)
LEVELS = (0.345, 0.20, 0.25, 0.20)
"""Shares of quiet streams: at the boundary of a claimed 95 %, steady below it, volatile, with copies."""
BEFORE, PLAIN, MODEST = 0.20, 0.80, 0.60
"""Shares of changed streams: before, and after a plain or a modest change (ρ* of a claimed 95 %: 76 and 28)."""
_NEUTRAL_SHARE = 0.4
_BURST_DAYS = 0.05
_COPIES = 15
_SPREAD = 0.20


class Weather(StrEnum):
    """How the days of a project are."""

    STEADY = "steady"
    VOLATILE = "volatile days"
    COPIES = "copy bursts"


@dataclass(frozen=True, slots=True)
class Plan:
    """The streams of one run: the mean share of negative comments on each day [stream, day], and each one's weather."""

    means: Floats
    weather: tuple[Weather, ...]

    def select(self, which: Weather) -> Bools:
        return np.array([one is which for one in self.weather])


@dataclass(frozen=True, slots=True)
class Day:
    """The comments of one day. ``copy`` marks those that repeat another of the day: the fold leaves them out."""

    owners: Ints
    scores: Floats
    copy: Bools


def quiet(projects: int = PROJECTS) -> Plan:
    """Plan streams that never leave the claim, a quarter for each of ``LEVELS``; volatile days spread by .20."""
    quarter = projects // 4
    levels = np.repeat(LEVELS, [quarter, quarter, quarter, projects - 3 * quarter])
    weather = [Weather.STEADY] * (2 * quarter) + [Weather.VOLATILE] * quarter
    weather += [Weather.COPIES] * (projects - len(weather))
    return Plan(np.repeat(levels[:, None], DAYS, axis=1), tuple(weather))


def changed(after: float = PLAIN, projects: int = PROJECTS) -> Plan:
    """Plan streams at .20 that turn to ``after`` on day 120: half steady, a quarter volatile, a quarter with copies."""
    means = np.full((projects, DAYS), BEFORE)
    means[:, CHANGE:] = after
    quarter = projects // 4
    weather = [Weather.STEADY] * (projects - 2 * quarter) + [Weather.VOLATILE] * quarter + [Weather.COPIES] * quarter
    return Plan(means, tuple(weather))


def comments(plan: Plan, volume: float, parts: Split, rng: np.random.Generator) -> Iterator[Day]:
    """Yield the comments of each day; ``volume`` is their mean number a day and stream, copies apart."""
    shares = _daily_shares(plan, rng)
    numbers = rng.poisson(volume, shares.shape)
    bursts = plan.select(Weather.COPIES)[:, None] & (rng.random(shares.shape) < _BURST_DAYS)
    for day in range(DAYS):
        owners = np.repeat(np.arange(len(shares)), numbers[:, day])
        labels = _labels(shares[owners, day], rng)
        pasted = np.flatnonzero(bursts[:, day])
        # The pasted comment is a complaint, whoever writes on the project that day.
        owners = np.concatenate([owners, np.repeat(pasted, _COPIES)])
        rows = np.concatenate([_rows(parts, labels, rng), np.repeat(_complaints(parts, len(pasted), rng), _COPIES, 0)])
        repeats = np.zeros(len(owners), dtype=bool)
        repeats[len(labels) :] = np.arange(len(pasted) * _COPIES) % _COPIES > 0
        yield Day(owners, rows, repeats)


def _daily_shares(plan: Plan, rng: np.random.Generator) -> Floats:
    """Return the share of each day; on volatile days from a beta distribution around the mean."""
    spread = _SPREAD**2
    strength = np.maximum(plan.means * (1 - plan.means) / spread - 1, 0.5)
    drawn = rng.beta(plan.means * strength, (1 - plan.means) * strength)
    return np.where(plan.select(Weather.VOLATILE)[:, None], drawn, plan.means)


def _labels(shares: Floats, rng: np.random.Generator) -> Ints:
    """Return neutral with two chances in five, else negative with the chance given."""
    attitudes = np.where(rng.random(len(shares)) < shares, NEGATIVE, POSITIVE)
    return np.where(rng.random(len(shares)) < _NEUTRAL_SHARE, NEUTRAL, attitudes)


def _rows(parts: Split, labels: Ints, rng: np.random.Generator) -> Floats:
    stacked = np.concatenate(parts.tests)
    starts = np.concatenate([[0], np.cumsum(parts.available)[:-1]])
    chosen = starts[labels] + np.floor(rng.random(len(labels)) * parts.available[labels]).astype(np.int64)
    return np.asarray(stacked[chosen])


def _complaints(parts: Split, number: int, rng: np.random.Generator) -> Floats:
    return _rows(parts, np.full(number, NEGATIVE), rng)
