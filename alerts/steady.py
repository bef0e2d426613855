"""A rule and what it saw in, until when its answer stands although nothing new is said.

Windows move with the clock: an answer can change because a comment leaves a window, or crosses from one week into
another. Between such moments nothing can change, and a watch need not ask again.
"""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol, runtime_checkable

from alerts.base import Observation
from minsheng.domain import LabelledPost

NEVER = datetime.max.replace(tzinfo=UTC)
"""No comment that was seen will change the answer."""


@runtime_checkable
class Patient(Protocol):
    """A rule that can say how long its answer stands.

    - with the same posts, claims, sources and peers ``check`` gives the same findings, but for the dates of their
      windows, at every moment from the observation to before ``steady_until``, on the same Beijing day.
    """

    name: ClassVar[str]

    def steady_until(self, seen: Observation) -> datetime: ...


def next_crossing(seen: Observation, days: Iterable[float]) -> datetime:
    """Return the next moment at which a post comes to be exactly so many days old; past it the post is older.

    At 0 days a post whose time lies ahead begins to count.
    """
    return min((_crossing(seen, timedelta(days=number)) for number in days), default=NEVER)


def _crossing(seen: Observation, age: timedelta) -> datetime:
    place = bisect_right(seen.posts, seen.now - age, key=_published) - 1
    if place >= 0 and _published(seen.posts[place]) == seen.now - age:
        return seen.now
    younger = seen.posts[place + 1 : place + 2]
    return _published(younger[0]) + age if younger else NEVER


def _published(labelled: LabelledPost) -> datetime:
    return labelled.post.published_at
