"""Findings in, what is said of a project or a claim out."""

from collections.abc import Sequence
from dataclasses import dataclass

from minsheng import words
from minsheng.detection import Tier
from minsheng.domain import MIN_EFFECTIVE, Claim, ClaimKind, ClaimStatus, Evidence, Finding, Prevalence, Verdict

DIVERGENCE = "divergence"

_ORDER = (Verdict.NOT_ASSESSABLE, Verdict.COMPATIBLE, Verdict.TENSION, Verdict.DIVERGES)


@dataclass(frozen=True, slots=True)
class Stand:
    """How a project or claim stands: the word, its rank for sorting, and the finding that says so."""

    word: str
    rank: int
    finding: Finding | None

    @property
    def level(self) -> str:
        """The name that the style sheet knows."""
        return ("thin", "open", "fits", "tension", "parts")[self.rank]


@dataclass(frozen=True, slots=True)
class Measured:
    """A share with its interval and the number of comments it rests on."""

    name: str
    value: float
    low: float | None
    high: float | None
    posts: int


def stand(findings: Sequence[Finding]) -> Stand:
    """Return the gravest verdict among comparisons of claims with comments."""
    judged = [finding for finding in findings if finding.rule == DIVERGENCE]
    if not judged:
        return Stand(words.VERDICTS[Verdict.NOT_ASSESSABLE], 1, None)
    worst = max(judged, key=lambda finding: (_ORDER.index(finding.verdict), finding.fired, finding.level))
    if worst.verdict is Verdict.NOT_ASSESSABLE:
        thin = next((finding for finding in judged if _is_thin(finding)), None)
        return Stand(words.TOO_FEW, 0, thin) if thin else Stand(words.VERDICTS[worst.verdict], 1, worst)
    watched = any(finding.evidence.detection and finding.evidence.detection.tier is Tier.WATCH for finding in judged)
    word = words.VERDICTS[worst.verdict] + (f"·{words.WATCH}" if watched else "")
    return Stand(word, _ORDER.index(worst.verdict) + 1, worst)


def claim_finding(claim: Claim, findings: Sequence[Finding]) -> Finding | None:
    """Return the comparison of one claim with the comments."""
    matching = (f for f in findings if f.rule == DIVERGENCE and f.claim is not None and f.claim.id == claim.id)
    return next(matching, None)


def measured(evidence: Evidence) -> Measured | None:
    """Return the share that a finding rests on: of negative comments if it was estimated, else its own quantity."""
    shares = evidence.prevalence
    if shares is not None and is_enough(shares):
        return Measured("负面占比", shares.negative, shares.low, shares.high, shares.posts)
    if shares is None and evidence.share is not None:
        return Measured(evidence.measure, evidence.share, evidence.low, evidence.high, evidence.posts)
    return None


def project_share(findings: Sequence[Finding]) -> Measured | None:
    """Return the negative share of the finding with the most comments behind it."""
    known = [finding for finding in findings if is_enough(finding.evidence.prevalence)]
    widest = max(known, key=lambda finding: finding.evidence.posts, default=None)
    return measured(widest.evidence) if widest else None


def is_enough(shares: Prevalence | None) -> bool:
    """Whether an estimate rests on enough comments to be shown."""
    return shares is not None and shares.effective >= MIN_EFFECTIVE


def _is_thin(finding: Finding) -> bool:
    """Whether more comments would have brought an answer: the claim can be judged, and there were too few."""
    claim, seen = finding.claim, finding.evidence
    if claim is None or not claim.reviewed or claim.status is ClaimStatus.GOAL or claim.kind is ClaimKind.COMPLETION:
        return False
    return 0 < seen.effective < MIN_EFFECTIVE or seen.posts < MIN_EFFECTIVE
