"""Findings in, one outcome per project out: what the terminal, the JSON and the first page lead with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minsheng.domain import Finding, Project, Verdict

# The order in which fired rules speak for a project: a claim that does not hold comes before what surrounds it.
_ORDER = ("divergence", "standards_gap", "focus_gap", "unanswered", "posture_gap", "surge", "silence")
_WEIGHT = {rule: place for place, rule in enumerate(_ORDER)}
_VERDICT_WEIGHT = {Verdict.DIVERGES: 0, Verdict.TENSION: 1, Verdict.COMPATIBLE: 2, Verdict.NOT_ASSESSABLE: 3}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said of a project in one line, and every rule that fired."""

    project: str
    flagged: bool
    verdict: Verdict
    rule: str
    claim: str | None
    posts: int
    interval: tuple[float, float] | None
    why: str
    fired: tuple[str, ...]

    @property
    def interval_text(self) -> str:
        return "—" if self.interval is None else f"{self.interval[0]:.0%}–{self.interval[1]:.0%}"


def summarise(projects: Mapping[str, Project], findings: Sequence[Finding]) -> list[Outcome]:
    """Return one outcome per project, flagged ones first; projects without findings do not occur."""
    grouped = {key: [finding for finding in findings if finding.project == key] for key in projects}
    outcomes = [_outcome(key, own) for key, own in grouped.items() if own]
    return sorted(outcomes, key=lambda outcome: (not outcome.flagged, _VERDICT_WEIGHT[outcome.verdict]))


def _outcome(project: str, findings: Sequence[Finding]) -> Outcome:
    lead = min(findings, key=_rank)
    evidence = lead.evidence
    bounds = (evidence.low, evidence.high)
    return Outcome(
        project=project,
        flagged=lead.fired,
        verdict=lead.verdict,
        rule=lead.rule,
        claim=lead.claim.id if lead.claim else None,
        posts=evidence.posts,
        interval=None if bounds[0] is None or bounds[1] is None else (bounds[0], bounds[1]),
        why=lead.why,
        fired=tuple(sorted({finding.rule for finding in findings if finding.fired})),
    )


def _rank(finding: Finding) -> tuple[bool, int, int, float]:
    return (
        not finding.fired,
        _WEIGHT.get(finding.rule, len(_WEIGHT)),
        _VERDICT_WEIGHT[finding.verdict],
        -finding.level,
    )
