"""Inbox files in, labelled posts in the index out; a crash at any moment loses nothing and doubles nothing."""

import functools
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crawlers.inbox import inbox_files
from crawlers.masking import mask
from indexer.base import PostIndex
from minsheng.domain import LabelledPost, Post
from minsheng.errors import BadRow
from minsheng.files import write_whole
from minsheng.jsonl import dump_post, parse_post
from models.base import PostReader, Progress

logger = logging.getLogger(__name__)

BATCH = 256
"""Posts read by the model and stored in one step: what a crash can cost is one batch of work, never a post."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one pass over the inbox did."""

    files: int = 0
    posts: int = 0
    new: int = 0
    set_aside: int = 0


def ingest(
    inbox: Path, rejects: Path, reader: PostReader, index: PostIndex, progress: Progress | None = None
) -> IngestReport:
    """Read, label and store everything that waits in the inbox.

    A file is removed only after all its posts are durable in the index. A crash before that repeats the file, and
    repeating is harmless: clusters and index are idempotent by post id. Lines that are not posts, and posts that the
    index cannot hold, are set aside under ``rejects``, masked and with their reason, in a file of the same name.
    """
    files = inbox_files(inbox)
    total = sum(_count_lines(path) for path in files)
    posts = new = set_aside = 0
    for path in files:
        wrong: list[dict[str, object]] = []
        refused: list[dict[str, object]] = []
        for batch in _batches(path, wrong):
            new += index.add(reader.read(batch), functools.partial(_set_aside, refused))
            posts += len(batch)
            if progress:
                progress(posts + set_aside + len(wrong), total)
        _keep(rejects / path.name, wrong + refused)
        path.unlink()
        posts -= len(refused)
        set_aside += len(wrong) + len(refused)
        logger.info("ingested file=%s set_aside=%d refused=%d", path.name, len(wrong), len(refused))
    return IngestReport(len(files), posts, new, set_aside)


def _set_aside(refused: list[dict[str, object]], labelled: LabelledPost, reason: str) -> None:
    """Note a post that the index cannot hold; its texts were masked when it was read."""
    refused.append({"id": labelled.post.id, "reason": reason, "content": dump_post(labelled.post)})


def _count_lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)


def _batches(path: Path, wrong: list[dict[str, object]]) -> Iterator[list[Post]]:
    """Yield the posts of a file in batches; what is not a post goes to ``wrong``."""
    batch: list[Post] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                batch.append(parse_post(line))
            except BadRow as error:
                wrong.append({"line": number, "reason": str(error), "content": mask(line.rstrip("\n"))[0]})
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def _keep(path: Path, wrong: list[dict[str, object]]) -> None:
    if not wrong:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in wrong)
    write_whole(path, lines.encode("utf-8", "backslashreplace"))  # half an emoji becomes its JSON escape
