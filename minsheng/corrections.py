"""What persons put right in the label of a post: entries of a history in, what stands now out. Imports nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

CORRECTABLE = ("sentiment", "topic", "aspect", "intent", "project")
"""The fields of a label that a person may correct."""

WITHDRAWN, EDITED = "withdrawn", "edited"
CORRECTION_MARKS = (*CORRECTABLE, WITHDRAWN, EDITED)
"""What a post with corrections is searched by: the fields that are corrected, whether a correction was withdrawn, and
whether one was made on other words than the post has now."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One entry of the history: a person put ``after`` in the place of ``before``.

    ``project`` has any number of values, each other field one. ``after`` None takes the correction back: the reading
    counts again. ``words`` is the ``words_mark`` of the post that was judged. Nobody is named here: not who wrote the
    post, not who corrected it.
    """

    field: str
    before: tuple[str, ...]
    after: tuple[str, ...] | None
    at: datetime
    words: str
    why: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a correction needs an aware datetime")
        if self.field not in CORRECTABLE:
            raise ValueError(f"a correction of {self.field!r}: only {', '.join(CORRECTABLE)} can be corrected")
        if self.field != "project" and self.after is not None and len(self.after) != 1:
            raise ValueError(f"a correction of {self.field}: wants one value, got {self.after!r}")


@dataclass(frozen=True, slots=True)
class Label:
    """What a post is found and shown as: its reading, with what a person put in its place.

    ``marks`` are some of ``CORRECTION_MARKS``, in that order. A corrected attitude is never "unsure".
    """

    attitude: str
    topic: str
    aspect: str
    intent: str
    projects: tuple[str, ...]
    marks: tuple[str, ...] = ()

    @property
    def corrected(self) -> tuple[str, ...]:
        """The fields that a person has corrected."""
        return tuple(mark for mark in self.marks if mark in CORRECTABLE)

    def of(self, field: str) -> tuple[str, ...]:
        """Return what stands in a field that can be corrected."""
        match field:
            case "project":
                return self.projects
            case "sentiment":
                return (self.attitude,)
        return (str(getattr(self, field)),)


def standing(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """Return the latest correction of each field, without those that were withdrawn; ``corrections`` oldest first."""
    latest = {correction.field: correction for correction in corrections}
    return {name: correction for name, correction in latest.items() if correction.after is not None}


def put_right(label: Label, corrections: Sequence[Correction], words: str) -> Label:
    """Return the label of a reading with all corrections; ``words`` is the mark of the post as it is now."""
    now = standing(corrections)
    found = set(now)
    if any(each.field not in now for each in corrections):
        found.add(WITHDRAWN)
    if any(each.words != words for each in now.values()):
        found.add(EDITED)
    values = {name: each.after or () for name, each in now.items()}
    return Label(
        attitude=values.get("sentiment", (label.attitude,))[0],
        topic=values.get("topic", (label.topic,))[0],
        aspect=values.get("aspect", (label.aspect,))[0],
        intent=values.get("intent", (label.intent,))[0],
        projects=values.get("project", label.projects),
        marks=tuple(mark for mark in CORRECTION_MARKS if mark in found),
    )


def joined(one: Sequence[Correction], two: Sequence[Correction]) -> tuple[Correction, ...]:
    """Return all entries of two histories of one post, each once, oldest first."""
    if not one or not two:
        return tuple(one or two)
    return tuple(sorted(dict.fromkeys((*one, *two)), key=lambda each: each.at))


def words_mark(title: str, text: str) -> str:
    """Return a mark that tells the words of a post from any others; kept beside a correction, deleted with it."""
    return blake2b(f"{title}\0{text}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
