"""Projects and what was last measured of them in, the mean shares of a project's peers out.

Peers are projects of the same type, of the same department if enough of those are known. Their mean is the prior of
a project with few comments; it is shown as so many comments from peers, and ``peer_prior: false`` switches it off.
It comes from the findings of the watch before, so that a project is never measured by what peers say later.
"""

from collections.abc import Mapping, Sequence

from minsheng.domain import MIN_EFFECTIVE, Finding, Prevalence, Project

Shares = tuple[float, float, float]

ENOUGH_PEERS = 3
NO_TYPE = "other"


def peer_shares(project: Project, projects: Mapping[str, Project], findings: Sequence[Finding]) -> Shares | None:
    """Return the mean shares (negative, neutral, positive) of a project's peers; None with fewer than three."""
    if project.type == NO_TYPE:
        return None
    known = _widest(findings)
    alike = [other for other in projects.values() if other.type == project.type and other.id != project.id]
    near = [other for other in alike if other.department.id == project.department.id]
    for group in (near, alike):
        measured = [known[other.id] for other in group if other.id in known]
        if len(measured) >= ENOUGH_PEERS:
            return _mean(measured)
    return None


def _widest(findings: Sequence[Finding]) -> dict[str, Prevalence]:
    """Return of each project the shares that rest on the most comments, if they are enough."""
    best: dict[str, Prevalence] = {}
    for finding in findings:
        shares = finding.evidence.prevalence
        if shares is None or shares.effective < MIN_EFFECTIVE:
            continue
        if finding.project not in best or shares.posts > best[finding.project].posts:
            best[finding.project] = shares
    return best


def _mean(measured: Sequence[Prevalence]) -> Shares:
    number = len(measured)
    return (
        sum(shares.negative for shares in measured) / number,
        sum(shares.neutral for shares in measured) / number,
        sum(shares.positive for shares in measured) / number,
    )
