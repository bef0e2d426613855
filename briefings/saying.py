"""Rows of a table in, the sentence out that says what they show: every share with its interval and n."""

from collections import Counter
from collections.abc import Iterable, Sequence

from briefings.words import bounds
from minsheng.charts import percent
from minsheng.domain import MIN_EFFECTIVE, Prevalence, Verdict
from minsheng.words import VERDICTS

Named = tuple[str, Prevalence | None, int]
"""A row: what it is called, its shares if they could be estimated, how many comments it has."""

_ORDER = (Verdict.DIVERGES, Verdict.TENSION, Verdict.COMPATIBLE, Verdict.NOT_ASSESSABLE)


def groups_said(what: str, rows: Sequence[Named]) -> str:
    """Name the group with the most comments, and those with the largest and the smallest negative share."""
    if not rows:
        return ""
    most = max(rows, key=lambda row: row[2])
    said = f"评论最多的{what}是“{most[0]}”（n={most[2]}）"
    known = [(name, shares) for name, shares, _ in rows if shares is not None]
    if not known:
        return f"{said}；各{what}的有效样本都不足 {MIN_EFFECTIVE} 条，不给占比。"
    known.sort(key=lambda pair: -pair[1].negative)
    said += f"；负面占比最高的是{_share(*known[0])}"
    if len(known) > 1:
        said += f"，最低的是{_share(*known[-1])}"
    thin = len(rows) - len(known)
    return f"{said}。" + (f"另有 {thin} 个{what}样本不足，不给占比。" if thin else "")


def verdicts_said(what: tuple[str, str], verdicts: Iterable[Verdict]) -> str:
    """Count the verdicts of things; ``what`` is their name and measure word (项目, 个)."""
    counts = Counter(verdicts)
    parts = "，".join(f"{VERDICTS[verdict]} {counts[verdict]} {what[1]}" for verdict in _ORDER if counts[verdict])
    return f"{what[0]} {counts.total()} {what[1]}：{parts}。" if counts else ""


def _share(name: str, shares: Prevalence) -> str:
    return f"“{name}”，为 {percent(shares.negative)}（{bounds(shares.low, shares.high, shares.clusters)}）"
