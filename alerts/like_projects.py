"""What is said of like projects in, the negative share that three quarters of them stay below out (methods.md §3).

A claim without a number and without comments before it has nothing of its own to be compared with. Like are projects
of one type. A work that is worse than most of its kind but little complained of contradicts nothing: by its making a
quarter of all projects lies above that share.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np

from alerts.base import Observation
from alerts.prevalence import Folded, Measurement, effective_size, folded, is_usable, polar_share, scores_of
from alerts.quantify import pacc
from minsheng.domain import MIN_EFFECTIVE, Calibration, Kind, Verdict

LOOK_BACK = timedelta(days=180)
UNLIKE = "other"
"""The type of a project of which nobody said what it is like: it has no peers."""
LEAST = 5
"""So many like projects that can be measured are needed."""
_QUANTILE = 0.75

Shares = Mapping[str, float]
"""Negative share among comments with an attitude by aspect; "" stands for all aspects together."""


def shares_of(seen: Observation) -> dict[str, float]:
    """Return the corrected shares of a project of the last 180 days, where enough comments allow one."""
    if seen.calibration is None or not is_usable(seen.calibration):
        return {}
    since = seen.now - LOOK_BACK
    votes = folded(
        [one for one in seen.posts if one.post.kind is Kind.PUBLIC and since <= one.post.published_at < seen.now]
    )
    by_aspect: dict[str, list[Folded]] = {"": votes}
    for vote in votes:
        by_aspect.setdefault(vote.labelled.reading.aspect, []).append(vote)
    shares = {aspect: _share(group, seen.calibration) for aspect, group in by_aspect.items()}
    return {aspect: share for aspect, share in shares.items() if share is not None}


def peer_levels(peers: Iterable[Shares]) -> dict[str, float]:
    """Return by aspect the share that three quarters of the like projects stay below, where enough are measured."""
    known: dict[str, list[float]] = {}
    for shares in peers:
        for aspect, share in shares.items():
            known.setdefault(aspect, []).append(share)
    return {aspect: float(np.quantile(found, _QUANTILE)) for aspect, found in known.items() if len(found) >= LEAST}


def against_peers(measured: Measurement, usual: float, negative_level: float) -> tuple[Verdict, str]:
    """Return how a project stands beside what is usual among its peers, and the reason in Chinese."""
    if measured.polar_low <= usual:
        if measured.polar_high < max(usual, negative_level):
            return Verdict.COMPATIBLE, "本项目的区间没有高出，评论与表述可以并存"
        return Verdict.TENSION, "看不出本项目与它们不同，但负面占比的区间较宽"
    if measured.polar_low > negative_level:
        return Verdict.DIVERGES, f"本项目高于它们，且在 {negative_level:.0%} 以上"
    return Verdict.TENSION, f"本项目高于它们，但下限没有超过 {negative_level:.0%}"


def _share(votes: list[Folded], calibration: Calibration) -> float | None:
    if len(votes) < MIN_EFFECTIVE:
        return None
    scores = scores_of(votes)
    if effective_size(scores[:, 0], [vote.labelled.post.thread for vote in votes]) < MIN_EFFECTIVE:
        return None
    return polar_share(pacc(scores, np.array(calibration.soft, dtype=np.float64)))
