"""What one crawl is told and what it tells: the source and places in; the ending and the counts out."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from crawlers.masking import mask
from crawlers.source import SourceConfig
from crawlers.state import CrawlState
from minsheng.crawls import CrawlReport
from minsheng.domain import Window
from minsheng.settings import CrawlSettings

_LONGEST_DETAIL = 500
_FORBIDDEN = "robots.txt forbids them, or their host is not among hosts of the source"


@dataclass(slots=True)
class Tally:
    """What a crawl has done so far."""

    posts: int = 0
    pages: int = 0
    masked: int = 0
    set_aside: int = 0
    forbidden: int = 0
    failed_pages: int = 0
    odd_threads: int = 0
    unchanged: int = 0
    changed: int = 0
    deleted: int = 0
    too_deep: int = 0
    too_long: int = 0
    bytes: int = 0
    says_empty: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class CrawlPlan:
    """One crawl of one source. Every component of the crawl finds its orders here and leaves its counts.

    ``is_resting``: our own hours or budget cut the crawl short. ``seen`` are the ids of the rows of each thread that is
    being read, whether or not they became posts; ``leaves`` are pages (address, ETag, Last-Modified) that were read and
    lead nowhere, not recorded yet.
    """

    config: SourceConfig
    settings: CrawlSettings
    state: CrawlState
    inbox: Path
    run: str
    now: datetime
    progress: Callable[[int, int], None]
    tally: Tally = field(default_factory=Tally)
    seen: dict[str, set[str | None]] = field(default_factory=dict)
    leaves: list[tuple[str, str, str]] = field(default_factory=list)
    outcome: str = ""
    detail: str = ""
    cut_short: str = ""
    is_resting: bool = False
    last_oddity: str = ""
    is_closed: bool = False
    started: float = field(default_factory=time.monotonic)

    def end(self, outcome: str, detail: str) -> None:
        """Note how the crawl ends; the first word counts."""
        if not self.outcome:
            self.outcome, self.detail = outcome, detail

    @property
    def is_full(self) -> bool:
        """Whether nothing was left unread."""
        return not (self.cut_short or self.tally.failed_pages)

    @property
    def span(self) -> Window | None:
        """What a crawl that fills back is about; None: everything that is new."""
        return self.state.span

    @property
    def present(self) -> datetime:
        """The moment: the start of the crawl by the clock of the office, and the time since then."""
        return self.now + timedelta(seconds=time.monotonic() - self.started)

    def report(self) -> CrawlReport:
        """Judge the crawl by what it yielded and put it in a report."""
        if not self.outcome:
            self.end(*self._judge())
        tally = self.tally
        return CrawlReport(
            source=self.config.name,
            started_at=self.now,
            finished_at=self.present,
            outcome=self.outcome,
            posts=tally.posts,
            pages=tally.pages,
            masked=tally.masked,
            set_aside=tally.set_aside,
            detail=mask(self.detail)[0][:_LONGEST_DETAIL],
            changed=tally.changed,
            deleted=tally.deleted,
            known=self.state.count(),
            bytes=tally.bytes,
            errors=_counts(tally.errors),
        )

    def _judge(self) -> tuple[str, str]:
        tally, least = self.tally, self.config.assertions.posts_per_crawl.min
        known = self.state.count()
        expected = f"{known} posts, the source expects {least} or more (assertions.posts_per_crawl.min)"
        aside = f"{tally.set_aside} rows set aside, more than could be read; see the rejects folder"
        nothing = "and nothing else was found"
        odd = f"none of {tally.odd_threads} threads could be read, the last: {self.last_oddity}"
        judgements = [
            (tally.odd_threads and not known, "changed", odd),
            (tally.forbidden and not known, "refused", f"{tally.forbidden} pages left out ({_FORBIDDEN}), {nothing}"),
            (tally.failed_pages and not known, "failed", f"{tally.failed_pages} pages could not be fetched, {nothing}"),
            (
                self.cut_short and not (tally.pages or self.is_resting),
                "failed",
                f"{self.cut_short}; not one page was read",
            ),
            (tally.says_empty and not tally.posts, "empty", "the site says that there is nothing"),
            (tally.set_aside > tally.posts + tally.unchanged, "changed", aside),
            (known < least and not self.state.ever_complete and self.is_full, "fewer", expected),
        ]
        ok = ("ok", "; ".join(self._remarks()))
        return next(((outcome, detail) for holds, outcome, detail in judgements if holds), ok)

    def _remarks(self) -> list[str]:
        tally = self.tally
        remarks = [
            (tally.posts == 0, "nothing new"),
            (tally.deleted, f"{tally.deleted} posts are no longer on the site"),
            (tally.odd_threads, f"{tally.odd_threads} threads could not be read, the last: {self.last_oddity}"),
            (tally.forbidden, f"{tally.forbidden} pages left out: {_FORBIDDEN}"),
            (tally.failed_pages, f"{tally.failed_pages} pages could not be fetched; the next crawl tries them again"),
            (tally.left_out, f"{tally.left_out.total()} posts left out: {_counts(tally.left_out)}"),
            (tally.too_deep, f"{tally.too_deep} links not followed: deeper than crawl.max_depth"),
            (tally.too_long, f"{tally.too_long} threads have more pages than are read of one (max_pages)"),
            (self.cut_short, self.cut_short),
        ]
        return [text for holds, text in remarks if holds]


def _counts(left_out: Counter[str]) -> str:
    return ", ".join(f"{kind} {number}" for kind, number in sorted(left_out.items()))
