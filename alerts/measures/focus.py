"""Topics of official texts and of public comments in, how far and in what they part out (关注重点).

Jensen-Shannon divergence in bits, less what two samples of one distribution of these sizes would show, with the
chance of their reaching it (methods.md §4). Sizes are effective ones: comments of one thread share a subject.
Shuffling whole threads, as methods.md proposes, rings too often when public threads are longer than official ones
(measured: docs/decisions/0040-divergence.md).

Where the model's confusions of topics are known, shares are corrected for them, those that chance would show alike.
The chance itself is that of the labels as read: one table errs on both sides alike, so labels that are equal but for
chance mean topics that are equal but for chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from alerts.measures.base import (
    Estimate,
    Floats,
    benjamini_hochberg,
    confusion_of,
    corrected,
    interval_of,
    posterior,
)
from alerts.prevalence import DEFAULT_ICC, Folded
from minsheng.topic_errors import TopicErrors

SIMULATED = 999
_DRAWS = 2000
_TWICE = 2.0
_FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True, slots=True)
class Gap:
    """How far two sides part: bias-corrected bits, the chance if their topics were alike, and their shares.

    ``is_corrected``: the shares are corrected for the model's confusions; ``sizes`` are the effective numbers of
    official and public texts.
    """

    bits: float
    chance: float
    official: tuple[float, ...]
    public: tuple[float, ...]
    sizes: tuple[float, float]
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class TopicRatio:
    """One topic: its share on each side, and public over official with its 95 % interval.

    ``chance`` is adjusted for the number of topics (false discovery rate); ``stands_out``: at least twice as much on
    one side, chance at most 0.05.
    """

    topic: str
    official: Estimate
    public: Estimate
    ratio: Estimate
    chance: float
    stands_out: bool


def topic_gap(
    official: Sequence[Folded],
    public: Sequence[Folded],
    labels: Sequence[str],
    by: str,
    seed: int,
    errors: TopicErrors | None = None,
) -> Gap:
    """Return how far the topics of two sides part; ``by`` names the label of a reading that is compared."""
    sides = [profiles(official, labels, by), profiles(public, labels, by)]
    read = [_shares(side) for side in sides]
    sizes = [max(1, int(effective_topics(side))) for side in sides]
    pooled = (read[0] * sizes[0] + read[1] * sizes[1]) / sum(sizes)
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(size, pooled, size=SIMULATED) / size for size in sizes]
    reached = int((jensen_shannon(*drawn) >= jensen_shannon(*read) - 1e-12).sum())
    true, alike = read, drawn
    if errors is not None:
        confusion = confusion_of(errors.counts)
        true, alike = ([corrected(side, confusion) for side in pair] for pair in (read, drawn))
    bits = max(0.0, float(jensen_shannon(*true)) - float(jensen_shannon(*alike).mean()))
    effective = (float(sizes[0]), float(sizes[1]))
    shares = tuple(map(float, true[0])), tuple(map(float, true[1]))
    return Gap(bits, (reached + 1) / (SIMULATED + 1), *shares, effective, errors is not None)


def topic_ratios(
    official: Sequence[Folded],
    public: Sequence[Folded],
    labels: Sequence[str],
    by: str,
    seed: int,
    errors: TopicErrors | None = None,
) -> tuple[TopicRatio, ...]:
    """Return every topic that occurs, those that part most first.

    Intervals are drawn from the counts of each side at its effective size, not by re-drawing threads: a topic that
    offices never speak of has no other count than 0 among their threads, however often these are drawn.
    """
    rng = np.random.default_rng(seed)
    confusion = None if errors is None else confusion_of(errors.counts)
    sides = [_drawn(profiles(side, labels, by), confusion, rng) for side in (official, public)]
    logs = np.log(sides[1].draws) - np.log(sides[0].draws)
    tails = (np.minimum((logs <= 0).sum(axis=0), (logs >= 0).sum(axis=0)) + 1) * 2 / (_DRAWS + 1)
    met = [k for k in range(len(labels)) if sides[0].counts[k] + sides[1].counts[k] > 0]
    adjusted = benjamini_hochberg([min(1.0, float(tails[k])) for k in met])
    found = [_ratio(labels[k], sides, logs[:, k], k, p) for k, p in zip(met, adjusted, strict=True)]
    return tuple(sorted(found, key=lambda one: (not one.stands_out, -abs(np.log(one.ratio.value)), one.topic)))


@dataclass(frozen=True, slots=True)
class _Side:
    counts: Floats
    shares: Floats
    draws: Floats
    size: float


def _drawn(threads: Floats, confusion: Floats | None, rng: np.random.Generator) -> _Side:
    counts, size = threads.sum(axis=0), effective_topics(threads)
    shares, draws = _shares(threads), posterior(counts, size, _DRAWS, rng)
    if confusion is not None:
        shares, draws = corrected(shares, confusion), corrected(draws, confusion)
        draws = np.maximum(draws, _least(size))
    return _Side(counts, shares, draws, size)


def _least(size: float) -> float:
    """Half a text: what is corrected away to nothing has no ratio."""
    return 0.5 / (size + 1)


def _ratio(topic: str, sides: list[_Side], logs: Floats, k: int, chance: float) -> TopicRatio:
    official, public = (
        Estimate(float(side.shares[k]), *interval_of(side.draws[:, k], float(side.shares[k])), side.size)
        for side in sides
    )
    least = [_least(side.size) for side in sides]
    value = (public.value + least[1]) / (official.value + least[0])
    low, high = interval_of(np.exp(logs), value)
    stands_out = chance <= _FALSE_DISCOVERIES and not 1 / _TWICE < value < _TWICE and not low <= 1 <= high
    return TopicRatio(topic, official, public, Estimate(value, low, high, public.n), chance, stands_out)


def effective_topics(threads: Floats) -> float:
    """Return the effective number of texts: n / (1 + (m - 1) ICC), the likeness over all topics at once (ANOVA)."""
    sizes = threads.sum(axis=1)
    number, groups = float(sizes.sum()), len(sizes)
    mean_size = float((sizes**2).sum() / number)
    if number == groups:
        return number
    within_shares = threads / sizes[:, None]
    between = float((sizes[:, None] * (within_shares - _shares(threads)) ** 2).sum()) / max(groups - 1, 1)
    within = float((threads * (1 - within_shares)).sum()) / (number - groups)
    size = (number - mean_size) / max(groups - 1, 1)
    spread = between + (size - 1) * within
    likeness = DEFAULT_ICC if spread <= 0 else min(1.0, max(DEFAULT_ICC, (between - within) / spread))
    return number / (1 + (mean_size - 1) * likeness)


def profiles(votes: Sequence[Folded], labels: Sequence[str], by: str) -> Floats:
    """Return the counts of labels in each thread."""
    place = {label: position for position, label in enumerate(labels)}
    threads: dict[str, Floats] = {}
    for vote in votes:
        counts = threads.setdefault(vote.labelled.post.thread, np.zeros(len(labels)))
        counts[place.get(label_of(vote, by), len(labels) - 1)] += 1
    return np.array(list(threads.values()))


def label_of(vote: Folded, by: str) -> str:
    reading = vote.labelled.reading
    return reading.topic if by == "topic" else reading.aspect


def _shares(units: Floats) -> Floats:
    total = units.sum(axis=0)
    return np.asarray(total / total.sum())


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """Return the Jensen-Shannon divergence of distributions (last axis) in bits (Lin 1991): 0 alike, 1 disjoint."""
    return _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2


def _entropy(p: Floats) -> Floats:
    return np.asarray(-(p * np.log2(np.where(p > 0, p, 1.0))).sum(axis=-1))
