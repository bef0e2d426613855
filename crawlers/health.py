"""Crawl reports in, how a source stands and since when out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from minsheng.crawls import CrawlReport

STATES: Mapping[str, str] = {
    "ok": "ok",
    "empty": "empty",
    "fewer": "fewer",
    "refused": "blocked",
    "changed": "changed",
    "failed": "failing",
}
_WELL = {"ok", "empty"}
# A network may be away for an hour; a page of another shape stays so.
_TIMES_UNTIL_SURE = {"failing": 3}
_WEEK = timedelta(days=7)
_LEAST_WEEKS = 2
_LEAST_WEEKLY = 20.0
_FALLEN = 0.25


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a source, when it was first seen so, in how many crawls in a row, and whether anybody was told."""

    state: str
    since: datetime
    times: int
    was_told: bool

    @property
    def is_to_be_told(self) -> bool:
        """Whether the source is broken for sure, and nobody knows."""
        return self.state not in _WELL and not self.was_told and self.times >= _TIMES_UNTIL_SURE.get(self.state, 1)


def next_standing(before: Standing | None, report: CrawlReport, *, has_fallen: bool) -> Standing:
    """Return how a source stands after a crawl. Who was told stays told until the source has been well."""
    state = STATES.get(report.outcome, report.outcome)
    state = "fewer" if state == "ok" and has_fallen else state
    if before is None:
        return Standing(state, report.started_at, 1, was_told=False)
    was_told = before.was_told and state not in _WELL
    if before.state == state:
        return replace(before, times=before.times + 1, was_told=was_told)
    return Standing(state, report.started_at, 1, was_told)


def has_fallen(reports: Sequence[CrawlReport]) -> bool:
    """Return whether a source yields far less than it used to: the last week against the weeks before.

    ``reports`` are all that are kept of the source, newest first. A source of a few comments a week is never judged.
    """
    if not reports:
        return False
    week_ago = reports[0].started_at - _WEEK
    earlier = [report for report in reports if report.started_at < week_ago]
    weeks = (week_ago - earlier[-1].started_at) / _WEEK if earlier else 0.0
    if weeks < _LEAST_WEEKS:
        return False
    # The first crawl of a source brings years at once.
    expected = sum(report.new for report in earlier[:-1]) / weeks
    latest = sum(report.new for report in reports if report.started_at >= week_ago)
    return expected >= _LEAST_WEEKLY and latest < expected * _FALLEN
