"""Where the daily watch of a claim stands, as a frozen value."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Tier(StrEnum):
    """How far the evidence against a claim has grown: not far, enough to be watched, enough for an alert."""

    QUIET = "quiet"
    WATCH = "watch"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Detection:
    """Where the daily watch of a claim stands after ``settled``, and under what terms.

    ``value`` is the detector's R, compared with ``alarm_at`` and ``watch_at``; ``evidence`` the e-process since
    ``began``. Bet against is that at most ``share`` of comments with an attitude are negative: a mean score of at most
    ``bound``. ``version`` names calibration and thresholds. ``raised`` is the day of the alarm that is open,
    ``raised_value`` what stood against ``raised_at`` then, ``since`` the day from which the evidence grew;
    ``by_review``: a person's labels raised it. ``why`` says why the watch began anew, if it did.
    """

    tier: Tier
    value: float
    alarm_at: float
    watch_at: float
    evidence: float
    bets: int
    began: date
    settled: date
    share: float
    bound: float
    version: str
    since: date | None = None
    raised: date | None = None
    raised_value: float = 0.0
    raised_at: float = 0.0
    by_review: bool = False
    why: str = ""
