"""What was measured of one project in, its five points out: each with n, and an interval wherever a share stands."""

from alerts.measures.base import Estimate
from alerts.measures.focus import TopicRatio
from alerts.measures.posture import PostureMeasure
from alerts.measures.standards import StandardsMeasure
from briefings.deviations import Measured
from briefings.document import Block, Bullets, Section, Text
from briefings.figures import Tally
from briefings.material import Material
from briefings.projects import Standing
from briefings.sections import whole
from briefings.words import bounds, measured, stated
from minsheng.charts import percent
from minsheng.domain import Verdict
from minsheng.words import ASPECTS, TOPICS, VERDICTS


def points(material: Material, now: Tally, before: Tally, one: Measured, standing: Standing) -> Section:
    """Return the comments as a whole, the gravest claim, and one point for each deviation."""
    items: tuple[Text, ...] = (
        whole(material, now, before),
        (f"表述与反应：{_claim(standing)}",),
        (f"关注重点：{_focus(one)}",),
        (f"工作标准：{_standards(one.found.standards, now.folded)}",),
        (f"身份样式：{_posture(one.found.posture)}",),
    )
    blocks: tuple[Block, ...] = (Bullets(items),)
    return Section("要点", blocks)


def share(one: Estimate) -> str:
    """Return a share with its interval and n."""
    return f"{percent(one.value)}（{bounds(one.low, one.high, round(one.n))}）"


def _claim(standing: Standing) -> str:
    finding = standing.finding
    if finding is None or finding.claim is None:
        return f"没有可与评论对照的经审核表述（本期评论 n={standing.comments}）。"
    said = f"官方表述{stated(finding.claim)}"
    if finding.verdict is Verdict.NOT_ASSESSABLE:
        return f"{said}；无法判断，理由见第四节（n={finding.evidence.posts}）。"
    return f"{said}；表述之后，{measured(finding.evidence)}。判断：{VERDICTS[finding.verdict]}。"


def _focus(one: Measured) -> str:
    found = one.found.focus
    if found.gap is None:
        return f"{found.missing}（评论 n={found.public}）"
    apart = [topic for topic in found.topics if topic.stands_out]
    if not apart:
        return f"官方发布（n={found.official}）与公众评论（n={found.public}）的主题没有明显差别。"
    return f"{_topic(max(apart, key=lambda topic: topic.ratio.value))}。"


def _topic(topic: TopicRatio) -> str:
    side = "公众" if topic.ratio.value > 1 else "官方"
    return f"{side}多谈“{TOPICS[topic.topic]}”，占公众评论 {share(topic.public)}，占官方发布 {share(topic.official)}"


def _standards(found: StandardsMeasure, n: int) -> str:
    apart = [aspect for aspect in found.aspects if aspect.stands_out and aspect.negative is not None]
    if apart and (negative := apart[0].negative) is not None:
        against = "表述可容的程度" if apart[0].by_claim else "本项目的其他方面"
        return f"“{ASPECTS[apart[0].aspect]}”在有态度的评论中负面占 {share(negative)}，明显高于{against}。"
    known = sum(aspect.negative is not None for aspect in found.aspects)
    return f"评论足够的 {known} 个方面中，没有一个的负面占比明显偏高（本期评论 n={n}）。"


def _posture(found: PostureMeasure) -> str:
    said = f"向有关部门提出的公开留言 n={found.messages}，见到答复 {found.answered} 条"
    if not found.by_day:
        return f"{said}；留言太少，不给占比。"
    last = found.by_day[-1]
    return f"{said}；{last.working_days} 个工作日内答复的占 {share(last.share)}。"
