"""What one sentence of an official text states."""

from dataclasses import dataclass, field

from minsheng.domain import ClaimBound, ClaimKind, ClaimStatus


@dataclass(frozen=True, slots=True)
class Stated:
    """One claim of a sentence.

    ``value`` is a share (0.985), for a delta a change (−0.32); ``high`` the upper end of a range; ``subject`` who was
    asked or served; ``due`` the words of the sentence that say when; ``start`` and ``end`` where in the sentence the
    claim stands.
    """

    kind: ClaimKind
    status: ClaimStatus
    value: float | None = None
    bound: ClaimBound = ClaimBound.EXACT
    high: float | None = None
    aspect: str | None = None
    subject: str = ""
    survey_size: int | None = None
    due: str = ""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it stands in a text, and what it states."""

    text: str
    start: int
    stated: tuple[Stated, ...]
