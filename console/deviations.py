"""The comments and official texts of a project in, its deviations and checklist out; kept until others come."""

import itertools
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.base import Observation
from alerts.measures.deviations import DAYS, Deviations, deviations_of
from console.desk import Desk
from console.keeping import Kept, Made, Recipe, digest_of
from console.shelf import Resting
from indexer.base import Query
from minsheng.domain import Claim, Kind, LabelledPost, Project, Window

MOST_COMMENTS = 3000
MOST_OFFICIAL = 2000
_PHASES = timedelta(days=800)
"""Official texts are read back to the consultation of a work that takes two years."""


class DeviationReadings:
    """Deviations by project. Reads a bounded number of posts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._kept = Kept(desk.shelf, "deviations", Deviations, desk.now)

    def of(self, project: Project) -> Made[Deviations]:
        """Return what was measured over the last half year, from the newest comments if there are very many."""
        return self._kept.of(self._recipe(project))

    def shown_to(self, desk: Desk, project: Project) -> Made[Deviations]:
        """Return the same for somebody's desk: the numbers alone where not all that was read is for them.

        A post may have been corrected to be about a project of another department; numbers count it all the same.
        """
        made, query = self.of(project), Query(linked=(project.id,))
        if desk.index is self._desk.index or desk.index.count(query) == self._desk.index.count(query):
            return made
        return replace(made, thing=numbers_alone(made.thing))

    def renew(self, project: Project, resting: Collection[Resting] = ()) -> bool:
        """Make what is missing or has been behind for a while; return whether it was."""
        return self._kept.renew(self._recipe(project), resting)

    def _recipe(self, project: Project) -> Recipe[Deviations]:
        desk = self._desk
        query = Query(linked=(project.id,))
        recorded = [one for one in desk.recorded() if one.project == project.id]
        inputs = digest_of(desk.rests_on, project, self._claims(project), recorded)
        return Recipe(project.id, lambda: desk.index.count(query), inputs, lambda: self._measure(project))

    def _claims(self, project: Project) -> list[Claim]:
        return [claim for claim in self._desk.claims() if claim.project == project.id]

    def _measure(self, project: Project) -> Deviations:
        return deviations_of(self._observe(project, self._desk.now()), self._desk.recorded())

    def _observe(self, project: Project, now: datetime) -> Observation:
        desk = self._desk
        public = self._newest(project, Kind.PUBLIC, Window(now - timedelta(days=DAYS), now), MOST_COMMENTS)
        official = self._newest(project, Kind.OFFICIAL, Window(now - _PHASES, now), MOST_OFFICIAL)
        posts = sorted([*public, *official], key=lambda one: (one.post.published_at, one.post.id))
        return Observation(
            project, now, posts, self._claims(project), desk.calibration, desk.sources, {}, topics=desk.topics
        )

    def _newest(self, project: Project, kind: Kind, window: Window, most: int) -> list[LabelledPost]:
        query = Query(linked=(project.id,), kinds=(kind,), window=window)
        return list(itertools.islice(self._desk.index.stream(query), most))


def numbers_alone(found: Deviations) -> Deviations:
    """Return deviations without a word of any post."""
    posture, templates = found.posture, found.posture.templates
    return replace(
        found,
        focus=replace(found.focus, words=(), public_quotes=(), official_quotes=()),
        standards=replace(
            found.standards, aspects=tuple(replace(aspect, quotes=()) for aspect in found.standards.aspects)
        ),
        posture=replace(
            posture,
            match=posture.match and replace(posture.match, missed=()),
            templates=templates and replace(templates, found=()),
            wording=replace(posture.wording, hits=()),
            waiting=(),
            nearness=posture.nearness and replace(posture.nearness, far=()),
            commitments=posture.commitments and replace(posture.commitments, unknown=()),
        ),
        asks=replace(found.asks, checks=tuple(replace(check, proposals=()) for check in found.asks.checks)),
    )
