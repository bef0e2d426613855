"""The comparison given nonsense in, whether it finds something all the same out: every figure should be at chance."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from alerts import permutation
from alerts.base import Observation
from alerts.prevalence import folded, is_usable, measure
from alerts.rules.divergence import Divergence
from alerts.tipping import tipping_point
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.splits import Split, calibrated, split
from benchmarks.divergence.statistics import Z, auc, share_error
from minsheng.domain import (
    Calibration,
    Claim,
    ClaimKind,
    ClaimStatus,
    Department,
    Kind,
    LabelledPost,
    Opinion,
    Post,
    Project,
    Reading,
    Source,
    Verdict,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOW = datetime(2026, 3, 10, tzinfo=UTC)
PROJECT = Project("road", "新华路改造", (), "示例市", Department("jtj", "市交通局", ()), "road")
SOURCES = {name: Source(name, name, Kind.PUBLIC, f"http://{name}.example/") for name in ("forum", "board")}
CLAIM = Claim(
    id="c1", project="road", text="满意率95%", kind=ClaimKind.SATISFACTION, status=ClaimStatus.LEVEL,
    source_url="http://gov.example/1", publisher="市交通局", published_at=NOW - timedelta(days=60), value=0.95,
    reviewed=True,
)  # fmt: skip
GOOD, BAD = np.array([0.15, 0.35, 0.50]), np.array([0.60, 0.30, 0.10])
_COMMENTS = 60
_PER_THREAD = 3
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Placebo:
    """A figure where there is something to find, the same under the placebo, and what chance gives."""

    name: str
    real: float
    placebo: float
    chance: tuple[float, float]
    runs: int

    @property
    def is_at_chance(self) -> bool:
        return self.chance[0] <= self.placebo <= self.chance[1]


def placebos(pool: Pool, runs: int, seed: int) -> list[Placebo]:
    """Return every placebo."""
    rng = np.random.default_rng(seed)
    return [
        shuffled_dates(pool, runs, rng),
        shuffled_projects(pool, 2 * runs, rng),
        future_claims(pool, runs, rng),
        permuted_labels(pool, runs, rng),
    ]


def shuffled_dates(pool: Pool, runs: int, rng: np.random.Generator) -> Placebo:
    """Did comments get worse? Good ones before and bad ones after; then the threads' dates dealt anew."""
    found, dealt = 0, 0
    for run in range(runs):
        parts = split(pool.scores, pool.labels, rng)
        posts = [*_posts(parts, GOOD, rng, "a"), *_posts(parts, BAD, rng, "b")]
        order = rng.permutation(2 * _COMMENTS // _PER_THREAD)
        shuffled = [post for thread in order for post in posts[thread * _PER_THREAD : (thread + 1) * _PER_THREAD]]
        found += _rise(posts, run) <= _LEVEL
        dealt += _rise(shuffled, run) <= _LEVEL
    return Placebo("shuffled dates: a rise found at p ≤ .05", found / runs, dealt / runs, _near(_LEVEL, runs), runs)


def _rise(posts: list[LabelledPost], seed: int) -> float:
    return permutation.rise(folded(posts[:_COMMENTS]), folded(posts[_COMMENTS:]), seed)


def shuffled_projects(pool: Pool, runs: int, rng: np.random.Generator) -> Placebo:
    """Does ρ* tell projects that part from their claim from others? Then with the comments of a random project."""
    levels, parting = np.zeros(runs), np.arange(runs) % 2 == 0
    for run in range(runs):
        parts = split(pool.scores, pool.labels, rng)
        posts = _posts(parts, BAD if parting[run] else GOOD, rng, "a")
        found = measure(posts, parts.calibration, seed=run)
        levels[run] = tipping_point(0.95, found.polar_low) if found else 0.0
    dealt = auc(rng.permutation(levels), parting)
    # Standard error of the area under the curve when nothing is told apart (Hanley & McNeil 1982).
    error = np.sqrt((runs + 1) / (12 * (runs / 2) ** 2))
    chance = (0.5 - Z * float(error), 0.5 + Z * float(error))
    return Placebo("shuffled projects: area under the curve of ρ*", auc(levels, parting), dealt, chance, runs)


def future_claims(pool: Pool, runs: int, rng: np.random.Generator) -> Placebo:
    """Is a claim judged by comments that were there before it? One of yesterday's is, tomorrow's never."""
    rule, judged = Divergence(), [0, 0]
    tomorrow = replace(CLAIM, published_at=NOW + timedelta(days=1))
    for _ in range(runs):
        parts = split(pool.scores, pool.labels, rng)
        for place, claim in enumerate((CLAIM, tomorrow)):
            finding = rule.check(_seen(_posts(parts, BAD, rng, "a"), claim, parts.calibration))[0]
            judged[place] += finding.verdict is not Verdict.NOT_ASSESSABLE
    return Placebo("future claims: judged at all", judged[0] / runs, judged[1] / runs, (0.0, 0.0), runs)


def permuted_labels(pool: Pool, runs: int, rng: np.random.Generator) -> Placebo:
    """Is a calibration taken whose true labels are dealt at random? Then nothing may be measured."""
    taken = [0, 0]
    for _ in range(runs):
        chosen = rng.permutation(len(pool))[: len(pool) // 2]
        labels = pool.labels[chosen]
        for place, given in enumerate((labels, rng.permutation(labels))):
            taken[place] += is_usable(calibrated(pool.scores[chosen], given))
    return Placebo("permuted labels: calibration usable", taken[0] / runs, taken[1] / runs, (0.0, 0.0), runs)


def _near(share: float, runs: int) -> tuple[float, float]:
    half = Z * share_error(share, runs)
    return max(0.0, share - half), share + half


def _seen(posts: list[LabelledPost], claim: Claim, calibration: Calibration) -> Observation:
    return Observation(PROJECT, NOW, posts, (claim,), calibration, SOURCES, {})


def _posts(parts: Split, shares: Floats, rng: np.random.Generator, tag: str) -> list[LabelledPost]:
    """Return sixty comments of the last thirty days in threads of three, of two sources."""
    counts = np.minimum(rng.multinomial(_COMMENTS, shares), parts.available)
    counts[1] += _COMMENTS - counts.sum()
    made = []
    for number, row in enumerate(rng.permutation(parts.draw(counts, rng)).tolist()):
        source = ("forum", "board")[number // _PER_THREAD % 2]
        thread = f"http://{source}.example/{tag}{number // _PER_THREAD}"
        moment = NOW - timedelta(days=30 * (1 - number / _COMMENTS))
        post = Post(f"{source}:{tag}{number}", source, Kind.PUBLIC, thread, thread, "", "路面不平", moment, NOW)
        made.append(LabelledPost(post, Reading(("road",), Opinion(*row), "transport", "quality", post.id, "pool")))
    return made
