"""A look at a claim and where its daily watch stands in, whether it is worth an alert out.

One look at a share has an error rate; a look every day has none. So an alert needs the detector, which keeps its
promise of false alarms however often one looks; the look says what there is to show, and on how broad a ground.
"""

from dataclasses import dataclass, replace

from alerts.rules.base import Judgement
from alerts.rules.wording import percent
from alerts.tipping import cap_claim, least_claimed, threshold_share
from minsheng.detection import Detection, Tier
from minsheng.domain import Claim, ClaimBound, ClaimKind, ClaimStatus, Verdict


@dataclass(frozen=True, slots=True)
class Decision:
    """The judgement that is shown, and whether it is an alert."""

    judgement: Judgement
    fired: bool


def share_borne(claim: Claim, rho_max: float, negative_level: float) -> float | None:
    """Return the largest negative share, among comments with an attitude, that a claim bears; None if not watched.

    Goals and progress are not judged by moods, reply rates are counted exactly.
    """
    if not claim.reviewed or claim.status is ClaimStatus.GOAL or claim.bound is ClaimBound.UNDER:
        return None
    if claim.kind in {ClaimKind.COMPLETION, ClaimKind.REPLY_RATE}:
        return None
    if claim.kind is ClaimKind.SATISFACTION and claim.status is ClaimStatus.LEVEL and claim.value is not None:
        return threshold_share(cap_claim(least_claimed(claim.value, claim.bound), claim.survey_size), rho_max)
    return negative_level


def decide(look: Judgement, since_onset: Judgement | None, found: Detection | None) -> Decision:
    """Join a look with the daily watch.

    Args:
        look: The claim judged by all comments since it was made.
        since_onset: The same by comments since the evidence began to grow; for an alarm that ``look`` does not share.
        found: Where the daily watch stands; None if no day of this claim is settled.
    """
    if look.verdict is Verdict.NOT_ASSESSABLE:
        return Decision(_with(look, _stands(found)), fired=False)
    if found is None or found.tier is not Tier.ALARM:
        verdict = Verdict.TENSION if look.verdict is Verdict.DIVERGES else look.verdict
        return Decision(_with(replace(look, verdict=verdict), _stands(found)), fired=False)
    for judged in (look, since_onset):
        if judged is not None and judged.verdict is Verdict.DIVERGES:
            return Decision(_with(judged, _stands(found)), fired=True)
    if found.by_review:
        return Decision(_with(replace(look, verdict=Verdict.DIVERGES), _stands(found)), fired=True)
    narrow = look if since_onset is None or since_onset.verdict is Verdict.NOT_ASSESSABLE else since_onset
    words = f"{_stands(found)}但在这些评论上还不能判为偏离，暂不提示。"
    return Decision(_with(replace(narrow, verdict=Verdict.TENSION), words), fired=False)


def _with(judgement: Judgement, words: str) -> Judgement:
    return replace(judgement, why=judgement.why + words)


def _stands(found: Detection | None) -> str:
    """Say in Chinese where the watch stands: last value, thresholds, number of comments, days."""
    if found is None:
        return "逐日累计尚未开始，暂不提示。"
    if found.tier is Tier.ALARM and found.raised is not None:
        return _raised(found)
    anew = f"{found.why}；" if found.why else ""
    counted = f"{anew}自 {found.began} 至 {found.settled} 计 {found.bets} 条"
    against = f"原假设：负面至多占 {percent(found.share)}"
    value = f"逐日累计的证据为 {_number(found.value)}（{counted}；{against}）"
    if found.tier is Tier.WATCH:
        line = f"已过关注线 {_number(found.watch_at)}，未到提示门槛 {_number(found.alarm_at)}"
        return f"{value}，{line}：列入关注，不发邮件。"
    return f"{value}，未到提示门槛 {_number(found.alarm_at)}，暂不提示。"


def _raised(found: Detection) -> str:
    reached = f"{_number(found.raised_value)} ≥ {_number(found.raised_at)}"
    if found.by_review:
        return f"人工复核于 {found.raised} 确认（证据 {reached}）。"
    return (
        f"逐日累计的证据于 {found.raised} 达到提示门槛（{reached}，"
        f"自 {found.since} 起增长，截至 {found.settled} 共计 {found.bets} 条；校准版本 {found.version}）。"
    )


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004 - one decimal below ten
