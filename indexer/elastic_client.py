"""Questions to the indices of a name in, what Elasticsearch answers out: always of all shards, or an error."""

import logging
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from elasticsearch import ApiError

from indexer.batches import batches
from indexer.elastic_access import BUSY, READ_PATIENCE, Connection
from indexer.elastic_schema import FACET_FIELDS, digest_of
from minsheng.errors import IndexUnavailable

PAGE = 1000
"""Whole posts that are read at a time."""

ROWS = 10_000
"""Rows of few values that are read at a time: the most that Elasticsearch gives by default."""

ENOUGH = 20_000
"""Values that each shard may name for a facet: with fewer in all, counts are exact at once."""

_KEEP = "5m"
_MISSING = 404
_log = logging.getLogger(__name__)

Json = dict[str, Any]


class ElasticClient:
    """The posts of one deployment, on however many shards.

    Answers are exact: a shard that does not answer fails the whole request, and facets of more values than shards name
    are counted by another, slower way.
    """

    def __init__(self, connection: Connection, target: str, patience: float = READ_PATIENCE) -> None:
        self.connection, self._target, self._patience = connection, target, patience
        # The same copies of shards answer the same client: their caches are warm.
        self._preference = uuid.uuid4().hex

    def search(self, **request: Any) -> Json:
        ask = partial(
            self.connection.client.search,
            index=self._target,
            preference=self._preference,
            allow_partial_search_results=False,
            **request,
        )
        return dict(self.connection.ask(ask, self._patience))

    def for_writing(self) -> "ElasticClient":
        """Return a client that waits as long as a writer does: what it looks up decides what is stored."""
        return ElasticClient(self.connection, self._target, self.connection.patience)

    def count(self, query: Json) -> int:
        return int(self.search(query=query, size=0, track_total_hits=True)["hits"]["total"]["value"])

    def terms(self, query: Json, fields: Sequence[str], enough: int = ENOUGH) -> dict[str, Counter[str]]:
        """Return value → number of posts of each field; all values, exactly, on any number of shards."""
        # All facets are asked for each time: a page wants them all, and shards remember what they answered to the
        # very same request until they change.
        asked = {each: {"terms": {"field": each, "size": enough, "shard_size": enough}} for each in FACET_FIELDS}
        only = [f"aggregations.{field}" for field in fields]
        found = self.search(query=query, size=0, aggs=asked, filter_path=only)["aggregations"]
        return {field: Counter(dict(self._buckets(query, field, found[field]))) for field in fields}

    def _buckets(self, query: Json, field: str, found: Json) -> Iterator[tuple[str, int]]:
        if found["doc_count_error_upper_bound"] or found["sum_other_doc_count"]:
            return self._composite(query, field)
        return ((bucket["key"], bucket["doc_count"]) for bucket in found["buckets"])

    def sizes(self, clusters: Sequence[str]) -> dict[str, int]:
        """Return the number of posts of each of a few clusters."""
        if not clusters:
            return {}
        digests = {digest_of(cluster): cluster for cluster in clusters}
        few = {"terms": {"field": "fold", "size": len(digests)}}
        found = self.search(query={"terms": {"fold": list(digests)}}, size=0, aggs={"few": few})
        return {digests[bucket["key"]]: bucket["doc_count"] for bucket in found["aggregations"]["few"]["buckets"]}

    def days(self, query: Json) -> dict[int, int]:
        """Return day → number of posts, of days that have any."""
        by_day = {"histogram": {"field": "day", "interval": 1, "min_doc_count": 1}}
        found = self.search(query=query, size=0, aggs={"days": by_day})["aggregations"]["days"]
        return {int(bucket["key"]): bucket["doc_count"] for bucket in found["buckets"]}

    def every(self, keys: Iterable[int]) -> Iterator[Json]:
        """Yield the whole documents of these digests of ids on all shelves, with what tells their state.

        By number: an index of numbers is read once for thousands of them, one of terms once for each.
        """
        for some in batches(keys, ROWS // 2):  # a post may stand on two shelves
            found = self.hits({"terms": {"key": some}}, [], ROWS, source_includes=["body"], seq_no_primary_term=True)
            yield from found["hits"]

    def ids(self, keys: Iterable[int]) -> dict[int, str]:
        """Return the ids of some posts by their digests."""
        found: dict[int, str] = {}
        for some in batches(keys, ROWS // 2):
            bare: Json = {"stored_fields": "_none_", "track_total_hits": False}
            hits = self.hits({"terms": {"key": some}}, [{"key": "asc"}], ROWS, docvalue_fields=["id"], **bare)["hits"]
            found |= {hit["sort"][0]: hit["fields"]["id"][0] for hit in hits}
        return found

    def hits(
        self, query: Json, sort: list[Json], size: int, after: Sequence[Any] | None = None, **request: Any
    ) -> Json:
        """Return the next hits in an order."""
        beyond = {"search_after": list(after)} if after else {}
        found: Json = self.search(query=query, sort=sort, size=size, **beyond, **request)["hits"]
        return found

    def page(
        self, query: Json, sort: list[Json], size: int, after: Sequence[Any] | None = None, **request: Any
    ) -> tuple[int, Iterator[Json]]:
        """Return the number of all matches, and hits behind a position for as long as more are asked for."""
        first = self.hits(query, sort, size, after, track_total_hits=True, **request)
        return int(first["total"]["value"]), self._portions(first["hits"], query, sort, size, request)

    def portions(self, query: Json, sort: list[Json], size: int, **request: Any) -> Iterator[Json]:
        """Yield hits in an order as long as more are asked for."""
        first = self.hits(query, sort, size, track_total_hits=False, **request)
        yield from self._portions(first["hits"], query, sort, size, request)

    def _portions(self, found: list[Json], query: Json, sort: list[Json], size: int, request: Json) -> Iterator[Json]:
        """Yield what was found and then more, in portions that grow from one to the next."""
        yield from found
        while len(found) == size:
            after, size = found[-1]["sort"], min(2 * size, PAGE)
            found = self.hits(query, sort, size, after, track_total_hits=False, **request)["hits"]
            yield from found

    def rows(self, query: Json, sort: list[Json], **request: Any) -> Iterator[Json]:
        """Yield all matches in an order, each with no more than its sort values, its score and what is asked for."""
        bare: Json = {"stored_fields": "_none_", "track_scores": True} | request
        return self.scan(query, sort, ROWS, **bare)

    def scan(self, query: Json, sort: list[Json], size: int = PAGE, **request: Any) -> Iterator[Json]:
        """Yield all matches in order as of one moment; where there are few, by a single question."""
        first = self.hits(query, sort, size, track_total_hits=False, **request)["hits"]
        return iter(first) if len(first) < size else self._scan(query, sort, size, request)

    def _scan(self, query: Json, sort: list[Json], size: int, request: Json) -> Iterator[Json]:
        """Read page by page at a point in time.

        A moment that is lost (its node went away, or the reader was slow) is taken anew, and the order goes on behind
        the last match: from there on it is as of that later moment. One that gave nothing is not taken again.
        """
        after: Sequence[Any] | None = None
        while True:
            moment, start = self._moment(), after
            try:
                for hit in self._pages(moment, query, sort, size, after, request):
                    after = hit["sort"][: len(sort)]  # a point in time adds a number of its own
                    yield hit
            except _MomentLost as error:
                if after == start:
                    raise error.failure from error
                _log.warning("elasticsearch lost a point in time, taking another where=%s", self.connection.where)
            else:
                return
            finally:
                self._forget(moment)

    def _pages(
        self, moment: str, query: Json, sort: list[Json], size: int, after: Sequence[Any] | None, request: Json
    ) -> Iterator[Json]:
        while True:
            asked: Json = {"search_after": list(after)} if after else {}
            asked |= {"pit": {"id": moment, "keep_alive": _KEEP}, "track_total_hits": False} | request
            ask = partial(self.connection.client.search, query=query, sort=sort, size=size, **asked)
            try:
                found = self.connection.ask(ask)["hits"]["hits"]
            except IndexUnavailable as error:
                if isinstance(error.__cause__, ApiError) and error.__cause__.status_code in {*BUSY, _MISSING}:
                    raise _MomentLost(error) from error
                raise
            yield from found
            if len(found) < size:
                return
            after = found[-1]["sort"][: len(sort)]

    def _moment(self) -> str:
        ask = partial(
            self.connection.client.open_point_in_time,
            index=self._target, keep_alive=_KEEP, allow_partial_search_results=False,
        )  # fmt: skip
        return str(self.connection.ask(ask)["id"])

    def _forget(self, moment: str) -> None:
        ask = partial(self.connection.client.options(ignore_status=_MISSING).close_point_in_time, id=moment)
        try:
            self.connection.ask(ask, patience=1)
        except IndexUnavailable as error:  # it ends by itself after some minutes
            _log.info("elasticsearch point in time left open where=%s reason=%s", self.connection.where, error)

    def _composite(self, query: Json, field: str) -> Iterator[tuple[str, int]]:
        """Yield value and number of posts, in portions that are exact on any number of shards."""
        after: Json = {}
        while True:
            portion = {"composite": {"size": ROWS, "sources": [{"value": {"terms": {"field": field}}}], **after}}
            found = self.search(query=query, size=0, aggs={"portion": portion})["aggregations"]["portion"]
            yield from ((bucket["key"]["value"], bucket["doc_count"]) for bucket in found["buckets"])
            if "after_key" not in found:
                return
            after = {"after": found["after_key"]}


class _MomentLost(Exception):
    """A point in time is not there any more, or some shard of it; raised and caught here."""

    def __init__(self, failure: IndexUnavailable) -> None:
        super().__init__(str(failure))
        self.failure = failure
