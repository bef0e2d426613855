"""Labelled posts in Elasticsearch, found by any substring: for offices with many comments or several machines.

The answers are those of the other back ends, exactly, on any number of shards.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice

from indexer.base import FLOOR, WHOLE, Facet, Hit, Interval, Neighbour, Page, Query, Refusal, Share, Similar
from indexer.batches import batches, two_at_once
from indexer.check import check_facets, check_interval, check_query, check_similar
from indexer.counting import most_first
from indexer.elastic_access import Connection
from indexer.elastic_client import PAGE, ElasticClient, Json
from indexer.elastic_folding import Match, hidden
from indexer.elastic_layout import Names, open_names
from indexer.elastic_order import best, position_of, read
from indexer.elastic_query import query_of, said, shared, sort_of, within
from indexer.elastic_schema import digest_of, field_of, labelled_of
from indexer.elastic_similar import nearest, others, unread
from indexer.elastic_writing import LINES, Writer
from indexer.nearness import SAME, floor_of, vector_to_compare
from indexer.ranking import Ranking, decode_cursor, encode_cursor
from indexer.relevance import ranking_of
from indexer.times import fill_bins
from minsheng.correcting import Change, corrected
from minsheng.domain import LabelledPost, Vector
from minsheng.settings import ElasticSettings


class ElasticIndex:
    """A PostIndex behind the alias ``prefix-posts``; several processes and machines may use it at once.

    What is not there is made when it is opened, as far as the user's rights allow.

    - ``add`` stores batch by batch: if it fails half-way, some posts are stored, and adding them again completes it.
      After a lost answer a post that was stored may not be counted as new.
    - ``stream`` reads as of the moment it starts, what is deleted meanwhile too; see ``ElasticClient.scan``.

    Raises:
        IndexUnavailable: From every method, when the cluster does not answer or refuses.
    """

    def __init__(
        self, urls: str | Sequence[str], prefix: str = "minsheng", settings: ElasticSettings | None = None
    ) -> None:
        settings = settings or ElasticSettings()
        addresses = (urls,) if isinstance(urls, str) else tuple(urls)
        self._connection = Connection(addresses, Names(prefix).alias, settings)
        try:
            names = open_names(self._connection, prefix, settings)
        except BaseException:
            self.close()
            raise
        self._client = ElasticClient(self._connection, names.alias)
        self._writer = Writer(self._client, names)

    def add(self, posts: Iterable[LabelledPost], refused: Refusal | None = None) -> int:
        new = 0
        for stored, aside in two_at_once(batches(posts, LINES), partial(self._add, is_taken=refused is not None)):
            new += stored
            for labelled, reason in aside:
                if refused:
                    refused(labelled, reason)
        return new

    def get(self, post_id: str) -> LabelledPost | None:
        return next(iter(read(self._client, [post_id])), None)

    def search(self, query: Query) -> Page:
        check_query(query)
        covered, ranking = self._hidden(query), self._ranking(query)
        total, posts = self._page(query, ranking, covered)
        shown = posts[: query.limit]
        copies = self._client.sizes(sorted({labelled.reading.cluster for labelled in shown}))
        hits = tuple(Hit(labelled, copies.get(labelled.reading.cluster, 1)) for labelled in shown)
        return Page(hits, total - len(covered), _mark(shown[-1], query, ranking) if len(posts) > len(shown) else None)

    def count(self, query: Query) -> int:
        check_query(query)
        return self._client.count(query_of(query)) - len(self._hidden(query))

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        return self.facets(query, (facet,), limit)[facet]

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 50) -> Mapping[Facet, Mapping[str, int]]:
        check_query(query)
        check_facets(facets, limit)
        fields = {facet: field_of(facet) for facet in facets}
        numbers = self._client.terms(query_of(query), list(fields.values()))
        for match in self._hidden(query, list(fields.values())).values():
            for field, values in match.values.items():
                numbers[field].subtract(values)
        return {facet: most_first(numbers[field], limit) for facet, field in fields.items()}

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        check_query(query)
        check_interval(interval)
        numbers = Counter(self._client.days(query_of(query)))
        numbers.subtract(match.day for match in self._hidden(query).values())
        return fill_bins((item for item in numbers.items() if item[1]), interval)

    def stream(self, query: Query, share: Share = WHOLE) -> Iterator[LabelledPost]:
        check_query(query)
        return self._stream(query, share)

    def correct(self, post_id: str, changes: Sequence[Change], at: datetime, why: str = "") -> LabelledPost | None:
        return self._writer.amend(post_id, partial(corrected, changes=changes, at=at, why=why))

    def relabel(self, posts: Iterable[LabelledPost]) -> int:
        return sum(self._writer.relabel(batch) for batch in batches(posts, LINES))

    def similar(self, query: Query, to: str | Vector, floor: float = FLOOR) -> Similar:
        check_query(query)
        check_similar(to, floor)
        asked = self.get(to) if isinstance(to, str) else None
        vector = vector_to_compare(to, asked)
        matches = within(query_of(query), *others(asked, fold=query.fold))
        found = nearest(self._client, matches, vector, floor_of(floor), self._hidden(query), query.limit)
        copies = self._client.sizes(sorted({labelled.reading.cluster for _, labelled in found}))
        hits = (Neighbour(Hit(labelled, copies[labelled.reading.cluster]), key / SAME) for key, labelled in found)
        return Similar(tuple(hits), self._client.count(within(matches, unread(vector))))

    def delete(self, ids: Iterable[str]) -> int:
        return sum(self._writer.delete(batch) for batch in batches(ids, LINES))

    def close(self) -> None:
        self._connection.close()

    def _add(self, batch: Sequence[LabelledPost], *, is_taken: bool) -> tuple[int, list[tuple[LabelledPost, str]]]:
        """Return how many posts are new, and those that were refused with the reasons, if somebody takes them."""
        aside: list[tuple[LabelledPost, str]] = []

        def put_aside(labelled: LabelledPost, reason: str) -> None:
            aside.append((labelled, reason))

        return self._writer.add(batch, put_aside if is_taken else None), aside

    def _hidden(self, query: Query, fields: Sequence[str] = ()) -> dict[int, Match]:
        return hidden(self._client, query_of(query), fields) if query.fold else {}

    def _ranking(self, query: Query) -> Ranking | None:
        return ranking_of(query, lambda condition: self._client.count(said(condition)))

    def _page(self, query: Query, ranking: Ranking | None, covered: Collection[int]) -> tuple[int, list[LabelledPost]]:
        """Return how many match in all, and the posts behind the cursor, one more than are shown if there is one."""
        after, wanted = decode_cursor(query), query.limit + 1
        if ranking:
            total = self._client.count(query_of(query))
            return total, best(self._client, query, ranking, covered, after, wanted)
        mark = (after.key, after.id) if after else None
        total, hits = self._client.page(query_of(query), sort_of(query.order), wanted, mark, source_includes=["body"])
        return total, list(islice(_without(hits, covered), wanted))

    def _stream(self, query: Query, share: Share) -> Iterator[LabelledPost]:
        covered = self._hidden(query)
        hits = self._client.scan(shared(query_of(query), share), sort_of(query.order), source_includes=["body"])
        posts = _without(hits, covered)
        if ranking := self._ranking(query):
            ranked = sorted((position_of(labelled, ranking) for labelled in posts), reverse=True)
            for some in batches(ranked, PAGE):
                yield from read(self._client, [position.id for position in some])
        else:
            yield from posts


def _without(hits: Iterable[Json], covered: Collection[int]) -> Iterator[LabelledPost]:
    return (labelled_of(hit["_source"]) for hit in hits if not covered or digest_of(hit["sort"][1]) not in covered)


def _mark(labelled: LabelledPost, query: Query, ranking: Ranking | None) -> str:
    return encode_cursor(query.order, position_of(labelled, ranking), ranking.weights if ranking else ())
