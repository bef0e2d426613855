"""The review of a watch, as the app carries it out and a page shows it: comments drawn by lot, labelled one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from alerts.sequential.labels import MOST_LABELS, Audit, Outcome
from minsheng.domain import Claim, LabelledPost, Sentiment


@dataclass(frozen=True, slots=True)
class Watched:
    """A round of review: which claim, since which day it is on watch, how many were drawn, and what labels say so far.

    ``name`` is that of the round. ``allowed`` is the negative share, among comments with an attitude, that the claim
    leaves room for; ``low`` to ``high`` is the interval of that share by the labels. ``over``: the watch has ended.
    """

    name: str
    claim: Claim
    since: date
    allowed: float
    drawn: int
    audit: Audit
    low: float
    high: float
    over: bool = False

    @property
    def with_attitude(self) -> int:
        """How many of the comments read are negative or positive."""
        return self.audit.negative + self.audit.positive

    @property
    def share(self) -> float | None:
        """The negative share among these; None where there is none."""
        return self.audit.negative / self.with_attitude if self.with_attitude else None

    @property
    def left(self) -> int:
        """How many more labels a round takes at most."""
        return 0 if self.over or self.audit.outcome is not Outcome.OPEN else MOST_LABELS - self.audit.read


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where a person stands in a round: the comment to label next, and the last one labelled with what was said."""

    watched: Watched
    waiting: LabelledPost | None
    last: LabelledPost | None
    said: Sentiment | None


@dataclass(frozen=True, slots=True)
class Reviews:
    """What the pages of review ask and do. Each raises a ``MinshengError`` that says why, where it does nothing.

    ``waits`` says whether a claim is on watch, by its id; ``watched`` gives all that are, ``past`` the rounds that
    ended. ``draw`` draws what a round still wants, by the id of its claim, and returns how many wait; ``open`` says
    where it stands. ``label`` takes the name of the round, a post, what a person says of it, and whether that puts the
    last label right.
    """

    waits: Callable[[str], bool]
    watched: Callable[[], Sequence[Watched]]
    past: Callable[[], Sequence[Watched]]
    draw: Callable[[str], int]
    open: Callable[[str], Sitting]
    label: Callable[[str, str, Sentiment, bool], Watched]
