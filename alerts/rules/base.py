"""What rules share: their settings, and which of a project's posts they look at."""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict, Field

from alerts.base import Observation
from alerts.evidence import Sides, both_sides
from alerts.prevalence import Folded, Measurement, Told, is_usable
from alerts.steady import day_back
from minsheng.domain import Calibration, Evidence, Finding, Kind, LabelledPost, Verdict, Window
from minsheng.strict import Strict


class RuleSettings(Strict, ABC):
    """Keys that every rule has; unknown keys are errors. A rule gives itself ``name``, ``title`` and ``check``."""

    # The port lets ``mails`` be assigned, so a rule cannot be frozen for mypy; nothing assigns it.
    model_config = ConfigDict(extra="forbid", frozen=False, str_strip_whitespace=True, allow_inf_nan=False)

    name: ClassVar[str]
    title: ClassVar[str]

    enabled: bool = Field(True, description="false: the rule does not run")
    mails: bool = Field(False, description="true: an opening alert is mailed at once; false: it waits for the digest")

    @abstractmethod
    def check(self, seen: Observation) -> list[Finding]:
        """Answer as the port ``alerts.base.Rule`` promises."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason in Chinese; ``level`` orders findings of one rule."""

    verdict: Verdict
    why: str
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class Gates:
    """What an alert must rest on, so that one thread or one source cannot raise it."""

    clusters: int
    sources: int
    threads: int
    disagreement: float

    def missing(self, measured: Measurement) -> str:
        """Return in Chinese what is missing for an alert; empty if nothing is."""
        found = measured.prevalence
        if found.clusters < self.clusters:
            return f"去重后只有 {found.clusters} 条，不到提示所需的 {self.clusters} 条"
        if found.sources < self.sources and found.threads < self.threads:
            return (
                f"评论只来自 {found.sources} 个来源、{found.threads} 个帖子，提示需要 {self.sources} 个来源或 "
                f"{self.threads} 个帖子"
            )
        if measured.disagreement > self.disagreement:
            return f"两种估计方法相差 {measured.disagreement:.0%}，超过 {self.disagreement:.0%}，占比不可靠"
        return ""


def said(seen: Observation, window: Window, kind: Kind = Kind.PUBLIC, aspect: str | None = None) -> Told:
    """Return the posts of one side in a window, on one aspect or on any; never a post later than now."""
    return seen.once(("said", window, kind, aspect), lambda: _said(seen, window, kind, aspect))


def _said(seen: Observation, window: Window, kind: Kind, aspect: str | None) -> Told:
    first, end = (bisect_left(seen.posts, edge, key=_published) for edge in (window.since, min(window.until, seen.now)))
    return Told(
        labelled
        for labelled in seen.posts[first:end]
        if labelled.post.kind is kind and (aspect is None or labelled.reading.aspect == aspect)
    )


def _published(labelled: LabelledPost) -> datetime:
    return labelled.post.published_at


def last_days(seen: Observation, days: int) -> Window:
    """Return the last days, from the beginning of the first."""
    return Window(day_back(seen.now, days), seen.now)


def without_largest_source(votes: Sequence[Folded]) -> list[Folded]:
    """Return the votes without those of the source that has most; all of them if there is one source only."""
    counts: dict[str, int] = {}
    for vote in votes:
        counts[vote.labelled.post.source] = counts.get(vote.labelled.post.source, 0) + 1
    if len(counts) == 1:
        return list(votes)
    largest = max(sorted(counts), key=lambda source: counts[source])
    return [vote for vote in votes if vote.labelled.post.source != largest]


def counted(
    measure: str,
    posts: Sequence[LabelledPost],
    window: Window,
    *,
    effective: float = 0.0,
    sides: Sides | None = None,
) -> Evidence:
    """Return evidence with quotes, of negative and of positive comments unless others are given, and no share."""
    negative, positive = both_sides(posts) if sides is None else sides
    return Evidence(
        measure=measure,
        posts=len(posts),
        effective=effective,
        window=window,
        sources=tuple(sorted({labelled.post.source for labelled in posts})),
        quotes=negative,
        counter_quotes=positive,
        by_source=tuple(Counter(labelled.post.source for labelled in posts).most_common()),
    )


def measured_share(posts: Sequence[LabelledPost], window: Window, measured: Measurement) -> Evidence:
    """Return evidence whose quantity is the negative share among comments that have an attitude."""
    evidence = counted("负面占比（在有态度的评论中）", posts, window, effective=measured.prevalence.effective)
    return replace(
        evidence,
        share=measured.polar,
        low=measured.polar_low,
        high=measured.polar_high,
        prevalence=measured.prevalence,
    )


def calibration_problem(calibration: Calibration | None) -> str:
    """Return in Chinese why shares cannot be corrected for the model's errors; empty if they can."""
    if calibration is None:
        return "未校准：判读这些评论的模型误差未知（或评论尚待现用模型重新判读），占比无法校正，不作判断。"
    if not is_usable(calibration):
        return "模型误差过大，分不清负面与其他评论，不作判断。"
    return ""
