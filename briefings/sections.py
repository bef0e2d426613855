"""Material and its numbers in, the general sections of a briefing out: points, totals, topics, alerts, annex."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from briefings.document import (
    Block,
    Bullets,
    ChartBlock,
    Column,
    Heading,
    Inline,
    Link,
    Masthead,
    Paragraph,
    Section,
    Table,
    Text,
)
from briefings.figures import Interval, Tally, all_intervals, by, folded, prevalence
from briefings.lives import ENDED, Life
from briefings.material import Material
from briefings.saying import groups_said
from briefings.sources import health
from briefings.stats import difference
from briefings.words import (
    bounds,
    change,
    day,
    last_day,
    local,
    measured,
    minute,
    negative,
    period,
    rule,
    stated,
    title,
)
from indexer.base import Query
from minsheng.charts import Bin, Shares, histogram, interval, percent, stacked
from minsheng.domain import MIN_EFFECTIVE, Finding, Kind, LabelledPost, Prevalence
from minsheng.words import VERDICTS

MOST_POINTS = 5
_MOST_SOURCES = 8


def masthead(material: Material) -> Masthead:
    place = f"{material.region} " if material.region else ""
    return Masthead(
        office=material.office,
        title=f"{place}{title(material.kind)}",
        headline=headline(material),
        issue=f"{last_day(material.window).year}年第{material.number}期（总第{material.total_number}期）",
        period=period(material.window),
        day=day(material.made_at),
        made=minute(material.made_at),
        health=health(material),
    )


def headline(material: Material) -> str:
    """Return what the briefing is about, as the title of an official document says it."""
    if material.subject:
        return f"关于“{material.project_name(material.subject)}”公众反应情况的专报"
    return f"{period(material.window)}公众反应情况"


def highlights(material: Material, now: Tally, before: Tally, found: Sequence[Life]) -> Section:
    """At most five points: the whole first, then what began, lasted or ended, strongest first."""
    items = [whole(material, now, before), *(_point(material, life) for life in found[: MOST_POINTS - 1])]
    rest = len(found) - (MOST_POINTS - 1)
    blocks: list[Block] = [Bullets(tuple(items))]
    if not found:
        blocks.append(Paragraph(("本期没有新增、持续或结束的提示。",)))
    if rest > 0:
        blocks.append(Paragraph((f"另有 {rest} 项提示，见附表。",)))
    return Section("要点", tuple(blocks))


def whole(material: Material, now: Tally, before: Tally) -> Text:
    if not now.posts:
        return (f"本期未收到公开评论（n=0）；上期折叠重复后 {before.folded} 条。",)
    words = f"本期公开评论 {len(now.posts)} 条，折叠重复后 {now.folded} 条（上期 {before.folded} 条）；"
    words += negative(now.prevalence, now.folded, material.lacking)
    gap = _gap(now, before)
    return (f"{words}。{gap}" if gap else f"{words}。",)


def _gap(now: Tally, before: Tally) -> str:
    if now.prevalence is None:
        return ""
    if before.prevalence is None:
        return f"上期样本不足（n={before.folded}），不作比较。"
    gap, low, high = difference(_triple(before), _triple(now))
    way = "的变化在误差范围内" if low <= 0 <= high else "上升" if gap > 0 else "下降"
    return f"与上期相比{way}：{change(gap, low, high)}。"


def _triple(tally: Tally) -> tuple[float, float, float]:
    if tally.prevalence is None:
        raise ValueError("a window without shares cannot be compared")
    return tally.prevalence.negative, tally.prevalence.low, tally.prevalence.high


def _point(material: Material, life: Life) -> Text:
    finding = life.alert.finding
    name = linked(material.project_name(finding.project), material.project_url(finding.project))
    subject = f"官方表述{stated(finding.claim)}；表述之后，" if finding.claim else f"{rule(finding.rule)}。"
    if life.stage == ENDED:
        return f"【{life.stage}】", name, f"：{subject}最近一次测得{measured(finding.evidence)}，已不再符合提示条件。"
    verdict = f"判断：{VERDICTS[finding.verdict]}。" if finding.claim else ""
    return f"【{life.stage}】", name, f"：{subject}{measured(finding.evidence)}。{_reason(finding)}{verdict}"


def _reason(finding: Finding) -> str:
    """Give the reason where no share says it; one with percentages stays below, beside what they rest on."""
    if finding.evidence.share is not None:
        return ""
    return "说明见正文。" if "%" in finding.why else finding.why


def linked(words: str, url: str) -> Inline:
    """Return words that open the address, or the words alone when there is none."""
    return Link(words, url) if url else words


def totals(material: Material, now: Tally, before: Tally, *, charts: bool) -> Section:
    """The whole of the window beside the one before, by label and by source."""
    blocks: list[Block] = [_comparison(material, now, before)]
    if charts and now.posts:
        blocks.append(_volume(material))
    if charts and now.posts and material.calibration is not None:
        blocks.append(_by_source(material, now))
    return Section("总体数据", tuple(blocks))


def _comparison(material: Material, now: Tally, before: Tally) -> Table:
    columns = (Column("指标", share=20), Column("本期", True, 24), Column("上期", True, 24), Column("环比", True, 24))
    rows = [
        _count_row("公开评论（条）", len(now.posts), len(before.posts)),
        _count_row("折叠重复后（条）", now.folded, before.folded),
    ]
    mine, theirs = all_intervals(material, now), all_intervals(material, before)
    for place, word in enumerate(("负面占比", "中性占比", "正面占比")):
        pair = (mine[place] if mine else None, theirs[place] if theirs else None)
        rows.append(_share_row(word, now, before, pair, material.lacking))
    title_ = f"本期与上期（上期：{period(before.window)}）"
    return Table(title_, columns, tuple(rows), _reasons(material, now), _compared(now, before, mine, material.lacking))


def _compared(now: Tally, before: Tally, mine: tuple[Interval, ...] | None, lacking: str) -> str:
    gap = now.folded - before.folded
    turn = f"比上期{'多' if gap > 0 else '少'} {abs(gap)} 条" if gap else "与上期相同"
    said = f"折叠重复后，本期公开评论 {now.folded} 条，{turn}（上期 {before.folded} 条）；"
    if mine is None or now.prevalence is None:
        return f"{said}{lacking}（n={now.folded}），不给出负面、中性、正面的占比。"
    n, words = now.prevalence.clusters, ("负面", "中性", "正面")
    parts = (f"{word} {percent(x.value)}（{bounds(x.low, x.high, n)}）" for word, x in zip(words, mine, strict=True))
    return f"{said}其中{'，'.join(parts)}。"


def _count_row(word: str, now: int, before: int) -> tuple[Text, ...]:
    turn = f"{(now - before) / before:+.0%}".replace("-", "−") if before else "上期为 0"
    return (word,), (str(now),), (str(before),), (turn,)


def _share_row(
    word: str, now: Tally, before: Tally, pair: tuple[Interval | None, Interval | None], lacking: str
) -> tuple[Text, ...]:
    mine, theirs = pair
    turn = change(*difference(theirs.triple, mine.triple)).replace("95%区间 ", "") if mine and theirs else "—"
    return (word,), (_cell(mine, now, lacking),), (_cell(theirs, before, lacking),), (turn,)


def _cell(share: Interval | None, tally: Tally, lacking: str) -> str:
    n = tally.prevalence.clusters if tally.prevalence else tally.folded
    if share is None:
        return f"{lacking}（n={n}）"
    return f"{percent(share.value)}（{interval(share.low, share.high)}，n={n}）"


def _reasons(material: Material, now: Tally) -> tuple[str, ...]:
    first = "占比已按模型误差校正，括号内为95%区间；n 为折叠重复后的评论数。"
    if material.calibration is None:
        return (first, "所用模型的误差未知，不给出占比，只列条数。")
    if now.prevalence is None:
        return (first, f"有效样本不足 {MIN_EFFECTIVE} 条时不给出占比。")
    return (first,)


def _volume(material: Material) -> ChartBlock:
    """Count by day, days without comments too: the index leaves those out."""
    query = Query(kinds=(Kind.PUBLIC,), linked=material.only, window=material.window)
    counts = material.index.histogram(query, "day")
    first, last = local(material.window.since).date(), last_day(material.window)
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    bins = [Bin(f"{day.month}/{day.day}", counts.get(day, 0)) for day in days]
    chart = histogram(bins, title="每日公开评论数（未折叠，北京时间）", heading="日期")
    most, least = (pick(bins, key=lambda one: one.count) for pick in (max, min))
    mean = sum(one.count for one in bins) / len(bins)
    said = f"评论最多的一天是{_said(most)}，最少的是{_said(least)}；平均每天 {mean:.1f} 条。"
    return ChartBlock(chart, said=said)


def _said(one: Bin) -> str:
    return "{}月{}日（{} 条）".format(*one.label.split("/"), one.count)


def _by_source(material: Material, now: Tally) -> ChartBlock:
    groups = by(now.posts, lambda post: post.post.source)
    shown = {name: prevalence(material, posts) for name, posts in list(groups.items())[:_MOST_SOURCES]}
    rows = [_source_row(source_title(material, name), shares, groups[name]) for name, shares in shown.items()]
    left = len(groups) - len(rows)
    note = "各来源分别校正；有效样本不足的来源只列条数。" + (f"另有 {left} 个来源，见附表。" if left > 0 else "")
    known = {name: shares for name, shares in shown.items() if shares is not None}
    # A stacked bar has no room for whiskers, so the intervals stand below it.
    parts = [f"{source_title(material, name)} {bounds(s.low, s.high, s.clusters)}" for name, s in known.items()]
    note += f"负面占比：{'；'.join(parts)}。" if parts else ""
    named = [(source_title(material, name), shares, folded(groups[name])) for name, shares in shown.items()]
    chart = stacked(rows, title="各来源的负面、中性、正面占比", heading="来源")
    return ChartBlock(chart, note, groups_said("来源", named))


def _source_row(title: str, shares: Prevalence | None, posts: Sequence[LabelledPost]) -> Shares:
    if shares is None:
        return Shares(title, None, folded(posts))
    return Shares(title, (shares.negative, shares.neutral, shares.positive), shares.clusters)


def source_title(material: Material, name: str) -> str:
    source = material.sources.get(name)
    return source.title if source else name


def new_alerts(material: Material, found: Sequence[Life]) -> Section:
    """What began in the window, with its reason in full: the daily's substance."""
    began = [life for life in found if life.alert.opened_at >= material.window.since]
    if not began:
        return Section("新提示", (Paragraph(("本期没有新提示。",)),))
    blocks: list[Block] = []
    for life in began:
        finding = life.alert.finding
        name = f"{material.project_name(finding.project)}　{rule(finding.rule)}"
        blocks += [Heading(name, link=material.project_url(finding.project)), Paragraph((finding.why,))]
        verdict = f"判断：{VERDICTS[finding.verdict]}。" if finding.claim else ""
        blocks.append(Paragraph((f"{measured(finding.evidence)}。{verdict}",)))
    return Section("新提示", tuple(blocks))


def alert_table(material: Material, found: Sequence[Life], name: str = "附表2　本期提示") -> Table:
    columns = (
        Column("状态", share=10), Column("项目", share=20), Column("提示", share=14), Column("首次出现", share=14),
        Column("测得", share=42),
    )  # fmt: skip
    rows = tuple(_alert_row(material, life) for life in found)
    counts = Counter(life.stage for life in found)
    said = "、".join(f"{stage} {count} 项" for stage, count in counts.items())
    return Table(name, columns, rows, () if rows else ("本期没有提示。",), f"本期提示：{said}。")


def _alert_row(material: Material, life: Life) -> tuple[Text, ...]:
    finding = life.alert.finding
    name = linked(material.project_name(finding.project), material.project_url(finding.project))
    return (life.stage,), (name,), (rule(finding.rule),), (day(life.alert.opened_at),), (measured(finding.evidence),)
