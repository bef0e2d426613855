"""Material in, what was claimed of each project and what the comments say out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from briefings.document import Block, Column, Heading, Inline, Paragraph, Section, Table, Text
from briefings.figures import by, comments, folded, prevalence
from briefings.material import Material
from briefings.quoting import quoted
from briefings.saying import groups_said, verdicts_said
from briefings.sections import linked
from briefings.trends import trend_of
from briefings.words import bounds, day, local, measured, negative, period, short_day, stated
from minsheng.charts import percent
from minsheng.domain import Claim, ClaimKind, Finding, LabelledPost, Prevalence, Project, Verdict
from minsheng.words import ASPECTS, CLAIM_STATUSES, PHASES, VERDICTS

DIVERGENCE, UNANSWERED = "divergence", "unanswered"
_GRAVITY = (Verdict.NOT_ASSESSABLE, Verdict.COMPATIBLE, Verdict.TENSION, Verdict.DIVERGES)
_MOST_DETAILS = 3
_MOST_ASPECTS = 8


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
        said = verdicts_said(("下列项目", "个"), (_verdict(item) for item in shown))
        blocks.append(Table("官方表述与公众反应", columns, rows, _row_notes(shown), said))
    blocks.append(_not_judged(material, [item for item in found if not item.is_shown]))
    return Section("项目对照表", tuple(blocks))


def _row(material: Material, item: Standing) -> tuple[Text, ...]:
    claim = stated(item.claim) if item.claim else "无经审核的官方表述"
    url = material.project_url(item.project.id)
    proof = linked("依据", url) if url else "附表1"
    return (item.project.name,), (claim,), (_reaction(material, item),), (VERDICTS[_verdict(item)],), (proof,)


def _verdict(item: Standing) -> Verdict:
    return item.finding.verdict if item.finding else Verdict.NOT_ASSESSABLE


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
    silent = sum(item.comments == 0 for item in items)
    said = f"登记的 {len(material.projects)} 个项目中，{len(items)} 个未作判断，其中 {silent} 个本期没有评论。"
    return Table(f"未作判断的项目（{len(items)} 个）", columns, rows, ("n 为本期折叠后的评论数。",), said)


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
    counted = finding.claim.kind is ClaimKind.REPLY_RATE
    stage = f"；阶段：{PHASES[phase.name]}" if phase else ""
    return [
        Heading(item.project.name, link=material.project_url(item.project.id)),
        Paragraph((f"责任部门：{item.project.department.name}{stage}。官方表述：{stated(finding.claim)}。",)),
        Paragraph((finding.why,)),
        # A reply rate is counted: what people feel has no part in it.
        *([] if counted else [trend_of(material, item.project), _aspects(material, finding)]),
        *sides_of(material, finding, finding.claim),
    ]


def sides_of(material: Material, finding: Finding, claim: Claim) -> list[Block]:
    """Return the words of both sides; for a reply rate the messages with and without a reply."""
    titles = ("读作负面的评论（与表述不一致）", "读作正面的评论（支持表述）")
    if claim.kind is ClaimKind.REPLY_RATE:
        titles = ("没有得到公开回复的留言（与表述不一致）", "得到公开回复的留言（支持表述）")
    sides = (finding.evidence.quotes, finding.evidence.counter_quotes)
    return [quoted(material, title, quotes) for title, quotes in zip(titles, sides, strict=True)]


def _aspects(material: Material, finding: Finding) -> Table:
    window = finding.evidence.window
    groups = by(comments(material, window, finding.project), lambda post: post.reading.aspect)
    shown = [(name, prevalence(material, posts), posts) for name, posts in list(groups.items())[:_MOST_ASPECTS]]
    rows = tuple(_aspect_row(material, finding, *group) for group in shown)
    said = groups_said("方面", [(ASPECTS.get(name, name), shares, folded(posts)) for name, shares, posts in shown])
    columns = (Column("方面", share=30), Column("评论（折叠后）", True, 20), Column("负面占比（95%区间）", True, 50))
    return Table(f"按方面（{period(window)}）", columns, rows, () if rows else ("这一时段没有公开评论。",), said)


def _aspect_row(
    material: Material, finding: Finding, aspect: str, shares: Prevalence | None, posts: Sequence[LabelledPost]
) -> tuple[Text, ...]:  # fmt: skip
    is_claimed = finding.claim is not None and finding.claim.aspect == aspect
    name = ASPECTS.get(aspect, aspect) + ("（表述所指）" if is_claimed else "")
    if shares is None:
        return (name,), (str(folded(posts)),), (f"{material.lacking}（n={folded(posts)}）",)
    share = f"{percent(shares.negative)}（{bounds(shares.low, shares.high, shares.clusters)}）"
    return (name,), (str(shares.clusters),), (share,)


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
    most = f"{material.project_name(fired[0].project)}，{measured(fired[0].evidence)}"
    said = f"“无人回应”的提示 {len(fired)} 项，程度最高的是{most}。"
    return [Table("无人回应的提示", columns, rows, (rest,) if rest else (), said)]


def _unanswered_row(material: Material, finding: Finding) -> tuple[Text, ...]:
    office = next((p.department.name for p in material.projects if p.id == finding.project), "—")
    name = linked(material.project_name(finding.project), material.project_url(finding.project))
    return (name,), (office,), (measured(finding.evidence),), (finding.why,)


def claim_table(material: Material) -> Table:
    """Every reviewed claim with its comparison: the annex to the table of projects."""
    columns = (
        Column("项目", share=14), Column("官方表述（来源，日期）", share=28), Column("性质", share=7),
        Column("判断", share=9), Column("说明", share=42),
    )  # fmt: skip
    reviewed = sorted((c for c in material.claims if c.reviewed), key=lambda c: (c.project, c.published_at, c.id))
    rows = tuple(_claim_row(material, claim) for claim in reviewed)
    waiting = sum(1 for claim in material.claims if not claim.reviewed)
    notes = [f"未经审核的表述 {waiting} 条，不作对照。"] if waiting else []
    said = verdicts_said(("经审核的官方表述", "条"), (_claim_verdict(material, claim) for claim in reviewed))
    return Table("附表1　官方表述", columns, rows, tuple(notes if rows else [*notes, "没有经审核的官方表述。"]), said)


def source_of(claim: Claim) -> Inline:
    """Return who said it and when, opening where it stands."""
    return linked(f"（{claim.publisher}，{day(claim.published_at)}）", claim.source_url)


def claim_finding(material: Material, claim: Claim) -> Finding | None:
    """Return the comparison of one claim with the comments."""
    judged = (f for f in material.findings if f.rule == DIVERGENCE and f.claim and f.claim.id == claim.id)
    return next(judged, None)


def _claim_verdict(material: Material, claim: Claim) -> Verdict:
    finding = claim_finding(material, claim)
    return finding.verdict if finding else Verdict.NOT_ASSESSABLE


def _claim_row(material: Material, claim: Claim) -> tuple[Text, ...]:
    finding = claim_finding(material, claim)
    said = f"“{claim.text}”"
    verdict = VERDICTS[_claim_verdict(material, claim)]
    why = finding.why if finding else "尚未对照。"
    return (
        (material.project_name(claim.project),),
        (said, source_of(claim)),
        (CLAIM_STATUSES[claim.status],),
        (verdict,),
        (why,),
    )
