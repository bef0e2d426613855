"""What the console is given: the index, the register and what the watch last found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from indexer.base import PostIndex
from minsheng.domain import (
    Alert,
    Calibration,
    Claim,
    CrawlReport,
    Finding,
    LabelledPost,
    Prevalence,
    Project,
    Source,
    SourceHealth,
)


@dataclass(frozen=True)
class Desk:
    """Everything a page may read; the console changes nothing.

    ``findings`` gives the latest findings of one project, or of all (None); ``crawls`` the latest report of each
    source and ``health`` how each stands; ``briefings`` is the folder with the archived files; ``estimate`` answers
    None below the smallest sample.
    """

    office: str
    region: str
    index: PostIndex
    projects: Mapping[str, Project]
    claims: Sequence[Claim]
    sources: Mapping[str, Source]
    findings: Callable[[str | None], Sequence[Finding]]
    alerts: Callable[[], Sequence[Alert]]
    crawls: Callable[[], Mapping[str, CrawlReport]]
    briefings: Path
    estimate: Callable[[Sequence[LabelledPost]], Prevalence | None]
    model: str
    calibration: Calibration | None
    now: Callable[[], datetime]
    health: Callable[[], Mapping[str, SourceHealth]] = dict
