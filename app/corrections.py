"""An index in, what persons have corrected in it out: the history, and rows to learn from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.labelling.questions import SHORT
from app.labelling.sample import item_id, tsv
from crawlers.masking import mask
from indexer.base import PostIndex, Query
from indexer.conditions import All, Among, Condition
from minsheng.corrections import CORRECTION_MARKS, EDITED
from minsheng.domain import LabelledPost
from minsheng.errors import ConfigError
from minsheng.files import write_whole
from models.reader import judged_text

SOURCE = "corrections"
"""What the rows name as their source."""

_EVER = Among("corrected", CORRECTION_MARKS)


@dataclass(frozen=True, slots=True)
class Taught:
    """Rows written, and corrected posts that are left out.

    They have no corrected sentiment, or other words than when they were corrected, or the words of another row.
    """

    rows: int
    without_sentiment: int
    edited: int
    repeated: int


def with_history(index: PostIndex, where: Condition) -> Iterator[LabelledPost]:
    """Yield the posts in which something was ever corrected, the latest published first."""
    return index.stream(Query(where=All((where, _EVER))))


def write_lessons(posts: Iterator[LabelledPost], path: Path) -> Taught:
    """Write the corrections that stand in the training format, texts masked.

    A row needs a sentiment, and what the model says is nothing to learn from: without a corrected one there is no row.

    Raises:
        ConfigError: The file is there already, is no .tsv, or there is nothing to write.
    """
    if path.suffix.lower() != ".tsv" or path.exists():
        raise ConfigError(f"{path}: name a .tsv file that is not there yet")
    corrected = [labelled for labelled in posts if labelled.label.corrected]
    judged = [labelled for labelled in corrected if "sentiment" in labelled.label.corrected]
    fresh = [labelled for labelled in judged if EDITED not in labelled.label.marks]
    rows = {item_id(row[0]): row for row in map(_row, fresh)}
    if not rows:
        raise ConfigError(f"{path}: not written, no sentiment has been corrected yet (minsheng correct)")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, tsv(("text", "sentiment", "aspect", "intent", "source"), rows.values()))
    return Taught(len(rows), len(corrected) - len(judged), len(judged) - len(fresh), len(fresh) - len(rows))


def _row(labelled: LabelledPost) -> tuple[str, ...]:
    text = mask(judged_text(labelled.post))[0]
    label = labelled.label
    others = (label.of(name)[0] if name in label.corrected else "" for name in ("aspect", "intent"))
    return (text, SHORT[labelled.sentiment], *others, SOURCE)
