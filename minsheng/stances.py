"""What comments say of a claim, as values: the stance of one comment, how a model errs on stances, and both sides."""

from dataclasses import dataclass

from minsheng.domain import Quote

STANCES = ("supports", "contradicts", "neither")
"""The order of all rows and columns here."""

Three = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Stance:
    """Probabilities that sum to 1: a comment bears a claim out, speaks against it, or does neither."""

    supports: float
    contradicts: float
    neither: float

    @property
    def label(self) -> str:
        return max(STANCES, key=lambda name: float(getattr(self, name)))

    @property
    def confidence(self) -> float:
        return max(self.supports, self.contradicts, self.neither)


@dataclass(frozen=True, slots=True)
class StanceErrors:
    """How a stance model errs on pairs that it was not trained on.

    ``soft[r][c]`` is the mean probability of stance r over pairs of true stance c, ``counts[r][c]`` the number of pairs
    of true stance c that were called r. From a confidence of ``shown`` on, four of five comments that are called
    contradicting do contradict; None: at no confidence, so that no comment is shown as speaking for a side.
    """

    model: str
    soft: tuple[Three, Three, Three]
    counts: tuple[tuple[int, int, int], ...]
    shown: float | None
    pairs: str


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """What the comments that were read beside a claim say of it.

    ``why`` is a Chinese sentence, also where there is nothing to show. ``share`` with ``low`` and ``high`` (95 %) is
    the corrected share of contradicting among comments that take a side; None where there are too few, where the
    model's errors are unknown, and of goals and completion, which comments cannot measure. ``related`` are shown where
    no comment may be put on a side. ``waiting`` comments are not read yet. The confidence of ``against`` and
    ``bearing_out`` is that in the stance.
    """

    claim: str
    why: str
    posts: int = 0
    effective: float = 0.0
    share: float | None = None
    low: float | None = None
    high: float | None = None
    contradicting: int = 0
    supporting: int = 0
    against: tuple[Quote, ...] = ()
    bearing_out: tuple[Quote, ...] = ()
    related: tuple[Quote, ...] = ()
    waiting: int = 0
