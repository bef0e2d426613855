"""Rows that match in, their numbers in the order of a query out, from a cursor on.

Ids are read only where keys are the same, texts only of rows that may yet stand on the page.
"""

from collections.abc import Callable, Sequence

import numpy as np

from indexer.base import Order
from indexer.columns import Ints
from indexer.ranking import Position, Ranking, is_descending
from indexer.selection import IdsOf

CHUNK = 500
"""Texts that are read at a time for the order "best"."""

TextsOf = Callable[[Ints], Sequence[tuple[int, str, int, str, str]]]
"""Number, id, time and the normal forms of title and text of some rows, in any order."""


def by_time(
    keys: Ints, numbers: Ints, ids_of: IdsOf, order: Order, after: Position | None = None, limit: int | None = None
) -> Ints:
    """Return the numbers of rows in order of their keys, then of their ids."""
    sign = -1 if is_descending(order) else 1
    keys = sign * keys
    if after:
        keys, numbers = _beyond(keys, numbers, ids_of, sign, after)
    if limit is not None and limit < len(keys):
        among = np.flatnonzero(keys <= np.partition(keys, limit - 1)[limit - 1])
        keys, numbers = keys[among], numbers[among]
    ranks = _ranks(keys, numbers, ids_of)
    return numbers[np.lexsort((sign * ranks, keys))][:limit]


def by_worth(
    most: Ints,
    numbers: Ints,
    texts_of: TextsOf,
    ranking: Ranking,
    after: Position | None = None,
    limit: int | None = None,
) -> list[int]:
    """Return the numbers of rows in order "best"; ``most`` is the most that each may be worth.

    The texts of those that may be worth most are read first, until none of the rest can stand on the page any more.
    """
    waiting = np.argsort(-most)
    found: list[tuple[int, str, int]] = []
    for start in range(0, len(waiting), CHUNK):
        chunk = waiting[start : start + CHUNK]
        if limit is not None and len(found) == limit and most[chunk[0]] < found[-1][0]:
            break
        for n, post_id, published, title, text in texts_of(numbers[chunk]):
            position = published + ranking.bonus(title, text), post_id
            if after is None or position < (after.key, after.id):
                found.append((*position, n))
        if limit is not None:
            found = sorted(found, reverse=True)[:limit]
    return [n for _, _, n in sorted(found, reverse=True)]


def _beyond(keys: Ints, numbers: Ints, ids_of: IdsOf, sign: int, after: Position) -> tuple[Ints, Ints]:
    mark = sign * after.key
    is_beyond = keys > mark
    same = np.flatnonzero(keys == mark)
    for place, post_id in zip(same, ids_of(numbers[same]), strict=True):
        is_beyond[place] = post_id < after.id if sign < 0 else post_id > after.id
    return keys[is_beyond], numbers[is_beyond]


def _ranks(keys: Ints, numbers: Ints, ids_of: IdsOf) -> Ints:
    """Return the place of each row by id, as far as other rows have the same key."""
    ranks = np.zeros(len(keys), np.int64)
    _, which, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    same = np.flatnonzero(sizes[which] > 1)
    ids = ids_of(numbers[same])
    ranks[same[sorted(range(len(same)), key=ids.__getitem__)]] = np.arange(len(same))
    return ranks
