"""Labelled posts in one SQLite file, found by any substring: the default back end."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from indexer.base import FLOOR, WHOLE, Facet, Interval, Neighbour, Page, Query, Refusal, Share, Similar
from indexer.batches import batches, latest_by_id, two_at_once
from indexer.check import check_facets, check_interval, check_query, check_similar
from indexer.counting import most_first
from indexer.nearness import SAME, floor_of, vector_to_compare
from indexer.sqlite_columns import SharedColumns
from indexer.sqlite_file import SqliteFile
from indexer.sqlite_vectors import SharedVectors, count_comparable, near
from indexer.sqlite_view import View, get, mark_of
from indexer.sqlite_writing import amend, relabel, remove, store, words_of
from indexer.times import fill_bins
from minsheng.correcting import Change, corrected
from minsheng.domain import LabelledPost, Vector

BATCH = 2000
"""Posts that are stored in one transaction: all of them or none. FTS5 merges what each transaction wrote."""

_SHELF = 500
"""Posts that a stream reads at a time."""

_log = logging.getLogger(__name__)


class SqliteIndex:
    """A PostIndex in one file; several threads and processes may use it at once.

    - ``add`` stores batch by batch: if ``posts`` fails half-way, the batches before it are kept.
    - ``stream`` yields the posts that match when it starts; those deleted meanwhile are left out.

    Raises:
        IndexUnavailable: From every method, when the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, busy_seconds: float = 30.0) -> None:
        self._file = SqliteFile(path, busy_seconds)
        self._columns = SharedColumns()
        self._vectors = SharedVectors()

    def add(self, posts: Iterable[LabelledPost], refused: Refusal | None = None) -> int:
        del refused  # fields of any length can be held
        # While SQLite writes one batch, the words of the next are taken apart.
        return sum(two_at_once(batches(posts, BATCH), self._add_batch))

    def get(self, post_id: str) -> LabelledPost | None:
        with self._file.read() as connection:
            return get(connection, post_id)

    def search(self, query: Query) -> Page:
        check_query(query)
        with self._view() as view:
            selection, ranking = view.select(query), view.ranking(query)
            numbers = view.ordered(query, selection, ranking, query.limit + 1)
            hits = view.hits(numbers[: query.limit])
        more = mark_of(hits[-1].labelled, query.order, ranking) if len(numbers) > len(hits) else None
        return Page(hits, len(selection), more)

    def count(self, query: Query) -> int:
        check_query(query)
        with self._view() as view:
            return len(view.select(query))

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        return self.facets(query, (facet,), limit)[facet]

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 50) -> Mapping[Facet, Mapping[str, int]]:
        check_query(query)
        check_facets(facets, limit)
        with self._view() as view:
            selection = view.select(query)
            return {facet: most_first(selection.counts(facet), limit) for facet in facets}

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        check_query(query)
        check_interval(interval)
        with self._view() as view:
            return fill_bins(view.select(query).days(), interval)

    def stream(self, query: Query, share: Share = WHOLE) -> Iterator[LabelledPost]:
        check_query(query)
        return (labelled for labelled in self._stream(query) if labelled.post.id in share)

    def correct(self, post_id: str, changes: Sequence[Change], at: datetime, why: str = "") -> LabelledPost | None:
        with self._file.write() as connection:
            change = partial(corrected, changes=changes, at=at, why=why)
            return amend(connection, self._columns.names(connection), post_id, change)

    def relabel(self, posts: Iterable[LabelledPost]) -> int:
        return sum(self._relabel_batch(batch) for batch in batches(posts, BATCH))

    def similar(self, query: Query, to: str | Vector, floor: float = FLOOR) -> Similar:
        check_query(query)
        check_similar(to, floor)
        with self._file.read() as connection:
            view, shelves = self._vectors.view(connection, self._columns)
            asked = view.get(to) if isinstance(to, str) else None
            vector = vector_to_compare(to, asked)
            numbers = view.others(view.select(query), asked, fold=query.fold)
            keys, found = view.first_by(*near(shelves, numbers, vector, floor_of(floor)), query.limit)
            hits = view.hits(found)
            if query.fold:
                numbers = view.others(view.select(replace(query, fold=False)), asked, fold=True)
            unread = len(numbers) - count_comparable(shelves, numbers, vector)
        return Similar(tuple(Neighbour(hit, key / SAME) for key, hit in zip(keys, hits, strict=True)), unread)

    def delete(self, ids: Iterable[str]) -> int:
        return sum(self._delete_batch(batch) for batch in batches(ids, BATCH))

    def close(self) -> None:
        self._file.close()

    def _add_batch(self, batch: Sequence[LabelledPost]) -> int:
        latest = latest_by_id(batch)
        words = {post_id: words_of(labelled) for post_id, labelled in latest.items()}
        with self._file.write() as connection:
            new, changed = store(connection, self._columns.names(connection), latest, words)
        _log.debug("posts stored new=%d changed=%d same=%d", new, changed, len(latest) - new - changed)
        return new

    def _delete_batch(self, ids: Sequence[str]) -> int:
        with self._file.write() as connection:
            return remove(connection, self._columns.read(connection), ids)

    def _relabel_batch(self, batch: Sequence[LabelledPost]) -> int:
        latest = latest_by_id(batch)
        with self._file.write() as connection:
            return relabel(connection, self._columns.names(connection), latest)

    def _stream(self, query: Query) -> Iterator[LabelledPost]:
        # The numbers of all matches are small enough to hold; a read transaction held for long would let the WAL grow.
        with self._view() as view:
            numbers = view.ordered(query, view.select(query), view.ranking(query))
        for start in range(0, len(numbers), _SHELF):
            with self._view() as view:
                posts = view.posts(numbers[start : start + _SHELF])
            yield from posts

    @contextmanager
    def _view(self) -> Iterator[View]:
        with self._file.read() as connection:
            yield View(connection, self._columns)
