"""The comments and official texts of a project in, its deviations and checklist out; remembered for a while."""

import itertools
from datetime import datetime, timedelta

from alerts.base import Observation
from alerts.measures.deviations import DAYS, Deviations, deviations_of
from console.desk import Desk
from console.keeping import Kept
from indexer.base import Query
from minsheng.domain import Kind, LabelledPost, Project, Window

MOST_COMMENTS = 3000
MOST_OFFICIAL = 2000
_PHASES = timedelta(days=800)
"""Official texts are read back to the consultation of a work that takes two years."""


class DeviationReadings:
    """Deviations by project, kept for a while. Reads a bounded number of posts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept: Kept[Deviations] = Kept(desk.now)

    def of(self, project: Project) -> Deviations:
        """Return what was measured over the last half year, from the newest comments if there are very many."""
        count = self._desk.index.count(Query(linked=(project.id,)))
        return self._kept.of(project.id, count, lambda _: self._measure(project))

    def _measure(self, project: Project) -> Deviations:
        return deviations_of(self._observe(project, self._desk.now()), self._desk.recorded())

    def _observe(self, project: Project, now: datetime) -> Observation:
        desk = self._desk
        public = self._newest(project, Kind.PUBLIC, Window(now - timedelta(days=DAYS), now), MOST_COMMENTS)
        official = self._newest(project, Kind.OFFICIAL, Window(now - _PHASES, now), MOST_OFFICIAL)
        posts = sorted([*public, *official], key=lambda one: (one.post.published_at, one.post.id))
        claims = [claim for claim in desk.claims() if claim.project == project.id]
        return Observation(project, now, posts, claims, desk.calibration, desk.sources, {}, topics=desk.topics)

    def _newest(self, project: Project, kind: Kind, window: Window, most: int) -> list[LabelledPost]:
        query = Query(linked=(project.id,), kinds=(kind,), window=window)
        return list(itertools.islice(self._desk.index.stream(query), most))
