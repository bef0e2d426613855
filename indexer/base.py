"""The port of the index: a query value in, a page of labelled posts out. No SQL and no engine syntax here."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from indexer.conditions import EVERYTHING, Condition
from minsheng.domain import Kind, LabelledPost, Vector, Window

Order = Literal["newest", "oldest", "best"]
Facet = Literal["project", "source", "kind", "sentiment", "topic", "aspect", "intent"]
Interval = Literal["day", "week", "month"]

FLOOR = 0.5
"""Posts less alike than this are not called similar: two that are drawn at random are as alike once in a thousand."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Filters of one kind are OR, filters of different kinds AND; empty means any.

    ``text``: words separated by spaces, each of which must stand in title or text as ``Holds`` says. ``where`` must
    hold as well; ``tree.condition_of`` joins all into one tree. ``sentiments`` are attitudes: those of sure readings,
    and "unsure". ``after`` is the cursor of a previous page. ``fold`` shows one post (the earliest) of each cluster.
    """

    text: str = ""
    where: Condition = EVERYTHING
    projects: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    sentiments: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    threads: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    window: Window | None = None
    order: Order = "newest"
    limit: int = 20
    after: str | None = None
    fold: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """One post found; ``copies`` is the size of its near-duplicate cluster in the whole index."""

    labelled: LabelledPost
    copies: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some hits, the exact number of all (folded if the query folds), and the cursor of the next page or None."""

    hits: tuple[Hit, ...]
    total: int
    next: str | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A post found by its meaning; ``similarity`` is the cosine of the vectors in millionths."""

    hit: Hit
    similarity: float


@dataclass(frozen=True, slots=True)
class Similar:
    """The most similar posts, the most similar first.

    ``unread`` is the number of single posts that the query finds but that have no vector to compare: an earlier
    Minsheng or another model read them.
    """

    neighbours: tuple[Neighbour, ...]
    unread: int


class PostIndex(Protocol):
    """Where labelled posts live and are searched.

    - ``add`` is idempotent by ``post.id``; a later post replaces an earlier one, except that the first
      ``collected_at`` is kept. It returns how many posts were new.
    - what ``add`` returned from is durable and visible to the next ``search``.
    - any substring of Han characters matches, one character too; Latin words and numbers match as words (see
      ``indexer.matching``); case, width and traditional forms do not matter.
    - ``add`` keeps a reading as it is, its vector too: facet and filter ``sentiment`` hold its ``attitude``. The vector
      is gone with its post.
    - ``window`` is over ``published_at``: ``since`` inclusive, ``until`` exclusive.
    - orders are total: ties are broken by id in the direction of the order.
    - ``after`` pages are stable while posts arrive.
    - counts are exact. Counting, facets and histograms ignore ``limit``, ``after`` and ``order``, and respect ``fold``.
    - a stream yields what matched when it started.
    """

    def add(self, posts: Iterable[LabelledPost]) -> int: ...

    def get(self, post_id: str) -> LabelledPost | None: ...

    def search(self, query: Query) -> Page: ...

    def count(self, query: Query) -> int: ...

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        """Return value → number of posts, most first, then by value. A post of two projects counts in both."""
        ...

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        """Return the first day (Beijing time; weeks start on Monday) of each non-empty bin → number, oldest first."""
        ...

    def stream(self, query: Query) -> Iterator[LabelledPost]:
        """Yield every match in the query's order; ignores ``limit`` and ``after``."""
        ...

    def similar(self, query: Query, to: str | Vector, floor: float = FLOOR) -> Similar:
        """Return what the query finds (folded if it folds), ``limit`` of it, by similarity to a post or a vector.

        - every post is compared, none is guessed: the answer is exact. Ties are broken by id, the least first.
        - none is less similar than ``floor``; ``order`` and ``after`` are ignored.
        - the post itself is never among them; where the query folds, no post of its cluster is.
        - vectors of different spaces are never compared.

        Raises:
            NotComparable: There is no such post, or it has no vector.
        """
        ...

    def delete(self, ids: Iterable[str]) -> int:
        """Remove posts; return how many were there."""
        ...

    def close(self) -> None: ...
