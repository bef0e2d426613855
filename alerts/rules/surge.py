"""The last week and the four before it in, whether volume or negative share left the project's own baseline.

Both windows are whole weeks, so that each weekday stands as often in one as in the other. Copies of one text count
once, at their first appearance: copy-paste is volume, not opinion, and the copies are named in the sentence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from alerts import permutation
from alerts.base import Observation
from alerts.counts import at_least, dispersion_of, seed_of
from alerts.glance import glance
from alerts.prevalence import Folded, Measurement, folded, measure
from alerts.rules import wording
from alerts.rules.base import Gates, RuleSettings, calibration_problem, counted, measured_share, said
from alerts.steady import next_crossing
from minsheng.domain import Evidence, Finding, Kind, LabelledPost, Verdict, Window

_DAYS = 7


@dataclass(frozen=True, slots=True)
class _Weeks:
    """Comments of the last week and of the baseline, raw, and folded by first appearance."""

    window: Window
    posts: list[LabelledPost]
    votes: list[Folded]
    baseline_posts: list[LabelledPost]
    baseline_votes: list[Folded]
    first: datetime | None


class Surge(RuleSettings):
    """Do people suddenly say more, or worse, than this project's own usual?"""

    name: ClassVar[str] = "surge"
    title: ClassVar[str] = "评论突增"

    baseline_weeks: int = Field(4, ge=2, le=26, description="weeks before the last one that are the baseline")
    min_comments: int = Field(20, ge=5, description="comments of the last week (without copies) needed for a surge")
    min_ratio: float = Field(2.0, gt=1, description="last week / baseline week that volume must reach")
    max_chance: float = Field(0.001, ge=0.001, le=0.05, description="chance by accident at or below which it fires")
    min_effective: int = Field(20, ge=20, description="effective comments on each side to compare negative shares")
    min_rise: float = Field(0.15, gt=0, lt=1, description="rise of the negative share that it must reach")
    alert_clusters: int = Field(30, ge=20, description="comments without copies needed to alert a negative share")
    alert_sources: int = Field(2, ge=1, description="sources needed for that, unless there are alert_threads")
    alert_threads: int = Field(10, ge=2, description="threads needed for that, unless there are alert_sources")
    max_disagreement: float = Field(0.10, gt=0, le=0.5, description="largest |PACC - EMQ| for that")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer twice: for the volume and for the negative share."""
        weeks = self._weeks(seen)
        too_young = self._too_young(seen, weeks)
        return [self._volume(seen, weeks, too_young), self._negative(seen, weeks, too_young)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when the next comment ages a day: days are told apart.

        A project of few comments stays one of few while none comes, and a young one young for its first weeks.
        """
        del found
        far = _DAYS * (self.baseline_weeks + 1)
        first = next((item.post.published_at for item in seen.posts if item.post.kind is Kind.PUBLIC), seen.now)
        if seen.now - first < timedelta(days=far):
            return min(next_crossing(seen, [0]), first + timedelta(days=far))
        week = Window(seen.now - timedelta(days=_DAYS), seen.now)
        is_quiet = len(said(seen, week)) < min(self.min_comments, self.min_effective)
        return next_crossing(seen, [0] if is_quiet else range(far + 1))

    def _weeks(self, seen: Observation) -> _Weeks:
        window = Window(seen.now - timedelta(days=_DAYS), seen.now)
        start = window.since - timedelta(weeks=self.baseline_weeks)
        everything = said(seen, Window(min((item.post.published_at for item in seen.posts), default=start), seen.now))
        votes = folded(everything)
        return _Weeks(
            window=window,
            posts=[item for item in everything if item.post.published_at >= window.since],
            votes=[vote for vote in votes if vote.labelled.post.published_at >= window.since],
            baseline_posts=[item for item in everything if start <= item.post.published_at < window.since],
            baseline_votes=[vote for vote in votes if start <= vote.labelled.post.published_at < window.since],
            first=min((item.post.published_at for item in everything), default=None),
        )

    def _too_young(self, seen: Observation, weeks: _Weeks) -> str:
        days = _DAYS * (self.baseline_weeks + 1)
        have = 0 if weeks.first is None else (seen.now - weeks.first).days
        if have >= days:
            return ""
        return f"样本不足：该项目的评论只有 {have} 天，与自身基线比较至少要 {days} 天，不作判断。"

    def _volume(self, seen: Observation, weeks: _Weeks, too_young: str) -> Finding:
        number, before = len(weeks.votes), len(weeks.baseline_votes)
        evidence = counted("近 7 天评论条数（去重后）", weeks.posts, weeks.window, effective=float(number))
        if too_young:
            return self._finding(seen, "volume", Verdict.NOT_ASSESSABLE, too_young, evidence)
        if number < self.min_comments:
            why = wording.too_few("近 7 天去重后的评论", number, self.min_comments)
            return self._finding(seen, "volume", Verdict.NOT_ASSESSABLE, why, evidence)
        spread = self._spread(weeks)
        chance = at_least(number, before, self.baseline_weeks, spread)
        usual = before / self.baseline_weeks
        ratio = number / usual if usual else float(number)
        fires = chance <= self.max_chance and ratio >= self.min_ratio
        why = (
            f"近 7 天去重后 {number} 条评论（原始 {len(weeks.posts)} 条，最多的一条出现 {_most_copies(weeks)} 次），"
            f"此前 {self.baseline_weeks} 周平均每周 {usual:.1f} 条，为平时的 {wording.times(ratio)} 倍"
            f"（两段的星期构成相同，偶然出现的 {wording.chance(chance)}）：{'超过' if fires else '没有超过'}阈值"
            f"（{wording.times(self.min_ratio)} 倍且 p≤{self.max_chance:.3f}）{_new_sources(weeks)}。"
        )
        return self._finding(seen, "volume", Verdict.DIVERGES if fires else Verdict.COMPATIBLE, why, evidence, ratio)

    def _spread(self, weeks: _Weeks) -> float:
        """Return how much burstier the baseline is than chance, by days of the week and by weeks."""
        start = weeks.window.since - timedelta(weeks=self.baseline_weeks)
        days = [0] * (_DAYS * self.baseline_weeks)
        for vote in weeks.baseline_votes:
            days[(vote.labelled.post.published_at - start).days] += 1
        by_week = [sum(days[week * _DAYS : (week + 1) * _DAYS]) for week in range(self.baseline_weeks)]
        return dispersion_of(by_week, *(days[weekday::_DAYS] for weekday in range(_DAYS)))

    def _negative(self, seen: Observation, weeks: _Weeks, too_young: str) -> Finding:
        evidence = counted("近 7 天负面占比", weeks.posts, weeks.window)
        problem = too_young or calibration_problem(seen.calibration)
        if problem or seen.calibration is None:
            return self._finding(seen, "negative", Verdict.NOT_ASSESSABLE, problem, evidence)
        posts = self._fresh(weeks)
        sides = (glance(posts, seen.calibration), glance(weeks.baseline_posts, seen.calibration))
        least = min(side.effective if side else 0.0 for side in sides)
        usual = sides[1]
        now = None
        if least >= self.min_effective:
            now = measure(posts, seen.calibration, seed=seed_of(f"{self.name}|{seen.project.id}"))
        if now is None or usual is None:
            why = wording.too_few("近 7 天或此前基线中较少一侧的有效评论", least, self.min_effective)
            return self._finding(seen, "negative", Verdict.NOT_ASSESSABLE, why, evidence)
        rise = now.prevalence.negative - usual.negative
        chance = permutation.rise(weeks.baseline_votes, weeks.votes, seed_of(seen.project.id))
        verdict, words = self._weigh(rise, chance, now)
        found = now.prevalence
        why = (
            f"负面占比近 7 天为 {found.negative:.0%}（n={found.posts}，去重后 {found.clusters}，"
            f"有效样本 {found.effective:.0f}，95% 区间 {wording.span(found.low, found.high)}），"
            f"此前 {self.baseline_weeks} 周为 {usual.negative:.0%}，变化 {wording.points(rise)}"
            f"（按帖子置换检验，{wording.chance(chance)}）：{words}。"
        )
        shown = replace(
            measured_share(weeks.posts, weeks.window, now),
            measure="近 7 天负面占比",
            share=now.prevalence.negative,
            low=now.prevalence.low,
            high=now.prevalence.high,
        )
        return self._finding(seen, "negative", verdict, why, shown, max(rise, 0.0))

    def _fresh(self, weeks: _Weeks) -> list[LabelledPost]:
        """Return the comments of the last week but copies of what was said before it."""
        fresh = {vote.labelled.reading.cluster for vote in weeks.votes}
        return [item for item in weeks.posts if item.reading.cluster in fresh]

    def _weigh(self, rise: float, chance: float, now: Measurement) -> tuple[Verdict, str]:
        bound = f"上升 {wording.points(self.min_rise)}且 p≤{self.max_chance:.3f}"
        if chance > self.max_chance or rise < self.min_rise:
            return Verdict.COMPATIBLE, f"没有超过阈值（{bound}）"
        missing = Gates(self.alert_clusters, self.alert_sources, self.alert_threads, self.max_disagreement).missing(now)
        if missing:
            return Verdict.TENSION, f"超过阈值，但{missing}，暂不提示"
        return Verdict.DIVERGES, f"超过阈值（{bound}）"

    def _finding(
        self, seen: Observation, target: str, verdict: Verdict, why: str, evidence: Evidence, level: float = 0.0
    ) -> Finding:
        fired = verdict is Verdict.DIVERGES
        return Finding(self.name, seen.project.id, fired, verdict, why, evidence, level, target=target)


def _most_copies(weeks: _Weeks) -> int:
    return max((vote.copies for vote in folded(weeks.posts)), default=0)


def _new_sources(weeks: _Weeks) -> str:
    """Return in Chinese how many comments come from sources that were silent on the project before."""
    known = {item.post.source for item in weeks.baseline_posts}
    new = _of_new(weeks.votes, known)
    return f"；其中 {new} 条来自此前没有该项目评论的来源" if new else ""


def _of_new(votes: Sequence[Folded], known: set[str]) -> int:
    return sum(vote.labelled.post.source not in known for vote in votes)
