"""Domain values in, the Chinese words and numbers of a briefing out."""

from datetime import date, datetime, timedelta

from minsheng.charts import interval, percent
from minsheng.domain import BEIJING, Claim, Evidence, Prevalence, Window
from minsheng.words import BRIEFING_KINDS, RULES

_WIDE = 0.1
_MANY, _FEW = 100.0, 10.0


def local(moment: datetime) -> datetime:
    return moment.astimezone(BEIJING)


def day(moment: datetime) -> str:
    """Return a day as offices write it, Beijing time."""
    here = local(moment)
    return f"{here.year}年{here.month}月{here.day}日"


def short_day(moment: datetime) -> str:
    here = local(moment)
    return f"{here.month}月{here.day}日"


def minute(moment: datetime) -> str:
    here = local(moment)
    return f"{day(moment)}{here:%H:%M}"


def period(window: Window) -> str:
    """Return the days of a window with both ends named; the end of a window is exclusive."""
    if _at_midnight(window.since) and _at_midnight(window.until):
        last = window.until - timedelta(microseconds=1)
        return day(window.since) if window.days <= 1 else f"{day(window.since)}至{day(last)}"
    return f"{minute(window.since)}至{minute(window.until)}（不含）"


def last_day(window: Window) -> date:
    """Return the last day that a window touches, Beijing time: its year is the year of the issue."""
    return local(max(window.since, window.until - timedelta(microseconds=1))).date()


def bounds(low: float | None, high: float | None, n: int) -> str:
    """Return what stands behind every share: its interval and n."""
    if low is None or high is None:
        return f"无区间，n={n}"
    return f"95%区间 {interval(low, high)}，n={n}"


def negative(shares: Prevalence | None, n: int, lacking: str) -> str:
    """Return the negative share with interval and n, or what is lacking for it."""
    if shares is None:
        return f"{lacking}（n={n}）"
    return f"负面占比 {percent(shares.negative)}（{bounds(shares.low, shares.high, shares.clusters)}）"


def measured(evidence: Evidence) -> str:
    """Return what a finding rests on: the measure, its value, its interval and n."""
    n = evidence.prevalence.clusters if evidence.prevalence else evidence.posts
    if evidence.share is None:
        return f"{evidence.measure}（n={n}）"
    space = "" if evidence.measure.endswith("）") else " "
    return f"{evidence.measure}{space}{percent(evidence.share)}（{bounds(evidence.low, evidence.high, n)}）"


def stated(claim: Claim) -> str:
    """Return a claim verbatim with its publisher and day."""
    return f"“{claim.text}”（{claim.publisher}，{day(claim.published_at)}）"


def change(gap: float, low: float, high: float) -> str:
    """Return a difference of shares in percentage points; decimals only where the interval is narrow."""
    digits = 0 if high - low >= _WIDE else 1
    value, least, most = (_signed(part * 100, digits) for part in (gap, low, high))
    return f"{value}个百分点（95%区间 {least} 至 {most}）"


def _signed(value: float, digits: int) -> str:
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{abs(rounded):.{digits}f}"


def odds(level: float) -> str:
    """Say a tipping point ρ* in words: how much likelier the dissatisfied must speak for the claim to hold."""
    if level < 1:
        return "不满者比满意者更少发言，也能成立"
    if level >= _MANY:
        return f"不满者发言的可能须在满意者的 {_MANY:.0f} 倍以上"
    return f"不满者发言的可能须为满意者的 {level:.{0 if level >= _FEW else 1}f} 倍"


def title(kind: str) -> str:
    return f"公众反应{BRIEFING_KINDS[kind]}"


def rule(name: str) -> str:
    """Return the Chinese name of a rule; a rule of the office's own keeps its name."""
    return RULES.get(name, name)


def _at_midnight(moment: datetime) -> bool:
    here = local(moment)
    return (here.hour, here.minute, here.second, here.microsecond) == (0, 0, 0, 0)
