"""How the messages of one project were answered in, the section on posture (身份样式) out."""

from alerts.measures.answering import Median
from alerts.measures.official_wording import GRACE, OfficialWording
from alerts.measures.posture import MIN_MESSAGES, MIN_REPLIES, PostureMeasure
from briefings.document import Block, Column, Heading, Link, Paragraph, Table
from briefings.material import Material
from briefings.quoting import quoted
from briefings.special.points import share
from minsheng.charts import percent

_MOST_HITS = 4


def blocks(material: Material, found: PostureMeasure) -> list[Block]:
    """Return how soon and how well messages were answered, who waits, and the wording of official texts."""
    made: list[Block] = [Heading("答复"), *_soon(found), Paragraph((_well(found),))]
    if found.templates:
        copies = [one.reply for one in found.templates.found]
        made.append(quoted(material, "答复不同主题的同一文字", copies, "没有见到用同一文字答复不同主题的。"))
    if found.messages:
        made.append(quoted(material, "还没有见到答复的留言", found.waiting, "每条留言都见到了答复。"))
    return [*made, Heading("用语"), *_wording(found.wording)]


def _soon(found: PostureMeasure) -> list[Block]:
    if not found.messages:
        return [Paragraph(("没有见到就本项目向有关部门提出的公开留言，因此不谈答复。",))]
    counted = f"就本项目向有关部门提出的公开留言 {found.messages} 条，见到答复 {found.answered} 条。"
    if not found.by_day:
        return [Paragraph((f"{counted}到期的留言不足 {MIN_MESSAGES} 条，不给出答复的占比。",))]
    columns = (Column("期限", share=40), Column("已答复的占比（95%区间，到期的留言数）", True, 60))
    rows = tuple(((f"{one.working_days} 个工作日内",), (share(one.share),)) for one in found.by_day)
    notes = ("未到期的留言不算未答复。",)
    return [Table("多久得到答复", columns, rows, notes, f"{counted}{_median(found.median, found.messages)}")]


def _median(found: Median | None, n: int) -> str:
    if found is None or found.value is None:
        return "得到答复的不到一半，没有中位时间。"
    low = f"{found.low:.0f}" if found.low is not None else "未定"
    high = f" {found.high:.0f}" if found.high is not None else "未定"
    return f"一半的留言在 {found.value:.0f} 个工作日内得到答复（95%区间 {low} 至{high}，n={n}）。"


def _well(found: PostureMeasure) -> str:
    parts = []
    if found.match:
        by_chance = percent(found.match.at_random)
        parts.append(f"答复与留言同一主题的占 {share(found.match.share)}，随意配对也会有 {by_chance}")
    if found.templates:
        parts.append(f"用同一文字答复不同主题的占 {share(found.templates.share)}")
    if found.specificity:
        mean = found.specificity.mean
        parts.append(
            f"答复的具体程度（时限、单位、措施、数量、联系方式、依据，0–6）平均 {mean.value:.1f}"
            f"（95%区间 {mean.low:.1f}–{mean.high:.1f}，n={found.specificity.replies}）"
        )
    return f"{'；'.join(parts)}。" if parts else f"见到的答复不足 {MIN_REPLIES} 条，不谈是否对题、是否套话。"


def _wording(found: OfficialWording) -> list[Block]:
    if not found.texts:
        return [Paragraph(("这一时段没有本项目的官方发布。",))]
    counted = (
        f"官方发布 {found.texts} 条、{found.characters} 字中，“给予”用语 {found.grace} 处，"
        f"“参与”用语 {found.participation} 处，"
        f"每千字 {found.grace_rate:.1f} 处与 {found.participation_rate:.1f} 处。只作描述，不据此判断。"
    )
    if not found.hits:
        return [Paragraph((counted,))]
    grace, part = ([hit for hit in found.hits if (hit.side == GRACE) is giving] for giving in (True, False))
    rows = tuple(
        (("给予" if hit.side == GRACE else "参与",), (f"…{hit.around}…",), (Link("原文", hit.url),))
        for hit in (*grace[:_MOST_HITS], *part[:_MOST_HITS])
    )
    columns = (Column("用语", share=12), Column("所在", share=74), Column("出处", share=14))
    return [Table("用语举例", columns, rows, (), counted)]
