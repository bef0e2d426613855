"""Labelled comments and the model's known errors in, the share of each sentiment with its interval out.

The estimand is the share of published, still visible, de-duplicated comments on the listed sources; never a share of
residents. The interval covers counting and the classifier's errors, not who chooses to speak (methods.md §0, §7).
Every comment counts alike; equal weight per source is not done yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from minsheng.domain import Calibration, LabelledPost, Opinion, Prevalence

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT_ICC = 0.05
"""Likeness of comments in one thread when it cannot be estimated, and the least that is assumed."""

PEER_WEIGHT = 10.0
_CHAINS = 200
_BURN_IN = 10
_DRAWS = 8
_EM_STEPS = 60
_EMQ_STEPS = 500
_EMQ_CHANGE = 1e-6
_FEW_THREADS = 10
_MAX_CONDITION = 10.0
_MIN_SEPARATION = 0.5


@dataclass(frozen=True, slots=True)
class Folded:
    """One cluster of near-duplicates: its earliest post here, its mean opinion, and how many copies it has."""

    labelled: LabelledPost
    opinion: Opinion
    copies: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """A prevalence with what a judgement needs besides.

    ``polar`` is negative / (negative + positive) with its 95 % interval; ``disagreement`` is |PACC - EMQ| of the
    negative share: two methods with different assumptions that part point at texts unlike the calibration set.
    """

    prevalence: Prevalence
    polar: float
    polar_low: float
    polar_high: float
    disagreement: float

    @property
    def with_attitude(self) -> float:
        """Effective number of comments that are negative or positive."""
        return self.prevalence.effective * (self.prevalence.negative + self.prevalence.positive)


def estimate(
    posts: Sequence[LabelledPost],
    calibration: Calibration,
    *,
    prior: tuple[float, float, float] | None = None,
    seed: int,
) -> Prevalence | None:
    """Return the corrected shares of some comments, or None if there are none.

    Args:
        posts: Comments of one matter; near-duplicates among them get one vote.
        calibration: Errors of the model that read them.
        prior: Mean shares of peer projects; counts as ten pseudo-comments in the interval. None: no peers.
        seed: Of the sampler, so that the same comments give the same interval.
    """
    measured = measure(posts, calibration, prior=prior, seed=seed)
    return None if measured is None else measured.prevalence


def measure(
    posts: Sequence[LabelledPost],
    calibration: Calibration,
    *,
    prior: tuple[float, float, float] | None = None,
    seed: int,
) -> Measurement | None:
    """Return ``estimate`` with the share among comments that have an attitude, and the check by EMQ."""
    votes = folded(posts)
    if not votes:
        return None
    scores = scores_of(votes)
    soft = np.array(calibration.soft, dtype=np.float64)
    counts = np.array(calibration.counts, dtype=np.int64)
    point = pacc(scores, soft)
    effective = effective_size(scores[:, 0], [vote.labelled.post.thread for vote in votes])
    predicted = np.bincount(scores.argmax(axis=1), minlength=3)
    draws = bayesian_acc(_shrunk(predicted, effective), counts, prior=prior, seed=seed)
    low, high = _interval(draws[:, 0], float(point[0]))
    polar = polar_share(point)
    polar_low, polar_high = _interval(draws[:, 0] / (draws[:, 0] + draws[:, 2]), polar)
    check = emq(scores, _prior(calibration, counts))
    prevalence = Prevalence(
        negative=float(point[0]),
        neutral=float(point[1]),
        positive=float(point[2]),
        low=low,
        high=high,
        posts=len(posts),
        clusters=len(votes),
        effective=effective,
        threads=len({vote.labelled.post.thread for vote in votes}),
        sources=len({vote.labelled.post.source for vote in votes}),
        raw_negative=float(predicted[0] / len(votes)),
    )
    return Measurement(prevalence, polar, polar_low, polar_high, abs(float(point[0] - check[0])))


def _prior(calibration: Calibration, counts: Ints) -> Floats:
    if calibration.prior is not None:
        return np.array(calibration.prior)
    return np.asarray((counts.sum(axis=0) + 1) / (counts.sum() + 3))


def folded(posts: Sequence[LabelledPost]) -> list[Folded]:
    """Return one entry per cluster of near-duplicates, in the order of their first posts."""
    members: dict[str, list[LabelledPost]] = {}
    for labelled in posts:
        members.setdefault(labelled.reading.cluster, []).append(labelled)
    return [_fold(group) for group in members.values()]


def _fold(group: list[LabelledPost]) -> Folded:
    if len(group) == 1:
        return Folded(group[0], group[0].reading.opinion, 1)
    first = min(group, key=lambda labelled: (labelled.post.published_at, labelled.post.id))
    opinions = [labelled.reading.opinion for labelled in group]
    mean = Opinion(
        sum(opinion.negative for opinion in opinions) / len(group),
        sum(opinion.neutral for opinion in opinions) / len(group),
        sum(opinion.positive for opinion in opinions) / len(group),
    )
    return Folded(first, mean, len(group))


def scores_of(votes: Sequence[Folded]) -> Floats:
    """Return one row of probabilities (negative, neutral, positive) per vote."""
    opinions = [vote.opinion for vote in votes]
    return np.array([(o.negative, o.neutral, o.positive) for o in opinions], dtype=np.float64).reshape(-1, 3)


def polar_share(shares: Floats) -> float:
    """Return negative / (negative + positive); one half if nobody has an attitude."""
    attitude = float(shares[0] + shares[2])
    return float(shares[0]) / attitude if attitude > 0 else 0.5


def pacc(scores: Floats, soft: Floats) -> Floats:
    """Return the shares p in the simplex that minimise ||A p - b||: probabilistic adjusted classify and count.

    A is ``soft`` (mean probability of label r over true class c), b the mean of ``scores``. Bella et al., ICDM 2010;
    methods.md §1. Three classes have seven faces, so the minimum is found exactly by trying each.
    """
    target = scores.mean(axis=0)
    faces = [face for size in (1, 2, 3) for face in combinations(range(3), size)]
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
        updated = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
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
    joint = np.swapaxes(confusion, 1, 2) * shares[:, None, :]
    return np.asarray(joint / joint.sum(axis=2, keepdims=True))


def _likeliest(confusion: Floats, predicted: Ints) -> Floats:
    """Return the shares under which the labels are likeliest, by expectation maximisation in every chain."""
    shares: Floats = np.full((len(confusion), 3), 1 / 3)
    weights = (predicted + 1 / 3) / (predicted.sum() + 1)
    by_label = np.ascontiguousarray(np.swapaxes(confusion, 1, 2))  # by_label[chain, r, c]
    for _ in range(_EM_STEPS):
        told = weights / (by_label @ shares[:, :, None])[..., 0]
        shares = shares * (told[:, None, :] @ by_label)[:, 0]
    return shares


def _dirichlet(rng: np.random.Generator, weights: Floats) -> Floats:
    gammas = rng.standard_gamma(weights) + 1e-12
    return np.asarray(gammas / gammas.sum(axis=-1, keepdims=True))


def effective_size(scores: Floats, threads: Sequence[str]) -> float:
    """Return n / (1 + (m - 1) ICC): comments of one thread repeat one another (Kish 1965; methods.md §7).

    m is the mean thread size as met by a comment, sum of squares / sum (Kish for unequal sizes). The intra-class
    correlation is estimated from the scores by analysis of variance, at least 0.05; 0.05 with under ten threads.
    """
    number = len(scores)
    if number == 0:
        return 0.0
    _, member, sizes = np.unique(np.asarray(threads), return_inverse=True, return_counts=True)
    mean_size = float((sizes**2).sum() / number)
    return number / (1 + (mean_size - 1) * _likeness(scores, member, sizes))


def _likeness(scores: Floats, member: Ints, sizes: Ints) -> float:
    number, groups = len(scores), len(sizes)
    if groups < _FEW_THREADS or number == groups:
        return DEFAULT_ICC
    means = np.bincount(member, weights=scores) / sizes
    between = float((sizes * (means - scores.mean()) ** 2).sum()) / (groups - 1)
    within = float(((scores - means[member]) ** 2).sum()) / (number - groups)
    size = (number - float((sizes**2).sum()) / number) / (groups - 1)
    spread = between + (size - 1) * within
    return DEFAULT_ICC if spread <= 0 else float(np.clip((between - within) / spread, DEFAULT_ICC, 1))


def is_usable(calibration: Calibration) -> bool:
    """Return whether the model tells the labels apart well enough to be corrected (methods.md §1)."""
    soft = np.array(calibration.soft, dtype=np.float64)
    counts = np.array(calibration.counts, dtype=np.float64)
    totals = counts.sum(axis=0)
    if totals.min() <= 0:
        return False
    hit, false = counts[0, 0] / totals[0], counts[0, 1:].sum() / totals[1:].sum()
    return bool(hit - false >= _MIN_SEPARATION and np.linalg.cond(soft) <= _MAX_CONDITION)


def _shrunk(predicted: Ints, effective: float) -> Ints:
    """Scale counts down to the effective number, in whole comments (largest remainders)."""
    total = int(effective)
    exact = predicted * (total / predicted.sum())
    whole: Ints = np.floor(exact).astype(np.int64)
    for label in np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]:
        whole[label] += 1
    return whole


def _interval(draws: Floats, point: float) -> tuple[float, float]:
    """95 % of the draws, widened to hold the point estimate, which comes from another method."""
    low, high = (float(bound) for bound in np.quantile(draws, (0.025, 0.975)))
    return min(low, point), max(high, point)
