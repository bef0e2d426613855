"""Current e-values of several matters in, those that may stand on one list out (e-BH).

Wang & Ramdas, "False discovery rate control with e-values", JRSS-B 2022: the share of innocent matters on the list is
at most ``alpha`` on average, however the e-values hang together. It holds for e-values as they stand on the day of the
list, never for the largest that each once had (arXiv 2501.19360).
"""

from collections.abc import Sequence

import numpy as np

ALPHA = 0.10


def e_bh(log_values: Sequence[float], alpha: float = ALPHA) -> list[int]:
    """Return the positions to list, the strongest first: the k largest for the largest k with e_(k) >= N / (alpha k).

    Args:
        log_values: Logarithm of each e-value; of *all* matters watched, also those that stand at 1.
        alpha: The share of false ones allowed on the list, on average.
    """
    logs = np.asarray(log_values, dtype=np.float64)
    order = np.argsort(-logs, kind="stable")
    needed = np.log(len(logs) / alpha) - np.log(np.arange(1, len(logs) + 1)) if len(logs) else logs
    enough = np.flatnonzero(logs[order] >= needed)
    return [int(place) for place in order[: enough[-1] + 1]] if len(enough) else []
