"""Posts of the index in, the same posts with readings of the configured model out: in place, batch by batch.

What is done is told by the model that a reading names, so a run that was killed goes on where it was. Words, times,
clusters and corrections stay; the projects are those that the register links now.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.lock import held
from indexer.base import WHOLE, PostIndex, Query, Share
from indexer.batches import batches
from indexer.conditions import All, Among, Condition, Not
from minsheng.corrections import CORRECTABLE
from minsheng.domain import LabelledPost
from models.base import PostReader, Progress

logger = logging.getLogger(__name__)

BATCH = 256
"""Posts read by the model and written in one step: what a kill can cost."""


@dataclass(slots=True)
class RelabelReport:
    """What was done: posts read, and those of them ``left`` because they changed meanwhile or are gone.

    ``changes`` says how many readings went from which value of a field to which: (field, before, after) → number.
    """

    posts: int = 0
    left: int = 0
    changes: Counter[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=Counter)


def waiting(where: Condition, version: str, *, again: bool = False) -> Query:
    """Return what is to be read: of the posts that ``where`` finds those that another model read, or all."""
    chosen = where if again else All((where, Not(Among("model", (version,)))))
    return Query(where=chosen, order="oldest")


def relabel(
    query: Query,
    index: PostIndex,
    reader: PostReader,
    ingest_lock: Path,
    *,
    share: Share = WHOLE,
    progress: Progress | None = None,
) -> RelabelReport:
    """Read the posts of a query again that belong to a share.

    The lock of ingest is held while a batch is written, not while the model reads: a service may be at work.
    """
    report = RelabelReport()
    total = index.count(query) // share.of
    for batch in batches(index.stream(query, share), BATCH):
        read = reader.reread(batch)
        with held(ingest_lock):
            written = index.relabel(read)
        report.posts += len(batch)
        report.left += len(batch) - written
        _tally(report, batch, read)
        if progress:
            progress(report.posts, max(total, report.posts))
    changed = sum(report.changes.values())
    part = f"{share.number + 1}/{share.of}"
    logger.info("relabelled part=%s posts=%d left=%d changes=%d", part, report.posts, report.left, changed)
    return report


def _tally(report: RelabelReport, before: Sequence[LabelledPost], after: Sequence[LabelledPost]) -> None:
    for old, new in zip(before, after, strict=True):
        for name in CORRECTABLE:
            was, now = (tuple(sorted(set(each.read.of(name)))) for each in (old, new))
            if was != now:
                report.changes[name, was, now] += 1
