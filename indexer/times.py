"""Moments in, integers and Beijing calendar days out: what back ends store and count by."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from indexer.base import Interval
from minsheng.domain import BEIJING

Micros = TypeVar("Micros", int, npt.NDArray[np.int64])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_BEIJING_AHEAD = BEIJING.utcoffset(None) // _MICROSECOND


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def beijing_day(micros: Micros) -> Micros:
    """Return the number of the calendar day in Beijing, of one moment or of many; day 0 is 1970-01-01."""
    return (micros + _BEIJING_AHEAD) // _DAY


def fill_bins(days: Iterable[tuple[int, int]], interval: Interval) -> dict[date, int]:
    """Add up (day, number) pairs by the first day of their bin, oldest first."""
    bins: dict[date, int] = {}
    for day, number in sorted(days):
        first = _first_day(_EPOCH.date() + timedelta(days=day), interval)
        bins[first] = bins.get(first, 0) + number
    return bins


def _first_day(day: date, interval: Interval) -> date:
    match interval:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
