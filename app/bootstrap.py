"""Settings and folders in, the wired parts of one deployment out: the composition root."""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from alerts.base import Rule
from alerts.channels import open_channel
from alerts.channels.base import Channel
from alerts.claims import load_claims
from alerts.course import Course
from alerts.detections import DetectorStore
from alerts.hours import Hours
from alerts.ledger import ClaimLedger
from alerts.measures.recorded import Recorded, load_recorded
from alerts.outbox import Outbox
from alerts.peers import peer_shares
from alerts.prevalence import THIN, estimate, fitting
from alerts.rules import load_rules
from alerts.rules.divergence import Divergence
from alerts.store import AlertStore
from alerts.unchanged import Unchanged
from app.clock import utc_now
from app.detection import DailyWatch
from app.folders import Folders
from app.live_sources import LiveSources
from app.noted_index import NotedIndex
from app.stance_head import shown_reading
from app.watch import Surroundings
from app.watch_memory import FILE as MEMORY_FILE
from app.watch_memory import WatchMemory
from app.withdrawn import withdrawn
from briefings.archive import Archive
from console.desk import Desk
from console.export import product_version
from console.keeping import digest_of
from console.shelf import FILE as SHELF_FILE
from console.shelf import FileShelf
from crawlers.history import CrawlHistory
from crawlers.source import SourceConfig, load_sources
from indexer.base import PostIndex
from indexer.open import open_index
from minsheng.domain import Calibration, Claim, Finding, Kind, LabelledPost, Prevalence, Source
from minsheng.register import Register, load_register
from minsheng.settings import Settings, load_settings
from minsheng.topic_errors import TopicErrors
from models.base import TextModel
from models.duplicates import ClusterStore
from models.linker import ProjectLinker
from models.loading import load_calibration
from models.open import SHIPPED, SHIPPED_FOLDER, open_model
from models.reader import Reader
from models.topic_errors import load_topic_errors


class Office:
    """One deployment with its parts, each opened when first used and closed by ``close``.

    Tests hand in a clock; everything else comes from the folder.
    """

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str],
        now: Callable[[], datetime] = utc_now,
        settings: Settings | None = None,
    ) -> None:
        self.folders = Folders(folder.resolve())
        self.settings: Settings = settings or load_settings(self.folders.root, environ)
        self.now = now

    @functools.cached_property
    def register(self) -> Register:
        return load_register(self.folders.projects)

    @functools.cached_property
    def written_claims(self) -> tuple[Claim, ...]:
        """The claims of the claims folder, reviewed or not."""
        return load_claims(self.folders.claims, self.register.projects)

    @functools.cached_property
    def ledger(self) -> ClaimLedger:
        return ClaimLedger(self._var / "claims.sqlite")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The one list for rules and pages: what stands in files, and what persons accepted by now.

        An accepted claim of a project that is no longer registered rests until the project is back.
        """
        taken = {claim.id for claim in self.written_claims}
        accepted = (claim for claim in self.ledger.claims() if claim.project in self.register.projects)
        return self.written_claims + tuple(claim for claim in accepted if claim.id not in taken)

    @functools.cached_property
    def recorded(self) -> tuple[Recorded, ...]:
        """What persons have recorded of the three asks."""
        return load_recorded(self.folders.evidence, self.register.projects)

    @functools.cached_property
    def rules(self) -> list[Rule]:
        return load_rules(self.folders.rules)

    @functools.cached_property
    def source_configs(self) -> dict[str, SourceConfig]:
        gone = withdrawn(self.folders.var)
        return {name: config for name, config in load_sources(self.folders.sources).items() if name not in gone}

    @property
    def sources(self) -> dict[str, Source]:
        """The sources that are crawled, and those that were imported or crawled once and are known by name alone."""
        configured = {name: config.source for name, config in self.source_configs.items()}
        others = [name for name in self.history.latest() if name not in configured]
        return configured | {name: Source(name, name, Kind.PUBLIC, "") for name in others}

    @functools.cached_property
    def shown_sources(self) -> LiveSources:
        """The same for pages, as of the start or of the last ``renew_sources``."""
        return LiveSources(lambda: self.sources)

    def renew_sources(self) -> None:
        """Read the folder of sources again."""
        self.__dict__.pop("source_configs", None)
        self.shown_sources.renew()

    @functools.cached_property
    def index(self) -> PostIndex:
        index = open_index(self.settings.index, self._var, self.settings.elasticsearch)
        return NotedIndex(index, self._touch)

    @functools.cached_property
    def watch_memory(self) -> WatchMemory:
        return WatchMemory(self._var / MEMORY_FILE)

    @functools.cached_property
    def shelf(self) -> FileShelf:
        """What pages show of projects, for every process of this deployment."""
        return FileShelf(self._var / SHELF_FILE)

    @functools.cached_property
    def model(self) -> TextModel:
        settings = self.settings
        return open_model(
            settings.model,
            label_map=settings.model_labels or None,
            threads=settings.model_threads or None,
            engine=settings.model_engine,
        )

    @functools.cached_property
    def clusters(self) -> ClusterStore:
        return ClusterStore(self._var / "clusters.sqlite")

    @functools.cached_property
    def linker(self) -> ProjectLinker:
        return ProjectLinker(tuple(self.register.projects.values()))

    @functools.cached_property
    def reader(self) -> Reader:
        return Reader(self.model, self.linker, self.clusters)

    @functools.cached_property
    def history(self) -> CrawlHistory:
        return CrawlHistory(self._var / "crawls.sqlite")

    @functools.cached_property
    def alerts(self) -> AlertStore:
        return AlertStore(self._var / "alerts.sqlite")

    @functools.cached_property
    def outlines(self) -> Unchanged[tuple[Finding, ...]]:
        """The latest findings of all projects without what they quote, which is most of them."""
        return Unchanged(self.alerts.path, lambda: tuple(map(outline_of, self.alerts.findings())))

    @functools.cached_property
    def detectors(self) -> DetectorStore:
        return DetectorStore(self._var / "alerts.sqlite")

    def daily_watch(self, *, remember: bool = True) -> DailyWatch | None:
        """Return the daily watch of claims by the rule that has one; None where that rule is switched off."""
        rule = next((rule for rule in self.rules if isinstance(rule, Divergence)), None)
        if rule is None:
            return None
        return DailyWatch(self.detectors, rule, self.claims, self.calibration, remember=remember)

    @functools.cached_property
    def outbox(self) -> Outbox:
        mail = self.settings.mail
        return Outbox(self._var / "alerts.sqlite", hours=Hours(mail.quiet_hours, mail.working_days_only))

    @functools.cached_property
    def channel(self) -> Channel:
        return open_channel(self.settings.mail, self._var)

    @functools.cached_property
    def archive(self) -> Archive:
        return Archive(self.folders.briefings)

    @functools.cached_property
    def calibration(self) -> Calibration | None:
        """The known errors of the configured model; read without loading the model."""
        return load_calibration(self._model_folder)

    @functools.cached_property
    def topic_errors(self) -> TopicErrors | None:
        """How the configured model confuses topics, if that was measured."""
        return load_topic_errors(self._model_folder)

    @property
    def model_name(self) -> str:
        return self.settings.model if self.calibration is None else self.calibration.model

    @property
    def surroundings(self) -> Surroundings:
        sources = self.sources
        crawls = {name: self.history.reports(name) for name in sources}
        return Surroundings(self.claims, self.calibration, sources, crawls, topics=self.topic_errors)

    def _findings(self, project: str | None) -> Sequence[Finding]:
        return self.outlines() if project is None else self.alerts.findings(project)

    def _course(self, project: str) -> Course:
        return self.watch_memory.course(project)

    def _touch(self, projects: Iterable[str]) -> None:
        known = set(projects)
        self.watch_memory.touch(known)
        self.shelf.touch(known)

    @property
    def console_url(self) -> str:
        console = self.settings.console
        own = f"https://{console.hosts[0]}" if console.hosts else f"http://{console.host}:{console.port}"
        return console.public_url.rstrip("/") or own

    def estimate(self, posts: Sequence[LabelledPost], project: str | None = None) -> Prevalence | None:
        """Return the corrected shares of some comments, or None where there are none or errors are unknown.

        With a ``project`` its peers are the prior of a few comments, unless that is switched off.
        """
        calibration = fitting(self.calibration, posts)
        if calibration is None:
            return None
        shares = estimate(posts, calibration, seed=0)
        known = self.register.projects.get(project) if project and self.settings.peer_prior else None
        if shares is None or known is None or shares.effective >= THIN:
            return shares
        prior = peer_shares(known, self.register.projects, self.outlines())
        return estimate(posts, calibration, prior=prior, seed=0)

    def desk(self) -> Desk:
        """Return what the console shows."""
        return Desk(
            office=self.settings.office,
            region=self.settings.region,
            index=self.index,
            projects=self.register.projects,
            claims=Unchanged(self.ledger.path, lambda: self.claims),
            entries=Unchanged(self.ledger.path, self.ledger.entries),
            histories=self.ledger.histories,
            sources=self.shown_sources,
            findings=self._findings,
            alerts=Unchanged(self.alerts.path, self.alerts.alerts),
            crawls=self.history.latest,
            health=self.history.health,
            briefings=self.folders.briefings,
            estimate=self.estimate,
            model=self.model_name,
            calibration=self.calibration,
            now=self.now,
            recorded=lambda: self.recorded,
            topics=self.topic_errors,
            archived=self.archive.list,
            claim_reading=functools.partial(shown_reading, self),
            shelf=self.shelf,
            rests_on=digest_of(
                product_version(), self.model_name, self.calibration, self.topic_errors, self.settings.peer_prior
            ),
            course=self._course,
        )

    def close(self) -> None:
        """Close what was opened."""
        for name in ("index", "clusters", "history"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()

    @property
    def _model_folder(self) -> Path:
        return SHIPPED_FOLDER if self.settings.model == SHIPPED else Path(self.settings.model)

    @property
    def _var(self) -> Path:
        self.folders.var.mkdir(parents=True, exist_ok=True)
        return self.folders.var


def outline_of(finding: Finding) -> Finding:
    """Return a finding without what it quotes."""
    return replace(finding, evidence=replace(finding.evidence, quotes=(), counter_quotes=()))
