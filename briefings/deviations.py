"""Material in, the three deviations and the three asks over all projects out: the monthly's own sections.

A month is often too thin for a project, so they look back half a year from the end of the window, and say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerts.base import Observation
from alerts.measures.asks import Answer, AsksMeasure
from alerts.measures.base import Estimate
from alerts.measures.deviations import DAYS, Deviations, deviations_of
from alerts.measures.focus import TopicRatio
from briefings.document import Block, Column, Paragraph, Section, Table, Text
from briefings.material import Material
from briefings.sections import linked
from briefings.words import bounds
from indexer.base import Query
from minsheng.charts import percent
from minsheng.domain import Kind, PhaseName, Project, Window
from minsheng.words import ASPECTS, PHASES, TOPICS

_PHASES = timedelta(days=800)
_MOST = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """A project with what was measured of it."""

    project: Project
    found: Deviations


def measured(material: Material) -> list[Measured]:
    """Measure every project as of the end of the window."""
    return [
        Measured(project, deviations_of(_observe(material, project), material.recorded))
        for project in material.projects
    ]


def _observe(material: Material, project: Project) -> Observation:
    until = material.window.until
    posts = [
        post
        for kind, back in ((Kind.PUBLIC, timedelta(days=DAYS)), (Kind.OFFICIAL, _PHASES))
        for post in material.index.stream(
            Query(linked=(project.id,), kinds=(kind,), window=Window(until - back, until), order="oldest")
        )
    ]
    posts.sort(key=lambda one: (one.post.published_at, one.post.id))
    claims = [claim for claim in material.claims if claim.project == project.id]
    calibration, sources = material.calibration, material.sources
    return Observation(project, until, posts, claims, calibration, sources, {}, topics=material.topics)


def sections(material: Material) -> tuple[Section, ...]:
    """Return one section for each deviation, and one for the asks."""
    found = measured(material)
    return (
        Section("关注重点", tuple(_focus(material, found))),
        Section("工作标准", tuple(_standards(material, found))),
        Section("身份样式", tuple(_posture(material, found))),
        Section("请群众说话、参与、评判", tuple(_asks(material, found))),
    )


def _name(material: Material, project: Project) -> Text:
    return (linked(project.name, material.project_url(project.id)),)


def _focus(material: Material, found: Sequence[Measured]) -> list[Block]:
    known = [(one, one.found.focus.gap) for one in found if one.found.focus.gap is not None]
    known.sort(key=lambda pair: (-pair[1].bits if pair[1] else 0.0, pair[0].project.id))
    columns = (
        Column("项目", share=18), Column("相差（比特）", True, 12), Column("p", True, 10), Column("公众多谈", share=30),
        Column("官方多谈", share=30),
    )  # fmt: skip
    rows = tuple(
        (
            _name(material, one.project),
            (f"{gap.bits:.2f}",),
            (f"{gap.chance:.3f}",),
            (_topics(one.found.focus.topics, public=True),),
            (_topics(one.found.focus.topics, public=False),),
        )
        for one, gap in known[:_MOST]
        if gap is not None
    )
    left = len(found) - len(known)
    notes = (
        f"近 {DAYS} 天；比特为偏差校正后的主题差异，p 为主题相同时偶然至此的可能。",
        "倍数后为95%区间，只列差别明显的主题。",
        f"官方发布或评论不足、不作比较的项目 {left} 个。",
    )
    return (
        [Table("官方说的与公众说的", columns, rows, notes, _focus_said(len(known), known[0][0].project.name))]
        if rows
        else [Paragraph((f"没有项目够作比较（{left} 个不足）。",))]
    )


def _focus_said(number: int, first: str) -> str:
    return f"够作比较的项目 {number} 个，相差最大的是“{first}”；按相差大小列出前 {min(number, _MOST)} 个。"


def _topics(topics: Sequence[TopicRatio], *, public: bool) -> str:
    apart = [one for one in topics if one.stands_out and (one.ratio.value > 1) is public]
    parts = [
        f"{TOPICS[one.topic]} {one.ratio.value:.1f}倍（{one.ratio.low:.1f}–{one.ratio.high:.1f}）" for one in apart[:3]
    ]
    return "、".join(parts) or "—"


def _standards(material: Material, found: Sequence[Measured]) -> list[Block]:
    apart = [(one, gap) for one in found for gap in one.found.standards.aspects if gap.stands_out]
    apart.sort(key=lambda pair: (-(pair[1].gap or 0.0), pair[0].project.id, pair[1].aspect))
    if not apart:
        return [Paragraph(("没有方面的负面占比明显高于表述可容或同项目的其他方面。",))]
    columns = (
        Column("项目", share=20), Column("方面", share=12), Column("官方谈及（其中称赞）", True, 16),
        Column("负面占比（95%区间）", True, 30), Column("对照", share=22),
    )  # fmt: skip
    rows = tuple(
        (
            _name(material, one.project),
            (ASPECTS[gap.aspect],),
            (f"{gap.official}/{gap.official_all}（{gap.praised}）",),
            (_share(gap.negative),),
            (f"{percent(gap.level or 0.0)}，{'表述可容' if gap.by_claim else '其他方面'}",),
        )
        for one, gap in apart[:_MOST]
    )
    note = f"近 {DAYS} 天；占比为有态度的评论中负面的份额，已按模型误差校正；同一项目的各方面按错误发现率校正。"
    first = f"“{apart[0][0].project.name}”的{ASPECTS[apart[0][1].aspect]}"
    said = f"有 {len(apart)} 个方面的负面占比明显偏高，最突出的是{first}。"
    return [Table("说得好与用得好", columns, rows, (note,), said)]


def _posture(material: Material, found: Sequence[Measured]) -> list[Block]:
    known = [one for one in found if one.found.posture.messages]
    if not known:
        return [Paragraph(("没有见到向有关部门提出的公开留言。",))]
    known.sort(key=lambda one: (-one.found.posture.messages, one.project.id))
    columns = (
        Column("项目", share=18), Column("留言", True, 8), Column("10 个工作日内答复", True, 26),
        Column("中位（工作日）", True, 14), Column("同一主题", True, 17), Column("模板", True, 17),
    )  # fmt: skip
    rows = tuple(_posture_row(material, one) for one in known[:_MOST])
    grace, part = (
        sum(getattr(one.found.posture.wording, side) for one in found) for side in ("grace", "participation")
    )
    letters = sum(one.found.posture.wording.characters for one in found)
    notes = (
        f"近 {DAYS} 天发出的留言；未到期的不算未答复；留言或答复不足 20 条的不给占比。",
        f"官方发布共 {letters} 字，“给予”用语 {grace} 处，“参与”用语 {part} 处；只作描述，不据此判断。",
    )
    said = f"见到公开留言的项目 {len(known)} 个，共 {sum(one.found.posture.messages for one in known)} 条；"
    said += f"见到答复的 {sum(one.found.posture.answered for one in known)} 条。"
    return [Table("怎样答复", columns, rows, notes, said)]


def _posture_row(material: Material, one: Measured) -> tuple[Text, ...]:
    found = one.found.posture
    in_time = next((day.share for day in found.by_day if day.working_days == 10), None)  # noqa: PLR2004  # the usual term
    median = "—"
    if found.median is not None:
        median = "不到一半" if found.median.value is None else f"{found.median.value:.0f}"
    return (
        _name(material, one.project),
        (str(found.messages),),
        (_share(in_time),),
        (median,),
        (_share(found.match.share if found.match else None),),
        (_share(found.templates.share if found.templates else None),),
    )


def _share(one: Estimate | None) -> str:
    if one is None:
        return "不足"
    return f"{percent(one.value)}（{bounds(one.low, one.high, round(one.n))}）"


def _asks(material: Material, found: Sequence[Measured]) -> list[Block]:
    columns = (
        Column("项目", share=24),
        *(Column(PHASES[phase], share=15) for phase in PhaseName),
        Column("待确认", True, 16),
    )
    rows = tuple(
        (
            _name(material, one.project),
            *((_phase(one.found.asks, phase),) for phase in PhaseName),
            (str(sum(len(check.proposals) for check in one.found.asks.checks)),),
        )
        for one in found
    )
    notes = (
        "每格：有依据的事项数/已到阶段的事项数；另注记录为“没有”的。其余为不知道：不知道不是没有。",
        "待确认为程序从官方发布中找到、尚未经人记录的依据条数。",
    )
    unknown = sum(one.found.asks.unknown for one in found)
    said = f"登记的 {len(found)} 个项目中，已到阶段而不知道有无依据的事项共 {unknown} 项。"
    return [Table("各阶段的依据", columns, rows, notes, said)] if rows else [Paragraph(("没有登记项目。",))]


def _phase(asks: AsksMeasure, phase: PhaseName) -> str:
    due = [check for check in asks.of(phase) if check.is_due]
    if not due:
        return "未到"
    yes, no = (sum(check.answer is answer for check in due) for answer in (Answer.YES, Answer.NO))
    return f"{yes}/{len(due)}" + (f"，没有 {no}" if no else "")
