"""What the console is given: the index, the register and what the watch last found."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from alerts.course import Course
from alerts.entries import Entry, Event
from alerts.measures.recorded import Recorded
from console.acts import Acts
from console.shelf import MemoryShelf, Shelf
from indexer.base import PostIndex
from indexer.language import Names, names_of
from minsheng.crawls import CrawlReport, SourceHealth
from minsheng.domain import Alert, Briefing, Calibration, Claim, Finding, LabelledPost, Prevalence, Project, Source
from minsheng.stances import ClaimReading
from minsheng.topic_errors import TopicErrors


class Estimate(Protocol):
    """Shares of each sentiment among comments, corrected for the model's errors; None where there are too few."""

    def __call__(self, posts: Sequence[LabelledPost], project: str | None = None) -> Prevalence | None:
        """Estimate; peers of the named project count as a prior where comments are few."""


@dataclass(frozen=True)
class Desk:
    """Everything a page may read, and ``acts``, what it may change: None lets it read alone.

    ``claims`` are all that rules see, as of now; ``entries`` the ledger of what was proposed and decided, ``histories``
    what happened to each entry. ``findings`` gives the latest findings of one project, or of all (None), then without
    what they quote; ``crawls`` the latest report of each source and ``health`` how each stands; ``briefings`` is the
    folder with the archived files; ``estimate`` answers None below the smallest sample; ``recorded`` is what persons
    recorded of the three asks, and ``topics`` how the model confuses topics; ``claim_reading`` says what was read of
    comments on a claim. ``shelf`` keeps what was measured of projects; it holds as long as ``rests_on``, which names
    whatever else estimates depend on, stays the same. ``archived`` are the records of the briefings; unless all
    departments are seen (``whole``), only files named there are shown. ``course`` is what the watch knows of a project
    besides the points of its chart.
    """

    office: str
    region: str
    index: PostIndex
    projects: Mapping[str, Project]
    claims: Callable[[], Sequence[Claim]]
    entries: Callable[[], Sequence[Entry]]
    histories: Callable[[], Mapping[str, Sequence[Event]]]
    sources: Mapping[str, Source]
    findings: Callable[[str | None], Sequence[Finding]]
    alerts: Callable[[], Sequence[Alert]]
    crawls: Callable[[], Mapping[str, CrawlReport]]
    briefings: Path
    estimate: Estimate
    model: str
    calibration: Calibration | None
    now: Callable[[], datetime]
    health: Callable[[], Mapping[str, SourceHealth]] = dict
    recorded: Callable[[], Sequence[Recorded]] = tuple
    topics: TopicErrors | None = None
    acts: Acts | None = None
    claim_reading: Callable[[Claim], ClaimReading] | None = None
    shelf: Shelf = field(default_factory=MemoryShelf)
    rests_on: str = ""
    archived: Callable[[], Sequence[Briefing]] = tuple
    whole: bool = True
    course: Callable[[str], Course] | None = None

    def names(self) -> Names:
        """Return what a query may call projects, sources and claims, as of now."""
        return _names(tuple(self.projects.values()), tuple(self.sources.values()), tuple(self.claims()))


_MOST_NAMES = 16
"""Desks of so many departments, about, are asked within a while."""


class _Names:
    """The names of registers asked for last: every search asks for them, and making a thousand takes longer than it."""

    def __init__(self) -> None:
        self._known: deque[tuple[tuple[Sequence[Project | Source | Claim], ...], Names]] = deque(maxlen=_MOST_NAMES)

    def __call__(self, projects: Sequence[Project], sources: Sequence[Source], claims: Sequence[Claim]) -> Names:
        asked = projects, sources, claims
        for known, names in tuple(self._known):
            if known == asked:  # the same objects as a rule, which Python sees at a glance
                return names
        names = names_of(*asked)
        self._known.append((asked, names))
        return names


_names = _Names()
