"""Official texts and public comments on the aspects of a project in, where looks and use part out (工作标准).

Form is what can be looked at, function what is used. The official side is counted in full, not sampled, and so has no
interval (methods.md §5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np

from alerts import permutation
from alerts.counts import exact_interval, seed_of
from alerts.evidence import quotes
from alerts.measures.base import Estimate, Floats, benjamini_hochberg, interval_of
from alerts.prevalence import (
    Folded,
    Measurement,
    effective_size,
    folded,
    measure,
    polar_share,
    scores_of,
)
from alerts.quantify import pacc
from alerts.tipping import RHO_MAX, cap_claim, threshold_share
from minsheng.domain import (
    ASPECTS,
    FORM_ASPECTS,
    MIN_EFFECTIVE,
    Calibration,
    Claim,
    ClaimKind,
    ClaimStatus,
    LabelledPost,
    Quote,
    Sentiment,
)

_DRAWS = 999
_FALSE_DISCOVERIES = 0.05
_FEW_THREADS = 5
_MIN_PRAISE = 3
_MIN_COMMENTS = 20
_EDGE = 0.001


@dataclass(frozen=True, slots=True)
class AspectGap:
    """One aspect on both sides.

    ``official`` of ``official_all`` texts and claims are about it, ``praised`` of them with praise. ``negative`` is
    the corrected negative share among comments on it that have an attitude, None under 20 effective comments (grey);
    ``gap`` is how far its lower bound lies above ``level`` on the scale of log odds, 0 where it does not. ``level``
    is what a claim on the aspect leaves room for, or the share on the project's other aspects (``by_claim``).
    ``chance`` is that of the rise by accident, adjusted for the number of aspects.
    """

    aspect: str
    official: int
    official_all: int
    praised: int
    mentions: int
    mention_share: float
    negative: Estimate | None
    level: float | None
    by_claim: bool
    gap: float | None
    chance: float | None
    stands_out: bool
    quotes: tuple[Quote, ...]

    @property
    def is_form(self) -> bool:
        return self.aspect in FORM_ASPECTS

    @property
    def emphasis(self) -> float:
        return self.official / self.official_all if self.official_all else 0.0


@dataclass(frozen=True, slots=True)
class LooksIndex:
    """Share of form in what offices praise, less share of form in what people say with an attitude; 95 % by threads.

    Above 0: offices praise looks more than people speak of them.
    """

    value: Estimate
    praised_form: int
    praised: int
    said_form: int
    said: int


@dataclass(frozen=True, slots=True)
class StandardsMeasure:
    """Every aspect that either side speaks of, those that stand out first; ``missing`` says why there is no index."""

    aspects: tuple[AspectGap, ...]
    index: LooksIndex | None
    missing: str


def standards(
    official: Sequence[LabelledPost],
    public: Sequence[LabelledPost],
    claims: Sequence[Claim],
    calibration: Calibration | None,
    project: str,
) -> StandardsMeasure:
    """Measure one project; ``claims`` are its reviewed ones, ``official`` its texts without replies."""
    seed = seed_of(f"standards|{project}")
    texts = folded(official)
    votes = folded(public)
    found = [_aspect(name, texts, public, claims, calibration, seed) for name in ASPECTS if name != "other"]
    met = [one for one in found if one.official or one.mentions]
    tested = [one for one in met if one.chance is not None]
    adjusted = benjamini_hochberg([one.chance for one in tested if one.chance is not None])
    settled = {one.aspect: _settled(one, p) for one, p in zip(tested, adjusted, strict=True)}
    aspects = sorted(
        (settled.get(one.aspect, one) for one in met),
        key=lambda one: (not one.stands_out, -(one.gap or 0.0), -one.mentions, one.aspect),
    )
    index, missing = looks_index(texts, votes, claims, seed)
    return StandardsMeasure(tuple(aspects), index, missing)


def _aspect(
    name: str,
    texts: Sequence[Folded],
    public: Sequence[LabelledPost],
    claims: Sequence[Claim],
    calibration: Calibration | None,
    seed: int,
) -> AspectGap:
    own = [item for item in public if item.reading.aspect == name]
    others = [item for item in public if item.reading.aspect not in {name, "other"}]
    stated = [claim for claim in claims if claim.aspect == name]
    about = [vote for vote in texts if vote.labelled.reading.aspect == name]
    measured = measure(own, calibration, seed=seed) if calibration and own else None
    sure = measured if measured and measured.prevalence.effective >= MIN_EFFECTIVE else None
    level, by_claim = _level(stated, others, calibration) if sure and calibration else (None, False)
    chance = permutation.rise(folded(others), folded(own), seed) if sure and others else None
    return AspectGap(
        aspect=name,
        official=len(about) + len(stated),
        official_all=len(texts) + len(claims),
        praised=sum(map(_praises, about)) + sum(claim.status is ClaimStatus.LEVEL for claim in stated),
        mentions=len(folded(own)),
        mention_share=len(folded(own)) / max(len(folded(public)), 1),
        negative=_negative(sure) if sure else None,
        level=level,
        by_claim=by_claim,
        gap=_gap(sure, level) if sure and level is not None else None,
        chance=chance,
        stands_out=False,
        quotes=quotes([item for item in own if item.sentiment is Sentiment.NEGATIVE], 3),
    )


def _settled(one: AspectGap, chance: float) -> AspectGap:
    return replace(one, chance=chance, stands_out=chance <= _FALSE_DISCOVERIES and bool(one.gap))


def _negative(measured: Measurement) -> Estimate:
    return Estimate(measured.polar, measured.polar_low, measured.polar_high, measured.prevalence.effective)


def _level(
    stated: Sequence[Claim], others: Sequence[LabelledPost], calibration: Calibration
) -> tuple[float | None, bool]:
    """Return the negative share that a claim leaves room for, else that of the other aspects, and which it is."""
    shares = [
        threshold_share(cap_claim(claim.value, claim.survey_size), RHO_MAX)
        for claim in stated
        if claim.kind is ClaimKind.SATISFACTION and claim.status is ClaimStatus.LEVEL and claim.value is not None
    ]
    if shares:
        return min(shares), True
    votes = folded(others)
    scores = scores_of(votes)
    if effective_size(scores[:, 0], [vote.labelled.post.thread for vote in votes]) < MIN_EFFECTIVE:
        return None, False
    return polar_share(pacc(scores, np.array(calibration.soft))), False


def _gap(measured: Measurement, level: float) -> float:
    return max(0.0, _logit(measured.polar_low) - _logit(level))


def _logit(share: float) -> float:
    inside = min(max(share, _EDGE), 1 - _EDGE)
    return log(inside / (1 - inside))


def _praises(vote: Folded) -> bool:
    return vote.labelled.sentiment is Sentiment.POSITIVE


def looks_index(
    texts: Sequence[Folded], votes: Sequence[Folded], claims: Sequence[Claim], seed: int
) -> tuple[LooksIndex | None, str]:
    """Return the index, or in Chinese why there is none."""
    praised = [vote.labelled.reading.aspect for vote in texts if _praises(vote)]
    praised += [claim.aspect for claim in claims if claim.aspect and claim.status is ClaimStatus.LEVEL]
    praised = [aspect for aspect in praised if aspect != "other"]
    threads = _form_threads(votes)
    said = float(threads[:, 1].sum()) if len(threads) else 0.0
    if len(praised) < _MIN_PRAISE:
        return None, f"官方的正面发布与已确认表述只有 {len(praised)} 条，至少要 {_MIN_PRAISE} 条。"
    if said < _MIN_COMMENTS or len(threads) < _FEW_THREADS:
        return None, (
            f"有态度的评论只有 {said:.0f} 条、{len(threads)} 个帖子，至少要 {_MIN_COMMENTS} 条、{_FEW_THREADS} 个帖子。"
        )
    shown = sum(aspect in FORM_ASPECTS for aspect in praised)
    share = float(threads[:, 0].sum()) / said
    low, high = _spread(threads, share, seed)
    looks = shown / len(praised)
    value = Estimate(looks - share, looks - high, looks - low, said)
    return LooksIndex(value, shown, len(praised), int(threads[:, 0].sum()), int(said)), ""


def _spread(threads: Floats, share: float, seed: int) -> tuple[float, float]:
    """Return the interval of the share by re-drawing threads; where all speak of one kind, that of so many threads."""
    if share in {0.0, 1.0}:
        return exact_interval(share * len(threads), len(threads))
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(threads), np.full(len(threads), 1 / len(threads)), size=_DRAWS)
    drawn = weights @ threads
    return interval_of(drawn[:, 0] / drawn[:, 1], share)


def _form_threads(votes: Sequence[Folded]) -> Floats:
    """Return (on form, on form or function) of the comments with an attitude, thread by thread."""
    counts: dict[str, list[float]] = {}
    for vote in votes:
        reading = vote.labelled.reading
        if reading.aspect == "other" or vote.opinion.label is Sentiment.NEUTRAL:
            continue
        row = counts.setdefault(vote.labelled.post.thread, [0.0, 0.0])
        row[0] += reading.aspect in FORM_ASPECTS
        row[1] += 1
    return np.array(list(counts.values()), dtype=np.float64).reshape(-1, 2)
