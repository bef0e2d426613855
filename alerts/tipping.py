"""A claimed share of satisfied people and a share of negative comments in, the tipping-point ratio ρ* out.

Formulas: methods.md §3. If the dissatisfied are ρ times as likely to comment as the satisfied, a claim c implies a
share ρ(1-c) / (ρ(1-c) + c) of negative among comments with an attitude. ρ* solves this for ρ: how many times more
talkative the dissatisfied must be for the claim to hold. Two unlike percentages are never subtracted.
"""

import math

from minsheng.domain import MIN_EFFECTIVE, ClaimBound, Verdict

TENSION = 3.0
RHO_MAX = 10.0
_CERTAIN = 0.99
_ROUNDED = (0.05, 0.01, 0.001)
_EXACTLY = 1e-6


def tipping_point(claimed: float, negative_low: float) -> float:
    """Return ρ* = [p_L / (1 - p_L)] * [c / (1 - c)].

    Args:
        claimed: Claimed share of satisfied people, c.
        negative_low: Lower bound of negative / (negative + positive) among comments, p_L.
    """
    _refuse_no_share(claimed, negative_low)
    if negative_low == 0 or claimed == 0:
        return 0.0
    if negative_low == 1 or claimed == 1:
        return math.inf
    return negative_low / (1 - negative_low) * claimed / (1 - claimed)


def threshold_share(claimed: float, rho_max: float = RHO_MAX) -> float:
    """Return p0 = ρ(1-c) / (ρ(1-c) + c): the largest negative share that the claim bears at a ratio of ``rho_max``."""
    _refuse_no_share(claimed)
    return rho_max * (1 - claimed) / (rho_max * (1 - claimed) + claimed)


def cap_claim(value: float, survey_size: int | None) -> float:
    """Return the claim with its own uncertainty: (n c + 1) / (n + 2) if n is known, else at most 99 %."""
    _refuse_no_share(value)
    if survey_size is not None:
        return (survey_size * value + 1) / (survey_size + 2)
    return min(value, _CERTAIN)


def least_claimed(value: float, bound: ClaimBound) -> float:
    """Return the least that a number claims, so that a claim is held to no more than it says.

    ``over`` (超过95%) and ``exact`` claim at least the number. ``about`` (近九成, 约95%) is a rounded number, to five
    points if it is a multiple of five, else to whole points or to tenths: its least is half a step below.

    Raises:
        ValueError: ``under`` (不到95%) claims no least.
    """
    if bound is ClaimBound.UNDER:
        raise ValueError("a number that is only an upper bound claims no least")
    if bound is not ClaimBound.ABOUT:
        return value
    step = next((step for step in _ROUNDED if abs(value / step - round(value / step)) < _EXACTLY), _ROUNDED[-1])
    return max(0.0, value - step / 2)


def classify(
    rho: float, effective: float, *, rho_max: float = RHO_MAX, tension: float = TENSION, minimum: float = MIN_EFFECTIVE
) -> Verdict:
    """Return the verdict of a ratio: below ``tension`` compatible, up to ``rho_max`` tension, above it diverges."""
    if effective < minimum:
        return Verdict.NOT_ASSESSABLE
    if rho < tension:
        return Verdict.COMPATIBLE
    return Verdict.DIVERGES if rho > rho_max else Verdict.TENSION


def _refuse_no_share(*values: float) -> None:
    for value in values:
        if not 0 <= value <= 1:
            raise ValueError(f"{value} is not a share between 0 and 1")
