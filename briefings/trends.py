"""Material and a project in, its share over time out: weeks, or months where weeks are too thin."""

from collections.abc import Sequence
from datetime import timedelta

from briefings.document import Block, ChartBlock, Paragraph
from briefings.figures import comments, folded, prevalence
from briefings.material import Material
from briefings.words import bounds, local
from minsheng.charts import Mark, Stretch, TrendPoint, percent, trend
from minsheng.domain import MIN_EFFECTIVE, LabelledPost, Phase, Project, Window
from minsheng.words import PHASES

# What a point of the trend stands for, its length, and how many there are.
_STEPS = (("周", timedelta(weeks=1), 8), ("月", timedelta(days=30), 6))


def trend_of(material: Material, project: Project) -> Block:
    """Draw weeks, or months where weeks are too thin; say so where both are."""
    for name, step, number in _STEPS:
        chart = _trend_by(material, project, name, step, number)
        if chart is not None:
            return chart
    return Paragraph((f"各周、各月的有效样本都不足 {MIN_EFFECTIVE} 条，不画走势。",))


def _trend_by(material: Material, project: Project, name: str, step: timedelta, number: int) -> ChartBlock | None:
    until = material.window.until
    steps = [Window(until - step * (k + 1), until - step * k) for k in reversed(range(number))]
    span = Window(steps[0].since, until)
    marks = [
        Mark(local(claim.published_at).date(), f"{claim.publisher}：{claim.text}")
        for claim in sorted(material.claims, key=lambda claim: (claim.published_at, claim.id))
        if claim.project == project.id and claim.reviewed and claim.published_at in span
    ]
    posts = comments(material, span, project.id)
    spots = [_spot(material, part, [post for post in posts if post.post.published_at in part]) for part in steps]
    if all(spot.value is None for spot in spots):
        return None
    title = f"{project.name}：每{name}负面占比及95%区间"
    chart = trend(spots, title=title, marks=marks, phases=_stretches(project.phases, span))
    note = f"每点为一{name}（横轴为起始日）；有效样本不足 {MIN_EFFECTIVE} 条的{name}不画点。"
    note += "竖线为经审核的官方表述。" if marks else "图中时段内没有经审核的官方表述。"
    return ChartBlock(chart, note, _said(name, spots))


def _said(name: str, spots: Sequence[TrendPoint]) -> str:
    """Tell the first and the last point that could be estimated."""
    known = [spot for spot in spots if spot.value is not None]
    first, last = _told(name, known[0]), _told(name, known[-1])
    return f"{first}。只有这一{name}的样本够作估计。" if len(known) == 1 else f"{first}；{last}。"


def _told(name: str, spot: TrendPoint) -> str:
    at = f"{spot.day.month}月{spot.day.day}日起的一{name}"
    return f"{at}，负面占比 {percent(spot.value or 0.0)}（{bounds(spot.low, spot.high, spot.n)}）"


def _spot(material: Material, week: Window, posts: Sequence[LabelledPost]) -> TrendPoint:
    shares = prevalence(material, posts)
    start = local(week.since).date()
    if shares is None:
        return TrendPoint(start, None, None, None, folded(posts))
    return TrendPoint(start, shares.negative, shares.low, shares.high, shares.clusters)


def _stretches(phases: Sequence[Phase], span: Window) -> list[Stretch]:
    """Keep the phases that touch the span, cut to it."""
    first, last = local(span.since).date(), local(span.until).date()
    inside = [phase for phase in phases if phase.since < last and (phase.until is None or phase.until >= first)]
    return [
        Stretch(max(phase.since, first), min(phase.until, last) if phase.until else None, PHASES[phase.name])
        for phase in inside
    ]
