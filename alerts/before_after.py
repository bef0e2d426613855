"""Comments before and after a claim in, whether complaints fell, went on or grew out (methods.md §3, no number)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts import permutation
from alerts.glance import Glance, glance
from alerts.prevalence import Measurement, folded
from minsheng.domain import Calibration, LabelledPost, Sentiment, Verdict, Window
from minsheng.hours import day_of

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Levels:
    """What counts as complaints going on: a negative share above ``negative``, and no fall.

    A fall is a lower share at a permutation chance of ``fall_chance``, or negative comments a week at
    ``fall_ratio`` of what they were: on a message board nearly all is complaint, so that a problem solved shows in
    the number of comments, not in their share.
    """

    negative: float
    fall_chance: float
    fall_ratio: float


@dataclass(frozen=True, slots=True)
class Change:
    """What was measured before, the chance of a fall as large by accident, negative comments a week on each side."""

    before: Glance
    fall: float
    weekly_before: float
    weekly_after: float


def compare(
    before: Sequence[LabelledPost],
    after: Sequence[LabelledPost],
    calibration: Calibration,
    windows: tuple[Window, Window],
    *,
    seed: int,
) -> Change | None:
    """Return how comments changed between two windows; None without comments on a side."""
    seen = glance(before, calibration)
    if seen is None or not after:
        return None
    return Change(
        before=seen,
        fall=permutation.fall(folded(before), folded(after), seed),
        weekly_before=_weekly_negative(before, windows[0]),
        weekly_after=_weekly_negative(after, windows[1]),
    )


def judge(change: Change, after: Measurement, levels: Levels) -> tuple[Verdict, str]:
    """Return the verdict on a claim that something got better, and the reason in Chinese."""
    if after.polar_high < levels.negative:
        return Verdict.COMPATIBLE, f"负面占比低于 {levels.negative:.0%}，评论与表述可以并存"
    if change.fall <= levels.fall_chance:
        return Verdict.COMPATIBLE, "负面占比确有下降，评论与表述可以并存"
    if _fewer(change, levels.fall_ratio):
        return Verdict.TENSION, "负面评论的条数少了，占比未降"
    if after.polar_low > levels.negative:
        return Verdict.DIVERGES, f"负面占比仍在 {levels.negative:.0%} 以上，评论没有显出好转"
    return Verdict.TENSION, "看不出好转，但负面占比的区间较宽"


def _fewer(change: Change, ratio: float) -> bool:
    return change.weekly_before > 0 and change.weekly_after <= ratio * change.weekly_before


def _weekly_negative(posts: Sequence[LabelledPost], window: Window) -> float:
    """Count clusters labelled negative per week; a window that reaches before the first comment counts from there.

    Weeks are counted in whole days of Beijing, so that a watch at noon says the same as one in the evening.
    """
    votes = folded(posts)
    first = min(vote.labelled.post.published_at for vote in votes)
    weeks = max((day_of(window.until) - day_of(max(window.since, first))) / _WEEK, 1.0)
    return sum(vote.opinion.label is Sentiment.NEGATIVE for vote in votes) / weeks
