"""The retention settings of an office in, what of which source must go out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from app.bootstrap import Office
from app.withdrawn import withdrawn
from crawlers.forgetting import source_of
from indexer.base import Query
from minsheng.domain import BEIJING, Window
from minsheng.errors import ConfigError
from minsheng.strict import nearest

AGE, WITHDRAWN = "age", "withdrawn"
_MOST_SOURCES = 1000
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a source must go: everything published before ``until``; None: everything."""

    source: str
    reason: str
    until: datetime | None

    def covers(self, moment: datetime) -> bool:
        return self.until is None or moment < self.until

    @property
    def query(self) -> Query:
        window = None if self.until is None else Window(_BEGINNING, self.until)
        return Query(sources=(self.source,), window=window, order="oldest")


class Policy:
    """The retention settings of an office, checked against what is there; ``only`` leaves all other sources alone."""

    def __init__(self, office: Office, only: str | None = None) -> None:
        self._office, self._only = office, only
        self._settings = office.settings.retention
        self.withdrawn = withdrawn(office.folders.var)
        self.hold = frozenset(self._settings.legal_hold)
        for project in self._settings.legal_hold:
            office.register.project(project)
        midnight = datetime.combine(office.now().astimezone(BEIJING).date(), time(), BEIJING)
        self._midnight = midnight.astimezone(UTC)

    def rule_of(self, source: str) -> Rule | None:
        """Return what must go of a source; None: it may keep everything."""
        if self._only not in {None, source}:
            return None
        if source in self.withdrawn:
            return Rule(source, WITHDRAWN, None)
        days = self._settings.sources.get(source, self._settings.days)
        return Rule(source, AGE, self._midnight - timedelta(days=days)) if days else None

    def rules(self) -> list[Rule]:
        """Return the rules of all sources that are known, by name."""
        known = self.known_sources()
        for name in self._settings.sources:
            if name not in known:
                raise ConfigError(f"retention.sources: no source {name!r}; {nearest(name, sorted(known))}")
        return [rule for name in sorted(known) if (rule := self.rule_of(name))]

    def known_sources(self) -> set[str]:
        """Return every source that is read, was read or withdrawn, or of which something is kept."""
        office = self._office
        folders = (office.folders.inbox, office.folders.rejects)
        of_files = {source_of(path) for folder in folders for path in folder.glob("*")} - {""}
        of_index = set(office.index.facet(Query(), "source", _MOST_SOURCES))
        states = {path.stem for path in office.folders.crawl_state.glob("*.sqlite")}
        return of_index | of_files | states | set(office.sources) | set(self.withdrawn)

    def is_held(self, projects: Iterable[str | None]) -> bool:
        return not self.hold.isdisjoint(projects)
