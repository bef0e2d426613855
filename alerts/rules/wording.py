"""Numbers and labels in, the Chinese words of findings out."""

from datetime import datetime

from alerts.prevalence import Measurement
from minsheng.domain import BEIJING, Claim
from minsheng.words import ASPECTS

_SHOWN = 40
_MANY = 999.0
_WHOLE_FROM = 10.0
_LAST_DIGIT = 0.001


def percent(share: float) -> str:
    return f"{share:.0%}"


def span(low: float, high: float) -> str:
    return f"{low:.0%}–{high:.0%}"


def points(gap: float) -> str:
    """Return a difference of two shares of one kind in percentage points."""
    return f"{gap * 100:.0f} 个百分点"


def times(ratio: float) -> str:
    """Return a ratio as read aloud: one decimal below ten, at most 999."""
    return f"{min(ratio, _MANY):.0f}" if ratio >= _WHOLE_FROM else f"{ratio:.1f}"


def chance(value: float) -> str:
    return "p<0.001" if value < _LAST_DIGIT else f"p={value:.3f}"


def day(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d}"


def short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def named(claim: Claim) -> str:
    """Return the claim as cited in a sentence: its words, who published them and when."""
    return f"表述“{short(claim.text)}”（{claim.publisher}，{day(claim.published_at)}）"


def about(aspect: str | None) -> str:
    """Return what comments are about: an aspect, or nothing for the project as a whole."""
    return "" if aspect is None else f"关于“{ASPECTS[aspect]}”的"


def rests_on(measured: Measurement) -> str:
    """Return what a judgement by sentiment rests on: numbers, share and interval, in one bracket."""
    found = measured.prevalence
    return (
        f"（n={found.posts}，去重后 {found.clusters}，有效样本 {found.effective:.0f}；有态度的评论中负面占 "
        f"{percent(measured.polar)}，95% 区间 {span(measured.polar_low, measured.polar_high)}）"
    )


def too_few(what: str, have: float, need: float) -> str:
    """Return why nothing can be said: how many there are and how many are missing."""
    missing = max(1, round(need - have))
    return f"样本不足：{what}只有 {int(have)} 条，至少要 {need:.0f} 条，还差约 {missing} 条，不作判断。"
