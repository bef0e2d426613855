"""An index in, the same index out that notes which projects' posts change: a watch then looks at those alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from indexer.base import FLOOR, WHOLE, Facet, Interval, Page, PostIndex, Query, Refusal, Share, Similar
from indexer.batches import batches
from minsheng.correcting import Change
from minsheng.domain import LabelledPost, Vector

BATCH = 256


class NotedIndex:
    """A PostIndex of any engine.

    Projects are noted before a change, in case of a crash within it, and after it, in case a watch took the first note
    and read the index before the change was there. What another program writes to the same index is not noted; the
    first watch of a day looks at everything.
    """

    def __init__(self, index: PostIndex, touch: Callable[[Iterable[str]], None]) -> None:
        self._index, self._touch = index, touch

    def add(self, posts: Iterable[LabelledPost], refused: Refusal | None = None) -> int:
        return sum(self._add(batch, refused) for batch in batches(posts, BATCH))

    def correct(self, post_id: str, changes: Sequence[Change], at: datetime, why: str = "") -> LabelledPost | None:
        with self._noted([post_id]):
            return self._index.correct(post_id, changes, at, why)

    def relabel(self, posts: Iterable[LabelledPost]) -> int:
        return sum(self._relabel(batch) for batch in batches(posts, BATCH))

    def delete(self, ids: Iterable[str]) -> int:
        return sum(self._delete(batch) for batch in batches(ids, BATCH))

    def get(self, post_id: str) -> LabelledPost | None:
        return self._index.get(post_id)

    def search(self, query: Query) -> Page:
        return self._index.search(query)

    def count(self, query: Query) -> int:
        return self._index.count(query)

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        return self._index.facet(query, facet, limit)

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 50) -> Mapping[Facet, Mapping[str, int]]:
        return self._index.facets(query, facets, limit)

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        return self._index.histogram(query, interval)

    def stream(self, query: Query, share: Share = WHOLE) -> Iterator[LabelledPost]:
        return self._index.stream(query, share)

    def similar(self, query: Query, to: str | Vector, floor: float = FLOOR) -> Similar:
        return self._index.similar(query, to, floor)

    def close(self) -> None:
        self._index.close()

    def _add(self, batch: Sequence[LabelledPost], refused: Refusal | None) -> int:
        with self._noted([labelled.post.id for labelled in batch], batch):
            return self._index.add(batch, refused)

    def _relabel(self, batch: Sequence[LabelledPost]) -> int:
        with self._noted([labelled.post.id for labelled in batch], batch):
            return self._index.relabel(batch)

    def _delete(self, ids: Sequence[str]) -> int:
        with self._noted(ids):
            return self._index.delete(ids)

    @contextmanager
    def _noted(self, ids: Sequence[str], new: Sequence[LabelledPost] = ()) -> Iterator[None]:
        """Note the projects that these posts have now, and those that they will have."""
        old = (self._index.get(post_id) for post_id in ids)
        posts = [*new, *(labelled for labelled in old if labelled is not None)]
        projects = {project for labelled in posts for project in labelled.reading.projects}
        self._touch(projects)
        try:
            yield
        finally:
            self._touch(projects)
