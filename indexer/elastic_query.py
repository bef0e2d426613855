"""A checked query in, the Elasticsearch query of its matches out. Core features only: no scripts, no plugins."""

from typing import Any

from indexer.base import Facet, Order, Query
from indexer.ranking import is_descending, words_of
from indexer.times import to_micros
from indexer.tokens import characters

FACETS: dict[Facet, str] = {
    "project": "projects",
    "source": "source",
    "kind": "kind",
    "sentiment": "sentiment",
    "topic": "topic",
    "aspect": "aspect",
}
_FIELDS = {
    "projects": "projects",
    "sources": "source",
    "kinds": "kind",
    "sentiments": "sentiment",
    "topics": "topic",
    "aspects": "aspect",
    "clusters": "cluster",
    "threads": "thread",
    "reply_to": "reply_to",
}


def query_of(query: Query) -> dict[str, Any]:
    """Return a query without scores: each word and each filter must hold."""
    conditions = [_word(characters(word)) for word in words_of(query.text)]
    for name, field in _FIELDS.items():
        if values := getattr(query, name):
            conditions.append({"terms": {field: list(map(str, values))}})
    if query.window:
        span = {"gte": to_micros(query.window.since), "lt": to_micros(query.window.until)}
        conditions.append({"range": {"published": span}})
    return {"bool": {"filter": conditions}}


def sort_of(order: Order) -> list[dict[str, str]]:
    direction = "desc" if is_descending(order) else "asc"
    return [{"published": direction}, {"id": direction}]


def _word(tokens: str) -> dict[str, Any]:
    """A word lies within the title or within the text: its characters follow one another there."""
    return {"bool": {"should": [{"match_phrase": {field: tokens}} for field in ("title", "text")]}}
