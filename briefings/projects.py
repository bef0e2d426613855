"""Material in, what was claimed of each project and what the comments say out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from briefings.document import Block, ChartBlock, Column, Heading, Paragraph, QuoteItem, Quotes, Section, Table, Text
from briefings.figures import by, comments, folded, prevalence
from briefings.material import Material
from briefings.sections import linked, source_title
from briefings.words import bounds, day, local, measured, negative, period, short_day, stated
from minsheng.charts import Mark, Stretch, TrendPoint, percent, trend
from minsheng.domain import (
    MIN_EFFECTIVE,
    Claim,
    ClaimKind,
    Finding,
    LabelledPost,
    Phase,
    Prevalence,
    Project,
    Quote,
    Verdict,
    Window,
)
from minsheng.words import ASPECTS, CLAIM_STATUSES, PHASES, VERDICTS

DIVERGENCE, UNANSWERED = "divergence", "unanswered"
_GRAVITY = (Verdict.NOT_ASSESSABLE, Verdict.COMPATIBLE, Verdict.TENSION, Verdict.DIVERGES)
_MOST_DETAILS = 3
_MOST_QUOTES = 3
_MOST_ASPECTS = 8
_LONGEST_QUOTE = 140
# What a point of the trend stands for, its length, and how many there are.
_STEPS = (("周", timedelta(weeks=1), 8), ("月", timedelta(days=30), 6))


@dataclass(frozen=True, slots=True)
class Standing:
    """A project with its gravest comparison, if any claim could be compared, and its comments in the window."""

    project: Project
    finding: Finding | None
    claim: Claim | None
    shares: Prevalence | None
    comments: int

    @property
    def is_shown(self) -> bool:
        return self.shares is not None or (self.finding is not None and _gravity(self.finding) > 0)


def standings(material: Material) -> list[Standing]:
    """Return every project, the gravest first; none is dropped."""
    found = [_standing(material, project) for project in material.projects]
    return sorted(found, key=_order)


def _standing(material: Material, project: Project) -> Standing:
    judged = [
        f
        for f in material.findings
        if f.rule == DIVERGENCE and f.project == project.id and f.claim and f.claim.reviewed
    ]
    finding = max(judged, key=lambda f: (_gravity(f), f.level, f.key), default=None)
    reviewed = [claim for claim in material.claims if claim.project == project.id and claim.reviewed]
    latest = max(reviewed, key=lambda claim: (claim.published_at, claim.id), default=None)
    posts = comments(material, material.window, project.id)
    claim = finding.claim if finding else latest
    return Standing(project, finding, claim, prevalence(material, posts), folded(posts))


def _gravity(finding: Finding) -> int:
    return _GRAVITY.index(finding.verdict)


def _order(item: Standing) -> tuple[int, float, str]:
    gravity = _gravity(item.finding) if item.finding else -1
    return (-gravity, -(item.shares.negative if item.shares else 0.0), item.project.id)


def comparison(material: Material, found: Sequence[Standing]) -> Section:
    """Every project: what was said, what comments say, how they stand; then those that are not judged, and why."""
    shown = [item for item in found if item.is_shown]
    columns = (
        Column("项目", share=17), Column("官方表述（来源，日期）", share=32),
        Column("公众反应（n，占比及95%区间）", share=31), Column("判断", share=10), Column("依据", share=10),
    )  # fmt: skip
    blocks: list[Block] = []
    if shown:
        rows = tuple(_row(material, item) for item in shown)
        blocks.append(Table("表2　官方表述与公众反应", columns, rows, _row_notes(shown)))
    blocks.append(_not_judged(material, [item for item in found if not item.is_shown]))
    return Section("项目对照表", tuple(blocks))


def _row(material: Material, item: Standing) -> tuple[Text, ...]:
    claim = stated(item.claim) if item.claim else "无经审核的官方表述"
    verdict = item.finding.verdict if item.finding else Verdict.NOT_ASSESSABLE
    url = material.project_url(item.project.id)
    proof = linked("依据", url) if url else "附表1"
    return (item.project.name,), (claim,), (_reaction(material, item),), (VERDICTS[verdict],), (proof,)


def _reaction(material: Material, item: Standing) -> str:
    finding = item.finding
    if finding is not None and finding.evidence.share is not None and _gravity(finding) > 0:
        return f"{measured(finding.evidence)}；{short_day(finding.evidence.window.since)}以来"
    return f"{negative(item.shares, item.comments, material.lacking)}；本期"


def _row_notes(shown: Sequence[Standing]) -> tuple[str, ...]:
    notes = ["有多项表述的项目，列其中偏离程度最高的一项，其余见附表1。"]
    if any(item.finding is None or _gravity(item.finding) == 0 for item in shown):
        notes.append("“无法判断”指没有可与评论对照的表述，或表述之后的评论不足；此时列本期评论的负面占比。")
    return tuple(notes)


def _not_judged(material: Material, items: Sequence[Standing]) -> Block:
    """List the projects without a judgement, each with its reason: too few comments, a goal, a claim not reviewed."""
    if not material.projects:
        return Paragraph(("没有登记项目。",))
    if not items:
        return Paragraph(("没有未作判断的项目。",))
    columns = (Column("未作判断的项目", share=24), Column("n", True, 8), Column("原因", share=68))
    rows = tuple(((item.project.name,), (str(item.comments),), (_reason(material, item),)) for item in items)
    return Table(f"未作判断的项目（{len(items)} 个）", columns, rows, ("n 为本期折叠后的评论数。",))


def details(material: Material, found: Sequence[Standing]) -> Section:
    """The diverging projects: why, over time, by aspect, and the words of both sides."""
    parted = [item for item in found if item.finding and item.finding.verdict is Verdict.DIVERGES]
    if not parted:
        return Section("偏离项目详情", (Paragraph(("本期没有判断为偏离的项目。",)),))
    blocks = [block for item in parted[:_MOST_DETAILS] for block in _detail(material, item)]
    if len(parted) > _MOST_DETAILS:
        names = "、".join(item.project.name for item in parted[_MOST_DETAILS:])
        blocks.append(Paragraph((f"另有 {len(parted) - _MOST_DETAILS} 个项目判断为偏离，详情见系统：{names}。",)))
    return Section("偏离项目详情", tuple(blocks))


def _reason(material: Material, item: Standing) -> str:
    """Why a project is not judged: what the comparison says of its claims, reviewed or not."""
    said = (finding for finding in material.findings if finding.project == item.project.id)
    finding = item.finding or next((finding for finding in said if finding.rule == DIVERGENCE), None)
    return finding.why if finding else f"{material.lacking}。"


def _detail(material: Material, item: Standing) -> list[Block]:
    finding = item.finding
    if finding is None or finding.claim is None:
        raise ValueError(f"project {item.project.id}: a detail needs a finding with its claim")
    phase = item.project.phase_on(local(material.window.until - timedelta(microseconds=1)).date())
    stage = f"；阶段：{PHASES[phase.name]}" if phase else ""
    return [
        Heading(item.project.name, link=material.project_url(item.project.id)),
        Paragraph((f"责任部门：{item.project.department.name}{stage}。官方表述：{stated(finding.claim)}。",)),
        Paragraph((finding.why,)),
        *_evidence(material, item.project, finding, finding.claim.kind),
    ]


def _evidence(material: Material, project: Project, finding: Finding, kind: ClaimKind) -> list[Block]:
    sides = (finding.evidence.quotes, finding.evidence.counter_quotes)
    if kind is ClaimKind.REPLY_RATE:
        # A reply rate is counted: what people feel has no part in it.
        titles = ("没有得到公开回复的留言（与表述不一致）", "得到公开回复的留言（支持表述）")
        return [_quotes(material, title, quotes) for title, quotes in zip(titles, sides, strict=True)]
    return [
        _trend(material, project),
        _aspects(material, finding),
        _quotes(material, "读作负面的评论（与表述不一致）", sides[0]),
        _quotes(material, "读作正面的评论（支持表述）", sides[1]),
    ]


def _trend(material: Material, project: Project) -> Block:
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
    return ChartBlock(chart, note + ("竖线为经审核的官方表述。" if marks else "图中时段内没有经审核的官方表述。"))


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


def _aspects(material: Material, finding: Finding) -> Table:
    window = finding.evidence.window
    groups = by(comments(material, window, finding.project), lambda post: post.reading.aspect)
    rows = tuple(_aspect_row(material, finding, name, posts) for name, posts in list(groups.items())[:_MOST_ASPECTS])
    columns = (Column("方面", share=30), Column("评论（折叠后）", True, 20), Column("负面占比（95%区间）", True, 50))
    return Table(f"按方面（{period(window)}）", columns, rows, () if rows else ("这一时段没有公开评论。",))


def _aspect_row(
    material: Material, finding: Finding, aspect: str, posts: Sequence[LabelledPost]
) -> tuple[Text, ...]:  # fmt: skip
    is_claimed = finding.claim is not None and finding.claim.aspect == aspect
    name = ASPECTS.get(aspect, aspect) + ("（表述所指）" if is_claimed else "")
    shares = prevalence(material, posts)
    if shares is None:
        return (name,), (str(folded(posts)),), (f"{material.lacking}（n={folded(posts)}）",)
    share = f"{percent(shares.negative)}（{bounds(shares.low, shares.high, shares.clusters)}）"
    return (name,), (str(shares.clusters),), (share,)


def _quotes(material: Material, title: str, quotes: Sequence[Quote]) -> Quotes:
    """Take the words from the index: what has been removed there is no longer quoted."""
    kept = [(quote, held) for quote in quotes if (held := material.index.get(quote.post)) is not None]
    items = tuple(_quote(material, held, quote.copies) for quote, held in kept[:_MOST_QUOTES])
    gone = len(quotes) - len(kept)
    empty = f"原有 {gone} 条，均已移除，不再引用。" if gone else "没有找到这一类评论。"
    return Quotes(title, items, empty)


def _quote(material: Material, held: LabelledPost, copies: int) -> QuoteItem:
    post = held.post
    words = post.text if len(post.text) <= _LONGEST_QUOTE else f"{post.text[:_LONGEST_QUOTE]}……（节选）"
    by_hand = "，态度经人工更正" if "sentiment" in held.label.corrected else ""
    origin = f"{source_title(material, post.source)}，{day(post.published_at)}{by_hand}"
    return QuoteItem(words, post.url, origin, copies)


def unanswered(material: Material) -> list[Block]:
    """The matters in which nobody has answered the public."""
    found = [finding for finding in material.findings if finding.rule == UNANSWERED]
    fired = sorted((f for f in found if f.fired), key=lambda f: (-f.level, f.key))
    rest = f"另有 {len(found) - len(fired)} 项未达提示条件或无法判断。" if len(found) > len(fired) else ""
    if not fired:
        return [Paragraph((f"本期没有“无人回应”的提示。{rest}",))]
    columns = (
        Column("项目", share=18),
        Column("责任部门", share=16),
        Column("测得", share=28),
        Column("说明", share=38),
    )
    rows = tuple(_unanswered_row(material, finding) for finding in fired)
    return [Table("", columns, rows, (rest,) if rest else ())]


def _unanswered_row(material: Material, finding: Finding) -> tuple[Text, ...]:
    office = next((p.department.name for p in material.projects if p.id == finding.project), "—")
    name = linked(material.project_name(finding.project), material.project_url(finding.project))
    return (name,), (office,), (measured(finding.evidence),), (finding.why,)


def claim_table(material: Material) -> Table:
    """Every reviewed claim with its comparison: the annex to the table of projects."""
    columns = (
        Column("项目", share=16), Column("官方表述（来源，日期）", share=34), Column("性质", share=8),
        Column("判断", share=10), Column("说明", share=32),
    )  # fmt: skip
    reviewed = sorted((c for c in material.claims if c.reviewed), key=lambda c: (c.project, c.published_at, c.id))
    rows = tuple(_claim_row(material, claim) for claim in reviewed)
    waiting = sum(1 for claim in material.claims if not claim.reviewed)
    notes = [f"未经审核的表述 {waiting} 条，不作对照。"] if waiting else []
    return Table("附表1　官方表述", columns, rows, tuple(notes if rows else [*notes, "没有经审核的官方表述。"]))


def _claim_row(material: Material, claim: Claim) -> tuple[Text, ...]:
    judged = (f for f in material.findings if f.rule == DIVERGENCE and f.claim and f.claim.id == claim.id)
    finding = next(judged, None)
    said = f"“{claim.text}”"
    origin = linked(f"（{claim.publisher}，{day(claim.published_at)}）", claim.source_url)
    verdict = VERDICTS[finding.verdict] if finding else VERDICTS[Verdict.NOT_ASSESSABLE]
    why = finding.why if finding else "尚未对照。"
    return (material.project_name(claim.project),), (said, origin), (CLAIM_STATUSES[claim.status],), (verdict,), (why,)
