"""Labelled comments and the model's known errors in, the share of each sentiment with its interval out.

The estimand is the share of published, still visible, de-duplicated comments on the listed sources; never a share of
residents. The interval covers counting and the classifier's errors, not who chooses to speak (methods.md §0, §7).
Every comment counts alike; beside that stand the share with equal weight per source, and its range when each source
is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from alerts.by_source import codes_of, equal_weight, left_out
from alerts.quantify import PEER_WEIGHT, Floats, Ints, bayesian_acc, emq, interval, pacc
from minsheng.domain import Calibration, LabelledPost, Opinion, Prevalence

DEFAULT_ICC = 0.05
"""Likeness of comments in one thread when it cannot be estimated, and the least that is assumed."""

THIN = 50.0
"""From this effective number on peers are not asked."""

_MOST_FOREIGN = 0.05
_FEW_THREADS = 10
_MAX_CONDITION = 10.0
_MIN_SEPARATION = 0.5


class Folded(NamedTuple):
    """One cluster of near-duplicates: its earliest post here, its mean opinion, and how many copies it has."""

    labelled: LabelledPost
    opinion: Opinion
    copies: int


class Told(list[LabelledPost]):
    """Posts of one matter that several ask about; nobody changes them, so that they are folded once."""

    @cached_property
    def votes(self) -> list[Folded]:
        return _folded(self)


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
        prior: Mean shares of peer projects; where comments are few it counts as ten pseudo-comments in the interval,
            and never moves the point. None: no peers.
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
    asked = prior if effective < THIN else None
    draws = bayesian_acc(_shrunk(predicted, effective), counts, prior=asked, seed=seed)
    low, high = interval(draws[:, 0], float(point[0]))
    polar = polar_share(point)
    polar_low, polar_high = interval(draws[:, 0] / (draws[:, 0] + draws[:, 2]), polar)
    check = emq(scores, _prior(calibration, counts))
    sources = [vote.labelled.post.source for vote in votes]
    lean = left_out(scores, sources, soft)
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
        sources=len(set(sources)),
        raw_negative=float(predicted[0] / len(votes)),
        equal_sources=equal_weight(scores, sources, soft),
        without_source_low=lean[0] if lean else None,
        without_source_high=lean[1] if lean else None,
        peer_comments=0.0 if asked is None else PEER_WEIGHT,
        calibration=calibration.version,
    )
    return Measurement(prevalence, polar, polar_low, polar_high, abs(float(point[0] - check[0])))


def _prior(calibration: Calibration, counts: Ints) -> Floats:
    if calibration.prior is not None:
        return np.array(calibration.prior)
    return np.asarray((counts.sum(axis=0) + 1) / (counts.sum() + 3))


def folded(posts: Sequence[LabelledPost]) -> list[Folded]:
    """Return one entry per cluster of near-duplicates, in the order of their first posts; nobody changes the list."""
    return posts.votes if isinstance(posts, Told) else _folded(posts)


def _folded(posts: Sequence[LabelledPost]) -> list[Folded]:
    single: dict[str, LabelledPost] = {}
    several: dict[str, list[LabelledPost]] = {}
    for labelled in posts:
        cluster = labelled.reading.cluster
        if cluster in single:  # of few
            several.setdefault(cluster, [single[cluster]]).append(labelled)
        else:
            single[cluster] = labelled
    return [
        _fold(several[cluster]) if cluster in several else Folded(labelled, labelled.reading.opinion, 1)
        for cluster, labelled in single.items()
    ]


def _fold(group: list[LabelledPost]) -> Folded:
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


def effective_size(scores: Floats, threads: Sequence[str]) -> float:
    """Return n / (1 + (m - 1) ICC): comments of one thread repeat one another (Kish 1965; methods.md §7).

    m is the mean thread size as met by a comment, sum of squares / sum (Kish for unequal sizes). The intra-class
    correlation is estimated from the scores by analysis of variance, at least 0.05; 0.05 with under ten threads.
    """
    number = len(scores)
    if number == 0:
        return 0.0
    member = codes_of(threads)
    sizes = np.bincount(member)
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


def fitting(calibration: Calibration | None, posts: Sequence[LabelledPost]) -> Calibration | None:
    """Return the calibration if it describes the model that read these posts; None, and no share can be corrected.

    A few posts that another version has read are let pass; ``minsheng relabel`` has them read again.
    """
    if calibration is None or not posts:
        return calibration
    foreign = sum(not calibration.describes(labelled.reading.model) for labelled in posts)
    return None if foreign > _MOST_FOREIGN * len(posts) else calibration


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
