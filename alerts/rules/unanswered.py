"""Public messages and official replies in, whether most messages are left without an answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from alerts.base import Observation
from alerts.evidence import quotes
from alerts.replies import Waiting, asks, messages_seen, still_waiting, working_days_of
from alerts.rules import wording
from alerts.rules.base import RuleSettings, counted, last_days
from alerts.steady import next_crossing
from minsheng.domain import Evidence, Finding, Verdict


class Unanswered(RuleSettings):
    """Are questions and complaints answered in time?"""

    name: ClassVar[str] = "unanswered"
    title: ClassVar[str] = "留言无人回复"

    working_days: int = Field(10, ge=1, le=60, description="working days within which a reply is due")
    min_messages: int = Field(20, ge=5, description="messages answered or due that are needed to judge")
    max_share: float = Field(0.5, gt=0, lt=1, description="unanswered share whose lower bound fires the rule")
    window_days: int = Field(180, ge=30, description="only messages sent within these days count")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer for the project as a whole."""
        window = last_days(seen, self.window_days)
        found = [message for message in messages_seen(seen) if message.sent_at in window and asks(message)]
        waited = working_days_of(found, seen.now)
        answered = [message for message in found if message.is_answered_by(seen.now)]
        late = [
            message
            for message, days in zip(found, waited, strict=True)
            if days >= self.working_days and not message.is_answered_by(seen.now)
        ]
        sides = quotes([message.labelled for message in late]), quotes([message.labelled for message in answered])
        measure = f"{self.working_days} 个工作日内未回复的比例"
        evidence = counted(measure, [message.labelled for message in found], window, sides=sides)
        if not found:
            why = "样本不足：没有见到向有关部门提出的公开留言，或来源上从未见到官方回复，不作判断。"
            return [self._finding(seen, Verdict.NOT_ASSESSABLE, why, evidence)]
        waiting = still_waiting(found, seen.now, self.working_days)
        if waiting is None or waiting.due < self.min_messages:
            due = len(answered) if waiting is None else waiting.due
            why = wording.too_few(f"已回复或已满 {self.working_days} 个工作日的留言", due, self.min_messages)
            return [self._finding(seen, Verdict.NOT_ASSESSABLE, why, evidence)]
        evidence = replace(
            evidence, share=waiting.share, low=waiting.low, high=waiting.high, effective=float(waiting.due)
        )
        return [self._finding(seen, self._verdict(waiting), self._why(waiting), evidence, waiting.share)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when the next text comes into sight; none leaves the window before the day is over."""
        del found
        return next_crossing(seen, [0])

    def _verdict(self, waiting: Waiting) -> Verdict:
        if waiting.low > self.max_share:
            return Verdict.DIVERGES
        return Verdict.TENSION if waiting.share > self.max_share else Verdict.COMPATIBLE

    def _why(self, waiting: Waiting) -> str:
        verdict = {
            Verdict.DIVERGES: f"区间下限超过 {self.max_share:.0%}",
            Verdict.TENSION: f"超过 {self.max_share:.0%}，但区间下限没有超过，暂不提示",
        }.get(self._verdict(waiting), f"没有超过 {self.max_share:.0%}")
        return (
            f"公开留言在 {self.working_days} 个工作日内未得到回复的占 {waiting.share:.0%}（n={waiting.due}，95% 区间 "
            f"{wording.span(waiting.low, waiting.high)}；另有 {waiting.recent} 条未到期，不计为未回复），{verdict}。"
        )

    def _finding(
        self, seen: Observation, verdict: Verdict, why: str, evidence: Evidence, level: float = 0.0
    ) -> Finding:
        return Finding(self.name, seen.project.id, verdict is Verdict.DIVERGES, verdict, why, evidence, level)
