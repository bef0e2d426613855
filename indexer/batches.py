"""Posts in, batches out in which each post stands once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from indexer.check import check_labelled
from minsheng.domain import LabelledPost

_T = TypeVar("_T")


def batches(things: Iterable[_T], size: int) -> Iterator[list[_T]]:
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


def latest_by_id(batch: Sequence[LabelledPost]) -> dict[str, LabelledPost]:
    """Return the last version of each post of a batch with the ``collected_at`` of its first."""
    latest: dict[str, LabelledPost] = {}
    for labelled in batch:
        check_labelled(labelled)
        first = latest.get(labelled.post.id)
        latest[labelled.post.id] = keep_collected(labelled, first) if first else labelled
    return latest


def keep_collected(labelled: LabelledPost, first: LabelledPost) -> LabelledPost:
    """Return a later version of a post as it is stored: when it was first read does not change."""
    return replace(labelled, post=replace(labelled.post, collected_at=first.post.collected_at))
