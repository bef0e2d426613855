"""An Elasticsearch address in, the few calls the index needs out; every failure becomes an IndexUnavailable."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError, TransportError

from indexer.base import Order
from indexer.elastic_query import sort_of
from indexer.elastic_schema import MAPPINGS, SETTINGS, VERSION
from minsheng.errors import IndexUnavailable

_PAGE = 1000
_KEEP = "2m"
_ACCEPTED = frozenset({200, 201, 404, 409})

Json = dict[str, Any]


class ElasticClient:
    """One index of a cluster, made if it is not there.

    ``bulk`` returns when its changes are on disk and visible to the next search.
    """

    def __init__(self, url: str, name: str, timeout_seconds: float) -> None:
        self._name = name
        self._where = f"{urlsplit(url).hostname}/{name}"  # never the address itself: it may hold a password
        try:
            self._client = Elasticsearch(url, request_timeout=timeout_seconds)
        except ValueError as error:
            raise IndexUnavailable(f"index {self._where}: not an address of Elasticsearch: {error}") from error
        try:
            self._prepare()
        except BaseException:
            self._client.close()
            raise

    def search(self, **request: Any) -> Json:
        with self._translated():
            return dict(self._client.search(index=self._name, **request))

    def scan(self, query: Json, order: Order, fields: Sequence[str]) -> Iterator[Json]:
        """Yield these fields of all matches in order, as of one moment."""
        with self._translated():
            point = self._client.open_point_in_time(index=self._name, keep_alive=_KEEP)["id"]
            try:
                yield from self._pages(point, query, order, fields)
            finally:
                self._client.close_point_in_time(id=point)

    def terms(self, query: Json, field: str, size: int) -> dict[Any, int]:
        """Return value → number, most first, then by value; exact, because the index has a single shard."""
        if size == 0:
            return {}
        order = [{"_count": "desc"}, {"_key": "asc"}]
        found = self.search(
            query=query, size=0, aggs={"all": {"terms": {"field": field, "size": size, "order": order}}}
        )
        return {bucket["key"]: bucket["doc_count"] for bucket in found["aggregations"]["all"]["buckets"]}

    def documents(self, ids: Sequence[str]) -> dict[str, Json]:
        """Return the documents that exist, with ``_source``, ``_seq_no`` and ``_primary_term``, by their id."""
        if not ids:
            return {}
        with self._translated():
            found = self._client.mget(index=self._name, ids=list(ids))["docs"]
        return {document["_id"]: document for document in found if document.get("found")}

    def bulk(self, operations: Sequence[Mapping[str, Any]]) -> list[Json]:
        """Do operations and return the result of each; "not found" and "conflict" are answers, not failures."""
        if not operations:
            return []
        with self._translated():
            answer = self._client.bulk(index=self._name, operations=operations, refresh=True)
        results = [result for item in answer["items"] for result in item.values()]
        for result in results:
            if result["status"] not in _ACCEPTED:
                raise IndexUnavailable(
                    f"index {self._where}: a post was refused: {result.get('error', {}).get('reason')}"
                )
        return results

    def close(self) -> None:
        self._client.close()

    def _pages(self, point: str, query: Json, order: Order, fields: Sequence[str]) -> Iterator[Json]:
        after: Json = {}
        while True:
            found = self._client.search(
                pit={"id": point, "keep_alive": _KEEP},
                query=query,
                sort=sort_of(order),
                size=_PAGE,
                track_total_hits=False,
                source_includes=list(fields),
                **after,
            )["hits"]["hits"]
            yield from (hit["_source"] for hit in found)
            if len(found) < _PAGE:
                return
            after = {"search_after": found[-1]["sort"]}

    def _prepare(self) -> None:
        with self._translated():
            if not self._client.indices.exists(index=self._name):
                self._create()
            mappings = self._client.indices.get_mapping(index=self._name)[self._name]["mappings"]
        version = mappings.get("_meta", {}).get("minsheng")
        if version != VERSION:
            raise IndexUnavailable(
                f"index {self._where}: has schema version {version}, this Minsheng knows {VERSION} "
                "and cannot convert it; use the Minsheng that wrote it, or choose another prefix and read the sources "
                "again"
            )

    def _create(self) -> None:
        try:
            self._client.indices.create(index=self._name, settings=SETTINGS, mappings=MAPPINGS)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":  # another process was faster
                raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except NotFoundError as error:
            raise IndexUnavailable(f"index {self._where}: is gone: {error.message}; restart to make it anew") from error
        except ApiError as error:
            raise IndexUnavailable(f"index {self._where}: Elasticsearch refused: {error.message}") from error
        except TransportError as error:
            raise IndexUnavailable(
                f"index {self._where}: Elasticsearch does not answer ({type(error).__name__}); "
                "check that it runs and the address in the setting `index`"
            ) from error
