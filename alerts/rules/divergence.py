"""Reviewed claims and the comments after them in, whether the comments bear the claims out.

A numeric claim of satisfaction is judged by the tipping-point ratio ρ*, a reply rate by exact counting, a claim
without such a number by what was said before and after it; goals and construction progress are not judged by moods.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import ClassVar

import numpy as np
from pydantic import Field

from alerts import before_after
from alerts.base import Observation
from alerts.before_after import Change, Levels
from alerts.counts import seed_of
from alerts.like_projects import against_peers
from alerts.prevalence import Measurement, folded, measure, polar_share, scores_of
from alerts.quantify import pacc
from alerts.rules import wording
from alerts.rules.base import (
    Gates,
    Judgement,
    RuleSettings,
    calibration_problem,
    counted,
    measured_share,
    said,
    without_largest_source,
)
from alerts.rules.daily import decide, share_borne
from alerts.rules.reply_rate import judge_reply_rate
from alerts.sequential.null import attitude_null
from alerts.sequential.stream import Terms, terms
from alerts.steady import day_back, next_crossing
from alerts.tipping import RHO_MAX, TENSION, cap_claim, classify, least_claimed, threshold_share, tipping_point
from minsheng.detection import Detection
from minsheng.domain import (
    BEIJING,
    Calibration,
    Claim,
    ClaimBound,
    ClaimKind,
    ClaimStatus,
    Evidence,
    Finding,
    LabelledPost,
    Verdict,
    Window,
)

_LEVEL_CAP = 999.0
_FEW_CLUSTERS = 10


class Divergence(RuleSettings):
    """Does what people write after a claim leave room for the claim?"""

    name: ClassVar[str] = "divergence"
    title: ClassVar[str] = "表述与评论偏离"

    mails: bool = Field(True, description="true: an opening alert is mailed at once; false: it waits for the digest")
    rho_max: float = Field(
        RHO_MAX, gt=1, description="how many times as talkative the dissatisfied may be before a claim diverges"
    )
    tension: float = Field(TENSION, gt=0, description="ratio from which a claim is in tension; below it compatible")
    min_effective: int = Field(20, ge=20, description="effective comments needed to judge at all")
    min_with_attitude: int = Field(10, ge=5, description="effective comments that are negative or positive, needed")
    alert_clusters: int = Field(30, ge=20, description="comments without copies needed for an alert")
    alert_sources: int = Field(2, ge=1, description="sources needed for an alert, unless there are alert_threads")
    alert_threads: int = Field(10, ge=2, description="threads needed for an alert, unless there are alert_sources")
    max_disagreement: float = Field(0.10, gt=0, le=0.5, description="largest |PACC - EMQ| for an alert")
    window_days: int = Field(180, ge=7, description="comments older than this are left out even if after the claim")
    before_days: int = Field(90, ge=7, description="days before a claim without a number that it is compared with")
    plain_level: float = Field(
        0.8, gt=0.5, lt=1, description="satisfied share read into a claim without a number when nothing came before"
    )
    negative_level: float = Field(
        0.5, gt=0, lt=1, description="negative share that complaints must exceed to contradict a claim without number"
    )
    fall_chance: float = Field(0.05, gt=0, lt=0.5, description="permutation chance at which a fall counts as a fall")
    fall_ratio: float = Field(0.5, gt=0, lt=1, description="negative comments a week, after / before, read as a fall")
    reply_days: int = Field(14, ge=1, description="days a message may wait before it counts as unanswered")
    reply_min: int = Field(20, ge=5, description="messages needed to judge a reply rate")
    reply_margin: float = Field(0.05, ge=0, lt=1, description="gap below a claimed reply rate that is let pass")
    reply_window_days: int = Field(365, ge=30, description="days before a reply-rate claim from which messages count")
    false_alarms_a_year: float = Field(1.0, gt=0, description="alerts a year, in all, that may be false on average")
    watches_a_year: float = Field(0.5, gt=0, description="false watches a year of one claim; a watch sends no mail")
    projects: int = Field(5, ge=1, description="claims that share the false alarms, if fewer are watched")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer each claim of the project; or say that there is none."""
        claims = [claim for claim in seen.claims if claim.project == seen.project.id]
        if claims:
            return [self._answer(claim, seen) for claim in claims]
        evidence = counted("评论", [], Window(seen.now, seen.now))
        why = "该项目没有登记官方表述，没有可以对照的内容。"
        return [Finding(self.name, seen.project.id, False, Verdict.NOT_ASSESSABLE, why, evidence)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when the next comment comes into sight, a message falls due, or a claim comes to be published."""
        del found
        falls_due = any(claim.kind is ClaimKind.REPLY_RATE for claim in seen.claims)
        coming = (claim.published_at for claim in seen.claims if claim.published_at >= seen.now)
        return min([next_crossing(seen, [0, self.reply_days] if falls_due else [0]), *coming])

    def share_borne(self, claim: Claim) -> float | None:
        """Return the largest negative share that a claim bears; None if no daily watch can judge it."""
        return share_borne(claim, self.rho_max, self.negative_level)

    def terms(self, claim: Claim, calibration: Calibration | None, watched: int) -> Terms | None:
        """Return what the daily watch of a claim bets against; None if it is not watched so, or cannot be.

        Args:
            claim: What is watched.
            calibration: Errors of the model that reads the comments.
            watched: How many claims the deployment watches in all.
        """
        share = self.share_borne(claim)
        if share is None or calibration is None or calibration_problem(calibration):
            return None
        streams = max(watched, self.projects)
        return terms(
            attitude_null(share, calibration),
            calibration,
            streams=streams,
            alarms=self.false_alarms_a_year,
            watches=self.watches_a_year * streams,
        )

    def _answer(self, claim: Claim, seen: Observation) -> Finding:
        judgement, evidence = self._judge(claim, seen)
        fired = judgement.verdict is Verdict.DIVERGES
        if seen.detections is not None and self.share_borne(claim) is not None:
            found = seen.detections.get(claim.id)
            later = self._since_onset(claim, seen, found) if not fired else None
            decision = decide(judgement, later and later[0], found)
            evidence = replace(later[1] if later and decision.fired else evidence, detection=found)
            judgement, fired = decision.judgement, decision.fired
        return Finding(
            rule=self.name,
            project=seen.project.id,
            fired=fired,
            verdict=judgement.verdict,
            why=judgement.why,
            evidence=evidence,
            level=min(judgement.level, _LEVEL_CAP),
            claim=claim,
            target=claim.id,
        )

    def _since_onset(
        self, claim: Claim, seen: Observation, found: Detection | None
    ) -> tuple[Judgement, Evidence] | None:
        """Judge again by what was said since the evidence began to grow: a late change drowns in a long window."""
        if found is None or found.raised is None or found.since is None:
            return None
        onset = datetime.combine(found.since, time(), BEIJING)
        told = [each for each in seen.posts if not claim.published_at <= each.post.published_at < onset]
        return self._judge(claim, replace(seen, posts=told))

    def _judge(self, claim: Claim, seen: Observation) -> tuple[Judgement, Evidence]:
        window = self._after(claim, seen)
        posts = said(seen, window, aspect=claim.aspect)
        refusal = _refusal(claim, seen)
        if refusal:
            return Judgement(Verdict.NOT_ASSESSABLE, refusal), counted("评论", posts, window)
        if claim.kind is ClaimKind.REPLY_RATE:
            return judge_reply_rate(
                claim,
                seen,
                days=self.reply_days,
                minimum=self.reply_min,
                margin=self.reply_margin,
                window_days=self.reply_window_days,
            )
        problem = calibration_problem(seen.calibration)
        if problem or seen.calibration is None:
            return Judgement(Verdict.NOT_ASSESSABLE, problem), counted("评论", posts, window)
        measured = measure(posts, seen.calibration, seed=seed_of(f"{self.name}|{claim.id}"))
        if measured is None or measured.prevalence.effective < self.min_effective:
            effective = measured.prevalence.effective if measured else 0.0
            return self._too_few(claim, effective), counted("评论", posts, window, effective=effective)
        return self._weigh(claim, seen, posts, measured, seen.calibration), measured_share(posts, window, measured)

    def _after(self, claim: Claim, seen: Observation) -> Window:
        since = max(claim.published_at, day_back(seen.now, self.window_days))
        return Window(min(since, seen.now), seen.now)

    def _too_few(self, claim: Claim, effective: float) -> Judgement:
        what = f"该表述发布后{wording.about(claim.aspect)}有效评论"
        return Judgement(Verdict.NOT_ASSESSABLE, wording.too_few(what, effective, self.min_effective))

    def _weigh(
        self,
        claim: Claim,
        seen: Observation,
        posts: list[LabelledPost],
        measured: Measurement,
        calibration: Calibration,
    ) -> Judgement:
        """Judge a claim by enough comments; a divergence on too narrow ground becomes a tension."""
        if measured.with_attitude < self.min_with_attitude:
            what = f"该表述发布后{wording.about(claim.aspect)}表明态度的有效评论"
            why = wording.too_few(what, measured.with_attitude, self.min_with_attitude)
            return Judgement(Verdict.NOT_ASSESSABLE, why)
        if claim.kind is ClaimKind.SATISFACTION and claim.status is ClaimStatus.LEVEL and claim.value is not None:
            claimed = cap_claim(least_claimed(claim.value, claim.bound), claim.survey_size)
            judgement = self._by_ratio(claim, claimed, measured)
            floor = threshold_share(claimed, self.tension)
        else:
            judgement, floor = self._by_change(claim, seen, posts, measured, calibration)
        if judgement.verdict is not Verdict.DIVERGES:
            return judgement
        gates = Gates(self.alert_clusters, self.alert_sources, self.alert_threads, self.max_disagreement)
        missing = gates.missing(measured) or _leans_on_one_source(posts, calibration, floor)
        if not missing:
            return judgement
        return Judgement(Verdict.TENSION, f"{judgement.why}但{missing}，暂不提示。", judgement.level)

    def _by_ratio(self, claim: Claim, claimed: float, measured: Measurement) -> Judgement:
        rho = tipping_point(claimed, measured.polar_low)
        verdict = classify(
            rho,
            measured.prevalence.effective,
            rho_max=self.rho_max,
            tension=self.tension,
            minimum=self.min_effective,
        )
        held = "" if claim.value == claimed else f"（按 {claimed:.1%} 计）"
        named = f"“{wording.short(claim.text)}”{held}"
        if rho < 1:
            why = f"即使不满者与满意者同样可能发言，{named}也可以成立，评论与表述可以并存{wording.rests_on(measured)}。"
            return Judgement(verdict, why, rho)
        most, little = wording.times(self.rho_max), wording.times(self.tension)
        bound = {
            Verdict.DIVERGES: f"超过本规则容许的 {most} 倍",
            Verdict.TENSION: f"在 {little} 倍与 {most} 倍之间",
        }.get(verdict, f"不到 {little} 倍，评论与表述可以并存")
        why = (
            f"要使{named}成立，不满者发言的可能性须为满意者的 {wording.times(rho)} 倍以上，"
            f"{bound}{wording.rests_on(measured)}。"
        )
        return Judgement(verdict, why, rho)

    def _by_change(
        self,
        claim: Claim,
        seen: Observation,
        posts: list[LabelledPost],
        measured: Measurement,
        calibration: Calibration,
    ) -> tuple[Judgement, float]:
        """Return the judgement of a claim without a share, and the negative share that a contradiction must keep."""
        before = Window(claim.published_at - timedelta(days=self.before_days), claim.published_at)
        earlier = said(seen, before, aspect=claim.aspect)
        windows = (before, self._after(claim, seen))
        change = before_after.compare(earlier, posts, calibration, windows, seed=seed_of(claim.id))
        if change is None or change.before.effective < self.min_effective:
            return self._without_before(claim, seen, measured)
        levels = Levels(self.negative_level, self.fall_chance, self.fall_ratio)
        verdict, reason = before_after.judge(change, measured, levels)
        why = _change_sentence(claim, change, measured, reason)
        return Judgement(verdict, why, tipping_point(self.plain_level, measured.polar_low)), self.negative_level

    def _without_before(self, claim: Claim, seen: Observation, measured: Measurement) -> tuple[Judgement, float]:
        """Judge against like projects; where they are too few, as if the claim named a share."""
        reason = f"此前可比的有效评论不足 {self.min_effective} 条，"
        usual = seen.peers.get(claim.aspect or "")
        if usual is None:
            plain = self._by_ratio(claim, self.plain_level, measured)
            reason += f"该表述按至少 {self.plain_level:.0%} 的人满意折算。"
            return replace(plain, why=reason + plain.why), self.negative_level
        verdict, words = against_peers(measured, usual, self.negative_level)
        why = (
            f"{wording.named(claim)}：{reason}与同类项目相比，四分之三的同类项目{wording.about(claim.aspect)}负面占比"
            f"不到 {wording.percent(usual)}，{words}{wording.rests_on(measured)}。"
        )
        judgement = Judgement(verdict, why, tipping_point(self.plain_level, measured.polar_low))
        return judgement, max(usual, self.negative_level)


def _refusal(claim: Claim, seen: Observation) -> str:
    """Return why a claim is not judged whatever people say; empty if it can be."""
    head = wording.named(claim)
    if not claim.reviewed:
        return f"{head}未经人工确认，不作对照。"
    if claim.published_at > seen.now:
        return f"{head}尚未发布，不作对照。"
    if claim.status is ClaimStatus.GOAL:
        return f"{head}是目标；目标不以评论的褒贬检验，只列出相关评论。"
    if claim.bound is ClaimBound.UNDER and claim.value is not None:
        return f"{head}只说不到多少，没有说至少多少；评论再多负面也不与之矛盾，不作对照。"
    if claim.kind is ClaimKind.COMPLETION:
        return f"{head}说的是完成进度；进度不以评论的褒贬检验，只列出相关评论。"
    return ""


def _change_sentence(claim: Claim, change: Change, measured: Measurement, reason: str) -> str:
    shares = f"由 {wording.percent(change.before.polar)} 到 {wording.percent(measured.polar)}"
    numbers = f"由 {change.weekly_before:.1f} 条到 {change.weekly_after:.1f} 条"
    return (
        f"{wording.named(claim)}之后，{wording.about(claim.aspect)}评论中负面占比{shares}"
        f"（按帖子置换检验，下降的 {wording.chance(change.fall)}），每周负面评论{numbers}："
        f"{reason}{wording.rests_on(measured)}。"
    )


def _leans_on_one_source(posts: list[LabelledPost], calibration: Calibration, floor: float) -> str:
    """Return in Chinese that the direction is lost without the largest source (methods.md §7); empty if it is kept.

    A remainder of a few comments says nothing either way; then the thread gate alone decides.
    """
    votes = folded(posts)
    rest = without_largest_source(votes)
    if len(rest) == len(votes) or len(rest) < _FEW_CLUSTERS:
        return ""
    share = polar_share(pacc(scores_of(rest), np.array(calibration.soft, dtype=np.float64)))
    return "" if share > floor else f"去掉评论最多的来源后负面占比为 {share:.0%}，方向不再成立"
