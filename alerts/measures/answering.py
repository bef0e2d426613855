"""Times to an answer in, the share answered in time and the median wait out; who still waits is no failure.

Kaplan & Meier (1958) with Greenwood's variance; the interval of the median after Brookmeyer & Crowley (Biometrics
1982), on the logarithm of the share, as the survival package of R gives it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_Z = 1.959963984540054
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Median:
    """The median wait; None where fewer than half were answered, ``high`` None where its bound is not reached yet."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class _Step:
    time: float
    waiting: float
    spread: float  # of the logarithm of ``waiting``; infinite when nobody waits any more


def median_wait(waits: Sequence[float], answered: Sequence[bool]) -> Median:
    """Return the median of the waits of which some are not over."""
    steps = _curve(waits, answered)
    return Median(
        _first(steps, lambda step: step.waiting),
        _first(steps, lambda step: step.waiting * math.exp(-_Z * step.spread) if step.waiting else 0.0),
        _first(steps, lambda step: min(1.0, step.waiting * math.exp(_Z * step.spread)) if step.waiting else 1.0),
    )


def _curve(waits: Sequence[float], answered: Sequence[bool]) -> list[_Step]:
    pairs = list(zip(waits, answered, strict=True))
    steps: list[_Step] = []
    share, variance = 1.0, 0.0
    for time in sorted({wait for wait, is_over in pairs if is_over}):
        at_risk = sum(wait >= time for wait, _ in pairs)
        over = sum(is_over and wait == time for wait, is_over in pairs)
        share *= 1 - over / at_risk
        variance = math.inf if over == at_risk else variance + over / (at_risk * (at_risk - over))
        steps.append(_Step(time, share, math.sqrt(variance)))
    return steps


def _first(steps: Sequence[_Step], bound: Callable[[_Step], float]) -> float | None:
    """Return the first time at which a curve is at or under one half."""
    return next((step.time for step in steps if bound(step) <= _HALF + 1e-12), None)
