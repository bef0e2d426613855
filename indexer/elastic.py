"""Labelled posts in an Elasticsearch index, found by any substring: for offices that already run a cluster.

The answers are those of the other back ends, exactly. Core Elasticsearch cannot fold by the earliest match nor count
occurrences, so both are worked out here from a few fields of all matches.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from indexer.base import Facet, Hit, Interval, Page, Query
from indexer.batches import batches, keep_collected, latest_by_id
from indexer.check import check_facet, check_interval, check_query
from indexer.conditions import Condition
from indexer.elastic_client import ElasticClient, Json
from indexer.elastic_query import field_of, query_of, said, sort_of
from indexer.elastic_schema import document_id, document_of, labelled_of
from indexer.ranking import Position, Ranking, decode_cursor, encode_cursor, is_descending
from indexer.relevance import ranking_of
from indexer.times import fill_bins
from indexer.tokens import normal_of
from indexer.tree import condition_of
from minsheng.domain import LabelledPost
from minsheng.errors import IndexUnavailable

BATCH = 500
_MOST_DAYS = 60_000
_TRIES = 10
_OK, _CREATED, _CONFLICT = 200, 201, 409


class ElasticIndex:
    """A PostIndex in the Elasticsearch index ``prefix-posts``, which is made if it is not there.

    - ``stream`` yields the posts that match when it starts; those deleted meanwhile are left out.
    - if ``add`` fails half-way, some posts are stored; adding them again completes it.

    Raises:
        IndexUnavailable: From every method, when the cluster does not answer or refuses.
    """

    def __init__(self, url: str, prefix: str = "minsheng", timeout_seconds: float = 30.0) -> None:
        self._client = ElasticClient(url, f"{prefix}-posts", timeout_seconds)

    def add(self, posts: Iterable[LabelledPost]) -> int:
        return sum(map(self._add_batch, batches(posts, BATCH)))

    def get(self, post_id: str) -> LabelledPost | None:
        return next(iter(self._read([post_id])), None)

    def search(self, query: Query) -> Page:
        check_query(query)
        ranking = self._ranking(query)
        total, positions = self._worked_out(query, ranking) if _needs_all(query) else self._found(query)
        shown = positions[: query.limit]
        posts = self._read([position.id for position in shown])
        clusters = {labelled.reading.cluster for labelled in posts}
        copies = self._client.terms({"terms": {"cluster": list(clusters)}}, "cluster", len(clusters))
        weights = ranking.weights if ranking else ()
        more = encode_cursor(query.order, shown[-1], weights) if len(positions) > len(shown) else None
        return Page(tuple(Hit(labelled, copies[labelled.reading.cluster]) for labelled in posts), total, more)

    def count(self, query: Query) -> int:
        check_query(query)
        if query.fold:
            return len(self._folded(query, []))
        return self._count(condition_of(query))

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        check_query(query)
        check_facet(facet, limit)
        field = field_of(facet)
        if not query.fold:
            return self._client.terms(query_of(query), field, limit)
        numbers = Counter(value for row in self._folded(query, [field]) for value in _values(row[field]))
        return dict(sorted(numbers.items(), key=lambda item: (-item[1], item[0]))[:limit])

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        check_query(query)
        check_interval(interval)
        if query.fold:
            return fill_bins(Counter(row["day"] for row in self._folded(query, ["day"])).items(), interval)
        return fill_bins(self._client.terms(query_of(query), "day", _MOST_DAYS).items(), interval)

    def stream(self, query: Query) -> Iterator[LabelledPost]:
        check_query(query)
        return self._stream(query)

    def delete(self, ids: Iterable[str]) -> int:
        return sum(map(self._delete_batch, batches(ids, BATCH)))

    def close(self) -> None:
        self._client.close()

    def _add_batch(self, batch: Sequence[LabelledPost]) -> int:
        """Store a batch; where another writer is faster, read what it wrote and try again."""
        waiting = latest_by_id(batch)
        new = 0
        for _ in range(_TRIES):
            stored = self._client.documents([document_id(post_id) for post_id in waiting])
            operations = {
                post_id: steps
                for post_id, labelled in waiting.items()
                if (steps := _store(labelled, stored.get(document_id(post_id))))
            }
            results = self._client.bulk([line for steps in operations.values() for line in steps])
            new += sum(1 for result in results if result["status"] == _CREATED)
            waiting = {
                post_id: waiting[post_id]
                for post_id, result in zip(operations, results, strict=True)
                if result["status"] == _CONFLICT
            }
            if not waiting:
                return new
        raise IndexUnavailable(f"{len(waiting)} posts are being changed by other writers all the time; try again")

    def _delete_batch(self, ids: Sequence[str]) -> int:
        operations = [{"delete": {"_id": document_id(post_id)}} for post_id in dict.fromkeys(ids)]
        results = self._client.bulk(operations)
        return sum(1 for result in results if result["status"] == _OK)

    def _stream(self, query: Query) -> Iterator[LabelledPost]:
        if _needs_all(query):
            ids = [position.id for position in self._ranked(query, self._ranking(query))]
        else:
            ids = [row["id"] for row in self._client.scan(query_of(query), query.order, ["id"])]
        for batch in batches(ids, BATCH):
            yield from self._read(batch)

    def _found(self, query: Query) -> tuple[int, list[Position]]:
        """Let Elasticsearch find the page: the total, and the positions from the cursor on, one more than shown."""
        after = decode_cursor(query)
        found = self._client.search(
            query=query_of(query),
            sort=sort_of(query.order),
            size=query.limit + 1,
            track_total_hits=True,
            source=False,
            **({"search_after": [after.key, after.id]} if after else {}),
        )["hits"]
        return found["total"]["value"], [Position(*hit["sort"]) for hit in found["hits"]]

    def _count(self, condition: Condition) -> int:
        return int(self._client.search(query=said(condition), size=0, track_total_hits=True)["hits"]["total"]["value"])

    def _ranking(self, query: Query) -> Ranking | None:
        return ranking_of(query, self._count)

    def _worked_out(self, query: Query, ranking: Ranking | None) -> tuple[int, list[Position]]:
        """Work the page out from all matches; same answer as ``_found``."""
        after = decode_cursor(query)
        positions = self._ranked(query, ranking)
        if after is None:
            rest = positions
        elif is_descending(query.order):
            rest = [position for position in positions if position < after]
        else:
            rest = [position for position in positions if position > after]
        return len(positions), rest[: query.limit + 1]

    def _ranked(self, query: Query, ranking: Ranking | None) -> list[Position]:
        fields = ["id", "published", *(["title", "text"] if ranking else [])]
        rows = self._folded(query, fields) if query.fold else self._client.scan(query_of(query), "oldest", fields)
        positions = (Position(row["published"] + (_bonus(row, ranking) if ranking else 0), row["id"]) for row in rows)
        return sorted(positions, reverse=is_descending(query.order))

    def _folded(self, query: Query, fields: Sequence[str]) -> list[Json]:
        """Return these fields of the earliest match of each cluster."""
        first: dict[str, Json] = {}
        for row in self._client.scan(query_of(query), "oldest", ["cluster", *fields]):
            first.setdefault(row["cluster"], row)
        return list(first.values())

    def _read(self, ids: Sequence[str]) -> list[LabelledPost]:
        keys = [document_id(post_id) for post_id in ids]
        found = self._client.documents(keys)
        return [labelled_of(found[key]["_source"]) for key in keys if key in found]


def _needs_all(query: Query) -> bool:
    return query.fold or query.order == "best"


def _store(labelled: LabelledPost, stored: Json | None) -> list[Json]:
    """Return the bulk lines that store a post, none if it is stored as it is."""
    key = document_id(labelled.post.id)
    if stored is None:
        return [{"create": {"_id": key}}, document_of(labelled)]
    kept = keep_collected(labelled, labelled_of(stored["_source"]))
    document = document_of(kept)
    if document == stored["_source"]:
        return []
    unchanged = {"if_seq_no": stored["_seq_no"], "if_primary_term": stored["_primary_term"]}
    return [{"index": {"_id": key, **unchanged}}, document]


def _bonus(row: Json, ranking: Ranking) -> int:
    return ranking.bonus(normal_of(row["title"]), normal_of(row["text"]))


def _values(value: str | list[str]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)
