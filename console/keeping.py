"""What is dear to make and asked often in, the same kept on a shelf out, with the time at which it was made."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter

from console.shelf import Basis, Resting, Row, Shelf
from minsheng.domain import BEIJING
from minsheng.hours import day_of
from minsheng.plain import dumped

KEEP: Final = timedelta(minutes=10)
"""What is behind is made anew no sooner: comments may come in every second."""

OLDEST: Final = timedelta(hours=1)
"""Who finds something that is behind and older waits until it is made anew: nobody else has seen to it."""

_MOST_LOADED = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """A thing, when it was made, and whether posts came or changed since, or a day began."""

    thing: T
    at: datetime
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Recipe(Generic[T]):
    """How a project's thing is made, and what of.

    ``count`` counts the posts that are about the project, ``inputs`` is a digest of all else that it rests on.
    """

    project: str
    count: Callable[[], int]
    inputs: str
    make: Callable[[], T]


class Kept(Generic[T]):
    """Things of one kind, one of each project.

    - one is as good as new while nothing that it was made of has changed and the day of Beijing is the same.
    - one that is behind is still shown, and says so; not where posts have gone or other inputs count.
    - one is made at a time: two at once would take as long, and all other pages longer. Who finds one to show does not
      wait.
    """

    def __init__(self, shelf: Shelf, kind: str, shape: type[T], now: Callable[[], datetime]) -> None:
        self._shelf, self._kind, self._now = shelf, kind, now
        self._shape: TypeAdapter[T] = TypeAdapter(shape)
        self._loaded: dict[str, tuple[Row, T]] = {}
        self._loading, self._making = Lock(), Lock()

    def of(self, recipe: Recipe[T]) -> Made[T]:
        """Return what is kept if it may be shown, else make it."""
        known = self._known(recipe)
        if known is not None:
            return known
        with self._making:
            return self._known(recipe) or self._make(recipe)

    def renew(self, recipe: Recipe[T], resting: Collection[Resting] = ()) -> bool:
        """Make what is missing or due; return whether it was. While something is being made, nothing else is."""
        if Resting(self._kind, recipe.project, recipe.inputs) in resting:
            return False
        if not self._making.acquire(blocking=False):
            return False
        try:
            known = self._known(recipe)
            if known is not None and not self.is_due(known):
                return False
            self._make(recipe)
        finally:
            self._making.release()
        return True

    def is_due(self, made: Made[T]) -> bool:
        """Whether a thing is behind for so long, or so much, that it is to be made anew."""
        return made.is_behind and (self._now() - made.at > KEEP or day_of(made.at) != day_of(self._now()))

    def _known(self, recipe: Recipe[T]) -> Made[T] | None:
        """Return what may be shown."""
        changes, row = self._shelf.look(self._kind, recipe.project)
        if row is None or row.basis.inputs != recipe.inputs or row.basis.count > (count := recipe.count()):
            return None
        is_same = row.basis == Basis(count, recipe.inputs, changes)
        is_behind = not is_same or day_of(row.at) != day_of(self._now())
        if is_behind and self._now() - row.at > OLDEST:
            return None
        return Made(self._load(recipe.project, row), row.at, is_behind)

    def _load(self, project: str, row: Row) -> T:
        with self._loading:
            known = self._loaded.pop(project, None)
            if known is None or known[0] != row:
                known = row, self._shape.validate_python(json.loads(row.body))
            self._loaded[project] = known
            if len(self._loaded) > _MOST_LOADED:
                del self._loaded[next(iter(self._loaded))]
        return known[1]

    def _make(self, recipe: Recipe[T]) -> Made[T]:
        now, count = self._now(), recipe.count()
        changes, _ = self._shelf.look(self._kind, recipe.project)
        thing = recipe.make()
        made = Row(now, Basis(count, recipe.inputs, changes), dumped(thing))
        self._shelf.put(self._kind, recipe.project, made)
        return Made(self._load(recipe.project, made), now, is_behind=False)


def resting(shelf: Shelf, now: datetime) -> Collection[Resting]:
    """Return what is not due, as far as changes of posts are noted on the shelf: nothing need be counted for that."""
    return shelf.resting(datetime.combine(day_of(now), time(), BEIJING), now - KEEP)


def digest_of(*inputs: object) -> str:
    """Return a digest of what something rests on: values that show all of themselves."""
    return sha256(repr(inputs).encode("utf-8", "backslashreplace")).hexdigest()
