"""Material in, the numbers of its windows out: counted once, used by every section."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from briefings.material import Material
from indexer.base import Query
from minsheng.domain import MIN_EFFECTIVE, Calibration, Kind, LabelledPost, Opinion, Prevalence, Window

Posts = tuple[LabelledPost, ...]
Matrix = tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A share and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def triple(self) -> tuple[float, float, float]:
        return self.value, self.low, self.high


@dataclass(frozen=True, slots=True)
class Tally:
    """The public comments of one window."""

    window: Window
    posts: Posts
    prevalence: Prevalence | None

    @property
    def folded(self) -> int:
        return folded(self.posts)


def folded(posts: Iterable[LabelledPost]) -> int:
    """Count comments with near-duplicates folded to one."""
    return len({post.reading.cluster for post in posts})


def comments(material: Material, window: Window, *projects: str) -> Posts:
    """Return the public comments of a window, oldest first."""
    query = Query(kinds=(Kind.PUBLIC,), linked=projects or material.only, window=window, order="oldest")
    return tuple(material.index.stream(query))


def prevalence(material: Material, posts: Sequence[LabelledPost]) -> Prevalence | None:
    """Return corrected shares, or None when the model's errors are unknown or the comments are too few."""
    if material.calibration is None or not posts:
        return None
    shares = material.estimate(posts, material.calibration)
    return shares if shares is not None and shares.effective >= MIN_EFFECTIVE else None


def tally(material: Material, window: Window, *projects: str) -> Tally:
    posts = comments(material, window, *projects)
    return Tally(window, posts, prevalence(material, posts))


def by(posts: Iterable[LabelledPost], key: Callable[[LabelledPost], str]) -> dict[str, Posts]:
    """Group posts; the largest group (folded) first, then by name."""
    groups: dict[str, list[LabelledPost]] = {}
    for post in posts:
        groups.setdefault(key(post), []).append(post)
    order = sorted(groups, key=lambda name: (-folded(groups[name]), name))
    return {name: tuple(groups[name]) for name in order}


def clusters_by(posts: Iterable[LabelledPost], key: Callable[[LabelledPost], str]) -> Counter[str]:
    """Count folded comments per value; a cluster counts where its first post stands."""
    first: dict[str, str] = {}
    for post in posts:
        first.setdefault(post.reading.cluster, key(post))
    return Counter(first.values())


def all_intervals(material: Material, now: Tally) -> tuple[Interval, Interval, Interval] | None:
    """Return negative, neutral and positive shares, each with its own interval.

    The estimator bounds the first label only, so the other two are bounded by naming them first, in the posts and
    in the calibration alike.
    """
    if now.prevalence is None or material.calibration is None:
        return None
    known = now.prevalence
    intervals = [Interval(known.negative, known.low, known.high)]
    for place, value in ((1, known.neutral), (2, known.positive)):
        order = (place, *(other for other in range(3) if other != place))
        posts = [_renamed(post, order) for post in now.posts]
        shares = material.estimate(posts, _reordered(material.calibration, order))
        if shares is None:
            return None
        intervals.append(Interval(value, min(value, shares.low), max(value, shares.high)))
    return intervals[0], intervals[1], intervals[2]


def _renamed(labelled: LabelledPost, order: tuple[int, ...]) -> LabelledPost:
    opinion = labelled.reading.opinion
    shares = (opinion.negative, opinion.neutral, opinion.positive)
    turned = Opinion(*(shares[place] for place in order))
    return replace(labelled, reading=replace(labelled.reading, opinion=turned))


def _reordered(calibration: Calibration, order: tuple[int, ...]) -> Calibration:
    def turn(matrix: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(matrix[row][column] for column in order) for row in order)

    return Calibration(calibration.model, turn(calibration.soft), turn(calibration.counts))  # type: ignore[arg-type]  # three by three in, three by three out
