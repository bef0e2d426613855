"""Comments in, the corrected shares without an interval out: for what is compared, not shown.

The interval costs most of a measurement (``alerts.prevalence.measure``). A baseline, a side with too few comments, and
what is looked at beside it need none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.prevalence import effective_size, folded, polar_share, scores_of
from alerts.quantify import pacc
from minsheng.domain import Calibration, LabelledPost


@dataclass(frozen=True, slots=True)
class Glance:
    """Effective number of comments, negative share of all, and among those with an attitude: as ``measure`` says."""

    effective: float
    negative: float
    polar: float


def glance(posts: Sequence[LabelledPost], calibration: Calibration) -> Glance | None:
    """Return the shares of some comments, or None if there are none."""
    votes = folded(posts)
    if not votes:
        return None
    scores = scores_of(votes)
    point = pacc(scores, np.array(calibration.soft, dtype=np.float64))
    effective = effective_size(scores[:, 0], [vote.labelled.post.thread for vote in votes])
    return Glance(effective, float(point[0]), polar_share(point))
