"""The same comments in what one would ask of Elasticsearch at first: its ``standard`` analyzer and a ``match`` query."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from elasticsearch import Elasticsearch

from benchmarks.plain_index import COLUMNS, EVERYTHING, Only
from indexer.elastic import ElasticIndex
from minsheng.domain import LabelledPost
from minsheng.text import normalise

_KEYWORDS = ("project", *COLUMNS)


class PlainElastic:
    """An index of its own, removed by ``close``; texts are normalised as in the product, and analysed as usual."""

    def __init__(self, address: str) -> None:
        self._client = Elasticsearch(address, request_timeout=120)
        self._name = f"bench-{uuid.uuid4().hex}"
        keywords: dict[str, Any] = {key: {"type": "keyword"} for key in _KEYWORDS}
        self._client.indices.create(
            index=self._name,
            settings={"number_of_shards": 1, "number_of_replicas": 0},
            mappings={
                "properties": {
                    "normal": {"type": "text", "analyzer": "standard"},
                    "published": {"type": "date"},
                    "raw": {"type": "keyword", "index": False, "doc_values": False},
                    **keywords,
                }
            },
        )

    def add(self, posts: Iterable[LabelledPost]) -> None:
        waiting = list(posts)
        for start in range(0, len(waiting), 500):
            lines = [line for labelled in waiting[start : start + 500] for line in _lines(labelled)]
            self._client.bulk(index=self._name, operations=lines, refresh=False)
        self._client.indices.refresh(index=self._name)

    def page(self, word: str, only: Only = EVERYTHING) -> object:
        return self._search(word, only, sort=[{"published": "desc"}], size=20)

    def facets(self, word: str, only: Only = EVERYTHING) -> object:
        aggs = {name: {"terms": {"field": name, "size": 50}} for name in _KEYWORDS}
        return self._search(word, only, size=0, aggs=aggs)

    def histogram(self, word: str) -> object:
        days = {"date_histogram": {"field": "published", "calendar_interval": "day", "time_zone": "+08:00"}}
        return self._search(word, EVERYTHING, size=0, aggs={"days": days})

    def count(self, word: str) -> int:
        return int(self._search(word, EVERYTHING, size=0)["hits"]["total"]["value"])

    def best(self, words: Sequence[str], limit: int) -> list[str]:
        """Return the ids of what is most relevant by BM25."""
        match = {"match": {"normal": " ".join(words)}}
        hits = self._client.search(index=self._name, query=match, size=limit, source=False)["hits"]["hits"]
        return [hit["_id"] for hit in hits]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return _size(self._client, self._name)

    def close(self) -> None:
        self._client.indices.delete(index=self._name)
        self._client.close()

    def _search(self, word: str, only: Only, **request: Any) -> Any:
        match = {"match": {"normal": {"query": word, "operator": "and"}}}
        query = {"bool": {"must": [match], "filter": _said(only)}}
        return self._client.search(index=self._name, query=query, track_total_hits=True, **request)


@contextmanager
def temporary_index(address: str) -> Iterator[tuple[ElasticIndex, Callable[[], int]]]:
    """Open an index of the product there, with what tells its bytes on disk; it is removed afterwards."""
    prefix = f"bench-{uuid.uuid4().hex}"
    with Elasticsearch(address) as client:
        with closing(ElasticIndex(address, prefix)) as index:
            yield index, lambda: _size(client, f"{prefix}-*")
        for name in client.indices.get(index=f"{prefix}-*", features="aliases"):
            client.indices.delete(index=name)
        client.indices.delete_index_template(name=f"{prefix}-*")


def heap_of(address: str) -> int:
    """Return the bytes of heap that the cluster's smallest node may use."""
    with Elasticsearch(address) as client:
        nodes = client.nodes.stats(metric="jvm")["nodes"].values()
        return min(int(node["jvm"]["mem"]["heap_max_in_bytes"]) for node in nodes)


def _size(client: Elasticsearch, names: str) -> int:
    client.indices.flush(index=names)
    found = client.indices.stats(index=names, metric="store")
    return int(found["_all"]["primaries"]["store"]["size_in_bytes"])


def _said(only: Only) -> list[dict[str, Any]]:
    fields = {"project": only.projects, "kind": only.kinds, "sentiment": only.sentiments}
    filters: list[dict[str, Any]] = [{"terms": {name: list(values)}} for name, values in fields.items() if values]
    return [*filters, {"range": {"published": {"gte": int(only.since * 1000), "format": "epoch_millis"}}}]


def _lines(labelled: LabelledPost) -> tuple[dict[str, Any], dict[str, Any]]:
    post, reading = labelled.post, labelled.reading
    document = {
        "normal": normalise(f"{post.title}\n{post.text}"), "raw": f"{post.title}\n{post.text}",
        "published": post.published_at.isoformat(), "project": list(reading.projects), "source": post.source,
        "kind": post.kind.value, "sentiment": reading.attitude, "topic": reading.topic, "aspect": reading.aspect,
        "intent": reading.intent,
    }  # fmt: skip
    return {"index": {"_id": post.id}}, document
