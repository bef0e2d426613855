"""What a watch sees of a project in, where the daily watch of its claims stands out; the only place that keeps it."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.detections import DetectorStore, Settled
from alerts.rules.divergence import Divergence
from alerts.sequential.null import Null
from alerts.sequential.stream import Arrival, Stream, Terms, advance, begin, renewed
from minsheng.detection import Detection, Tier
from minsheng.domain import Calibration, Claim, Kind, LabelledPost
from minsheng.hours import day_of

REMEMBERED = timedelta(days=401)
"""Bets are remembered as long as the watch may see their comments (``app.watch.LOOK_BACK``), and a day more."""
_AT_ONCE = 20_000
_LARGEST = 1e12
_NEW_BASIS = "模型、校准或比对口径已更换，自 {day} 起重新累计"


class DailyWatch:
    """Lets the watch of each claim take in the comments that are new, once each, and says where it stands.

    Nothing is written before ``keep``, or before a great many comments are waiting: states and bets go together.
    One that does not ``remember`` never writes: it answers what the watch would say now.
    """

    def __init__(
        self,
        store: DetectorStore,
        rule: Divergence,
        claims: Sequence[Claim],
        calibration: Calibration | None,
        *,
        remember: bool = True,
    ) -> None:
        self._store = store
        self._rule = rule
        self._remember = remember
        self._calibration = calibration
        self._watched = sum(rule.share_borne(claim) is not None for claim in claims)
        self._kept = dict(store.streams())
        self._waiting: list[Settled] = []
        self._bets = 0

    def look(
        self, project: str, claims: Sequence[Claim], posts: Sequence[LabelledPost], now: datetime
    ) -> Mapping[str, Detection]:
        """Settle the days that are over; return where each claim of the project stands.

        Args:
            project: Whose comments these are.
            claims: All claims of it; those that are not watched daily are left out.
            posts: Its posts, oldest first; what was bet before may be among them or not.
            now: Days before this Beijing day are over.
        """
        found: dict[str, Detection] = {}
        for claim in claims:
            under = self._rule.terms(claim, self._calibration, self._watched)
            if under is None or claim.published_at > now:
                continue
            stream = self._advance(claim, under, self._kept.get((project, claim.id)), posts, now)
            found[claim.id] = stand(stream)
        if self._bets > _AT_ONCE:
            self.keep(now)
        return found

    def keep(self, now: datetime) -> None:
        """Write down what was settled."""
        if self._waiting and self._remember:
            self._store.keep(self._waiting, day_of(now - REMEMBERED))
        self._waiting, self._bets = [], 0

    def _advance(
        self, claim: Claim, under: Terms, stream: Stream | None, posts: Sequence[LabelledPost], now: datetime
    ) -> Stream:
        key = (claim.project, claim.id)
        since = max(claim.published_at, now - timedelta(days=self._rule.window_days))
        if stream is None:
            stream = begin(under, day_of(since))
        elif stream.terms.basis != under.basis:
            stream = renewed(stream, under, _NEW_BASIS.format(day=stream.settled + timedelta(days=1)))
        elif stream.settled >= day_of(now) - timedelta(days=1):
            return stream
        stream = replace(stream, terms=under)
        known = self._store.known(key)
        fresh = arrivals(posts, claim, under.null, known, since, now)
        stream, bet = advance(stream, fresh, day_of(now), set(known.values()))
        self._kept[key] = stream
        self._waiting.append(Settled(key, stream, bet))
        self._bets += len(bet)
        return stream


def arrivals(
    posts: Sequence[LabelledPost], claim: Claim, null: Null, known: Iterable[str], since: datetime, now: datetime
) -> Iterator[Arrival]:
    """Yield the comments on a claim that were not bet yet, the earliest of each cluster."""
    taken = set(known)
    first, end = (bisect_left(posts, edge, key=_published) for edge in (since, now))
    for labelled in posts[first:end]:
        post, reading = labelled.post, labelled.reading
        if reading.cluster in taken or post.id in taken or post.kind is not Kind.PUBLIC:
            continue
        if claim.aspect not in {None, reading.aspect}:
            continue
        taken |= {reading.cluster, post.id}
        opinion = reading.opinion
        score = opinion.negative + null.neutral * opinion.neutral
        yield Arrival(
            post.id, reading.cluster, day_of(post.published_at), day_of(post.collected_at), min(max(score, 0.0), 1.0)
        )


def _published(labelled: LabelledPost) -> datetime:
    return labelled.post.published_at


def stand(stream: Stream) -> Detection:
    """Return where a watch stands, for rules, pages and mails."""
    value, evidence = stream.detector.log_value()[0, 0], stream.detector.log_evidence()[0]
    alarm = stream.alarm
    tier = Tier.ALARM if alarm else Tier.WATCH if stream.on_watch else Tier.QUIET
    return Detection(
        tier=tier,
        value=_capped(value),
        alarm_at=stream.terms.alarm,
        watch_at=stream.terms.watch,
        evidence=_capped(evidence),
        bets=stream.bets,
        began=stream.began,
        settled=stream.settled,
        share=stream.terms.null.share,
        bound=stream.terms.null.bound,
        version=alarm.version if alarm else stream.terms.version,
        since=alarm.since if alarm else stream.run.onset,
        raised=alarm.day if alarm else None,
        raised_value=min(alarm.value, _LARGEST) if alarm else 0.0,
        raised_at=alarm.threshold if alarm else 0.0,
        by_review=alarm.by_review if alarm else False,
        why=stream.why,
    )


def _capped(log: float) -> float:
    return math.exp(min(float(log), math.log(_LARGEST)))
