"""All comments of a project in, what its chart shows beside the points out: bounds for daily looks, volume bursts.

The interval of a point is right at one look; who looks every day sees one of them miss sooner or later. The bounds here
hold on all days of a half-year at once (``alerts.sequential.confidence``): one bet a day, on the mean probability
of "negative" of the day, so that days may lean. They presume that the share is the same all along; where no share
is any more possible, the bounds end there. Bursts say only that more was written than usual, never that it is worse.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from alerts.base import Observation
from alerts.prevalence import folded, is_usable, scores_of
from alerts.sequential.bursts import burst_days
from alerts.sequential.confidence import confidence_band
from alerts.sequential.null import means_of_negative
from minsheng.domain import BEIJING, Calibration, Kind, Window
from minsheng.hours import day_of

Floats = NDArray[np.float64]

WEEKS = 26
_ONE_DAY = timedelta(days=1)
_WEEK = 7
_HALF = 7
"""The month in which the second half of a year begins."""
_STAKES = (0.1, 0.35, 0.75, 1.4)
_CANDIDATES = 49
_STEPS = 201


@dataclass(frozen=True, slots=True)
class Bound:
    """The bounds of the negative share after a day, by all comments since the half-year began; both only narrow."""

    day: date
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Burst:
    """Days on which a project had an unusual part of all comments, and how many it had."""

    first: date
    last: date
    comments: int


@dataclass(frozen=True, slots=True)
class Course:
    """Bounds at the end of each week and of the last day that is over; bursts, the oldest first."""

    bounds: tuple[Bound, ...] = ()
    bursts: tuple[Burst, ...] = ()


def course_of(seen: Observation, everyone: Mapping[date, int], before: Course | None = None) -> Course:
    """Return the course of the last half year.

    Args:
        seen: All that is known of the project.
        everyone: The comments of each day on all projects.
        before: The course as it was known, whose half-year that is over stays as it was; None: nothing was.
    """
    today = day_of(seen.now)
    first, start = today - timedelta(weeks=WEEKS), _half_year(today - _ONE_DAY)
    if before and before.bounds:
        past = [one for one in before.bounds if one.day < start]
    else:
        past = _bounds(seen, _half_year(start - _ONE_DAY), start)
    bounds = (one for one in (*past, *_bounds(seen, start, today)) if one.day >= first)
    return Course(tuple(bounds), tuple(_bursts(seen, first, today, everyone)))


def _half_year(day: date) -> date:
    """Return the first day of its half-year of the calendar: a start that does not move from day to day."""
    return date(day.year, _HALF if day.month >= _HALF else 1, 1)


def _bounds(seen: Observation, start: date, end: date) -> list[Bound]:
    if seen.calibration is None or not is_usable(seen.calibration):
        return []
    span = Window(*(datetime.combine(day, time(), BEIJING) for day in (start, end)))
    votes = folded([one for one in seen.posts if one.post.kind is Kind.PUBLIC and one.post.published_at in span])
    if not votes:
        return []
    days = np.array([day_of(vote.labelled.post.published_at).toordinal() for vote in votes]) - start.toordinal()
    low, high = _band(scores_of(votes)[:, 0], days, (end - start).days)
    return list(_at_ends_of_weeks(start, low, high, seen.calibration))


def _band(scores: Floats, days: NDArray[np.int64], number: int) -> tuple[Floats, Floats]:
    counts = np.bincount(days, minlength=number)
    told = np.flatnonzero(counts)
    means = np.bincount(days, weights=scores, minlength=number)[told] / counts[told]
    band = confidence_band(means, told, number, grid=_STAKES, candidates=_CANDIDATES)
    return band.low, band.high


def _at_ends_of_weeks(start: date, low: Floats, high: Floats, calibration: Calibration) -> Iterator[Bound]:
    least, most = _means(calibration)
    for place in range(len(low)):
        day = start + place * _ONE_DAY
        is_shown = day.isoweekday() == _WEEK or place == len(low) - 1
        if not is_shown or np.isnan(low[place]):
            continue
        inside = np.flatnonzero((most >= low[place]) & (least <= high[place]))
        if len(inside):
            yield Bound(day, float(inside[0] / (_STEPS - 1)), float(inside[-1] / (_STEPS - 1)))


@cache
def _means(calibration: Calibration) -> tuple[Floats, Floats]:
    return means_of_negative(np.linspace(0, 1, _STEPS), calibration)


def _bursts(seen: Observation, first: date, today: date, everyone: Mapping[date, int]) -> Iterator[Burst]:
    span = [first + number * _ONE_DAY for number in range((today - first).days)]
    own = dict.fromkeys(span, 0)
    since = bisect_left(seen.posts, datetime.combine(first, time(), BEIJING), key=lambda one: one.post.published_at)
    for one in seen.posts[since:]:
        if one.post.kind is Kind.PUBLIC and (day := day_of(one.post.published_at)) in own:
            own[day] += 1
    # A comment may have come between the count of all and the reading of these.
    found = burst_days(list(own.values()), [max(everyone.get(day, 0), own[day]) for day in span])
    for is_burst, days in groupby(zip(span, found, strict=True), key=lambda pair: pair[1]):
        if is_burst:
            burst: Sequence[date] = [day for day, _ in days]
            yield Burst(burst[0], burst[-1], sum(own[day] for day in burst))
