"""Posts in, batches out in which each post stands once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from indexer.check import check_labelled
from minsheng.corrections import joined
from minsheng.domain import LabelledPost

_T = TypeVar("_T")


def batches(things: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


def latest_by_id(batch: Sequence[LabelledPost]) -> dict[str, LabelledPost]:
    """Return the last version of each post of a batch with what is kept of those before it."""
    latest: dict[str, LabelledPost] = {}
    for labelled in batch:
        check_labelled(labelled)
        first = latest.get(labelled.post.id)
        latest[labelled.post.id] = kept(labelled, first) if first else labelled
    return latest


def kept(labelled: LabelledPost, first: LabelledPost) -> LabelledPost:
    """Return a later version of a post as it is stored: when it was first read stays, and what persons corrected."""
    return LabelledPost(
        replace(labelled.post, collected_at=first.post.collected_at),
        labelled.reading,
        joined(first.corrections, labelled.corrections),
    )


def reread(stored: LabelledPost | None, labelled: LabelledPost) -> LabelledPost | None:
    """Return a stored post with a new reading of it; None if it is not the post that was read."""
    if stored is None or stored.post != labelled.post:
        return None
    return replace(stored, reading=replace(labelled.reading, cluster=stored.reading.cluster))
