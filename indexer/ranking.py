"""A query in, the words it asks for, the order of its matches and the cursors between its pages out.

Order "best" must page stably while posts arrive and be the same in every back end, so its score rests on the post
and the query alone, never on statistics of the collection (as BM25 does) nor on the clock::

    relevance = sum over pieces of  4 · [piece in title] + min(occurrences in text, 5)
              + 8 · [all pieces together in title] + 4 · [all pieces together in text]
    score     = published_at + 30 days · log2(max(relevance, 1)) + 100 years · share

The pieces are the different words and pieces that the query asks for and does not exclude, in its order, words first
(``tree.pieces_of``); where one stands is said by ``indexer.matching``. Two pieces or more are together where they
follow one another in this order with nothing or one space between: the whole phrase that was typed.

Twice the relevance outweighs thirty days of age. Order by this sum equals order by ``relevance · 2^(-age / 30 d)`` at
any moment, so ``now`` is not needed. Ties are broken by id, in the direction of the order.

``share`` is 0 unless the query says "roughly" (``indexer.roughly``): then it is the weight of the parts that a post
holds, of the weight of all parts, so that what holds a hundredth more outweighs a year. Long texts hold much by chance:
of the share a tenth is taken away times log2(1 + length of title and text / 200). A part that few posts hold weighs
more: one of N posts of the whole index, of which n hold it, the whole part of log2(N / n) and one, and nothing
if n is 0. That is a statistic of the collection; it is taken when the first page is asked for and goes along in the
cursor, so that the pages after it weigh alike whatever arrives meanwhile.
"""

import base64
import binascii
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property

from indexer.base import Order, Query
from indexer.matching import contains, count, stand_together
from minsheng.errors import QueryError
from minsheng.text import normalise

TITLE_WORTH = 4
TITLE_PHRASE_WORTH = 8
TEXT_PHRASE_WORTH = 4
MOST_OCCURRENCES = 5
SHARE_WORTH = timedelta(days=36_525) // timedelta(microseconds=1)
HALF_LIFE = timedelta(days=30) // timedelta(microseconds=1)
LENGTH_COSTS, USUAL_LENGTH = 0.1, 200
_LARGEST_KEY = 2**63
_LARGEST_WEIGHT = 64


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a post stands in an order: microseconds (for "best" with the bonus added), then id."""

    key: int
    id: str


@dataclass(frozen=True)
class Ranking:
    """How the matches of one query are weighed: the pieces that it asks for, and parts with their weights."""

    pieces: tuple[str, ...]
    parts: tuple[str, ...] = ()
    weights: tuple[int, ...] = ()

    def bonus(self, title: str, text: str) -> int:
        """Return the microseconds by which a normalised title and text move a post up."""
        held = sum(
            weight
            for part, weight in zip(self.parts, self.weights, strict=True)
            if contains(title, part) or contains(text, part)
        )
        return bonus(title, text, *self.pieces) + self.share(held, len(title) + len(text))

    def share(self, held: int, length: int) -> int:
        """Return the microseconds that parts of this weight move a post of so many characters up."""
        kept = 1 - LENGTH_COSTS * math.log2(1 + length / USUAL_LENGTH)
        return round(max(kept, 0.0) * self.share_worth[held])

    @property
    def most(self) -> int:
        """The most that ``bonus`` may be."""
        return most_bonus(len(self.pieces), len(self.pieces)) + self.share_worth[-1]

    @cached_property
    def share_worth(self) -> tuple[int, ...]:
        """The microseconds that each weight of parts held is worth at most."""
        whole = sum(self.weights)
        return tuple(SHARE_WORTH * held // max(whole, 1) for held in range(whole + 1))


def weight_of(holding: int, posts: int) -> int:
    """Return the weight of a part that so many of all posts hold."""
    return (posts // holding).bit_length() if holding else 0


def words_of(text: str) -> tuple[str, ...]:
    """Return the different words of a query, normalised, in order."""
    return tuple(dict.fromkeys(word for word in normalise(text).split(" ") if word))


def bonus(title: str, text: str, *pieces: str) -> int:
    """Return the microseconds by which the relevance of a normalised title and text moves a post up."""
    relevance = 0
    for piece in pieces:
        relevance += TITLE_WORTH * contains(title, piece) + min(count(text, piece), MOST_OCCURRENCES)
    if len(pieces) > 1:
        relevance += TITLE_PHRASE_WORTH * stand_together(title, *pieces)
        relevance += TEXT_PHRASE_WORTH * stand_together(text, *pieces)
    return bonus_of(relevance)


@cache
def bonus_of(relevance: int) -> int:
    return round(HALF_LIFE * math.log2(max(relevance, 1)))


def most_bonus(titles: int, pieces: int) -> int:
    """Return the most that ``bonus`` may be where this many of the pieces stand in the title."""
    together = TITLE_PHRASE_WORTH + TEXT_PHRASE_WORTH if pieces > 1 else 0
    return bonus_of(TITLE_WORTH * titles + MOST_OCCURRENCES * pieces + together)


def is_descending(order: Order) -> bool:
    return order != "oldest"


def encode_cursor(order: Order, position: Position, weights: Sequence[int] = ()) -> str:
    """Return an opaque, URL-safe mark of a position in an order, and of the weights of parts in that order."""
    row = json.dumps([order, position.key, position.id, *weights], separators=(",", ":"))
    return base64.urlsafe_b64encode(row.encode("ascii")).decode("ascii").rstrip("=")


def decode_cursor(query: Query) -> Position | None:
    """Return the position after which the page starts, or None for the first page.

    Raises:
        QueryError: ``after`` was not made by ``encode_cursor``, or for another order.
    """
    if query.after is None:
        return None
    order, position, _ = _read_cursor(query.after)
    if order != query.order:
        raise QueryError(f"after: this cursor belongs to order {order!r}, the query has {query.order!r}")
    return position


def decode_weights(query: Query) -> tuple[int, ...] | None:
    """Return the weights of parts that the page before was ordered by, or None for the first page."""
    return _read_cursor(query.after)[2] if query.after is not None else None


def _read_cursor(cursor: str) -> tuple[str, Position, tuple[int, ...]]:
    wrong = QueryError(f"after: {cursor[:40]!r} is not a cursor; use Page.next of the page before, unchanged")
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        row = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        json.dumps(row, ensure_ascii=False).encode("utf-8")  # an id that is no Unicode text is no id
    except (binascii.Error, UnicodeError, ValueError, RecursionError) as error:
        raise wrong from error
    match row:
        case [str(order), int(key), str(post_id), *weights] if _is_key(key) and all(map(_is_weight, weights)):
            return order, Position(key, post_id), tuple(weights)
    raise wrong


def _is_key(value: int) -> bool:
    return not isinstance(value, bool) and -_LARGEST_KEY <= value < _LARGEST_KEY


def _is_weight(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_WEIGHT
