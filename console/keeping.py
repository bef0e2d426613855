"""What is dear to make and asked often in, the same kept for a while out."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

KEEP, AGAIN = timedelta(minutes=10), timedelta(minutes=1)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """A thing, when it was made, and of how many posts."""

    thing: T
    at: datetime
    count: int


class Kept(Generic[T]):
    """Things by project. One is made anew after ten minutes, or after one if posts came in.

    While it is made, others get the one before; who finds none waits.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._made: dict[str, Made[T]] = {}
        self._making: defaultdict[str, Lock] = defaultdict(Lock)

    def of(self, key: str, count: int, make: Callable[[T | None], T]) -> T:
        """Return what is kept under a key if it is fresh, else what ``make`` makes of the one before.

        It gets None where there is none, or none of the last ten minutes.
        """
        known = self._made.get(key)
        if known is not None and self._is_fresh(known, count):
            return known.thing
        if not self._making[key].acquire(blocking=known is None) and known is not None:
            return known.thing
        try:
            known = self._made.get(key)
            if known is None or not self._is_fresh(known, count):
                now = self._now()
                before = known.thing if known and now - known.at <= KEEP else None
                known = self._made[key] = Made(make(before), now, count)
        finally:
            self._making[key].release()
        return known.thing

    def _is_fresh(self, made: Made[T], count: int) -> bool:
        return self._now() - made.at <= (KEEP if made.count == count else AGAIN)
