"""A project in, how its comments were read one by one out."""

from dataclasses import dataclass

from console.desk import Desk
from indexer.base import Query
from minsheng.domain import ASPECTS, ATTITUDES, Kind, Project


@dataclass(frozen=True, slots=True)
class AspectCount:
    """How many comments on an aspect were surely read as negative, neutral, positive, and how many unsurely."""

    aspect: str
    negative: int
    neutral: int
    positive: int
    unsure: int

    @property
    def total(self) -> int:
        return self.negative + self.neutral + self.positive + self.unsure


def aspects(desk: Desk, project: Project) -> list[AspectCount]:
    """Count the comments by aspect, the most frequent first."""
    counts = {
        label: desk.index.facet(
            Query(projects=(project.id,), kinds=(Kind.PUBLIC,), sentiments=(label,)), "aspect", limit=len(ASPECTS)
        )
        for label in ATTITUDES
    }
    found = [AspectCount(aspect, *(counts[label].get(aspect, 0) for label in ATTITUDES)) for aspect in ASPECTS]
    return sorted((one for one in found if one.total), key=lambda one: -one.total)
