"""Topics of official texts and of public comments in, whether offices and people speak of different things.

``alerts.measures.focus`` measures; this rule says from when on it is worth an alert.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from alerts.base import Observation
from alerts.counts import seed_of
from alerts.evidence import quotes
from alerts.measures.focus import Gap, label_of, topic_gap
from alerts.prevalence import Folded, folded
from alerts.rules import wording
from alerts.rules.base import RuleSettings, counted, last_days, said
from alerts.steady import next_crossing
from minsheng import words as chinese
from minsheng.domain import ASPECTS, TOPICS, Evidence, Finding, Kind, LabelledPost, Verdict

_TWICE = 2.0


class FocusGap(RuleSettings):
    """Do offices stress what people do not care about?"""

    name: ClassVar[str] = "focus_gap"
    title: ClassVar[str] = "关注重点不一致"

    by: Literal["topic", "aspect"] = Field("topic", description="compare topics (departments) or aspects")
    min_official: int = Field(10, ge=5, description="official texts needed, replies left out")
    min_public: int = Field(50, ge=20, description="comments without copies needed")
    min_threads: int = Field(10, ge=5, description="public threads needed: fewer have no chance to show a difference")
    min_bits: float = Field(0.05, gt=0, lt=1, description="bias-corrected divergence in bits to exceed")
    max_chance: float = Field(0.01, ge=0.001, lt=0.5, description="chance under equal topics to fire, at most")
    window_days: int = Field(180, ge=30, description="days looked back on both sides")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer for the project as a whole."""
        window = last_days(seen, self.window_days)
        posts = said(seen, window)
        public = folded(posts)
        official = folded([item for item in said(seen, window, Kind.OFFICIAL) if item.post.reply_to is None])
        evidence = counted("主题分布差异（比特）", posts, window, effective=float(len(public)))
        missing = self._missing(official, public)
        if missing:
            return [self._finding(seen, Verdict.NOT_ASSESSABLE, missing, evidence)]
        errors = seen.topics if self.by == "topic" else None
        seed = seed_of(f"{self.name}|{seen.project.id}")
        gap = topic_gap(official, public, self._labels(), self.by, seed, errors)
        fires = gap.chance <= self.max_chance and gap.bits >= self.min_bits and bool(self._more(gap))
        evidence = replace(evidence, quotes=quotes(self._of(public, self._more(gap))) or evidence.quotes)
        evidence = replace(evidence, counter_quotes=quotes([vote.labelled for vote in official]))
        verdict = Verdict.DIVERGES if fires else Verdict.COMPATIBLE
        return [self._finding(seen, verdict, self._why(gap, len(official), len(public), fires), evidence, gap.bits)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when the next text comes into sight; none leaves the window before the day is over."""
        del found
        return next_crossing(seen, [0])

    def _labels(self) -> tuple[str, ...]:
        return TOPICS if self.by == "topic" else ASPECTS

    def _missing(self, official: Sequence[Folded], public: Sequence[Folded]) -> str:
        if len(official) < self.min_official:
            return wording.too_few("官方发布（不含回复）", len(official), self.min_official)
        if len(public) < self.min_public:
            return wording.too_few("去重后的评论", len(public), self.min_public)
        threads = len({vote.labelled.post.thread for vote in public})
        if threads < self.min_threads:
            return f"样本不足：评论只在 {threads} 个帖子里，至少要 {self.min_threads} 个帖子，不作判断。"
        return ""

    def _more(self, gap: Gap, *, official: bool = False) -> list[int]:
        """Return the topics that one side speaks of at least twice as much, most first; a trifle is left out."""
        high, low = (gap.official, gap.public) if official else (gap.public, gap.official)
        stressed = [k for k in range(len(high)) if high[k] >= _TWICE * low[k] and high[k] - low[k] >= self.min_bits]
        return sorted(stressed, key=lambda k: (low[k] - high[k], k))

    def _of(self, public: Sequence[Folded], topics: list[int]) -> list[LabelledPost]:
        names = {self._labels()[k] for k in topics}
        return [vote.labelled for vote in public if label_of(vote, self.by) in names]

    def _why(self, gap: Gap, official: int, public: int, fires: bool) -> str:
        words = chinese.TOPICS if self.by == "topic" else chinese.ASPECTS

        def listed(topics: list[int]) -> str:
            return "、".join(
                f"“{words[self._labels()[k]]}”（公众 {gap.public[k]:.0%}，官方 {gap.official[k]:.0%}）"
                for k in topics[:3]
            )

        more, less = self._more(gap), self._more(gap, official=True)
        sides = "；".join(
            part for part in (more and f"公众多谈{listed(more)}", less and f"官方多谈{listed(less)}") if part
        )
        errors = "主题混淆已校正" if gap.is_corrected else "主题混淆未校正"
        return (
            f"官方发布 {official} 条与公众评论 {public} 条（均去重）的主题分布，"
            f"偏差校正后相差 {gap.bits:.2f} 比特，{errors}"
            f"（主题相同时偶然至此的 {wording.chance(gap.chance)}），{'超过' if fires else '没有超过'}阈值"
            f"（{self.min_bits:.2f} 比特且 p≤{self.max_chance:g}）{'：' + sides if sides else ''}。"
        )

    def _finding(
        self, seen: Observation, verdict: Verdict, why: str, evidence: Evidence, level: float = 0.0
    ) -> Finding:
        return Finding(self.name, seen.project.id, verdict is Verdict.DIVERGES, verdict, why, evidence, level)
