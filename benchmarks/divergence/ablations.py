"""The method with a part taken out in, what that part was worth out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alerts.by_source import left_out
from alerts.quantify import bayesian_acc, interval, pacc
from benchmarks.divergence.alarms import Betting
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.splits import Split, split
from benchmarks.divergence.study import Result, ablation

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARTS = (
    ("as shipped", Betting()),
    ("copies not folded", Betting(folds=False)),
    ("labels counted, no correction (CC)", Betting(corrects=False)),
    ("plug-in q0, no bound for calibration error", Betting(plug_in=True)),
)
VOLUME = 3.0
LIMIT = 0.345
"""Negative share at which a claimed 95 % needs the dissatisfied to be ten times as talkative."""
_LOUD, _OTHER = 70, 15
PEER_SIZES = (20, 30, 50)
_LIKE, _UNLIKE = np.array([0.30, 0.40, 0.30]), np.array([0.70, 0.20, 0.10])
_PEERS_SAY = (0.30, 0.40, 0.30)


@dataclass(frozen=True, slots=True)
class Flood:
    """Share of projects alarmed without the check of leaving the largest source out, and with it."""

    name: str
    without: float
    kept: float


@dataclass(frozen=True, slots=True)
class PeerPrior:
    """Coverage and width of the interval at one size without peers and with them, like the project or not."""

    size: int
    like: bool
    coverage: tuple[float, float]
    width: tuple[float, float]


def detectors(pool: Pool, repetitions: int, seed: int) -> list[Result]:
    """Return false alarms and delay of the detector with each part taken out."""
    return [ablation(pool, VOLUME, repetitions, seed, betting, name) for name, betting in PARTS]


def floods(pool: Pool, runs: int, seed: int) -> list[Flood]:
    """Return what leaving a source out changes: where one loud source alone is negative, and where all are."""
    rng = np.random.default_rng(seed)
    cases = (
        ("one loud source at .70, two others at .15", (0.70, 0.15, 0.15)),
        ("all three at .60", (0.60, 0.60, 0.60)),
    )
    return [_flood(pool, name, levels, runs, rng) for name, levels in cases]


def _flood(pool: Pool, name: str, levels: Sequence[float], runs: int, rng: np.random.Generator) -> Flood:
    fired, kept = 0, 0
    names = ["loud"] * _LOUD + ["second"] * _OTHER + ["third"] * _OTHER
    for run in range(runs):
        parts = split(pool.scores, pool.labels, rng)
        scores = _crowd(parts, levels, rng)
        soft, counts = np.array(parts.calibration.soft), np.array(parts.calibration.counts)
        labels = np.bincount(scores.argmax(axis=1), minlength=3)
        low, _ = interval(bayesian_acc(labels, counts, seed=run)[:, 0], float(pacc(scores, soft)[0]))
        lean = left_out(scores, names, soft)
        fired += low > LIMIT
        kept += low > LIMIT and lean is not None and lean[0] > LIMIT
    return Flood(name, fired / runs, kept / runs)


def _crowd(parts: Split, levels: Sequence[float], rng: np.random.Generator) -> Floats:
    """Return the scores of a loud source's comments, then of two others'; three quarters of the rest are neutral."""
    rows = []
    for size, level in zip((_LOUD, _OTHER, _OTHER), levels, strict=True):
        counts = rng.multinomial(size, [level, 0.75 * (1 - level), 0.25 * (1 - level)])
        rows.append(rng.permutation(parts.draw(counts, rng)))
    return np.concatenate(rows)


def peer_priors(pool: Pool, runs: int, seed: int) -> list[PeerPrior]:
    """Return what ten pseudo-comments from peers do to the interval of a small project, like its peers or not."""
    rng = np.random.default_rng(seed)
    return [
        _with_peers(pool, size, truth, runs, rng, like=like)
        for size in PEER_SIZES
        for like, truth in ((True, _LIKE), (False, _UNLIKE))
    ]


def _with_peers(pool: Pool, size: int, truth: Floats, runs: int, rng: np.random.Generator, *, like: bool) -> PeerPrior:
    bounds = np.zeros((runs, 2, 2))
    for run in range(runs):
        parts = split(pool.scores, pool.labels, rng)
        scores = parts.draw(np.minimum(rng.multinomial(size, truth), parts.available), rng)
        counts = np.array(parts.calibration.counts)
        point = float(pacc(scores, np.array(parts.calibration.soft))[0])
        labels = np.bincount(scores.argmax(axis=1), minlength=3)
        for place, prior in enumerate((None, _PEERS_SAY)):
            bounds[run, place] = interval(bayesian_acc(labels, counts, prior=prior, seed=run)[:, 0], point)
    covered = ((bounds[:, :, 0] <= truth[0]) & (truth[0] <= bounds[:, :, 1])).mean(axis=0)
    width = (bounds[:, :, 1] - bounds[:, :, 0]).mean(axis=0)
    return PeerPrior(size, like, (float(covered[0]), float(covered[1])), (float(width[0]), float(width[1])))
