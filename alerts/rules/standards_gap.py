"""What offices show of a project and what people say of its use in, whether it looks done but does not work.

Form is what can be looked at (facilities, progress); function is what is used. The official side is counted in full,
not sampled, and so has no interval (methods.md §5).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from pydantic import Field

from alerts import permutation
from alerts.base import Observation
from alerts.counts import seed_of
from alerts.glance import Glance, glance
from alerts.prevalence import Measurement, folded, measure
from alerts.rules import wording
from alerts.rules.base import (
    Gates,
    Judgement,
    RuleSettings,
    calibration_problem,
    counted,
    last_days,
    measured_share,
    said,
)
from alerts.steady import next_crossing
from minsheng.domain import FORM_ASPECTS, Evidence, Finding, Kind, LabelledPost, Verdict, Window

_OF_USE = "使用方面的评论"


class StandardsGap(RuleSettings):
    """Is a work praised for its looks and found wanting in use?"""

    name: ClassVar[str] = "standards_gap"
    title: ClassVar[str] = "好看与好用不一致"

    min_official: int = Field(3, ge=2, description="official texts and reviewed claims needed")
    min_form: float = Field(0.5, gt=0, lt=1, description="share of them on form from which officials stress looks")
    min_effective: int = Field(20, ge=20, description="effective comments on function needed")
    negative_level: float = Field(0.5, gt=0, lt=1, description="negative share on function to exceed, lower bound")
    min_gap: float = Field(0.15, gt=0, lt=1, description="function minus form, negative shares, if form is commented")
    max_chance: float = Field(0.01, ge=0.001, lt=0.5, description="permutation chance of that gap, at most")
    alert_clusters: int = Field(30, ge=20, description="comments on function without copies needed for an alert")
    alert_sources: int = Field(2, ge=1, description="sources needed for an alert, unless there are alert_threads")
    alert_threads: int = Field(10, ge=2, description="threads needed for an alert, unless there are alert_sources")
    max_disagreement: float = Field(0.10, gt=0, le=0.5, description="largest |PACC - EMQ| for an alert")
    window_days: int = Field(180, ge=30, description="days looked back on both sides")

    def check(self, seen: Observation) -> list[Finding]:
        """Answer for the project as a whole."""
        window = last_days(seen, self.window_days)
        posts = said(seen, window)
        function = [item for item in posts if item.reading.aspect not in FORM_ASPECTS | {"other"}]
        form = [item for item in posts if item.reading.aspect in FORM_ASPECTS]
        judgement, evidence = self._judge(seen, window, function, form)
        fired = judgement.verdict is Verdict.DIVERGES
        return [Finding(self.name, seen.project.id, fired, judgement.verdict, judgement.why, evidence, judgement.level)]

    def steady_until(self, seen: Observation, found: Sequence[Finding]) -> datetime:
        """Return when the next text or claim comes into the window; none leaves it before the day is over."""
        del found
        coming = (claim.published_at for claim in seen.claims if claim.published_at >= seen.now)
        return min([next_crossing(seen, [0]), *coming])

    def _judge(
        self, seen: Observation, window: Window, function: list[LabelledPost], form: list[LabelledPost]
    ) -> tuple[Judgement, Evidence]:
        shown, total = _official(seen, window)
        if total < self.min_official:
            why = wording.too_few("官方发布与已确认的表述", total, self.min_official)
            return Judgement(Verdict.NOT_ASSESSABLE, why), counted(_OF_USE, function, window)
        problem = calibration_problem(seen.calibration)
        if problem or seen.calibration is None:
            return Judgement(Verdict.NOT_ASSESSABLE, problem), counted(_OF_USE, function, window)
        seed = seed_of(f"{self.name}|{seen.project.id}")
        used = measure(function, seen.calibration, seed=seed)
        if used is None or used.prevalence.effective < self.min_effective:
            effective = used.prevalence.effective if used else 0.0
            why = wording.too_few("谈使用功能的有效评论", effective, self.min_effective)
            return Judgement(Verdict.NOT_ASSESSABLE, why), counted(_OF_USE, function, window, effective=effective)
        evidence = measured_share(function, window, used)
        looked_at = glance(form, seen.calibration)
        chance = permutation.rise(folded(form), folded(function), seed) if form else 1.0
        return self._weigh(shown, total, used, looked_at, chance), evidence

    def _weigh(self, shown: int, total: int, used: Measurement, looked_at: Glance | None, chance: float) -> Judgement:
        head = f"官方发布与表述 {total} 条中 {shown} 条谈外观与进度（{shown / total:.0%}）；"
        body = f"公众谈使用功能的评论{wording.rests_on(used)}"
        against, words = self._against_form(used, looked_at, chance)
        reason = self._reason(shown / total, used, against)
        level = used.polar_low * shown / total
        if reason:
            return Judgement(Verdict.COMPATIBLE, f"{head}{body}{words}：{reason}。", level)
        gates = Gates(self.alert_clusters, self.alert_sources, self.alert_threads, self.max_disagreement)
        missing = gates.missing(used)
        if missing:
            return Judgement(Verdict.TENSION, f"{head}{body}{words}：好看与好用不一致，但{missing}，暂不提示。", level)
        bound = f"负面占比下限超过 {self.negative_level:.0%}"
        return Judgement(Verdict.DIVERGES, f"{head}{body}{words}：官方强调好看，公众说的是不好用，{bound}。", level)

    def _reason(self, form: float, used: Measurement, against: bool) -> str:
        """Return in Chinese why looks and use do not part; empty if they do."""
        if form < self.min_form:
            return f"官方并未侧重外观与进度（不到 {self.min_form:.0%}）"
        if used.polar_low <= self.negative_level:
            return f"使用功能的负面占比下限没有超过 {self.negative_level:.0%}"
        return "" if against else "对外观的不满与对使用的不满相差不多"

    def _against_form(self, used: Measurement, looked_at: Glance | None, chance: float) -> tuple[bool, str]:
        """Return whether use is found worse than looks; with few comments on looks there is nothing to compare."""
        if looked_at is None or looked_at.effective < self.min_effective:
            return True, "，谈外观的评论太少，不与之比较"
        gap = used.prevalence.negative - looked_at.negative
        words = f"，谈外观与进度的负面占比 {looked_at.negative:.0%}（{wording.chance(chance)}）"
        return gap >= self.min_gap and chance <= self.max_chance, words


def _official(seen: Observation, window: Window) -> tuple[int, int]:
    """Return how many official texts and reviewed claims are about form, and how many there are.

    Replies to messages are left out: their subject is chosen by who asked.
    """
    texts = [item for item in said(seen, window, Kind.OFFICIAL) if item.post.reply_to is None]
    aspects = [vote.labelled.reading.aspect for vote in folded(texts)]
    aspects += [
        claim.aspect
        for claim in seen.claims
        if claim.reviewed and claim.aspect is not None and claim.published_at in window
    ]
    return sum(aspect in FORM_ASPECTS for aspect in aspects), len(aspects)
