"""What a briefing is made of: one value that the app fills and passes in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from alerts.measures.recorded import Recorded
from indexer.base import PostIndex
from minsheng.crawls import CrawlReport, SourceHealth
from minsheng.domain import Alert, Calibration, Claim, Finding, LabelledPost, Prevalence, Project, Source, Window
from minsheng.topic_errors import TopicErrors
from minsheng.words import TOO_FEW

BriefingKind = Literal["daily", "weekly", "monthly", "special"]

Estimate = Callable[[Sequence[LabelledPost], Calibration], Prevalence | None]
"""Shares of each label, corrected for the model's errors; None when they cannot be estimated. Must be repeatable."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a briefing says, and nothing it has to look up elsewhere.

    ``findings`` are the latest answers of all rules, fired or not; ``alerts`` those whose life touches the window,
    others are ignored; ``crawls`` the latest report of each source and ``health`` how each stands; an empty
    ``console_url`` means no links to it. ``recorded`` is what persons recorded of the three asks, ``topics`` how the
    model confuses topics. ``subject`` is the one project that a 专报 is about; empty: all of them;
    ``copies_to`` names who else gets it, for the imprint.
    """

    office: str
    region: str
    kind: BriefingKind
    number: int
    total_number: int
    window: Window
    previous: Window
    made_at: datetime
    index: PostIndex
    projects: Sequence[Project]
    claims: Sequence[Claim]
    findings: Sequence[Finding]
    alerts: Sequence[Alert]
    crawls: Mapping[str, CrawlReport]
    sources: Mapping[str, Source]
    model: str
    calibration: Calibration | None
    estimate: Estimate
    console_url: str = ""
    health: Mapping[str, SourceHealth] = field(default_factory=dict)
    recorded: Sequence[Recorded] = ()
    topics: TopicErrors | None = None
    subject: str = ""
    copies_to: str = ""

    @property
    def only(self) -> tuple[str, ...]:
        """Return the projects that posts are narrowed to; none: posts of all projects and of no project."""
        return (self.subject,) if self.subject else ()

    @property
    def lacking(self) -> str:
        """Return in Chinese why a share is not given."""
        return TOO_FEW if self.calibration else "模型误差未知"

    def project_name(self, project_id: str) -> str:
        """Return the project's name; a project that has left the register keeps its id."""
        return next((project.name for project in self.projects if project.id == project_id), project_id)

    def project_url(self, project_id: str) -> str:
        """Return the console page of a project, or nothing when there is no console."""
        return f"{self.console_url.rstrip('/')}/project/{project_id}" if self.console_url else ""
