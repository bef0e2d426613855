"""A day's comments and yesterday's state in, today's state out: the restarting detector and the e-process.

The detector (e-SR of Shin, Ramdas & Rinaldo, "E-detectors", NEJSDS) is R_d = (R_{d-1} + 1) * L_d, averaged over the
stakes; it alarms when R >= A and starts again from 0. Each day puts one new unit at stake, so that a change is found
whenever it comes. R_d - d cannot grow on average while the null holds, so at most T / A alarms are expected in T days:
that is how ``threshold`` keeps a promise of false alarms a year. A head start r (R_0 = r, the Shiryaev-Roberts-r
procedure of Moustakides, Polunchenko & Tartakovsky, Statistica Sinica 2011) finds sooner what is wrong from the first
day on; R_d - d - r is what cannot grow then, so that it is paid for by a higher threshold.

The e-process E is the same bets without the daily unit: evidence against "the null has held ever since", bounded by
1 / alpha at any time (Ville). So R = U + r E: what the daily units became, and the head start, until it restarts.

Days whose comments all come late (``settle_late``) are bet without a unit of their own: theirs was given when they
passed as quiet days. The head start takes every bet, in whatever order days come. Of U each late day takes as many
days' shares as passed since the late day before it (the first takes one), to be bet from that day on, and the rest
stands: an old day says nothing of a change after it. Which days come late, and so who takes what, is known before
their scores are looked at; a part of U multiplied by a factor of mean 1 at most is no more on average: R - d - r
cannot grow either way, and the promise holds.

All functions work on S streams at once; a single project is S = 1. Tiers (mail, watch) are detectors on the same bets
that start again at different thresholds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alerts.sequential.bets import GRID, Bets, each_comment, whole_day
from alerts.sequential.volatility import Spread

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DAYS_A_YEAR = 365.0


def threshold(streams: float, alarms_a_year: float, head_start: float = 0.0) -> float:
    """Return A = (365 + r) N / F: ``streams`` that stay within their null raise at most F alarms in their first year.

    In later years, without the head start behind them, they raise fewer.
    """
    if streams <= 0 or alarms_a_year <= 0 or head_start < 0:
        raise ValueError(f"streams and alarms a year are positive, got {streams} and {alarms_a_year}")
    return (DAYS_A_YEAR + head_start) * streams / alarms_a_year


@dataclass(frozen=True, slots=True)
class Detector:
    """What S streams know.

    ``growth`` is log(1 + U) [tier, stream, stake], ``wealth`` log E [stream, stake], ``spread`` sums over past days,
    ``heads`` r [tier, stream], 0 after a restart.
    """

    growth: Floats
    wealth: Floats
    spread: Spread
    heads: Floats

    @classmethod
    def fresh(cls, streams: int = 1, *, head_starts: Sequence[float] = (0.0,)) -> "Detector":
        """Return streams that know nothing, with one tier for each head start."""
        growth = np.zeros((len(head_starts), streams, len(GRID)))
        heads = np.repeat(np.asarray(head_starts, dtype=np.float64)[:, None], streams, axis=1)
        return cls(growth, np.zeros((streams, len(GRID))), Spread.unknown(streams), heads)

    def log_value(self) -> Floats:
        """Return log R [tier, stream], which is compared with the logarithm of the threshold; -inf where R is 0."""
        with np.errstate(divide="ignore"):
            heads = np.log(self.heads)[..., None] + self.wealth
        return _log_mean(np.logaddexp(_log_units(self.growth), heads))

    def log_evidence(self) -> Floats:
        """Return log E [stream]: the e-process since it began, as it stands now (not its maximum)."""
        return _log_mean(self.wealth)


def settle(detector: Detector, bets: Bets, scores: Floats, owners: Ints) -> Detector:
    """Return the state after one more day with these comments, one of each cluster of near-duplicates.

    Args:
        detector: The state after the day before.
        bets: What each stream bets against.
        scores: X in [0, 1] of every comment of the day.
        owners: The stream of each, from 0.
    """
    bet, evidence = _bet(detector, bets, scores, owners)
    return replace(bet, growth=np.logaddexp(0.0, detector.growth + evidence))


def settle_late(
    detector: Detector, bets: Bets, days: Sequence[tuple[Floats, Ints]], gaps: Sequence[int], passed: int
) -> Detector:
    """Return the state after days that passed long ago and whose comments all came together now.

    Args:
        detector: The state after the day on which they came.
        bets: What each stream bets against.
        days: Scores and owners of each such day, the earliest first.
        gaps: How many days each lies behind the one before it; the first 1. Their sum is at most ``passed``.
        passed: How many days have passed since the stream began.
    """
    units = _log_units(detector.growth)
    taken = np.full_like(units, -np.inf)
    for (scores, owners), gap in zip(days, gaps, strict=True):
        detector, evidence = _bet(detector, bets, scores, owners)
        taken = np.logaddexp(taken, units + np.log(gap / passed)) + evidence
    with np.errstate(divide="ignore"):
        left = units + np.log(1 - sum(gaps) / passed)
    return replace(detector, growth=np.logaddexp(0.0, np.logaddexp(taken, left)))


def _bet(detector: Detector, bets: Bets, scores: Floats, owners: Ints) -> tuple[Detector, Floats]:
    """Return what the state but its units is after these bets, and their evidence [stream, stake]."""
    numbers = np.bincount(owners, minlength=bets.size).astype(np.float64)
    totals = np.bincount(owners, weights=scores, minlength=bets.size).astype(np.float64)
    squares = np.bincount(owners, weights=scores**2, minlength=bets.size).astype(np.float64)
    one_bet = detector.spread.one_bet_a_day()[:, None]
    evidence = np.where(one_bet, whole_day(bets, totals, numbers), each_comment(bets, scores, owners))
    spread = detector.spread.after(numbers, totals, squares)
    return replace(detector, wealth=detector.wealth + evidence, spread=spread), evidence


def pass_days(detector: Detector, days: int) -> Detector:
    """Return the state after days without a comment: U grows by one a day, E stays; as ``settle`` with none would."""
    return replace(detector, growth=np.logaddexp(detector.growth, np.log(days))) if days > 0 else detector


def restart(detector: Detector, which: Bools) -> Detector:
    """Return the state with R = 0 where ``which`` [tier, stream] says; the e-process and what is known of days stay."""
    growth, heads = np.where(which[..., None], 0.0, detector.growth), np.where(which, 0.0, detector.heads)
    return replace(detector, growth=growth, heads=heads)


def _log_units(growth: Floats) -> Floats:
    """Return log U."""
    with np.errstate(divide="ignore"):
        return np.asarray(growth + np.log(-np.expm1(-growth)))


def _log_mean(logs: Floats) -> Floats:
    """Return the logarithm of the mean over the stakes."""
    return np.asarray(np.logaddexp.reduce(logs, axis=-1) - np.log(logs.shape[-1]))
