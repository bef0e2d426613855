"""A query in, its matches in order "best" out: Elasticsearch counts, the texts of few are read.

``ranking.bonus`` is a sum of yes and no: a piece stands in the title; it stands at least once, twice, … in the text.
Each of these is a query with a constant score, so that the score of a match is its relevance, exact to the last bit,
and rests on nothing but the post. Only whether all pieces stand together is told from the texts themselves;
Elasticsearch says where it may be so. A match is worth at most its time and a known bonus. So the newest matches tell
what any must be worth to stand on the page: older ones are asked for only as far back as the highest bonus reaches, and
there only those of some relevance. They are read from the one that may be worth most on until no other can stand there.

Where a query says "roughly", the score is instead the weight of the parts that a match holds, exact as well: all
weights together stay below 2^24. With the length of the match it gives the share, which outweighs time, so that all
matches are looked at; what pieces add is bounded by the most that they can.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice

from indexer.base import Query
from indexer.batches import batches
from indexer.conditions import All, Holds
from indexer.elastic_client import PAGE, ElasticClient, Json
from indexer.elastic_query import phrase, query_of, said, within
from indexer.elastic_schema import document_id, labelled_of
from indexer.ranking import (
    MOST_OCCURRENCES,
    TEXT_PHRASE_WORTH,
    TITLE_PHRASE_WORTH,
    TITLE_WORTH,
    Position,
    Ranking,
    bonus_of,
    most_bonus,
)
from indexer.times import to_micros
from indexer.tokens import normals_of, tokens
from indexer.tree import condition_of
from minsheng.domain import LabelledPost

_COUNTED = 20
"""Pieces whose occurrences are counted by Elasticsearch: it takes about a thousand parts of a query."""

_NEWEST_OF = 5
"""So many times as many of the newest are looked at as are wanted: some are worth more than their time."""

_IN_TITLE, _IN_TEXT = 0.25, 0.5
"""Parts of the score that say where all pieces may stand together; a relevance is whole."""


_RECENT = 1024
"""Part of the score that says that a match is so new that its relevance does not matter; above any relevance."""

_ROW = [{"published": "desc"}, {"key": "asc"}, {"length": "asc"}]
"""Numbers alone: reading texts to sort by would take most of the time."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A match by the digest of its id, and between which bounds its key in the order lies."""

    key: int
    least: int
    most: int


def position_of(labelled: LabelledPost, ranking: Ranking | None) -> Position:
    key = to_micros(labelled.post.published_at)
    return Position(key + ranking.bonus(*normals_of(labelled)) if ranking else key, labelled.post.id)


def best(
    client: ElasticClient,
    query: Query,
    ranking: Ranking,
    left_out: Collection[int],
    after: Position | None,
    limit: int,
) -> list[LabelledPost]:
    """Return the best matches behind a position; those ``left_out`` do not count."""
    found: list[tuple[Position, LabelledPost]] = []
    candidates = sorted(_candidates(client, query, ranking, left_out, after, limit), key=_most, reverse=True)
    for some in batches(candidates, max(limit, 20)):
        if len(found) == limit and some[0].most < found[-1][0].key:
            break
        posts = (labelled_of(hit["_source"]) for hit in client.every(candidate.key for candidate in some))
        ranked = {position_of(labelled, ranking): labelled for labelled in posts}.items()
        found += [(position, labelled) for position, labelled in ranked if after is None or position < after]
        found = nlargest(limit, found, key=lambda one: one[0])
    return [labelled for _, labelled in found]


def read(client: ElasticClient, ids: Sequence[str]) -> list[LabelledPost]:
    """Return the posts of these ids in this order, without those that are gone."""
    found: dict[str, LabelledPost] = {}
    for some in batches(ids, PAGE):
        query = {"ids": {"values": [document_id(post_id) for post_id in some]}}
        for hit in client.hits(query, [], len(some), source_includes=["body"])["hits"]:
            labelled = labelled_of(hit["_source"])
            found[labelled.post.id] = labelled
    return [found[post_id] for post_id in ids if post_id in found]


def _candidates(
    client: ElasticClient,
    query: Query,
    ranking: Ranking,
    left_out: Collection[int],
    after: Position | None,
    limit: int,
) -> Iterator[_Candidate]:
    """Yield all matches that may be among the first ``limit`` behind the position."""
    matches = query_of(query)
    if after:
        matches = within(matches, {"range": {"published": {"lte": after.key}}})
    worths = list(_worths(ranking))
    enough = _enough(client, matches, worths, ranking, left_out, after, limit)
    asked: Json = {}
    if enough is not None:
        matches = within(matches, {"range": {"published": {"gte": enough - ranking.most}}})
        if worths and not ranking.parts:
            least = _least_relevance(query, ranking)
            worths.append(_worth(_RECENT, {"range": {"published": {"gte": enough - bonus_of(least)}}}))
            asked["min_score"] = least + _IN_TITLE
    for row in client.rows(within(matches, should=worths), _ROW, **asked):
        candidate = _candidate_of(row, ranking)
        if (after is None or candidate.least <= after.key) and candidate.key not in left_out:
            yield candidate


def _enough(
    client: ElasticClient,
    matches: Json,
    worths: Sequence[Json],
    ranking: Ranking,
    left_out: Collection[int],
    after: Position | None,
    limit: int,
) -> int | None:
    """Return what a match must be worth to stand on the page; None if all may.

    As many of the newest as are wanted are surely worth that much; of those that surely come after the position.
    """
    if after:
        matches = within(matches, {"range": {"published": {"lt": after.key - ranking.most}}})
    asked: Json = {"stored_fields": "_none_", "track_scores": True}
    rows = client.portions(within(matches, should=list(worths)), _ROW, (_NEWEST_OF + 1) * limit, **asked)
    newest = (one for one in (_candidate_of(row, ranking) for row in rows) if one.key not in left_out)
    worth = [candidate.least for candidate in islice(newest, _NEWEST_OF * limit)]
    return nlargest(limit, worth)[-1] if len(worth) >= limit else None


def _least_relevance(query: Query, ranking: Ranking) -> int:
    """Return the least relevance that any match has: of each piece that all must hold, one occurrence in the text."""
    condition = condition_of(query)
    parts = condition.parts if isinstance(condition, All) else (condition,)
    held = {part.piece for part in parts if isinstance(part, Holds)}
    return max(1, len(held & set(ranking.pieces)))


def _candidate_of(row: Json, ranking: Ranking) -> _Candidate:
    published, key, length = row["sort"][: len(_ROW)]
    score = row["_score"] if ranking.parts else row["_score"] % _RECENT
    least, most = _bounds(score, length, ranking)
    return _Candidate(key, published + least, published + most)


def _most(candidate: _Candidate) -> int:
    return candidate.most


def _bounds(score: float, length: int, ranking: Ranking) -> tuple[int, int]:
    """Return the least and the most that the bonus of a match may be."""
    pieces = len(ranking.pieces)
    if ranking.parts:
        share = ranking.share(round(score), length)
        return share, share + most_bonus(pieces, pieces)
    if pieces > _COUNTED:
        return 0, most_bonus(pieces, pieces)
    relevance = math.floor(score)
    together = round((score - relevance) / _IN_TITLE)
    most = relevance + TITLE_PHRASE_WORTH * (together & 1) + TEXT_PHRASE_WORTH * (together >> 1)
    return bonus_of(relevance), bonus_of(most)


def _worths(ranking: Ranking) -> Iterator[Json]:
    if ranking.parts:
        for part, weight in zip(ranking.parts, ranking.weights, strict=True):
            if weight:
                yield _worth(weight, said(Holds(part)))
    elif len(ranking.pieces) <= _COUNTED:
        yield from _worths_of(ranking.pieces)


def _worths_of(pieces: Sequence[str]) -> Iterator[Json]:
    for piece in pieces:
        yield _worth(TITLE_WORTH, phrase("title", piece))
        yield _worth(1, phrase("text", piece))
        for times in range(2, MOST_OCCURRENCES + 1):
            yield _worth(1, _in_turn("text", [piece] * times))
    if len(pieces) > 1:
        # Between two pieces may stand a space; here, whatever stands there counts.
        for field, part in (("title", _IN_TITLE), ("text", _IN_TEXT)):
            yield _worth(part, _in_turn(field, pieces, max_gaps=len(pieces) - 1))


def _worth(score: float, condition: Json) -> Json:
    return {"constant_score": {"filter": condition, "boost": score}}


def _in_turn(field: str, pieces: Sequence[str], max_gaps: int = -1) -> Json:
    """Return the query of the posts in a field of which the pieces follow one another, none within another."""
    intervals = [{"match": {"query": tokens(piece), "ordered": True, "max_gaps": 0}} for piece in pieces]
    return {"intervals": {field: {"all_of": {"ordered": True, "max_gaps": max_gaps, "intervals": intervals}}}}
