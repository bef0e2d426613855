"""The ledger of claims: what offices said, whether a person has accepted it, and how it stands."""

from fastapi import Request, Response

from console.render import desk_of, page
from console.verdicts import claim_finding, stand


def show(request: Request) -> Response:
    """Answer with all claims, the latest first; those waiting for review above the others."""
    desk = desk_of(request)
    findings = desk.findings(None)
    rows = []
    for claim in sorted(desk.claims, key=lambda claim: (not claim.reviewed, claim.published_at), reverse=True):
        finding = claim_finding(claim, findings)
        rows.append((claim, stand([finding]) if finding else None))
    return page(
        request,
        "claims.html",
        waiting=[claim for claim, _ in rows if not claim.reviewed],
        accepted=[row for row in rows if row[0].reviewed],
    )
