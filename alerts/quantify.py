"""Probabilities or labels of a sample and the model's known errors in, the shares of the labels out: three estimators.

PACC is the point estimate, Bayesian ACC the interval, EMQ the check (methods.md §1). Rows and columns stand in the
order negative, neutral, positive.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PEER_WEIGHT = 10.0
"""How many comments the prior of peer projects counts as."""
_CHAINS = 200
_BURN_IN = 10
_DRAWS = 8
_EM_STEPS = 60
_EMQ_STEPS = 500
_EMQ_CHANGE = 1e-6


def pacc(scores: Floats, soft: Floats, weights: Floats | None = None) -> Floats:
    """Return the shares p in the simplex that minimise ||A p - b||: probabilistic adjusted classify and count.

    A is ``soft`` (mean probability of label r over true class c), b the mean of ``scores``, weighted if ``weights`` are
    given. Bella et al., ICDM 2010; methods.md §1. Three classes have seven faces, so the minimum is found exactly by
    trying each.
    """
    target = np.average(scores, axis=0, weights=weights)
    inside = _minimum_on((0, 1, 2), soft, target)
    if inside is not None:  # the least of the whole plane lies in the simplex: no edge of it can be less
        return inside
    faces = [face for size in (1, 2) for face in combinations(range(3), size)]
    candidates = [point for face in faces if (point := _minimum_on(face, soft, target)) is not None]
    return min(candidates, key=lambda point: float(np.sum((soft @ point - target) ** 2)))


def _minimum_on(face: tuple[int, ...], soft: Floats, target: Floats) -> Floats | None:
    """Least squares on the plane of a face; None if it lies outside the face."""
    last, free = face[-1], list(face[:-1])
    point = np.zeros(3)
    if free:
        directions = soft[:, free] - soft[:, [last]]
        weights = np.linalg.lstsq(directions, target - soft[:, last], rcond=None)[0]
        if weights.min() < 0 or weights.sum() > 1:
            return None
        point[free] = weights
    point[last] = 1 - point.sum()
    return point


def emq(scores: Floats, trained_on: Floats) -> Floats:
    """Return the shares by expectation maximisation: the check of PACC, best when probabilities are calibrated.

    Saerens, Latinne & Decaestecker, Neural Computation 2002; methods.md §1. ``trained_on`` are the shares of the
    labels where the model was calibrated.
    """
    shares = trained_on.copy()
    for _ in range(_EMQ_STEPS):
        weighted = scores * (shares / trained_on) + 1e-12
        updated = _to_one(weighted).mean(axis=0)
        moved = float(np.abs(updated - shares).max())
        shares = updated
        if moved < _EMQ_CHANGE:
            break
    return np.asarray(shares)


def bayesian_acc(
    predicted: Ints, counts: Ints, *, prior: tuple[float, float, float] | None = None, seed: int
) -> Floats:
    """Return draws of the shares from their posterior, one row each: Bayesian adjusted classify and count.

    Ziegler & Czyż, arXiv 2302.09159; the Gibbs sampler of methods.md §1, as many short chains side by side.
    ``predicted[r]`` comments labelled r; ``counts[r][c]`` calibration texts of class c labelled r. Each chain starts
    from errors drawn from the calibration alone and the likeliest shares under them: with far more comments than
    calibration texts a chain hardly moves, and the starts themselves are then spread as the posterior is.
    """
    rng = np.random.default_rng(seed)
    base: Floats = np.ones(3) if prior is None else PEER_WEIGHT * np.array(prior) + 0.1
    known: Floats = 1.0 + counts.T.astype(np.float64)
    confusion = _dirichlet(rng, np.broadcast_to(known, (_CHAINS, 3, 3)))  # confusion[chain, c, r]
    shares = _likeliest(confusion, predicted)
    kept = []
    for step in range(_BURN_IN + _DRAWS):
        true = rng.multinomial(predicted, _origins(confusion, shares))  # true[chain, r, c]
        shares = _dirichlet(rng, base + true.sum(axis=1))
        confusion = _dirichlet(rng, known + np.swapaxes(true, 1, 2))
        if step >= _BURN_IN:
            kept.append(shares)
    return np.concatenate(kept)


def _origins(confusion: Floats, shares: Floats) -> Floats:
    """Return the chance of each true class given the label: [chain, r, c]."""
    return _to_one(np.swapaxes(confusion, 1, 2) * shares[:, None, :])


def _likeliest(confusion: Floats, predicted: Ints) -> Floats:
    """Return the shares under which the labels are likeliest, by expectation maximisation in every chain."""
    weights = ((predicted + 1 / 3) / (predicted.sum() + 1))[:, None]
    by_label = np.ascontiguousarray(confusion.transpose(2, 1, 0))  # by_label[r, c, chain]: long rows are added fast
    shares: Floats = np.full(by_label.shape[1:], 1 / 3)
    for _ in range(_EM_STEPS):
        told = weights / (by_label * shares).sum(axis=1)
        shares = shares * (by_label * told[:, None]).sum(axis=0)
    return shares.T


def _dirichlet(rng: np.random.Generator, weights: Floats) -> Floats:
    return _to_one(rng.standard_gamma(weights) + 1e-12)


def _to_one(parts: Floats) -> Floats:
    """Return three parts (last axis) of one; added one by one, since numpy sums so short rows slowly."""
    return np.asarray(parts / (parts[..., 0] + parts[..., 1] + parts[..., 2])[..., None])


def interval(draws: Floats, point: float) -> tuple[float, float]:
    """Return the bounds of 95 % of the draws, widened to hold the point estimate, which comes from another method."""
    low, high = (float(bound) for bound in np.quantile(draws, (0.025, 0.975)))
    return min(low, point), max(high, point)
