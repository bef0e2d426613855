"""Messages and their replies in, whether replies are given by template or pass the question by.

How many are answered, and how soon, is the rule ``unanswered``. Wording of grace raises no alert, here or anywhere.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from alerts.base import Observation
from alerts.evidence import both_sides
from alerts.measures.posture import MIN_REPLIES, Match, Templates, match_of, templates_of
from alerts.replies import asks, messages_seen
from alerts.rules import wording
from alerts.rules.base import RuleSettings, counted, last_days
from alerts.steady import next_crossing
from minsheng.domain import Evidence, Finding, LabelledPost, Verdict
from minsheng.words import TOPICS


class PostureGap(RuleSettings):
    """Are replies about what was asked, and more than one text for everything?"""

    name: ClassVar[str] = "posture_gap"
    title: ClassVar[str] = "回复不对题或千篇一律"

    max_template: float = Field(
        0.5, gt=0, lt=1, description="share of replies by template over several topics to exceed, lower bound"
    )
    min_match: float = Field(0.5, gt=0, lt=1, description="share of replies on the topic asked that is enough")
    max_chance: float = Field(
        0.05, ge=0.001, lt=1, description="chance of the match under random dealing; above it replies pass by"
    )
    window_days: int = Field(180, ge=30, description="only messages sent within these days count")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer twice for the project: on templates, and on the topic of replies."""
        window = last_days(seen, self.window_days)
        found = [one for one in messages_seen(seen) if one.sent_at in window and asks(one)]
        pairs = [(one.labelled, one.reply) for one in found if one.reply is not None and one.is_answered_by(seen.now)]
        asked = [message for message, _ in pairs]
        evidence = counted("回复", asked, window, effective=float(len(pairs)), sides=((), ()))
        return [self._templates(seen, pairs, evidence), self._match(seen, pairs, evidence)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when the next text comes into sight; none leaves the window before the day is over."""
        del found
        return next_crossing(seen, [0])

    def _templates(self, seen: Observation, pairs: list[tuple[LabelledPost, LabelledPost]], base: Evidence) -> Finding:
        found = templates_of(pairs)
        if found is None:
            return self._finding(seen, "template", Verdict.NOT_ASSESSABLE, _too_few(len(pairs)), _quoted(base, pairs))
        share = found.share
        evidence = replace(
            base,
            measure="对不同主题的留言用同一文字回复的比例",
            share=share.value,
            low=share.low,
            high=share.high,
            quotes=tuple(one.reply for one in found.found),
        )
        verdict = _verdict(share.low > self.max_template, share.value > self.max_template)
        return self._finding(seen, "template", verdict, self._why_templates(found, verdict), evidence, share.value)

    def _why_templates(self, found: Templates, verdict: Verdict) -> str:
        share, most = found.share, found.found[0] if found.found else None
        example = f"；用得最多的一种回复了 {most.replies} 条、{len(most.topics)} 个主题的留言" if most else ""
        said = {
            Verdict.DIVERGES: f"区间下限超过 {self.max_template:.0%}",
            Verdict.TENSION: f"超过 {self.max_template:.0%}，但区间下限没有超过，暂不提示",
        }.get(verdict, f"没有超过 {self.max_template:.0%}")
        return (
            f"回复 {share.n:.0f} 条中，与别的主题的回复文字相同或近似的占 {share.value:.0%}"
            f"（95% 区间 {wording.span(share.low, share.high)}）{example}，{said}。"
        )

    def _match(self, seen: Observation, pairs: list[tuple[LabelledPost, LabelledPost]], base: Evidence) -> Finding:
        found = match_of(pairs)
        if found is None:
            known = sum("other" not in {a.reading.topic, b.reading.topic} for a, b in pairs)
            why = _too_few(known, "双方都能归入主题的回复")
            return self._finding(seen, "match", Verdict.NOT_ASSESSABLE, why, _quoted(base, pairs))
        share = found.share
        evidence = replace(
            base,
            measure="回复与留言主题一致的比例",
            share=share.value,
            low=share.low,
            high=share.high,
            quotes=found.missed,
        )
        passes_by = share.high < self.min_match and found.chance > self.max_chance
        verdict = _verdict(passes_by, share.value < self.min_match)
        return self._finding(seen, "match", verdict, self._why_match(found, verdict), evidence, 1 - share.value)

    def _why_match(self, found: Match, verdict: Verdict) -> str:
        share = found.share
        said = {
            Verdict.DIVERGES: f"区间上限低于 {self.min_match:.0%}，且不比随意配对好",
            Verdict.TENSION: f"低于 {self.min_match:.0%}，但区间上限不低，或仍好于随意配对，暂不提示",
        }.get(verdict, f"不低于 {self.min_match:.0%}")
        return (
            f"能归入主题的回复 {share.n:.0f} 条中，与留言同属一个主题（{len(TOPICS) - 1} 类）的占 {share.value:.0%}"
            f"（95% 区间 {wording.span(share.low, share.high)}；随意配对也会有 {found.at_random:.0%}，"
            f"{wording.chance(found.chance)}），{said}。"
        )

    def _finding(
        self, seen: Observation, target: str, verdict: Verdict, why: str, evidence: Evidence, level: float = 0.0
    ) -> Finding:
        fired = verdict is Verdict.DIVERGES
        return Finding(self.name, seen.project.id, fired, verdict, why, evidence, level, target=target)


def _quoted(base: Evidence, pairs: list[tuple[LabelledPost, LabelledPost]]) -> Evidence:
    negative, positive = both_sides([message for message, _ in pairs])
    return replace(base, quotes=negative, counter_quotes=positive)


def _verdict(fires: bool, leans: bool) -> Verdict:
    if fires:
        return Verdict.DIVERGES
    return Verdict.TENSION if leans else Verdict.COMPATIBLE


def _too_few(have: int, what: str = "所列来源上可见的回复") -> str:
    return wording.too_few(what, have, MIN_REPLIES)
