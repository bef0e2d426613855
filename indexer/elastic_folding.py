"""A query in, those of its matches that folding hides out: all but the earliest of each cluster.

Elasticsearch can join no post to another, but most clusters are a single post, and of each cluster at most one post is
no copy (its id is the cluster's name). So a match hides or is hidden only in the cluster of a matching copy. Those few
are read, and everything else is counted and ordered by Elasticsearch without them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from indexer.batches import batches
from indexer.elastic_client import ElasticClient, Json
from indexer.elastic_query import within
from indexer.times import beijing_day

_ROW = [{"published": "asc"}, {"key": "asc"}, {"fold": "asc"}]
"""Numbers alone: reading texts to sort by would take most of the time."""

_AT_ONCE = 20_000
"""Clusters looked for in one request; Elasticsearch takes 65,536."""


@dataclass(frozen=True, slots=True)
class Match:
    """What folding needs of a match; ``key`` and ``cluster`` are digests, ``values`` are those of some fields."""

    published: int
    key: int
    cluster: int
    values: Mapping[str, Sequence[str]]

    @property
    def day(self) -> int:
        return beijing_day(self.published)


def hidden(client: ElasticClient, query: Json, fields: Sequence[str] = ()) -> dict[int, Match]:
    """Return the matches that are not the earliest of their cluster by their keys, with their values of some fields."""
    copies = list(_matches(client, within(query, {"term": {"copy": True}}), fields))
    clusters: defaultdict[int, list[Match]] = defaultdict(list)
    for match in chain(copies, _named_after(client, query, {copy.cluster for copy in copies}, fields)):
        clusters[match.cluster].append(match)
    shown = _earliest(client, [matches for matches in clusters.values() if len(matches) > 1])
    return {
        match.key: match
        for matches in clusters.values()
        if len(matches) > 1
        for match in matches
        if match.key not in shown
    }


def _earliest(client: ElasticClient, clusters: Sequence[Sequence[Match]]) -> set[int]:
    """Return the key of the earliest of each cluster; of several at one time, that of the least id."""
    first = [min(match.published for match in matches) for matches in clusters]
    early = [[m.key for m in matches if m.published == at] for at, matches in zip(first, clusters, strict=True)]
    ids = client.ids(key for keys in early if len(keys) > 1 for key in keys)
    return {min(keys, key=lambda key: ids.get(key, "")) for keys in early}


def _named_after(client: ElasticClient, query: Json, clusters: Iterable[int], fields: Sequence[str]) -> Iterator[Match]:
    """Yield the matches that are no copies and whose cluster is one of these."""
    for some in batches(sorted(clusters), _AT_ONCE):
        originals = within(query, {"term": {"copy": False}}, {"terms": {"fold": some}})
        yield from _matches(client, originals, fields)


def _matches(client: ElasticClient, query: Json, fields: Sequence[str]) -> Iterator[Match]:
    wanted: Json = {"docvalue_fields": list(fields)} if fields else {}
    for row in client.rows(query, _ROW, **wanted):
        published, key, cluster = row["sort"][: len(_ROW)]
        yield Match(published, key, cluster, row.get("fields", {}))
