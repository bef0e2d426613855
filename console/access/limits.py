"""Requests in, how long each asker has to wait before the next out: one leaking bucket for everybody who asks."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

_MOST_KNOWN = 10_000


class Limits:
    """At most ``a_minute`` requests of one asker in a minute, all at once if they like, refilled evenly."""

    def __init__(self, a_minute: int) -> None:
        self._most = a_minute
        self._step = timedelta(minutes=1) / a_minute
        self._full_at: OrderedDict[str, datetime] = OrderedDict()
        self._lock = Lock()

    def wait(self, who: str, now: datetime) -> timedelta | None:
        """Count a request; return None if it may go on, else how long to wait (then it was not counted)."""
        with self._lock:
            full_at = max(self._full_at.get(who, now), now) + self._step
            over = full_at - now - self._step * self._most
            if over > timedelta(0):
                return over
            self._full_at[who] = full_at
            self._full_at.move_to_end(who)
            if len(self._full_at) > _MOST_KNOWN:
                self._full_at.popitem(last=False)
            return None
