"""An office in, its ledger of claims filled: from official posts, and from tables that offices publish."""

import math
from collections.abc import Iterable, Sequence

from alerts.entries import Draft, Entry
from alerts.proposals import Surroundings, drafts_of
from app.bootstrap import Office
from app.progress import Step
from indexer.base import Query
from minsheng.domain import Claim, Kind, LabelledPost

_STEP = 200


def propose_claims(office: Office, posts: Iterable[LabelledPost], *, replies: bool = False) -> list[Entry]:
    """Propose what official posts claim of registered projects; return what is new.

    Answers to single messages are left out unless ``replies``: they claim little of the project as a whole. What a
    claims file holds already, from the same page, is not proposed.
    """
    around = Surroundings(office.register.projects, office.sources, office.linker.named)
    proposed: list[Entry] = []
    for labelled in posts:
        post = labelled.post
        if post.kind is not Kind.OFFICIAL or (post.reply_to is not None and not replies):
            continue
        drafts = drafts_of(labelled, around)
        held = [draft for draft in drafts if _is_written(draft, office.written_claims)]
        proposed += office.ledger.propose(post.id, drafts, office.now(), held=held)
    return proposed


def propose_from_index(office: Office, *, replies: bool, progress: Step | None = None) -> list[Entry]:
    """Propose what all official posts of the index claim."""
    query = Query(kinds=(Kind.OFFICIAL,), order="oldest")
    total = office.index.count(query)
    return propose_claims(office, _told(office.index.stream(query), total, progress), replies=replies)


def _told(posts: Iterable[LabelledPost], total: int, progress: Step | None) -> Iterable[LabelledPost]:
    for done, labelled in enumerate(posts, start=1):
        yield labelled
        if progress and (done % _STEP == 0 or done == total):
            progress(done, total)


def _is_written(draft: Draft, written: Sequence[Claim]) -> bool:
    """Whether a claims file holds the claim: the same page says the same of the same project."""
    claim = draft.claim
    return any(
        (claim.project, claim.source_url, claim.kind, claim.status)
        == (known.project, known.source_url, known.kind, known.status)
        and (claim.value is None or known.value is None or math.isclose(claim.value, known.value))
        for known in written
    )
