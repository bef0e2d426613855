"""Values in, the words and numbers of a mail out."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from minsheng.domain import BEIJING, Evidence, Quote
from minsheng.web import web_address
from minsheng.words import SENTIMENTS, VERDICTS, beside

QUOTES = 10
"""How many comments a mail shows, both sides together."""

_LINE_BREAKERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_MOST_SOURCES = 12


def one_line(text: str) -> str:
    """Return the text without anything that could end a header: no breaks, no control or invisible characters."""
    visible = "".join(" " if unicodedata.category(char) in _LINE_BREAKERS else char for char in text)
    return " ".join(visible.split())


def shorten(text: str, longest: int) -> str:
    """Return the text on one line, cut with an ellipsis."""
    line = one_line(text)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def both_sides(
    quotes: Sequence[Quote], counter: Sequence[Quote], most: int
) -> tuple[tuple[Quote, ...], tuple[Quote, ...]]:
    """Share the places among both sides: half each, and what one side does not need goes to the other."""
    for_counter = min(len(counter), max(most // 2, most - len(quotes)))
    return tuple(quotes[: most - for_counter]), tuple(counter[:for_counter])


def percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.0f}%"


def beijing(when: datetime) -> str:
    return f"{when.astimezone(BEIJING):%Y-%m-%d %H:%M}"


def beijing_day(when: datetime) -> str:
    return f"{when.astimezone(BEIJING):%Y-%m-%d}"


def measured(evidence: Evidence) -> str:
    """Say the measured quantity with its interval: 负面占比 62%（95% 区间 52%–71%）."""
    if evidence.share is None:
        return ""
    interval = ""
    if evidence.low is not None and evidence.high is not None:
        interval = f"（95% 区间 {percent(evidence.low)}–{percent(evidence.high)}）"
    return f"{evidence.measure} {percent(evidence.share)}{interval}"


def counted(evidence: Evidence) -> str:
    """Say how much the evidence rests on: comments, copies folded, effective size, sources."""
    words = [f"评论 {evidence.posts} 条"]
    prevalence = evidence.prevalence
    if prevalence is not None:
        words.append(f"折叠相同文字后 {prevalence.clusters} 条（折叠 {prevalence.posts - prevalence.clusters} 条）")
        words.append(f"分属 {prevalence.threads} 个话题、{prevalence.sources} 个来源")
    words.append(f"有效样本 {evidence.effective:.0f}")
    return "，".join(words)


def listed(sources: Sequence[str], titles: Mapping[str, str]) -> str:
    """Name the sources; many of them are counted."""
    names = "、".join(one_line(titles.get(name, name)) for name in sources[:_MOST_SOURCES])
    return f"{names} 等 {len(sources)} 个" if len(sources) > _MOST_SOURCES else names


def filters() -> dict[str, Callable[..., object]]:
    """Return what the templates may use."""
    return {
        "percent": percent,
        "beijing": beijing,
        "day": beijing_day,
        "web": web_address,
        "shorten": shorten,
        "measured": measured,
        "counted": counted,
        "listed": listed,
        "beside": beside,
        "sentiment": SENTIMENTS.__getitem__,
        "verdict": VERDICTS.__getitem__,
    }
