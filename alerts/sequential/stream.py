"""Comments of one claim as they arrive in, where its watch stands out: the detector with dates, frozen terms, a memory.

Each comment is bet once, on the day on which it counts:

- a comment of a day that is not yet settled counts on the day it was published. The first time a project is watched
  its whole history is played so, day by day, as if it had been watched daily.
- a late comment was published on a day that is settled. If nothing of that day was bet yet, all that arrives of it on
  one day is a day of its own, bet when the day of arrival is (``settle_late``): a first crawl that takes several
  watches counts like one. Else it counts among the comments of the day it arrived (the next day to be settled at the
  earliest): a second bet on the same day would not be one more independent of the first. Nothing that was settled is
  ever opened again.
- a day is settled when it is over. What is bet against, the stakes and the thresholds are fixed before.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from alerts.sequential.bets import GRID, Bets, bets_against
from alerts.sequential.detector import Detector, pass_days, restart, settle, settle_late, threshold
from alerts.sequential.null import Null
from minsheng.domain import Calibration

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HEAD_START = 365.0
"""R on the first day of a claim, in days: half of the false alarms allowed go to what is wrong from the start."""
_HEAD_PART = 4.0
"""A head start is at most this part of its threshold: that much must be gained."""
WATCH_DAYS = 30
"""A watch ends when it was not reached again for so long."""
CALM_WINDOW = 30
CALM_DAYS = 14
CALM_COMMENTS = 20
CALM_MARGIN = 0.05
"""An alarm ends when the share of 30 days (20 comments at least) lay 5 points below what is allowed, for 14 days."""
_ONE_DAY = timedelta(days=1)
_MAIL, _WATCH = 0, 1


@dataclass(frozen=True, slots=True)
class Terms:
    """What a claim is watched by; fixed as long as ``version`` is.

    ``basis`` names what evidence is counted by: model, calibration, null and stakes. Under another basis it starts
    anew; under other thresholds alone it is kept.
    """

    version: str
    basis: str
    null: Null
    alarm: float
    watch: float


def terms(null: Null, calibration: Calibration, *, streams: float, alarms: float, watches: float) -> Terms:
    """Return terms whose version changes with anything that they rest on.

    Args:
        null: What is bet against.
        calibration: What it was computed from.
        streams: How many claims are watched in all.
        alarms: How many alarms a year may be false, of all streams together.
        watches: The same for the watch tier.
    """
    alarm, watch = (_threshold(streams, each) for each in (alarms, watches))
    rests_on = [calibration.model, calibration.soft, calibration.counts, GRID, null.share, null.bound]
    basis = f"{calibration.model}-{blake2b(json.dumps(rests_on).encode(), digest_size=5).hexdigest()}"
    return Terms(f"{basis}-{alarm:.0f}-{watch:.0f}", basis, null, alarm, watch)


def _threshold(streams: float, alarms: float) -> float:
    """Return the threshold with a head start of ``HEAD_START`` or a quarter of the threshold, whichever is less."""
    each = streams / alarms
    whole = each >= _HEAD_PART / 2
    return threshold(streams, alarms, HEAD_START if whole else HEAD_START * each / (_HEAD_PART - each))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A comment that stands for its cluster of near-duplicates: Beijing days of publication and collection, score."""

    post: str
    cluster: str
    published: date
    collected: date
    score: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it was raised: the day, R, the threshold and version it was raised under, and since when it grew."""

    day: date
    value: float
    threshold: float
    version: str
    since: date
    by_review: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """How far bets rose above their lowest point, by stake, and since which day (ordinal): when the change began."""

    gain: Floats
    since: Ints

    @classmethod
    def unknown(cls) -> "Run":
        return cls(np.zeros(len(GRID)), np.zeros(len(GRID), dtype=np.int64))

    def after(self, evidence: Floats, day: date) -> "Run":
        """Return the run with one more bet; a late day may be the earliest on which what has grown was said."""
        risen = self.gain + evidence
        began = np.where(self.gain <= 0, day.toordinal(), np.minimum(self.since, day.toordinal()))
        return Run(np.maximum(risen, 0), np.where(risen > 0, began, 0))

    @property
    def onset(self) -> date | None:
        best = int(np.argmax(self.gain))
        return date.fromordinal(int(self.since[best])) if self.gain[best] > 0 else None


@dataclass(frozen=True, slots=True)
class Stream:
    """What is known of one claim after ``settled``.

    ``began`` is the first day under these terms and ``why`` says why it is not the first of all; ``recent`` holds
    (day, comments, sum of scores) of the last 30 days; ``watched`` when the watch tier was last reached and
    ``watch_began`` when first without a break; ``calm_since`` since when an alarm has looked past.
    """

    terms: Terms
    detector: Detector
    run: Run
    began: date
    settled: date
    bets: int = 0
    why: str = ""
    watched: date | None = None
    watch_began: date | None = None
    alarm: Alarm | None = None
    recent: tuple[tuple[date, int, float], ...] = ()
    calm_since: date | None = None

    @property
    def on_watch(self) -> bool:
        return self.watched is not None and (self.settled - self.watched).days < WATCH_DAYS


def begin(under: Terms, first: date) -> Stream:
    """Return the stream of a new claim, of which no day is settled."""
    heads = [min(HEAD_START, each / _HEAD_PART) for each in (under.alarm, under.watch)]
    return Stream(under, Detector.fresh(head_starts=heads), Run.unknown(), first, first - _ONE_DAY)


def renewed(stream: Stream, under: Terms, why: str) -> Stream:
    """Return the stream under other terms: all evidence starts anew from 0 on the next day, an open alarm stays."""
    first = stream.settled + _ONE_DAY
    fresh = Stream(under, Detector.fresh(head_starts=(0.0, 0.0)), Run.unknown(), first, stream.settled, why=why)
    return replace(fresh, alarm=stream.alarm)


def cleared(stream: Stream) -> Stream:
    """Return the stream with R = 0 and no watch: a person has looked and not found it so."""
    detector = restart(stream.detector, np.array([[True], [True]]))
    return replace(stream, detector=detector, run=Run.unknown(), watched=None, watch_began=None)


def confirmed(stream: Stream, evidence: float, threshold: float) -> Stream:
    """Return the stream with an alarm that a person's labels raised."""
    since = stream.run.onset or stream.watched or stream.began
    alarm = Alarm(stream.settled, evidence, threshold, stream.terms.version, since, by_review=True)
    return replace(cleared(stream), alarm=alarm, calm_since=None)


@dataclass(frozen=True, slots=True)
class Due:
    """What counts on one day: the comments of the day itself, and those of days whose comments all came late."""

    day: date
    own: Sequence[Arrival]
    late: Mapping[date, Sequence[Arrival]]

    @property
    def arrivals(self) -> list[Arrival]:
        return [*self.own, *(arrival for group in self.late.values() for arrival in group)]


def due(stream: Stream, arrivals: Iterable[Arrival], today: date, known: Collection[date] = ()) -> list[Due]:
    """Return the arrivals that count on days before ``today``, oldest first; the others wait.

    ``known`` are the days of which a comment was bet already.
    """
    days: dict[date, list[Arrival]] = {}
    for arrival in arrivals:
        late = arrival.published <= stream.settled
        day = max(arrival.collected, stream.settled + _ONE_DAY) if late else arrival.published
        if day < today:
            days.setdefault(day, []).append(arrival)
    found, begun = [], set(known)
    for day, group in sorted(days.items()):
        own: list[Arrival] = []
        apart: dict[date, list[Arrival]] = {}
        for arrival in group:
            if arrival.published <= stream.settled and arrival.published not in begun:
                apart.setdefault(arrival.published, []).append(arrival)
            else:
                own.append(arrival)
        begun |= set(apart)
        found.append(Due(day, own, dict(sorted(apart.items()))))
    return found


def advance(
    stream: Stream, arrivals: Iterable[Arrival], today: date, known: Collection[date] = ()
) -> tuple[Stream, list[Arrival]]:
    """Settle every day before ``today``; return the stream after it and what was bet.

    Args:
        stream: As it was kept.
        arrivals: Comments that were not bet yet, in any order.
        today: The day that is not over; nothing of it counts yet.
        known: The days of publication of which a comment was bet already.
    """
    days = due(stream, arrivals, today, known)
    bets = bets_against(stream.terms.null.bound)
    for each in days:
        if each.own:
            stream = _settled(_idle(stream, each.day), each.day, each.own, bets)
        stream = _idle(stream, each.day + _ONE_DAY)
        if each.late:
            stream = _settled_late(stream, each.late, bets)
    return _idle(stream, today), [arrival for each in days for arrival in each.arrivals]


def _idle(stream: Stream, until: date) -> Stream:
    """Pass the days without comments before ``until``, each looked at: R grows by one a day."""
    while (quiet := (until - stream.settled).days - 1) > 0:
        # An open alarm may end on a day without comments; otherwise the days can be passed in one go.
        step = 1 if stream.alarm is not None else quiet
        passed = replace(stream, detector=pass_days(stream.detector, step), settled=stream.settled + step * _ONE_DAY)
        stream = _looked_at(passed)
    return stream


def _settled(stream: Stream, day: date, group: Sequence[Arrival], bets: Bets) -> Stream:
    values = _scores(group)
    detector = settle(stream.detector, bets, values, _one_stream(values))
    evidence = (detector.wealth - stream.detector.wealth)[0]
    noted = _noted(replace(stream, settled=day), day, values)
    return _looked_at(replace(noted, detector=detector, run=stream.run.after(evidence, day)))


def _settled_late(stream: Stream, late: Mapping[date, Sequence[Arrival]], bets: Bets) -> Stream:
    days = {day: _scores(group) for day, group in late.items()}
    first = min([stream.began, *days])
    gaps = [1, *((day - before).days for before, day in pairwise(days))]
    passed = (stream.settled - first).days + 1
    own = [(values, _one_stream(values)) for values in days.values()]
    detector = settle_late(stream.detector, bets, own, gaps, passed)
    for day, values in days.items():
        stream = _noted(stream, day, values)
    evidence = (detector.wealth - stream.detector.wealth)[0]
    return _looked_at(replace(stream, detector=detector, run=stream.run.after(evidence, next(iter(days)))))


def _scores(group: Sequence[Arrival]) -> Floats:
    return np.array([arrival.score for arrival in group], dtype=np.float64)


def _one_stream(scores: Floats) -> Ints:
    return np.zeros(len(scores), dtype=np.int64)


def _noted(stream: Stream, day: date, scores: Floats) -> Stream:
    """Count the comments of a day, also among those of the last weeks."""
    told = (*stream.recent, (day, len(scores), float(scores.sum())))
    recent = tuple(entry for entry in told if (stream.settled - entry[0]).days < CALM_WINDOW)
    return replace(stream, bets=stream.bets + len(scores), recent=recent)


def _looked_at(stream: Stream) -> Stream:
    """Raise what has reached its threshold, once; end an alarm that has long been calm."""
    logs = stream.detector.log_value()
    reached = logs >= np.log([[stream.terms.alarm], [stream.terms.watch]])
    if reached[_WATCH, 0]:
        began = stream.watch_began if stream.on_watch else stream.settled
        stream = replace(stream, watched=stream.settled, watch_began=began)
    if reached[_MAIL, 0] and stream.alarm is None:
        since = stream.run.onset or stream.began
        value = float(np.exp(min(logs[_MAIL, 0], 700.0)))
        alarm = Alarm(stream.settled, value, stream.terms.alarm, stream.terms.version, since)
        stream = replace(stream, alarm=alarm, calm_since=None)
    if reached.any():
        stream = replace(stream, detector=restart(stream.detector, reached))
    return _calmed(stream) if stream.alarm is not None else stream


def _calmed(stream: Stream) -> Stream:
    if not _is_calm(stream):
        return replace(stream, calm_since=None)
    since = stream.calm_since or stream.settled
    if (stream.settled - since).days < CALM_DAYS:
        return replace(stream, calm_since=since)
    return replace(cleared(stream), alarm=None, calm_since=None)


def _is_calm(stream: Stream) -> bool:
    recent = [entry for entry in stream.recent if (stream.settled - entry[0]).days < CALM_WINDOW]
    comments = sum(number for _, number, _ in recent)
    level = stream.terms.null.mean - CALM_MARGIN * stream.terms.null.slope
    return comments >= CALM_COMMENTS and sum(total for _, _, total in recent) / comments < level
