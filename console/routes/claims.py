"""The ledger of claims: what offices said, what waits for a person, and what became of it."""

from dataclasses import dataclass

from fastapi import Request, Response

from alerts.ledger import Entry, EntryState, Event
from console.render import desk_of, page
from console.verdicts import claim_finding, stand

MOST_DECIDED = 50


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal as it is shown: its context cut around the sentence."""

    entry: Entry
    before: str
    behind: str


@dataclass(frozen=True, slots=True)
class Decided:
    """An entry that no rule uses any longer, or never did, and what happened to it."""

    entry: Entry
    events: tuple[Event, ...]


def show(request: Request) -> Response:
    """Answer with what waits, what is accepted, and what was rejected or taken back; the latest first."""
    desk = desk_of(request)
    findings = desk.findings(None)
    claims = sorted(desk.claims(), key=lambda claim: claim.published_at, reverse=True)
    rows = []
    for claim in claims:
        finding = claim_finding(claim, findings)
        rows.append((claim, stand([finding]) if finding else None))
    entries = desk.entries()
    accepted = {entry.id: desk.history(entry.id) for entry in entries if entry.state is EntryState.ACCEPTED}
    decided = [entry for entry in entries if entry.state not in {EntryState.PROPOSED, EntryState.ACCEPTED}]
    return page(
        request,
        "claims.html",
        proposals=[_proposal(entry) for entry in entries if entry.state is EntryState.PROPOSED],
        waiting=[claim for claim, _ in rows if not claim.reviewed],
        accepted=[row for row in rows if row[0].reviewed],
        histories=accepted,
        decided=[Decided(entry, tuple(desk.history(entry.id))) for entry in decided[:MOST_DECIDED]],
        decided_total=len(decided),
    )


def _proposal(entry: Entry) -> Proposal:
    before, found, behind = entry.context.partition(entry.sentence)
    return Proposal(entry, before, behind) if found else Proposal(entry, "", "")
