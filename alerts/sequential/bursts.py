"""Comments a day of one project and of all in, which days were a burst out. Context for a reader, never evidence.

Kleinberg, "Bursty and Hierarchical Structure in Streams", KDD 2002, the batch automaton with two states: in a burst
the project's share of all comments is ``ratio`` times its share over the whole span. Entering a burst costs
gamma * ln(days), so single lively days do not flicker.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RATIO = 2.0
GAMMA = 1.0
_MOST = 0.9999


def burst_days(own: Sequence[int], everyone: Sequence[int], ratio: float = RATIO, gamma: float = GAMMA) -> list[bool]:
    """Return for each day whether the project was in a burst.

    Args:
        own: Comments of the project, day by day.
        everyone: Comments of all projects on the same days, the project's own among them.
        ratio: How many times its usual share a burst is.
        gamma: How dear it is to enter a burst.
    """
    found, total = np.asarray(own, dtype=np.float64), np.asarray(everyone, dtype=np.float64)
    if len(found) != len(total) or np.any(found > total):
        raise ValueError("each day needs a number of all comments that is at least the project's own")
    if not found.sum() or found.sum() == total.sum():
        return [False] * len(found)
    usual = found.sum() / total.sum()
    costs = np.stack([_surprise(found, total, share) for share in (usual, min(ratio * usual, _MOST))], axis=1)
    return _cheapest_path(costs, gamma * np.log(len(found)))


def _surprise(own: Floats, everyone: Floats, share: float) -> Floats:
    """Minus log chance of the day's number at this share; the binomial coefficient is the same in both states."""
    return np.asarray(-own * np.log(share) - (everyone - own) * np.log1p(-share))


def _cheapest_path(costs: Floats, entering: float) -> list[bool]:
    """Viterbi over two states; going up costs ``entering``, coming down nothing."""
    calm, burst = costs[0, 0], costs[0, 1] + entering
    came: list[tuple[bool, bool]] = []
    for quiet, loud in costs[1:]:
        came.append((bool(burst < calm), bool(burst <= calm + entering)))
        calm, burst = min(calm, burst) + quiet, min(burst, calm + entering) + loud
    path = [bool(burst < calm)]
    for into_calm, into_burst in reversed(came):
        path.append(into_burst if path[-1] else into_calm)
    return path[::-1]
