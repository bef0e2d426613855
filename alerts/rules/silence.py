"""A steady flow of comments and the crawl reports in, whether a project or a source has fallen silent, and why.

Silence is never taken for content: where crawls failed, the sentence says that the source is in trouble, not that
the public has nothing to say.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import Field

from alerts.base import Observation
from alerts.counts import dispersion_of, none_at_all
from alerts.rules import wording
from alerts.rules.base import RuleSettings, counted, said
from alerts.steady import A_DAY, crossings, next_change
from minsheng.crawls import CrawlReport
from minsheng.domain import Finding, LabelledPost, Verdict, Window

_DAYS = 7
_HEALTHY = {"ok", "empty"}
_SILENT = {Verdict.TENSION, Verdict.DIVERGES}
_OUTCOMES = {
    "ok": "采集正常",
    "empty": "页面正常但没有内容",
    "fewer": "读到的少于预期",
    "changed": "页面结构变了",
    "refused": "网站拒绝采集",
    "failed": "采集失败",
}


class Silence(RuleSettings):
    """Has a steady voice stopped?"""

    name: ClassVar[str] = "silence"
    title: ClassVar[str] = "评论骤停"

    baseline_weeks: int = Field(4, ge=2, le=26, description="weeks before the last one that show a steady flow")
    min_weekly: float = Field(8.0, ge=3, description="comments a week (copies included) that make a flow steady")
    max_chance: float = Field(0.001, gt=0, le=0.05, description="chance of a silent week by accident, to fire")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer for the project, and for each source with a steady flow."""
        window = Window(seen.now - timedelta(weeks=self.baseline_weeks + 1), seen.now)
        posts = said(seen, window)
        project = self._judge(seen, posts, window, "")
        by_source: dict[str, list[LabelledPost]] = {}
        for labelled in posts:
            by_source.setdefault(labelled.post.source, []).append(labelled)
        if len(by_source) < 2:  # noqa: PLR2004  # one source alone is the project
            return [project]
        sources = [
            self._judge(seen, by_source[name], window, name)
            for name in sorted(by_source)
            if self._is_steady(self._by_week(by_source[name], window))
        ]
        return [project, *(_part_of(project, finding) for finding in sources)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when a flow becomes steady, unsteady or silent; for a silent one crawls matter: ask each time."""
        if any(finding.verdict in _SILENT for finding in found):
            return seen.now
        edges = range(0, _DAYS * (self.baseline_weeks + 1) + 1, _DAYS)
        return next_change(seen, crossings(seen, edges, A_DAY), self._flows)

    def _flows(self, seen: Observation) -> frozenset[tuple[str, bool]]:
        """Return the flows that are steady ("" for the project), and whether each has a comment in the last week."""
        window = Window(seen.now - timedelta(weeks=self.baseline_weeks + 1), seen.now)
        flows: dict[str, list[LabelledPost]] = {}
        for labelled in said(seen, window):
            flows.setdefault(labelled.post.source, []).append(labelled)
            flows.setdefault("", []).append(labelled)
        weeks = {name: self._by_week(posts, window) for name, posts in flows.items()}
        steady = {(name, counts[-1] > 0) for name, counts in weeks.items() if self._is_steady(counts)}
        return frozenset(steady | {("sources", len(flows) > 2)})  # noqa: PLR2004  # of one source nothing is said apart

    def _by_week(self, posts: Sequence[LabelledPost], window: Window) -> list[int]:
        """Count per week, the last one last."""
        weeks = [0] * (self.baseline_weeks + 1)
        for labelled in posts:
            weeks[(labelled.post.published_at - window.since).days // _DAYS] += 1
        return weeks

    def _is_steady(self, weeks: list[int]) -> bool:
        baseline = weeks[:-1]
        return min(baseline) > 0 and sum(baseline) >= self.min_weekly * len(baseline)

    def _judge(self, seen: Observation, posts: Sequence[LabelledPost], window: Window, source: str) -> Finding:
        weeks = self._by_week(posts, window)
        usual = sum(weeks[:-1]) / self.baseline_weeks
        who = f"来源“{_title(seen, source)}”上该项目" if source else "该项目"
        if not self._is_steady(weeks):
            why = (
                f"样本不足：{who}此前 {self.baseline_weeks} 周平均每周 {usual:.1f} 条评论，未达到每周都有且平均 "
                f"{self.min_weekly:.0f} 条，本来就不稳定，无法判断是否骤停。"
            )
            return self._finding(seen, source, Verdict.NOT_ASSESSABLE, why, posts, window)
        if weeks[-1] > 0:
            why = f"{who}近 7 天有 {weeks[-1]} 条评论（此前平均每周 {usual:.1f} 条），没有骤停。"
            return self._finding(seen, source, Verdict.COMPATIBLE, why, posts, window)
        chance = none_at_all(sum(weeks[:-1]), self.baseline_weeks, dispersion_of(weeks[:-1]))
        fires = chance <= self.max_chance
        why = (
            f"{who}近 7 天没有一条评论，此前 {self.baseline_weeks} 周平均每周 {usual:.1f} 条（偶然全无的"
            f"{wording.chance(chance)}，阈值 {self.max_chance:g}）"
            f"{'' if fires else '，还不足以提示'}。{_health(seen, source, posts)}"
        )
        verdict = Verdict.DIVERGES if fires else Verdict.TENSION
        return self._finding(seen, source, verdict, why, posts, window, usual)

    def _finding(
        self,
        seen: Observation,
        source: str,
        verdict: Verdict,
        why: str,
        posts: Sequence[LabelledPost],
        window: Window,
        level: float = 0.0,
    ) -> Finding:
        evidence = counted(f"近 {self.baseline_weeks + 1} 周评论条数", posts, window)
        fired = verdict is Verdict.DIVERGES
        return Finding(self.name, seen.project.id, fired, verdict, why, evidence, level, target=source)


def _part_of(project: Finding, finding: Finding) -> Finding:
    """Leave a silent source to the finding of the project when the whole project is silent: one matter, one alert."""
    if not (project.fired and finding.fired):
        return finding
    why = f"{finding.why}整个项目都没有新评论，合并在项目一项中提示。"
    return Finding(
        finding.rule,
        finding.project,
        False,
        Verdict.TENSION,
        why,
        finding.evidence,
        finding.level,
        target=finding.target,
    )


def _title(seen: Observation, source: str) -> str:
    return seen.sources[source].title if source in seen.sources else source


def _health(seen: Observation, source: str, posts: Sequence[LabelledPost]) -> str:
    """Return in Chinese whether the source works: silence of the public, or of the crawler."""
    names = [source] if source else sorted({labelled.post.source for labelled in posts})
    troubled = [f"“{_title(seen, name)}”{trouble}" for name in names if (trouble := _trouble(seen, name))]
    if troubled:
        return f"来源异常：{'；'.join(troubled)}。更可能是没有采集到，而不是公众不再发言，请先检查来源。"
    return "所涉来源近 7 天采集正常，评论确实停了，请到来源查看原因。"


def _trouble(seen: Observation, source: str) -> str:
    since = seen.now - timedelta(days=_DAYS)
    recent = [report for report in seen.crawls.get(source, ()) if since <= report.finished_at <= seen.now]
    if not recent:
        return "近 7 天没有采集记录"
    latest: CrawlReport = max(recent, key=lambda report: report.finished_at)
    if latest.outcome in _HEALTHY:
        return ""
    return f"最近一次{_OUTCOMES.get(latest.outcome, '采集异常')}（{wording.day(latest.finished_at)}）"
