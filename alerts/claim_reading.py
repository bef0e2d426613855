"""A claim, comments with their stances and the model's known errors in, both sides with numbers and limits out.

Single stances err: a share is only shown corrected (PACC), with the interval of Bayesian adjusted counting, and a
comment is only shown as speaking for a side from the confidence at which four of five such comments do. What a comment
says is never turned into a verdict on the claim (methods.md §3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from alerts.counts import seed_of
from alerts.evidence import quotes
from alerts.prevalence import effective_size, folded
from alerts.quantify import bayesian_acc, pacc
from alerts.rules import wording
from minsheng.domain import MIN_EFFECTIVE, Claim, ClaimKind, ClaimStatus, LabelledPost, Quote
from minsheng.stances import STANCES, ClaimReading, Stance, StanceErrors

_SUPPORTS, _CONTRADICTS, _ = range(3)
_MOST_RELATED = 10


@dataclass(frozen=True, slots=True)
class Spoken:
    """A comment beside a claim, and what the stance model makes of the pair."""

    labelled: LabelledPost
    stance: Stance


def read_claim(claim: Claim, spoken: Sequence[Spoken], errors: StanceErrors | None, waiting: int = 0) -> ClaimReading:
    """Return what the comments say of the claim; near-duplicates have one vote, that of their first post here.

    Args:
        claim: An accepted claim.
        spoken: Comments that may speak to it, read by the model of ``errors``.
        errors: None: unknown, then no comment is put on a side.
        waiting: How many more comments are not read yet.
    """
    votes = _folded(spoken)
    effective = _effective(votes)
    bare = ClaimReading(claim.id, "", posts=len(spoken), effective=effective, waiting=waiting)
    if not votes:
        return replace(bare, why="该表述发布后没有读到可能谈及它的评论。")
    if errors is None or errors.shown is None:
        reason = "立场模型的误差未知" if errors is None else "立场模型分辨不出足够可靠的“不一致”"
        related = quotes([one.labelled for one in votes], _MOST_RELATED)
        return replace(bare, why=f"{reason}，只列出相关评论，不分两边。", related=related)
    return _with_sides(claim, bare, votes, errors, errors.shown)


def _with_sides(
    claim: Claim, bare: ClaimReading, votes: Sequence[Spoken], errors: StanceErrors, shown: float
) -> ClaimReading:
    sides = {
        name: [one.labelled for one in votes if one.stance.label == name and one.stance.confidence >= shown]
        for name in STANCES
    }
    against, borne = sides["contradicts"], sides["supports"]
    both = replace(
        bare,
        contradicting=len(against),
        supporting=len(borne),
        against=_sure(quotes(against), votes),
        bearing_out=_sure(quotes(borne), votes),
    )
    head = f"读了 {bare.posts} 条可能谈及该表述的评论（去重后 {len(votes)}，有效样本 {bare.effective:.0f}）"
    said = f"其中明确说法与表述不一致的 {len(against)} 条，一致的 {len(borne)} 条"
    if claim.status is ClaimStatus.GOAL or claim.kind is ClaimKind.COMPLETION:
        return replace(both, why=f"{head}，{said}；目标与进度不以评论的比例衡量，只列原话。{_left(bare)}")
    found = _share(votes, errors, bare.effective, claim.id)
    if found is None:
        why = f"{head}，{said}；表明立场的有效样本不足 {MIN_EFFECTIVE} 条，只列原话，不估计占比。"
        return replace(both, why=why + _left(bare))
    share, low, high = found
    why = (
        f"{head}，{said}；在表明立场的评论中，说法与表述不一致的约占 {wording.percent(share)}"
        f"（已按模型误差校正，95% 区间 {wording.span(low, high)}）。这是评论的占比，不是居民的占比。"
    )
    return replace(both, why=why + _left(bare), share=share, low=low, high=high)


def _sure(found: Sequence[Quote], votes: Sequence[Spoken]) -> tuple[Quote, ...]:
    """Return the quotes with the confidence in their stance instead of that in their sentiment."""
    by_id = {one.labelled.post.id: one.stance.confidence for one in votes}
    return tuple(replace(quote, confidence=by_id[quote.post]) for quote in found)


def _left(reading: ClaimReading) -> str:
    return f"另有 {reading.waiting} 条尚未读。" if reading.waiting else ""


def _folded(spoken: Sequence[Spoken]) -> list[Spoken]:
    """Return one entry per cluster of near-duplicates: its first post, with its stance."""
    by_id = {one.labelled.post.id: one for one in spoken}
    return [by_id[vote.labelled.post.id] for vote in folded([one.labelled for one in spoken])]


def _rows(votes: Sequence[Spoken]) -> np.ndarray:
    rows = [(one.stance.supports, one.stance.contradicts, one.stance.neither) for one in votes]
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _effective(votes: Sequence[Spoken]) -> float:
    return effective_size(_rows(votes)[:, _CONTRADICTS], [one.labelled.post.thread for one in votes])


def _share(
    votes: Sequence[Spoken], errors: StanceErrors, effective: float, name: str
) -> tuple[float, float, float] | None:
    """Return contradicts / (contradicts + supports) with its interval; None if too few take a side."""
    rows = _rows(votes)
    point = pacc(rows, np.array(errors.soft, dtype=np.float64))
    sides = float(point[_SUPPORTS] + point[_CONTRADICTS])
    if sides * effective < MIN_EFFECTIVE:
        return None
    called = np.bincount(rows.argmax(axis=1), minlength=len(STANCES))
    scaled = np.floor(called * (effective / called.sum()) + 0.5).astype(np.int64)
    draws = bayesian_acc(scaled, np.array(errors.counts, dtype=np.int64), seed=seed_of(name))
    ratios = draws[:, _CONTRADICTS] / (draws[:, _CONTRADICTS] + draws[:, _SUPPORTS])
    share = float(point[_CONTRADICTS]) / sides
    low, high = (float(bound) for bound in np.quantile(ratios, (0.025, 0.975)))
    return share, min(low, share), max(high, share)
