"""What is looked for, as one tree of values: engines compile it, and nothing in it is the syntax of an engine."""

from dataclasses import dataclass
from typing import Literal

from minsheng.domain import Window

Field = Literal[
    "project", "source", "kind", "sentiment", "topic", "aspect", "intent", "cluster", "thread", "reply_to",
    "linked", "model", "corrected",
]  # fmt: skip
"""What a post can be told by. A post of two projects has both; ``sentiment`` of an unsure reading is "unsure".

``project``, ``sentiment``, ``topic``, ``aspect`` and ``intent`` are as a person has corrected them; ``linked`` are the
projects of the reading, ``model`` is the model that made it, ``corrected`` the marks of corrections.
"""


@dataclass(frozen=True, slots=True)
class Holds:
    """A piece of text lies within the title or within the text, both in their normal form.

    Where the piece begins or ends with a Latin letter or a digit, so does a word of the text: ``bus`` is not found in
    ``business`` and ``3号线`` not in ``13号线``. Anywhere else it is a plain substring; see ``indexer.matching``.
    """

    piece: str


@dataclass(frozen=True, slots=True)
class Roughly:
    """Some of the parts of a text are held, as ``Holds`` says of each; ``indexer.roughly`` says which and how many."""

    text: str


@dataclass(frozen=True, slots=True)
class Among:
    """A field has one of these values."""

    field: Field
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class During:
    """The post was published within the window."""

    window: Window


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts everything does."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """Some part holds; without parts nothing does."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Holds | Roughly | Among | During | All | Any | Not

EVERYTHING, NOTHING = All(), Any()
