"""A read transaction in, what it sees out: the rows of a query, their order and their posts."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from indexer.base import Hit, Order, Query
from indexer.columns import Ints, Segment, digest, digests, joined, known_places
from indexer.conditions import Condition, Holds
from indexer.ranking import Position, Ranking, decode_cursor, encode_cursor, most_bonus
from indexer.relevance import ranking_of
from indexer.roughly import parts_of
from indexer.selection import Found, Selection, select
from indexer.sqlite_columns import SharedColumns
from indexer.sqlite_order import by_time, by_worth
from indexer.sqlite_schema import FULL, POSTS, labelled_of
from indexer.sqlite_words import in_title, rows_of
from indexer.times import to_micros
from indexer.tokens import normals_of, phrase
from indexer.tree import condition_of, rough_texts
from minsheng.domain import LabelledPost

_OF_ROWS = "WHERE n IN (SELECT value FROM json_each(?))"


class View:
    """One state of the file. Nothing may have been read in the transaction before."""

    def __init__(self, connection: sqlite3.Connection, shared: SharedColumns) -> None:
        self._connection = connection
        self._columns = shared.read(connection)
        self._remembered = partial(shared.remembered, self._columns)
        self._parts: dict[str, Ints] = {}

    @property
    def version(self) -> int:
        return self._columns.version

    def get(self, post_id: str) -> LabelledPost | None:
        return get(self._connection, post_id)

    def select(self, query: Query) -> Selection:
        condition = condition_of(query)
        selection = self._select(condition)
        if query.fold:
            return self._remembered((condition, "folded"), lambda: selection.folded(self._ids_of))
        return selection

    def ranking(self, query: Query) -> Ranking | None:
        """Return how the matches of a query are weighed in its order."""
        if query.order == "best":
            for text in rough_texts(condition_of(query)):
                self._find_parts(text)
        return ranking_of(query, self._count)

    def ordered(
        self, query: Query, selection: Selection, ranking: Ranking | None, limit: int | None = None
    ) -> list[int]:
        """Return the numbers of the rows in the order of the query: all, or ``limit`` of them from its cursor on."""
        after = decode_cursor(query) if limit is not None else None
        published, numbers = selection.column("published"), selection.numbers()
        if not ranking:
            found: list[int] = by_time(published, numbers, self._ids_of, query.order, after, limit).tolist()
            return found
        pieces = ranking.pieces
        bonuses = np.array([most_bonus(titles, len(pieces)) for titles in range(len(pieces) + 1)])
        most = published + bonuses[self._titles(numbers, pieces)]
        most += np.array(ranking.share_worth)[self._held(numbers, ranking)]
        return by_worth(most, numbers, self._texts_of, ranking, after, limit)

    def posts(self, numbers: Sequence[int]) -> list[LabelledPost]:
        """Return the posts of these rows in this order, without those that are gone."""
        rows = self._rows(FULL, numbers, POSTS)
        found = {row[0]: labelled_of(row) for row in rows}
        return [found[n] for n in numbers if n in found]

    def hits(self, numbers: Sequence[int]) -> tuple[Hit, ...]:
        posts = self.posts(numbers)
        copies = self.copies({labelled.reading.cluster for labelled in posts})
        return tuple(Hit(labelled, copies[labelled.reading.cluster]) for labelled in posts)

    def others(self, selection: Selection, asked: LabelledPost | None, *, fold: bool) -> Ints:
        """Return the numbers of the rows that are not this post; where copies are folded, not of its cluster."""
        numbers = selection.numbers()
        if asked is None:
            return numbers
        if fold:
            is_other = selection.column("cluster") != digest(asked.reading.cluster)
        else:
            (own,) = self._connection.execute("SELECT n FROM posts WHERE id = ?", (asked.post.id,)).fetchone()
            is_other = numbers != own
        kept: Ints = numbers[is_other]
        return kept

    def first_by(self, keys: Ints, numbers: Ints, limit: int) -> tuple[list[int], list[int]]:
        """Return the largest keys and the numbers of their rows, ties by id."""
        found = by_time(-keys, numbers, self._ids_of, "oldest", limit=limit)
        places = np.searchsorted(numbers, found)
        return keys[places].tolist(), found.tolist()

    def copies(self, clusters: Iterable[str]) -> dict[str, int]:
        """Return how many posts of the whole index each cluster has."""
        wanted = list(clusters)
        sizes, known = dict.fromkeys(wanted, 0), digests(wanted)
        for segment in self._columns.segments:
            for cluster, places in zip(wanted, segment.places_of("cluster", known), strict=True):
                sizes[cluster] += len(places)
        return sizes

    def _select(self, condition: Condition) -> Selection:
        found = Found(self._columns.names, self._find, self._find_parts)
        return self._remembered(condition, lambda: select(condition, self._columns, found))

    def _count(self, condition: Condition) -> int:
        if isinstance(condition, Holds) and condition.piece in self._parts:
            return len(self._parts[condition.piece])
        return len(self._select(condition))

    def _find_parts(self, text: str) -> tuple[Ints, ...]:
        """Return the rows that hold each part of a text."""
        parts = parts_of(text)
        rows = tuple(self._find(phrase(part)) for part in parts)
        self._parts.update(zip(parts, rows, strict=True))
        return rows

    def _find(self, words: str) -> Ints:
        """Return the rows that an expression finds; SQLite is asked about the segments that do not know them yet."""
        segments = self._columns.segments
        known = known_places(segments, words)
        unknown = [segment for segment in segments if segment.base not in known]
        if unknown:
            rows = rows_of(self._connection, words, unknown[0].base, unknown[-1].end)
            known |= {segment.base: _kept(segment, words, rows) for segment in unknown}
        return joined((known[segment.base] + segment.base for segment in segments), np.int64)

    def _titles(self, numbers: Ints, pieces: Sequence[str]) -> Ints:
        titles = np.zeros(len(numbers), np.int64)
        for piece in pieces:
            titles += np.isin(numbers, self._find(in_title(piece)), assume_unique=True)
        return titles

    def _held(self, numbers: Ints, ranking: Ranking) -> Ints:
        held = np.zeros(len(numbers), np.int64)
        for part, weight in zip(ranking.parts, ranking.weights, strict=True):
            held[np.isin(numbers, self._parts[part], assume_unique=True)] += weight
        return held

    def _ids_of(self, numbers: Ints) -> list[str]:
        ids: dict[int, str] = dict(self._rows("n, id", numbers.tolist()))
        return [ids[n] for n in numbers.tolist()]

    def _texts_of(self, numbers: Ints) -> list[Any]:
        return self._rows("n, id, published, norm_title, norm_text", numbers.tolist())

    def _rows(self, columns: str, numbers: Sequence[int], table: str = "posts") -> list[Any]:
        return self._connection.execute(f"SELECT {columns} FROM {table} {_OF_ROWS}", (json.dumps(numbers),)).fetchall()


def _kept(segment: Segment, words: str, rows: Ints) -> Ints:
    """Return the places of the rows of a segment, which then knows them."""
    start, end = np.searchsorted(rows, (segment.base, segment.end))
    places: Ints = rows[start:end] - segment.base
    segment.places.put(words, places)
    return places


def get(connection: sqlite3.Connection, post_id: str) -> LabelledPost | None:
    """Return a post by its id, for which no columns need be loaded."""
    row = connection.execute(f"SELECT {FULL} FROM {POSTS} WHERE id = ?", (post_id,)).fetchone()
    return labelled_of(row) if row else None


def mark_of(labelled: LabelledPost, order: Order, ranking: Ranking | None) -> str:
    """Return the cursor of what comes after a post."""
    key = to_micros(labelled.post.published_at)
    if ranking is None:
        return encode_cursor(order, Position(key, labelled.post.id))
    position = Position(key + ranking.bonus(*normals_of(labelled)), labelled.post.id)
    return encode_cursor(order, position, ranking.weights)
