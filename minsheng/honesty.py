"""What figures rest on in, the sentences that say how far they reach out: one source of the words for all media."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minsheng.domain import MIN_EFFECTIVE

SCOPE = "只统计所列来源上公开、可见、去重后的评论，不代表全体居民；情感和主题由程序判断，有误差。"
SHARES = (
    "占比是所列来源上公开、可见、去重后的评论的占比，不代表全体居民；"
    "区间只含分类与计数误差，不含自我选择（谁愿意发言）的影响。"
)
NOT_COUNTED = (
    "不算的：需要登录的、已经撤下的、没有发表出来的，以及电话和窗口的反映。发言的是谁，系统不知道，也不去知道。"
)
NOT_RESIDENTS = "评论不是居民：写评论的人与不写的人不同，不满者往往更爱写；占比不能当作民意调查或满意率。"

_THIN = 50
_MOST_SOURCES = 5
_DOMINANT = 0.8


@dataclass(frozen=True, slots=True)
class Grounds:
    """What some figures rest on.

    ``folded`` counts comments with copies folded; ``by_source`` comments by the title of their source, all 0 where that
    was not recorded; ``effective`` is None where no share was estimated; ``deleted`` counts comments that those sources
    took down within 30 days, None where no source tells.
    """

    comments: int
    folded: int
    by_source: tuple[tuple[str, int], ...]
    effective: float | None = None
    deleted: int | None = None


def limits(grounds: Grounds) -> tuple[str, ...]:
    """Return the block that stands under every set of figures, a sentence a line."""
    return (
        _counted(grounds),
        NOT_COUNTED,
        _sources(grounds),
        _deleted(grounds),
        *_thin(grounds),
        NOT_RESIDENTS,
        SHARES,
    )


def deleted_of(sources: Sequence[str], deleted: Mapping[str, int]) -> int | None:
    """Return how many comments went from some sources; None where nothing is known of any of them."""
    known = [deleted[name] for name in sources if name in deleted]
    return sum(known) if known else None


def _counted(grounds: Grounds) -> str:
    copies = grounds.comments - grounds.folded
    folded = f"，相同或近似的文字合并后 {grounds.folded} 条（合并 {copies} 条，各只算一次）" if copies else "，没有重复"
    return f"算的：所列来源上公开发表、目前可见、归到在册项目的评论 {grounds.comments} 条{folded}。"


def _sources(grounds: Grounds) -> str:
    total = sum(count for _, count in grounds.by_source)
    if not grounds.by_source:
        return "来源：这一时段没有来源提供评论。"
    if not total:
        return f"来源：{'、'.join(title for title, _ in grounds.by_source)}；各来源的份额没有记录。"
    ranked = sorted(grounds.by_source, key=lambda item: (-item[1], item[0]))
    parts = [f"{title} {count / total:.0%}" for title, count in ranked[:_MOST_SOURCES]]
    rest = ranked[_MOST_SOURCES:]
    if rest:
        parts.append(f"其余 {len(rest)} 个 {sum(count for _, count in rest) / total:.0%}")
    heavy = ""
    if len(ranked) == 1:
        heavy = "；只有一个来源，换一个来源可能不同"
    elif ranked[0][1] >= _DOMINANT * total:
        heavy = "；主要来自一个来源，换一个来源可能不同"
    return f"来源及份额（n={total}）：{'、'.join(parts)}{heavy}。"


def _deleted(grounds: Grounds) -> str:
    if grounds.deleted is None:
        return "撤下：这些来源没有采集记录，不知道有没有评论被撤下。"
    if not grounds.deleted:
        return "撤下：近 30 天没有见到这些来源撤下评论；采集之前撤下的看不见。"
    return (
        f"撤下：近 30 天见到这些来源撤下评论 {grounds.deleted} 条，已不在统计之内；"
        "撤下的多半不是随机的，占比可能因此偏移。"
    )


def _thin(grounds: Grounds) -> tuple[str, ...]:
    size = grounds.effective
    if size is None or size < MIN_EFFECTIVE:
        known = "" if size is None else f"（有效样本 {size:.0f}）"
        return (f"样本：有效样本不足 {MIN_EFFECTIVE} 条的，只给条数，不给占比{known}。",)
    if size < _THIN:
        return (f"样本：有效样本只有 {size:.0f} 条，偏薄，区间很宽，不宜比较细小的差别。",)
    return (f"样本：用来估计占比的评论折算为有效样本 {size:.0f} 条（同一帖子里的评论互相影响）。",)
