"""A claimed reply rate and the visible messages in, an exact comparison out: no model, no moods."""

from dataclasses import replace
from datetime import timedelta

from alerts.base import Observation
from alerts.counts import exact_interval
from alerts.evidence import quotes
from alerts.replies import answered_of, messages_seen
from alerts.rules import wording
from alerts.rules.base import Judgement, counted
from alerts.tipping import cap_claim, least_claimed, tipping_point
from minsheng.domain import Claim, Evidence, Kind, Verdict, Window


def judge_reply_rate(
    claim: Claim, seen: Observation, *, days: int, minimum: int, margin: float, window_days: int
) -> tuple[Judgement, Evidence]:
    """Compare k of n messages answered with the claimed rate, by the exact binomial interval.

    Messages count from ``window_days`` before the claim, once they are ``days`` old. The claim diverges when even
    the upper bound lies more than ``margin`` below it: sites may miss a reply that was given by telephone.
    """
    window = Window(claim.published_at - timedelta(days=window_days), seen.now)
    found = [message for message in messages_seen(seen) if message.sent_at in window]
    old = [message for message in found if message.sent_at <= seen.now - timedelta(days=days)]
    answered, number = answered_of(found, seen.now, days)
    waiting, told = (
        quotes([message.labelled for message in old if message.is_answered_by(seen.now) == is_told])
        for is_told in (False, True)
    )
    measure = "回复率（所列来源可见的留言）"
    posts = [message.labelled for message in old]
    evidence = counted(measure, posts, window, effective=float(number), sides=(waiting, told))
    refusal = _refusal(claim, seen, number, days, minimum)
    if refusal or claim.value is None:
        return Judgement(Verdict.NOT_ASSESSABLE, refusal), evidence
    low, high = exact_interval(answered, number)
    claimed = cap_claim(least_claimed(claim.value, claim.bound), None)
    verdict, words = _compare(claimed, high, margin)
    why = (
        f"{wording.named(claim)}：所列来源可见、发出满 {days} 天的 {number} 条留言（去重后）中 {answered} 条得到回复，"
        f"回复率 {answered / number:.0%}（n={number}，精确 95% 区间 {wording.span(low, high)}），{words}。"
    )
    level = tipping_point(claimed, 1 - high)
    return Judgement(verdict, why, level), replace(evidence, share=answered / number, low=low, high=high)


def _refusal(claim: Claim, seen: Observation, number: int, days: int, minimum: int) -> str:
    head = wording.named(claim)
    if claim.value is None or claim.status.value == "delta":
        return f"{head}没有给出回复率的水平，无法对照。"
    if not any(item.post.kind is Kind.OFFICIAL and item.post.published_at <= seen.now for item in seen.posts):
        return f"{head}：所列来源上没有见到任何官方帖子，看不到回复是否存在，无法对照。"
    if number < minimum:
        return wording.too_few(f"发出满 {days} 天的可见留言", number, minimum)
    return ""


def _compare(claimed: float, high: float, margin: float) -> tuple[Verdict, str]:
    if high < claimed - margin:
        return (
            Verdict.DIVERGES,
            f"区间上限比表述低 {(claimed - high) * 100:.0f} 个百分点，超过容许的 {margin * 100:.0f} 个",
        )
    if high < claimed:
        return Verdict.TENSION, f"区间上限低于表述，相差在容许的 {margin * 100:.0f} 个百分点之内"
    return Verdict.COMPATIBLE, "区间包含或高于表述的数值"
