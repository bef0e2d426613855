"""A rule and what it saw in, until when its answer stands although nothing new is said.

Windows move with the clock: an answer can change because a comment leaves a window, or crosses from one week into
another. Between such moments nothing can change, and a watch need not ask again. Windows of many days begin with a
whole day of Beijing (``day_back``), so that nothing leaves them before the day is over, when all is asked anew.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar, Protocol, runtime_checkable

from alerts.base import Observation
from minsheng.domain import BEIJING, Finding, LabelledPost

NEVER = datetime.max.replace(tzinfo=UTC)
"""No comment that was seen will change the answer."""
SEEN = timedelta(days=400)
"""Rules are shown no older posts: a year, and room for a baseline before it."""
A_DAY = timedelta(days=1)
_A_MOMENT = timedelta(microseconds=1)


@runtime_checkable
class Patient(Protocol):
    """A rule that can say how long its answer stands.

    - with the same posts, claims, sources and peers ``check`` gives the same verdicts at every moment from the
      observation to before ``steady_until``, on the same Beijing day. Numbers may be those of a comment that has left
      a window since: they stand with the dates of that window.
    """

    name: ClassVar[str]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return that moment; ``found`` is what ``check`` answered."""
        ...


def next_crossing(seen: Observation, days: Iterable[float]) -> datetime:
    """Return the next moment at which a post comes to be exactly so many days old; past it the post is older.

    At 0 days a post whose time lies ahead begins to count; no post is seen that is older than ``SEEN``.
    """
    return min((_crossing(seen, min(timedelta(days=number), SEEN)) for number in days), default=NEVER)


def day_back(now: datetime, days: float) -> datetime:
    """Return the beginning of the Beijing day on which a moment so many days ago lies."""
    return datetime.combine((now - timedelta(days=days)).astimezone(BEIJING).date(), time(), BEIJING)


def crossings(seen: Observation, days: Iterable[float], within: timedelta) -> list[datetime]:
    """Return all such moments of the time to come, in order."""
    found = []
    for age in map(timedelta, days):
        first = bisect_left(seen.posts, seen.now - age, key=_published)
        last = bisect_right(seen.posts, seen.now - age + within, key=_published)
        found += [_published(post) + age for post in seen.posts[first:last]]
    return sorted(found)


def next_change(seen: Observation, moments: Iterable[datetime], shape: Callable[[Observation], Hashable]) -> datetime:
    """Return the first of some moments past which a project looks different to ``shape``."""
    now = shape(seen)
    changed = (at for at in moments if shape(replace(seen, now=at + _A_MOMENT)) != now)
    return next(changed, NEVER)


def _crossing(seen: Observation, age: timedelta) -> datetime:
    place = bisect_right(seen.posts, seen.now - age, key=_published) - 1
    if place >= 0 and _published(seen.posts[place]) == seen.now - age:
        return seen.now
    younger = seen.posts[place + 1 : place + 2]
    return _published(younger[0]) + age if younger else NEVER


def _published(labelled: LabelledPost) -> datetime:
    return labelled.post.published_at
