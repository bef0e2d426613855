"""Votes and where each is from in, what sources weigh out: the negative share if they weighed alike, and without each.

Sources have different crowds, and which one writes most is chance. No weight makes comments residents: the two
figures stand beside the plain share and show how much it leans on one source (methods.md §7).
"""

from collections.abc import Sequence

import numpy as np

from alerts.quantify import Floats, Ints, pacc

FEW = 10
"""Votes below which a source, or what is left without one, says too little to be measured alone."""


def equal_weight(scores: Floats, sources: Sequence[str], soft: Floats) -> float | None:
    """Return the negative share if every source counted alike; None if fewer than two have enough votes.

    Sources with fewer than ten votes are taken together as one, and are left out if even together they are fewer.
    """
    strata = _strata(sources)
    if len(strata) < 2:  # noqa: PLR2004  # two: with one source there is nothing to weigh
        return None
    weights = np.zeros(len(scores))
    for members in strata:
        weights[members] = 1 / len(members)
    return float(pacc(scores, soft, weights)[0])


def left_out(scores: Floats, sources: Sequence[str], soft: Floats) -> tuple[float, float] | None:
    """Return the least and the largest negative share when one source is left out; None if no rest has enough votes."""
    codes = codes_of(sources)
    rests = [codes != code for code in range(codes.max() + 1)]
    shares = [float(pacc(scores[rest], soft)[0]) for rest in rests if rest.sum() >= FEW]
    return (min(shares), max(shares)) if shares else None


def codes_of(names: Sequence[str]) -> Ints:
    """Return the place of each name among all that occur, in order: ``np.unique``, which sorts texts slowly."""
    places = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.fromiter((places[name] for name in names), np.int64, len(names))


def _strata(sources: Sequence[str]) -> list[list[int]]:
    """Return the positions of each source's votes; thin sources together."""
    places: dict[str, list[int]] = {}
    for place, source in enumerate(sources):
        places.setdefault(source, []).append(place)
    strata = [members for members in places.values() if len(members) >= FEW]
    rest = [place for members in places.values() if len(members) < FEW for place in members]
    return [*strata, rest] if len(rest) >= FEW else strata
