"""The newest comments of a project in, its weekly shares and most copied texts out; kept until others come."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from alerts.prevalence import fitting
from console.desk import Desk
from console.keeping import Kept, Made, Recipe
from console.shelf import Resting
from console.verdicts import is_enough
from indexer.base import Interval, Query
from minsheng.charts import TrendPoint
from minsheng.domain import BEIJING, MIN_EFFECTIVE, Kind, LabelledPost, Prevalence, Window

MOST_READ = 1000
MOST_A_POINT = 150
WEEKS = 26
_MOST_COPIED = 5
_ENOUGH_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Copied:
    """A text that stands in several places: its earliest post among those read, and how many there are."""

    first: LabelledPost
    copies: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a project.

    ``posts`` newest comments were read, all of the half year unless ``is_cut``; ``overall`` is their estimate.
    ``calibrated`` says that the errors of the model that read them are known.
    ``points`` are the trend, one per ``step`` (周 or 月), each from at most ``MOST_A_POINT`` comments.
    """

    posts: int
    is_cut: bool
    window: Window
    overall: Prevalence | None
    points: tuple[TrendPoint, ...]
    step: str
    copied: tuple[Copied, ...]
    calibrated: bool

    @property
    def has_trend(self) -> bool:
        """Whether any point could be estimated."""
        return any(point.value is not None for point in self.points)


class Readings:
    """Readings by project."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept = Kept(desk.shelf, "reading", Reading, desk.now)

    def of(self, project: str) -> Made[Reading]:
        """Return what the comments of the last half year say, reading a bounded number of them."""
        return self._kept.of(self._recipe(project))

    def renew(self, project: str, resting: Collection[Resting] = ()) -> bool:
        """Make what is missing or has been behind for a while; return whether it was."""
        return self._kept.renew(self._recipe(project), resting)

    def _recipe(self, project: str) -> Recipe[Reading]:
        desk, query = self._desk, Query(linked=(project,))
        return Recipe(project, lambda: desk.index.count(query), desk.rests_on, lambda: self._read(project))

    def _read(self, project: str) -> Reading:
        window = half_year(self._desk.now())
        query = Query(linked=(project,), kinds=(Kind.PUBLIC,), window=window)
        count = self._desk.index.count(query)
        posts = self._newest(query, MOST_READ)
        is_cut = count > len(posts) > 0
        read = Window(posts[-1].post.published_at, window.until) if is_cut else window
        shares = self._desk.estimate(posts, project) if posts else None
        points, step = self._trend(query, window)
        overall = shares if is_enough(shares) else None
        calibrated = fitting(self._desk.calibration, posts) is not None
        return Reading(len(posts), is_cut, read, overall, points, step, most_copied(posts), calibrated)

    def _newest(self, query: Query, most: int) -> list[LabelledPost]:
        return list(itertools.islice(self._desk.index.stream(query), most))

    def _trend(self, query: Query, window: Window) -> tuple[tuple[TrendPoint, ...], str]:
        """Estimate week by week; where most weeks are too thin for that, month by month."""
        weekly = tuple(self._points(query, window, "week"))
        if sum(point.value is not None for point in weekly) >= _ENOUGH_WEEKS:
            return weekly, "周"
        return tuple(self._points(query, window, "month")), "月"

    def _points(self, query: Query, window: Window, interval: Interval) -> Iterator[TrendPoint]:
        for start, count in self._desk.index.histogram(query, interval).items():
            end = _midnight(_next(start, interval))
            span = Window(max(window.since, _midnight(start)), min(window.until, end))
            yield self._point(query, span, start, count)

    def _point(self, query: Query, span: Window, start: date, count: int) -> TrendPoint:
        enough = count >= MIN_EFFECTIVE
        shares = self._desk.estimate(self._newest(replace(query, window=span), MOST_A_POINT)) if enough else None
        if shares is None or not is_enough(shares):
            return TrendPoint(start, None, None, None, count)
        return TrendPoint(start, shares.negative, shares.low, shares.high, shares.posts)


def half_year(now: datetime) -> Window:
    """Return the last 26 weeks up to the coming midnight, so that all requests of a day ask the same."""
    until = _midnight(now.astimezone(BEIJING).date() + timedelta(days=1))
    return Window(until - timedelta(weeks=WEEKS), until)


def most_copied(posts: Iterable[LabelledPost]) -> tuple[Copied, ...]:
    """Return the largest clusters among posts, newest first, with the earliest post of each."""
    known: Sequence[LabelledPost] = list(posts)
    sizes = Counter(labelled.reading.cluster for labelled in known)
    first = {labelled.reading.cluster: labelled for labelled in known}  # newest first: the last one wins
    most = sorted((-size, name) for name, size in sizes.items() if size > 1)[:_MOST_COPIED]
    return tuple(Copied(_without_vector(first[name]), -size) for size, name in most)


def _without_vector(labelled: LabelledPost) -> LabelledPost:
    return replace(labelled, reading=replace(labelled.reading, vector=None))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def _next(day: date, interval: Interval) -> date:
    if interval == "week":
        return day + timedelta(days=7)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
