"""An accepted claim in, the comments that may speak to it found, read beside it and kept; what they say out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from alerts.claim_reading import Spoken, read_claim
from alerts.stance_store import StanceStore
from indexer.base import PostIndex, Query
from minsheng.domain import Claim, Kind, LabelledPost, Vector, Window
from minsheng.stances import ClaimReading, Stance, StanceErrors
from models.base import Progress
from models.reader import judged_text
from models.stance import StanceModel

PAIRS_A_DAY = 200
"""Comments that are read beside one claim in a day."""
MOST_KEPT = 1000
"""Comments that are looked at for one claim: the most alike, then the newest of its aspect."""
_ALIKE = 200
"""As many as a page may hold."""


@dataclass(frozen=True, slots=True)
class StanceHead:
    """A stance model, opened when something is to be read, with its version and its known errors."""

    open: Callable[[], StanceModel]
    version: str
    errors: StanceErrors | None


class ClaimReader:
    """Reads comments beside claims, a day's portion at a time, and never the same words twice."""

    def __init__(self, index: PostIndex, store: StanceStore, head: StanceHead) -> None:
        self._index, self.store, self._head = index, store, head

    def read(
        self,
        claim: Claim,
        now: datetime,
        vector: Vector | None = None,
        progress: Progress | None = None,
        *,
        portion: int = PAIRS_A_DAY,
    ) -> ClaimReading:
        """Read what is new, up to the portion of the day, and return what all comments read so far say.

        Args:
            claim: A claim that a person has accepted; of others nothing is read.
            now: Comments since the claim and before this moment are looked at.
            vector: What the claim means, in the space of the index; None: comments are found by aspect alone.
            progress: Called as pairs are read.
            portion: At most so many pairs in a day; 0 reads nothing and shows what is known.
        """
        refusal = _refusal(claim, now)
        if refusal:
            return ClaimReading(claim.id, refusal)
        found = self._with_read_before(claim, self._candidates(claim, now, vector), now)
        known = self.store.known(claim, (one.post for one in found), self._head.version)
        unread = [one for one in found if one.post.id not in known]
        fresh = unread[: max(0, portion - self.store.read_on(claim, now))]
        known |= self._read(claim, fresh, now, progress)
        spoken = [Spoken(one, known[one.post.id]) for one in found if one.post.id in known]
        return read_claim(claim, spoken, self._head.errors, len(unread) - len(fresh))

    def _candidates(self, claim: Claim, now: datetime, vector: Vector | None) -> list[LabelledPost]:
        """Return comments on the project since the claim: those alike in meaning, then the newest of its aspect."""
        window = Window(claim.published_at, now)
        query = Query(linked=(claim.project,), kinds=(Kind.PUBLIC,), window=window, limit=_ALIKE)
        alike: Iterator[LabelledPost] = iter(())
        if vector is not None:
            alike = (near.hit.labelled for near in self._index.similar(query, vector).neighbours)
        found = {one.post.id: one for one in alike}
        aspects = (claim.aspect,) if claim.aspect else ()
        newest = islice(self._index.stream(replace(query, aspects=aspects)), MOST_KEPT)
        return list((found | {one.post.id: one for one in newest if one.post.id not in found}).values())[:MOST_KEPT]

    def _with_read_before(self, claim: Claim, found: list[LabelledPost], now: datetime) -> list[LabelledPost]:
        """Add what was read of this claim and is not found now: alike in meaning, or no longer among the newest."""
        ids = {one.post.id for one in found}
        others = (
            self._index.get(post_id) for post_id in self.store.posts(claim, self._head.version) if post_id not in ids
        )
        kept = [one for one in others if one is not None and claim.project in one.reading.projects]
        return found + [one for one in kept if claim.published_at <= one.post.published_at < now]

    def _read(
        self, claim: Claim, fresh: Sequence[LabelledPost], now: datetime, progress: Progress | None
    ) -> Mapping[str, Stance]:
        if not fresh:
            return {}
        readings = self._head.open().read([(judged_text(one.post), claim.text) for one in fresh], progress)
        stances = [Stance(one.supports, one.contradicts, one.neither) for one in readings]
        self.store.keep(claim, [one.post for one in fresh], stances, self._head.version, now)
        return {one.post.id: stance for one, stance in zip(fresh, stances, strict=True)}


def _refusal(claim: Claim, now: datetime) -> str:
    if not claim.reviewed:
        return "该表述未经人工确认，不对照评论。"
    return "该表述尚未发布，不对照评论。" if claim.published_at > now else ""
