"""The tree of a briefing as plain frozen values, independent of the form in which it is printed."""

from dataclasses import dataclass
from datetime import datetime

from minsheng.charts import Chart


@dataclass(frozen=True, slots=True)
class Link:
    """Words that open an address."""

    words: str
    url: str


Inline = str | Link
Text = tuple[Inline, ...]


def plain(text: Text) -> str:
    """Return the words without their links."""
    return "".join(part.words if isinstance(part, Link) else part for part in text)


@dataclass(frozen=True, slots=True)
class Heading:
    """A title within a section; level 2 is below the section's own."""

    words: str
    level: int = 2
    link: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a note is set smaller."""

    text: Text
    note: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A numbered list."""

    items: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``share`` is its part of the width."""

    title: str
    numeric: bool = False
    share: int = 10


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, with notes below; ``said`` tells in words what the rows show."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    notes: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class ChartBlock:
    """A chart; forms that cannot draw it print its table. ``said`` tells in words what it shows."""

    chart: Chart
    note: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class QuoteItem:
    """The words of a comment, where they stand, and how many copies were folded."""

    words: str
    url: str
    origin: str
    copies: int


@dataclass(frozen=True, slots=True)
class Quotes:
    """Quotes of one side; ``empty`` says why there are none."""

    title: str
    items: tuple[QuoteItem, ...]
    empty: str


Block = Heading | Paragraph | Bullets | Table | ChartBlock | Quotes


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered part of the briefing."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Masthead:
    """The head of the first page: who, which issue, about what, which days, and whether the sources were healthy."""

    office: str
    title: str
    headline: str
    issue: str
    period: str
    day: str
    made: str
    health: str


@dataclass(frozen=True, slots=True)
class Document:
    """A whole briefing; ``copies_to`` names who else gets it (抄送)."""

    masthead: Masthead
    sections: tuple[Section, ...]
    made_at: datetime
    footer: str
    copies_to: str = ""
