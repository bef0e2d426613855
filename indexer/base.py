"""The port of the index: a query value in, a page of labelled posts out. No SQL and no engine syntax here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Literal, Protocol

from indexer.conditions import EVERYTHING, Condition
from minsheng.correcting import Change
from minsheng.domain import Kind, LabelledPost, Vector, Window

Order = Literal["newest", "oldest", "best"]
Facet = Literal["project", "source", "kind", "sentiment", "topic", "aspect", "intent", "model", "corrected"]
Interval = Literal["day", "week", "month"]

FLOOR = 0.5
"""Posts less alike than this are not called similar: 3 in 1,000 pairs of messages on one board are as alike."""

PARTS = 1 << 16
"""Into so many parts the corpus falls by the digests of ids."""

Refusal = Callable[[LabelledPost, str], None]
"""What ``add`` hands a post to that the engine cannot hold, with the engine's reason."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Filters of one kind are OR, filters of different kinds AND; empty means any.

    ``text``: words separated by spaces, each of which must stand in title or text as ``Holds`` says. ``where`` must
    hold as well; ``tree.condition_of`` joins all into one tree. ``sentiments`` are attitudes: those of sure readings,
    and "unsure". What a person has corrected counts as corrected; ``linked`` alone looks at the projects of the
    reading: what shares are estimated from must not be picked by hand. ``after`` is the cursor of a previous page.
    ``fold`` shows one post (the earliest) of each cluster.
    """

    text: str = ""
    where: Condition = EVERYTHING
    projects: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
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
    """A post found by its meaning; ``similarity`` is the cosine of the vectors, to the millionth."""

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


@dataclass(frozen=True, slots=True)
class Share:
    """One of several shares of the corpus, about equally large: ``number`` from 0, ``of`` so many.

    The id alone says to which share a post belongs, today and tomorrow and in every engine: workers on several
    machines take one share each and together do every post once.
    """

    number: int = 0
    of: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.number < self.of <= PARTS:
            raise ValueError(f"no such share: number {self.number} of {self.of}; wants 0 <= number < of <= {PARTS}")

    def __contains__(self, post_id: str) -> bool:
        return self.of == 1 or part_of(post_id) in self.parts

    @property
    def parts(self) -> range:
        """The parts that belong to this share."""
        return range(-(-self.number * PARTS // self.of), -(-(self.number + 1) * PARTS // self.of))


WHOLE = Share()


def part_of(post_id: str) -> int:
    """Return the part of the corpus that a post belongs to, from 0 to ``PARTS`` - 1."""
    return int.from_bytes(blake2b(post_id.encode("utf-8", "surrogatepass"), digest_size=2).digest())


class PostIndex(Protocol):
    """Where labelled posts live and are searched.

    - ``add`` is idempotent by ``post.id``; a later post replaces an earlier one, except that the first
      ``collected_at`` is kept, and all corrections of both. It returns how many posts were new.
    - a post that an engine cannot hold (a field longer than it takes) is handed to ``refused`` with the engine's
      reason, and all others are stored. Without ``refused`` ``add`` ends in ``PostRefused`` once the others of its
      batch are stored. A post is stored whole or not at all.
    - what ``add`` returned from is durable and visible to the next ``search``.
    - any substring of Han characters matches, one character too; Latin words and numbers match as words (see
      ``indexer.matching``); case, width and traditional forms do not matter.
    - ``add`` keeps a reading as it is, its vector too; the vector is gone with its post. Facets and filters hold what
      ``LabelledPost.label`` says, ``linked`` what the reading says.
    - ``window`` is over ``published_at``: ``since`` inclusive, ``until`` exclusive.
    - orders are total: ties are broken by id in the direction of the order.
    - ``after`` pages are stable while posts arrive.
    - counts are exact. Counting, facets and histograms ignore ``limit``, ``after`` and ``order``, and respect ``fold``.
    - a stream yields what matched when it started; of a ``share`` only its posts.
    """

    def add(self, posts: Iterable[LabelledPost], refused: Refusal | None = None) -> int: ...

    def get(self, post_id: str) -> LabelledPost | None: ...

    def search(self, query: Query) -> Page: ...

    def count(self, query: Query) -> int: ...

    def facet(self, query: Query, facet: Facet, limit: int = 50) -> Mapping[str, int]:
        """Return value → number of posts, most first, then by value. A post of two projects counts in both."""
        ...

    def facets(self, query: Query, facets: Sequence[Facet], limit: int = 50) -> Mapping[Facet, Mapping[str, int]]:
        """Return what ``facet`` says of each: a page shows several, and one question costs less than many."""
        ...

    def histogram(self, query: Query, interval: Interval) -> Mapping[date, int]:
        """Return the first day (Beijing time; weeks start on Monday) of each non-empty bin → number, oldest first."""
        ...

    def stream(self, query: Query, share: Share = WHOLE) -> Iterator[LabelledPost]:
        """Yield every match in the query's order; ignores ``limit`` and ``after``."""
        ...

    def correct(self, post_id: str, changes: Sequence[Change], at: datetime, why: str = "") -> LabelledPost | None:
        """Write what a person puts right beside the reading; return the post as it is then, None if there is none.

        ``minsheng.correcting.corrected`` says what becomes of the history. Nothing that others write at the same time
        is lost: neither their corrections nor a new version of the post.
        """
        ...

    def relabel(self, posts: Iterable[LabelledPost]) -> int:
        """Put these readings in place of those of the same posts; return how many have them now.

        Left out is a post that is gone, or that has changed since it was read from the index. Cluster and corrections
        stay as they are stored.
        """
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
