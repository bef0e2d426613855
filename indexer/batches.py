"""Posts in, batches out in which each post stands once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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


def two_at_once(
    batches: Iterable[Sequence[LabelledPost]], store: Callable[[Sequence[LabelledPost]], _T]
) -> Iterator[_T]:
    """Yield what storing each batch gives, in order; two are stored at the same time.

    Never two that hold the same post: its later version must come later. Where one fails, the other is completed first.
    """
    with ThreadPoolExecutor(2) as pool:
        under_way: deque[tuple[set[str], Future[_T]]] = deque()
        for batch in batches:
            ids = {labelled.post.id for labelled in batch}
            while len(under_way) > 1 or any(not ids.isdisjoint(others) for others, _ in under_way):
                yield under_way.popleft()[1].result()
            under_way.append((ids, pool.submit(store, batch)))
        for _, stored in under_way:
            yield stored.result()


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
