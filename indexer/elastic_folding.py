"""A query in, those of its matches that folding hides out: all but the earliest of each cluster.

Elasticsearch can join no post to another, but most clusters are a single post, and of each cluster at most one post is
no copy (its id is the cluster's name). So a match hides or is hidden only in the cluster of a matching copy. Those few
are read, and everything else is counted and ordered by Elasticsearch without them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from indexer.base import Facet
from indexer.batches import batches
from indexer.elastic_client import ElasticClient, Json
from indexer.elastic_query import within
from indexer.elastic_schema import facts_of, fold_of
from indexer.times import beijing_day

_ROW = [{"published": "asc"}, {"id": "asc"}, {"cluster": "asc"}, {"facts": "asc"}]
_AT_ONCE = 20_000
"""Clusters looked for in one request; Elasticsearch takes 65,536."""


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """What folding needs of a match; ordered from the earliest on."""

    published: int
    id: str
    cluster: str
    facts: str

    @property
    def day(self) -> int:
        return beijing_day(self.published)

    def values(self, facet: Facet) -> set[str]:
        return facts_of(self.facts, facet)


def hidden(client: ElasticClient, query: Json) -> dict[str, Match]:
    """Return the matches that are not the earliest of their cluster, by id."""
    copies = list(_matches(client, within(query, {"term": {"copy": True}})))
    earliest: dict[str, Match] = {}
    covered: dict[str, Match] = {}
    for match in sorted(chain(copies, _named_after(client, query, {copy.cluster for copy in copies}))):
        first = earliest.setdefault(match.cluster, match)
        if first is not match:
            covered[match.id] = match
    return covered


def _named_after(client: ElasticClient, query: Json, clusters: Iterable[str]) -> Iterator[Match]:
    """Yield the matches that are no copies and whose cluster is one of these."""
    for some in batches(sorted(map(fold_of, clusters)), _AT_ONCE):
        originals = within(query, {"term": {"copy": False}}, {"terms": {"fold": some}})
        yield from _matches(client, originals)  # two digests may be alike: a stranger hides nothing


def _matches(client: ElasticClient, query: Json) -> Iterator[Match]:
    for row in client.rows(query, _ROW):
        yield Match(*row["sort"][: len(_ROW)])
