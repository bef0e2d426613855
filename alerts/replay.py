"""The past of a project in, what a rule would have found day by day and which alerts would have opened out.

Nothing is looked at before its day: no post published later, no claim published later, no crawl that ended later.
Nothing is written. What cannot be undone is today's reading: the labels are those of the model of today, corrections
and folded copies included only as far as their posts had been published.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from alerts.base import Observation, Rule
from alerts.life import Change, Patience, Track, step
from minsheng.domain import BEIJING, Finding, Window

LOOK_BACK = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Day:
    """What a rule answers at the end of one Beijing day."""

    day: date
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """An alert that would have opened: when, on what finding, and until when it would have lasted (None: still)."""

    day: date
    finding: Finding
    closed: date | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One project: days looked at, matters judged and matter-days fired, and the alerts that would have opened."""

    project: str
    days: int
    matters: int
    fired: int
    not_assessable: int
    openings: tuple[Opening, ...]


def days_of(window: Window, every: int = 1) -> list[datetime]:
    """Return the moments at which a replay looks: the ends of Beijing days in the window."""
    first = window.since.astimezone(BEIJING).date()
    moments = []
    moment = datetime.combine(first, time(), BEIJING) + timedelta(days=1)
    while moment <= window.until:
        moments.append(moment)
        moment += timedelta(days=every)
    return moments


def as_of(seen: Observation, moment: datetime, *, as_collected: bool = False) -> Observation:
    """Return what could be seen at a moment; ``as_collected``: only posts that had been crawled by then."""
    posts = seen.posts[: bisect_right(seen.posts, moment, key=lambda one: one.post.published_at)]
    since = moment - LOOK_BACK
    kept = [
        one
        for one in posts
        if since <= one.post.published_at < moment and (not as_collected or one.post.collected_at < moment)
    ]
    return replace(
        seen,
        now=moment,
        posts=kept,
        claims=[claim for claim in seen.claims if claim.published_at < moment],
        crawls={
            name: [report for report in reports if report.finished_at < moment] for name, reports in seen.crawls.items()
        },
    )


def replay(rule: Rule, seen: Observation, moments: Sequence[datetime], *, as_collected: bool = False) -> Iterator[Day]:
    """Yield what the rule answers at each moment, on what was there then."""
    for moment in moments:
        findings = rule.check(as_of(seen, moment, as_collected=as_collected))
        yield Day((moment - timedelta(seconds=1)).astimezone(BEIJING).date(), tuple(findings))


def summarise(project: str, days: Sequence[Day], patience: Patience | None = None) -> Replayed:
    """Count, and follow each matter through the life that the alert store would have given it."""
    matters: dict[str, list[tuple[date, Finding]]] = {}
    for one in days:
        for finding in one.findings:
            matters.setdefault(finding.key, []).append((one.day, finding))
    every = [finding for found in matters.values() for _, finding in found]
    openings = [opening for found in matters.values() for opening in _openings(found, patience or Patience())]
    return Replayed(
        project=project,
        days=len(days),
        matters=len(matters),
        fired=sum(finding.fired for finding in every),
        not_assessable=sum(finding.verdict.value == "not_assessable" for finding in every),
        openings=tuple(sorted(openings, key=lambda opening: (opening.day, opening.finding.key))),
    )


def _openings(found: Sequence[tuple[date, Finding]], patience: Patience) -> list[Opening]:
    track: Track | None = None
    openings: list[Opening] = []
    for day, finding in found:
        moment = datetime.combine(day, time(), BEIJING) + timedelta(days=1)
        track, change = step(track, finding, moment, patience)
        if change is Change.OPENED:
            openings.append(Opening(day, finding, None))
        elif change is Change.REOPENED:
            openings[-1] = replace(openings[-1], closed=None)
        elif change is Change.CLOSED:
            openings[-1] = replace(openings[-1], closed=day)
    return openings
