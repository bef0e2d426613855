"""A checked query in, the Elasticsearch query of its matches out. Core features only: no scripts, no plugins."""

from collections.abc import Sequence
from typing import Any as Anything

from indexer.base import Order, Query, Share
from indexer.conditions import All, Among, Any, Condition, During, Holds, Not, Roughly
from indexer.elastic_schema import field_of, stored_as
from indexer.ranking import is_descending
from indexer.roughly import least_of, parts_of
from indexer.times import to_micros
from indexer.tokens import tokens
from indexer.tree import condition_of
from minsheng.domain import Window

Json = dict[str, Anything]


def query_of(query: Query) -> Json:
    """Return a query of as many levels as the tree has: Elasticsearch takes 30."""
    return said(condition_of(query))


def within(query: Json, *more: Json, **others: Anything) -> Json:
    """Return the query of the matches that hold more than the query asks for; no deeper, where it is an All."""
    match query:
        case {"bool": {"filter": wanted, "must_not": unwanted}}:
            return {"bool": {"filter": [*wanted, *more], "must_not": unwanted, **others}}
    return {"bool": {"filter": [query, *more], "must_not": [], **others}}


def shared(query: Json, share: Share) -> Json:
    """Return the query of those matches that belong to a share."""
    return within(query, {"range": {"part": {"gte": share.parts.start, "lt": share.parts.stop}}})


def phrase(field: str, piece: str) -> Json:
    """Return the query of the posts in one field of which a piece stands."""
    return {"match_phrase": {field: tokens(piece)}}


def said(condition: Condition) -> Json:
    """Return the query of a simple condition."""
    match condition:
        case Not(part):
            return {"bool": {"must_not": [said(part)]}}
        case All(parts):
            return _all(parts)
        case Any(()):
            return {"match_none": {}}  # a bool query without alternatives would match everything
        case Any(parts):
            return {"bool": {"should": list(map(said, parts)), "minimum_should_match": 1}}
        case Roughly(text):
            held = [_leaf(Holds(part)) for part in parts_of(text)]
            return {"bool": {"should": held, "minimum_should_match": least_of(len(held))}}
    return _leaf(condition)


def sort_of(order: Order) -> list[dict[str, str]]:
    direction = "desc" if is_descending(order) else "asc"
    return [{"published": direction}, {"id": direction}]


def _leaf(condition: Holds | Among | During) -> Json:
    match condition:
        case Holds(piece):
            # Within the title or within the text: its units follow one another there.
            return {"multi_match": {"query": tokens(piece), "type": "phrase", "fields": ["title", "text"]}}
        case Among(field, values):
            return {"terms": {field_of(field): stored_as(field, values)}}
        case During(Window(since, until)):
            return {"range": {"published": {"gte": to_micros(since), "lt": to_micros(until)}}}


def _all(parts: Sequence[Condition]) -> Json:
    wanted = [said(part) for part in parts if not isinstance(part, Not)]
    unwanted = [said(part.part) for part in parts if isinstance(part, Not)]
    return {"bool": {"filter": wanted, "must_not": unwanted}}
