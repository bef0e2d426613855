"""What offices and people speak of in, the section on focus (关注重点) out."""

from collections.abc import Sequence

from alerts.measures.deviations import FocusMeasure
from alerts.measures.focus import Gap, TopicRatio
from alerts.measures.telling_words import TellingWord
from briefings.document import Block, Column, Paragraph, Table
from briefings.material import Material
from briefings.quoting import quoted
from briefings.special.points import share
from minsheng.words import TOPICS

_CHANCE = 0.05


def blocks(material: Material, found: FocusMeasure) -> list[Block]:
    """Return the topics of both sides with quotes, or why they are not compared; then the words of each."""
    if found.gap is None:
        return [Paragraph((f"不作比较：{found.missing}",)), *_words(found.words)]
    return [
        _topics(found, found.gap),
        quoted(material, "公众多谈的主题（公众原话）", found.public_quotes, "公众没有明显多谈的主题。"),
        quoted(material, "官方多谈的主题（官方原文）", found.official_quotes, "官方没有明显多谈的主题。"),
        *_words(found.words),
    ]


def _topics(found: FocusMeasure, gap: Gap) -> Table:
    columns = (
        Column("主题", share=14), Column("占官方发布（95%区间）", True, 26), Column("占公众评论（95%区间）", True, 26),
        Column("公众为官方的几倍（95%区间）", True, 22), Column("差别", share=12),
    )  # fmt: skip
    rows = tuple(
        (
            (TOPICS[one.topic],),
            (share(one.official),),
            (share(one.public),),
            (f"{one.ratio.value:.1f}（{one.ratio.low:.1f}–{one.ratio.high:.1f}）",),
            (_apart(one),),
        )
        for one in found.topics
    )
    corrected = "已" if gap.is_corrected else "未"
    notes = (f"n 为有效条数（同一帖子里的评论互相影响）；模型的主题混淆{corrected}校正。",)
    return Table("官方与公众的主题", columns, rows, notes, _said(found, gap))


def _said(found: FocusMeasure, gap: Gap) -> str:
    said = f"官方发布 {found.official} 条与评论 {found.public} 条（去重）的主题相差 {gap.bits:.2f} 比特"
    said += f"（0 为相同，1 为毫不相干），主题相同时偶然至此的可能为 {gap.chance:.3f}"
    apart = {word: [TOPICS[one.topic] for one in found.topics if _apart(one) == word] for word in _SIDES}
    parts = [f"{word}“{'”“'.join(names)}”" for word, names in apart.items() if names]
    if gap.chance > _CHANCE:
        return f"{said}：差别在偶然的范围内。"
    return f"{said}：{'；'.join(parts) or '没有单个主题差别明显'}。"


_SIDES = ("公众多谈", "官方多谈")


def _apart(one: TopicRatio) -> str:
    return _SIDES[one.ratio.value < 1] if one.stands_out else "不明显"


def _words(found: Sequence[TellingWord]) -> list[Block]:
    if not found:
        return [Paragraph(("两边的文字太少，比不出各自多用的词。",))]
    sides = [[one for one in found if (one.z > 0) is public] for public in (True, False)]
    parts = [
        f"{side}多用" + "、".join(f"“{one.word}”（公众 {one.public} 条，官方 {one.official} 条）" for one in words)
        for side, words in zip(("公众", "官方"), sides, strict=True)
        if words
    ]
    return [Paragraph((f"用词：{'；'.join(parts)}。",))]
