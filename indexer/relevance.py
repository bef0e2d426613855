"""A query and a way to count in, the weights by which the order "best" ranks its matches out: alike in every engine."""

from collections.abc import Callable

from indexer.base import Query
from indexer.conditions import EVERYTHING, Condition, Holds
from indexer.ranking import Ranking, decode_weights, weight_of
from indexer.tree import condition_of, parts_asked, pieces_of
from minsheng.errors import QueryError


def ranking_of(query: Query, count: Callable[[Condition], int]) -> Ranking | None:
    """Return how matches are weighed, None where time alone counts.

    Args:
        query: Checked; the weights of parts are those of the page before, if its cursor is given.
        count: Says how many posts of the whole index match a simple condition.

    Raises:
        QueryError: The cursor comes from another query.
    """
    if query.order != "best":
        return None
    condition = condition_of(query)
    pieces, parts = pieces_of(condition), parts_asked(condition)
    if not pieces and not parts:
        return None
    weights = decode_weights(query)
    if weights is None:
        posts = count(EVERYTHING) if parts else 0
        weights = tuple(weight_of(count(Holds(part)), posts) for part in parts)
    elif len(weights) != len(parts):
        raise QueryError("after: this cursor belongs to another query; use Page.next of the page before")
    return Ranking(pieces, parts, weights)
