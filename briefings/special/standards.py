"""Claims, reactions and aspects of one project in, the section on standards (工作标准) out."""

from alerts.measures.standards import AspectGap, StandardsMeasure
from briefings.document import Block, Column, Heading, Paragraph, Table, Text
from briefings.material import Material
from briefings.projects import Standing, claim_finding, sides_of, source_of
from briefings.quoting import quoted
from briefings.saying import verdicts_said
from briefings.special.points import share
from briefings.words import change, measured, odds
from minsheng.charts import percent
from minsheng.domain import Claim, ClaimKind, Finding, Verdict
from minsheng.words import ASPECTS, CLAIM_STATUSES, VERDICTS

_MOST_CLAIMS = 12
_MOST_ASPECTS = 10


def blocks(material: Material, found: StandardsMeasure, standing: Standing) -> list[Block]:
    """Return claims against reactions, the strongest evidence of both sides, the aspects, and looks against use."""
    return [
        Heading("表述与反应"),
        *_claims(material),
        Heading("双方最有力的依据"),
        *_sides(material, standing),
        Heading("各方面"),
        *_aspects(material, found),
        Heading("好看与好用"),
        Paragraph((_looks(found),)),
    ]


def _claims(material: Material) -> list[Block]:
    reviewed = sorted((c for c in material.claims if c.reviewed), key=lambda claim: (claim.published_at, claim.id))
    reviewed.sort(key=lambda claim: _rank(claim_finding(material, claim)), reverse=True)
    if not reviewed:
        return [Paragraph(("没有经审核的官方表述，没有可与评论对照的另一边。请在表述台账登记并审核。",))]
    columns = (
        Column("官方表述（来源，日期）", share=36), Column("性质", share=8), Column("公众反应", share=26),
        Column("怎样才成立", share=18), Column("判断", share=12),
    )  # fmt: skip
    rows = tuple(_claim(material, claim) for claim in reviewed[:_MOST_CLAIMS])
    notes = ["怎样才成立：不满者发言的可能须为满意者的多少倍，表述才与评论相符；只对满意度一类的表述计算。"]
    if len(reviewed) > _MOST_CLAIMS:
        notes.append(f"另有 {len(reviewed) - _MOST_CLAIMS} 条表述见附表1。")
    said = verdicts_said(("经审核的官方表述", "条"), (_verdict(claim_finding(material, claim)) for claim in reviewed))
    return [Table("官方表述与公众反应", columns, rows, tuple(notes), said)]


def _claim(material: Material, claim: Claim) -> tuple[Text, ...]:
    finding = claim_finding(material, claim)
    times = "—"
    if finding and finding.evidence.share is not None and claim.kind is ClaimKind.SATISFACTION and claim.value:
        times = odds(finding.level)
    reaction = measured(finding.evidence) if finding else "尚未对照"
    return (
        (f"“{claim.text}”", source_of(claim)),
        (CLAIM_STATUSES[claim.status],),
        (reaction,),
        (times,),
        (VERDICTS[_verdict(finding)],),
    )


def _verdict(finding: Finding | None) -> Verdict:
    return finding.verdict if finding else Verdict.NOT_ASSESSABLE


def _rank(finding: Finding | None) -> tuple[int, float]:
    grave = (Verdict.NOT_ASSESSABLE, Verdict.COMPATIBLE, Verdict.TENSION, Verdict.DIVERGES)
    return (grave.index(finding.verdict), finding.level) if finding else (-1, 0.0)


def _sides(material: Material, standing: Standing) -> list[Block]:
    """Show the words for and against the gravest claim."""
    finding = standing.finding
    if finding is None or finding.claim is None:
        return [Paragraph((f"没有对照的表述，因此没有双方的依据；本期评论 n={standing.comments}。",))]
    said = Paragraph((f"偏离程度最高的表述：“{finding.claim.text}”。{finding.why}",))
    return [said, *sides_of(material, finding, finding.claim)]


def _aspects(material: Material, found: StandardsMeasure) -> list[Block]:
    if not found.aspects:
        return [Paragraph(("官方发布和评论都没有谈到可以归类的方面。",))]
    columns = (
        Column("方面", share=14), Column("看或用", share=8), Column("官方谈及（称赞）", True, 16),
        Column("评论（去重）", True, 12), Column("负面占比（95%区间，n）", True, 32), Column("对照", share=18),
    )  # fmt: skip
    shown = found.aspects[:_MOST_ASPECTS]
    notes = ("负面占比在有态度的评论中计，已按模型误差校正；各方面一起检验，按错误发现率校正。",)
    table = Table("各方面的官方着墨与公众反应", columns, tuple(map(_aspect, shown)), notes, _said(found))
    apart = [one for one in found.aspects if one.stands_out]
    words = [quoted(material, f"对“{ASPECTS[one.aspect]}”不满的评论", one.quotes) for one in apart[:2]]
    return [table, *words]


def _said(found: StandardsMeasure) -> str:
    apart = [f"“{ASPECTS[one.aspect]}”" for one in found.aspects if one.stands_out]
    thin = sum(one.negative is None for one in found.aspects)
    rest = f"；{thin} 个方面样本不足，不给占比" if thin else ""
    if not apart:
        return f"谈到的 {len(found.aspects)} 个方面中，没有一个的负面占比明显高于对照{rest}。"
    return f"负面占比明显高于对照的方面：{'、'.join(apart)}{rest}。"


def _aspect(one: AspectGap) -> tuple[Text, ...]:
    level = "—"
    if one.level is not None and one.negative is not None:
        level = f"{percent(one.level)}，{'表述可容' if one.by_claim else '其他方面'}"
    return (
        (ASPECTS[one.aspect] + ("（突出）" if one.stands_out else ""),),
        ("看" if one.is_form else "用",),
        (f"{one.official}/{one.official_all}（{one.praised}）",),
        (str(one.mentions),),
        (share(one.negative) if one.negative else f"样本不足（n={one.mentions}）",),
        (level,),
    )


def _looks(found: StandardsMeasure) -> str:
    one = found.index
    if one is None:
        return f"不作比较：{found.missing}"
    points = change(one.value.value, one.value.low, one.value.high)
    return (
        f"官方的正面发布与表述 {one.praised} 条中 {one.praised_form} 条谈外观与进度；"
        f"有态度的评论 {one.said} 条中 {one.said_form} 条谈这些。"
        f"两个份额相差 {points}；大于零指官方比公众更多地谈好看。"
    )
