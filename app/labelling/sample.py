"""A table of comments or an office's index in, masked texts to label out."""

import csv
import hashlib
import heapq
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawlers.masking import mask
from crawlers.tables import Cells, read_table
from minsheng.domain import LabelledPost
from minsheng.errors import BadRow, ConfigError
from minsheng.files import write_whole
from minsheng.text import normalise
from models.reader import judged_text

_TEXT_COLUMNS = ("text", "content", "内容", "正文", "评论", "评论内容", "留言内容", "诉求内容")
_ID_LENGTH = 16
_WITHOUT = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One text to label, personal data masked; ``id`` is a hash of the masked text, ``source`` where it stood."""

    id: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What a file holds: distinct texts; rows without a text, of bad shape or that repeat another are counted."""

    items: tuple[Item, ...]
    empty: int
    bad: int
    repeated: int
    masked: int


def read_sample(path: Path, column: str | None = None) -> Sample:
    """Read the texts of a CSV, TSV, XLSX or JSONL file; nothing but text and source is looked at.

    Raises:
        ConfigError: The file or its column of texts is missing, or no text is in it.
    """
    rows = [cells for _, cells in read_table(path)]
    good = [cells for cells in rows if not isinstance(cells, BadRow)]
    name = _text_column(path, good, column)
    masked = [(*mask(cells.get(name, "").strip()), cells) for cells in good]
    full = [(text, marks, cells.get("source", "").strip() or path.stem) for text, marks, cells in masked if text]
    items = {item.id: item for item in (Item(item_id(text), text, source) for text, _, source in reversed(full))}
    if not items:
        raise ConfigError(f"{path}: no text in column {name!r}; nothing to label")
    return Sample(
        items=tuple(reversed(items.values())),
        empty=len(good) - len(full),
        bad=len(rows) - len(good),
        repeated=len(full) - len(items),
        masked=sum(marks for _, marks, _ in full),
    )


def item_id(text: str) -> str:
    """Return the id of a masked text: the same for forms that read the same."""
    return _digest(normalise(text))


def _text_column(path: Path, rows: Sequence[Cells], column: str | None) -> str:
    found = list(dict.fromkeys(name for cells in rows for name in cells))
    wanted = (column,) if column else _TEXT_COLUMNS
    for name in wanted:
        if name in found:
            return name
    raise ConfigError(
        f"{path}: no column {' or '.join(wanted)}; its columns are {', '.join(found) or 'none'}; name it with --column"
    )


def draw(posts: Iterable[LabelledPost], number: int, seed: int) -> list[LabelledPost]:
    """Draw posts at random, as evenly over the projects as their posts allow; the same seed draws the same posts.

    A project that has few comments is represented as well as one that has many; posts of no project are a group too.
    """
    groups: dict[str, list[tuple[str, str, LabelledPost]]] = {}
    for labelled in posts:
        group = groups.setdefault(labelled.label.projects[0] if labelled.label.projects else _WITHOUT, [])
        # The least random numbers of a group are a random draw from it, whatever the order of the stream.
        group.append((_digest(f"{seed} {labelled.post.id}"), labelled.post.id, labelled))
        if len(group) > 2 * number:
            group[:] = heapq.nsmallest(number, group, key=lambda entry: entry[:2])
    queues = [sorted(group, key=lambda entry: entry[:2]) for _, group in sorted(groups.items())]
    turns = [entry for turn in range(number) for queue in queues for entry in queue[turn : turn + 1]]
    return [labelled for _, _, labelled in turns[:number]]


def write_sample(path: Path, posts: Sequence[LabelledPost]) -> int:
    """Write the words of posts, masked, as a file to label; return how many texts it has.

    Raises:
        ConfigError: The file is there already (its labels belong to its texts), or there is no post.
    """
    if path.exists():
        raise ConfigError(f"{path}: is there already; leave --from-index out to go on labelling it, or name a new file")
    if not posts:
        raise ConfigError("the index has no public comment to draw from; run minsheng crawl or import, then ingest")
    if path.suffix.lower() != ".tsv":
        raise ConfigError(f"{path}: a sample is written as .tsv; name it {path.stem}.tsv")
    rows = [(mask(judged_text(labelled.post))[0], labelled.post.source) for labelled in posts]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, tsv(("text", "source"), rows))
    return len(rows)


def tsv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as the bytes of a TSV file; line breaks and tabs inside a cell become spaces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n")
    writer.writerow(header)
    writer.writerows([" ".join(cell.split()) for cell in row] for row in rows)
    return buffer.getvalue().encode("utf-8")


def order_for(reader: str, items: Sequence[Item], share: float) -> list[Item]:
    """Return what a reader is to read, in an order of its own.

    Reader A reads everything, beginning with the part that B reads too, so that agreement can be measured before the
    rest is labelled; B reads ``share`` of the texts in another order.
    """
    shuffled = _shuffled("A", items)
    both = shuffled[: max(1, round(share * len(items)))]
    return shuffled if reader == "A" else _shuffled(reader, both)


def _shuffled(seed: str, items: Sequence[Item]) -> list[Item]:
    key: Callable[[Item], str] = lambda item: _digest(f"{seed} {item.id}")  # noqa: E731 - one key, typed
    return sorted(items, key=key)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:_ID_LENGTH]
