"""A new source on trial, as the app tries it and a page shows it: nothing is written before a person says so."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from minsheng.domain import Post


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asks for: an address, and what they know of the source (empty: as the page says)."""

    url: str
    name: str = ""
    title: str = ""
    kind: str = ""
    project: str = ""


class Step(StrEnum):
    """Where a trial is. The last three are ends."""

    WAITS = "waits"
    LOOKS = "looks"
    READS = "reads"
    TRIED = "tried"
    REFUSED = "refused"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Found:
    """What a trial found: the engine and by what it was known, the description, and posts beside their page's words."""

    name: str
    engine: str
    why: str
    description: str
    pages: int
    posts: int
    set_aside: int
    masked: int
    beside: tuple[tuple[Post, str], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A trial: what was asked for, where it is, what it found, and why it was refused."""

    id: str
    wanted: Wanted
    step: Step
    found: Found | None = None
    refusal: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is still at work."""
        return self.step in {Step.WAITS, Step.LOOKS, Step.READS}


@dataclass(frozen=True, slots=True)
class Newcomers:
    """What the pages for a new source ask and do. What does nothing raises a ``MinshengError`` that says why.

    ``start`` begins a trial and returns its id at once; ``find`` says how one stands, None once it is forgotten;
    ``keep`` writes what one found. ``planned``: what is kept is crawled by this service without a restart.
    """

    start: Callable[[Wanted], str]
    find: Callable[[str], Candidate | None]
    keep: Callable[[str], Candidate]
    planned: bool
