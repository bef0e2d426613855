"""A query and a vector in, the matches nearest to it out: found by Elasticsearch, compared here to the last millionth.

Elasticsearch compares the vector with that of every match, but in floats of 32 bits, and it breaks ties as it likes.
So it is asked for some more than are wanted, and those are compared anew. Whatever it leaves out is no nearer than the
last that it gives: where that is not far enough behind, more are asked for, and then, because it gives no more than
10,000, each half of the corpus by itself.
"""

from collections.abc import Collection, Iterator

from indexer.base import PARTS
from indexer.elastic_client import ROWS, ElasticClient, Json
from indexer.elastic_query import within
from indexer.elastic_schema import digest_of, document_id, labelled_of, numbers_of, space_of
from indexer.nearness import SAME, nearness, rows_of, squares_of
from minsheng.domain import LabelledPost, Vector
from minsheng.errors import IndexUnavailable

Near = tuple[int, LabelledPost]
"""How near a post is, in millionths."""

_MARGIN = 2
"""Millionths by which a nearness of Elasticsearch may differ from ours."""

_SPARE = 20
_STEP = 5


def others(asked: LabelledPost | None, *, fold: bool) -> Iterator[Json]:
    """Yield the condition of all posts but this one; where copies are folded, of those outside its cluster."""
    if asked is not None:
        own = (
            {"term": {"fold": digest_of(asked.reading.cluster)}}
            if fold
            else {"ids": {"values": [document_id(asked.post.id)]}}
        )
        yield {"bool": {"must_not": [own]}}


def unread(to: Vector) -> Json:
    """Return the condition of the posts that cannot be compared with a vector."""
    return {"bool": {"must_not": [{"term": {"space": space_of(to)}}]}}


def nearest(
    client: ElasticClient,
    matches: Json,
    to: Vector,
    floor: int,
    hidden: Collection[int],
    limit: int,
    most: int = ROWS,
) -> list[Near]:
    """Return the nearest matches that are not hidden and no less near than ``floor``, ties by id.

    Elasticsearch is asked for no more than ``most`` at once.
    """
    comparable = within(matches, {"term": {"space": space_of(to)}})
    found = [
        (key, labelled)
        for key, labelled in _nearest(client, comparable, to, floor, hidden, limit, most, range(PARTS))
        if key >= floor and not _is_hidden(labelled, hidden)
    ]
    return sorted(found, key=lambda one: (-one[0], one[1].post.id))[:limit]


def _nearest(
    client: ElasticClient,
    matches: Json,
    to: Vector,
    floor: int,
    hidden: Collection[int],
    limit: int,
    most: int,
    parts: range,
) -> list[Near]:
    """Return matches of some parts of the corpus, among them surely the ``limit`` nearest that are not hidden."""
    size = min(limit + _SPARE, most)
    while True:
        found = _asked(client, within(matches, _of(parts)), to, floor, size)
        sure = _sure(found, size)
        if len(sure) == len(found) or sum(not _is_hidden(one, hidden) for _, one in sure) >= limit:
            return sure
        if size == most:
            break
        size = min(size * _STEP, most)
    middle = len(parts) // 2
    if middle == 0:
        raise IndexUnavailable(
            f"more than {most} posts of a {PARTS}th of the corpus are equally near; narrow the query"
        )
    return [
        near
        for half in (parts[:middle], parts[middle:])
        for near in _nearest(client, matches, to, floor, hidden, limit, most, half)
    ]


def _is_hidden(labelled: LabelledPost, hidden: Collection[int]) -> bool:
    return bool(hidden) and digest_of(labelled.post.id) in hidden


def _asked(client: ElasticClient, matches: Json, to: Vector, floor: int, size: int) -> list[Near]:
    knn = {
        "field": "vector",
        "query_vector": numbers_of(to),
        "k": size,
        "num_candidates": size,
        "similarity": max(floor - _MARGIN, -SAME) / SAME,
        "filter": matches,
    }
    hits = client.search(knn=knn, size=size, source_includes=["body"], track_total_hits=False)["hits"]["hits"]
    posts = [labelled_of(hit["_source"]) for hit in hits]
    vectors = [vector.numbers for labelled in posts if (vector := labelled.reading.vector)]
    rows = rows_of(vectors) if vectors else rows_of([to.numbers])[:0]
    return list(zip(nearness(rows, squares_of(rows), to).tolist(), posts, strict=True))


def _sure(found: list[Near], size: int) -> list[Near]:
    """Return those that are nearer than anything that Elasticsearch may have left out."""
    if len(found) < size:
        return found
    last = min(key for key, _ in found)
    return [(key, labelled) for key, labelled in found if key > last + _MARGIN]


def _of(parts: range) -> Json:
    return {"range": {"part": {"gte": parts.start, "lt": parts.stop}}}
