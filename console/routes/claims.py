"""The ledger of claims: what offices said, what waits for a person, and what became of it."""

from dataclasses import dataclass

from fastapi import Request, Response

from alerts.entries import Entry, EntryState
from console.render import desk_of, page
from console.verdicts import claim_finding, stand

MOST_PROPOSED = 200
MOST_DECIDED = 50
_LIVING = frozenset({EntryState.PROPOSED, EntryState.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it is shown: its context cut around the sentence."""

    entry: Entry
    before: str
    behind: str


def show(request: Request) -> Response:
    """Answer with what waits, what is accepted, and what was rejected or taken back; the latest first."""
    desk = desk_of(request)
    findings = desk.findings(None)
    rows = []
    for claim in sorted(desk.claims(), key=lambda claim: claim.published_at, reverse=True):
        finding = claim_finding(claim, findings)
        rows.append((claim, stand([finding]) if finding else None))
    entries = desk.entries()
    proposed = [entry for entry in entries if entry.state is EntryState.PROPOSED]
    decided = [entry for entry in entries if entry.state not in _LIVING]
    return page(
        request,
        "claims.html",
        proposals=[proposal_of(entry) for entry in proposed[:MOST_PROPOSED]],
        proposals_total=len(proposed),
        ledger_ids={entry.id for entry in entries},
        waiting=[claim for claim, _ in rows if not claim.reviewed],
        accepted=[row for row in rows if row[0].reviewed],
        histories=desk.histories(),
        decided=decided[:MOST_DECIDED],
        decided_total=len(decided),
    )


def proposal_of(entry: Entry) -> Proposal:
    """Return an entry with its context cut at the sentence."""
    before, found, behind = entry.context.partition(entry.sentence)
    return Proposal(entry, before, behind) if found else Proposal(entry, "", "")
