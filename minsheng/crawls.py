"""How crawls ended and how sources stand, as frozen values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """How one crawl of a source ended. ``outcome`` is ok, empty, fewer, changed, refused, failed; ``detail`` says why.

    ``posts`` are the posts written: new ones and, of them, ``changed`` known ones whose words changed; ``deleted``
    those no longer on the site; ``known`` all that are kept track of; ``errors`` numbers by kind: ``timeout 2``.
    """

    source: str
    started_at: datetime
    finished_at: datetime
    outcome: str
    posts: int
    pages: int
    masked: int = 0
    set_aside: int = 0
    detail: str = ""
    changed: int = 0
    deleted: int = 0
    known: int = 0
    bytes: int = 0
    errors: str = ""

    @property
    def new(self) -> int:
        return self.posts - self.changed

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source stands, and since when: what its last crawls together say.

    ``state`` is ok, empty, fewer (than expected), blocked, changed, failing; ``since`` when it was first seen so.
    ``deleted`` of ``known`` posts went from the site within the last 30 days.
    """

    source: str
    state: str
    since: datetime
    last: CrawlReport
    deleted: int = 0
    known: int = 0

    @property
    def is_well(self) -> bool:
        return self.state in {"ok", "empty"}

    @property
    def deletion_rate(self) -> float | None:
        """The share of posts that went from the site; None where nothing is known."""
        return self.deleted / (self.known + self.deleted) if self.known + self.deleted else None
