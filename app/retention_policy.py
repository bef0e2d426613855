"""The retention settings of an office in, what of which source must go out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from app.bootstrap import Office
from app.withdrawn import withdrawn
from crawlers.deletions import pending
from crawlers.forgetting import source_of
from indexer.base import Query
from minsheng.domain import BEIJING, Window
from minsheng.errors import ConfigError
from minsheng.strict import nearest
from minsheng.web import is_listed

AGE, WITHDRAWN, OPTED_OUT, DELETED = "age", "withdrawn", "opted_out", "deleted"
_MOST_SOURCES = 1000
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rule:
    """What of a source must go: what was published before ``until``, what has these ids, or these addresses.

    A rule of withdrawal has none of the three: everything goes.
    """

    source: str
    reason: str
    until: datetime | None = None
    ids: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()

    def dooms(self, post_id: str, published: datetime, *addresses: str) -> bool:
        """Return whether a post must go, of which its id, time and addresses are known."""
        if self.reason == DELETED:
            return post_id in self.ids
        if self.reason == OPTED_OUT:
            return any(is_listed(address, self.addresses) for address in addresses)
        return self.covers(published)

    def covers(self, moment: datetime) -> bool:
        """Return whether everything of a moment must go."""
        return self.reason == WITHDRAWN or (self.until is not None and moment < self.until)

    @property
    def query(self) -> Query:
        window = None if self.until is None else Window(_BEGINNING, self.until)
        return Query(sources=(self.source,), window=window, order="oldest")


class Policy:
    """The retention settings of an office, checked against what is there; ``only`` leaves all other sources alone."""

    def __init__(self, office: Office, only: str | None = None) -> None:
        self._office, self._only = office, only
        self._settings = office.settings.retention
        self._opt_out = office.settings.crawl.opt_out
        self.withdrawn = withdrawn(office.folders.var)
        self.hold = frozenset(self._settings.legal_hold)
        for project in self._settings.legal_hold:
            office.register.project(project)
        midnight = datetime.combine(office.now().astimezone(BEIJING).date(), time(), BEIJING)
        self._midnight = midnight.astimezone(UTC)
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def rules_of(self, source: str) -> tuple[Rule, ...]:
        """Return what must go of a source; nothing: it may keep everything."""
        if self._only not in {None, source}:
            return ()
        if source not in self._rules:
            self._rules[source] = tuple(self._make_rules(source))
        return self._rules[source]

    def rule_for(self, source: str, post_id: str, published: datetime, *addresses: str) -> Rule | None:
        """Return the rule by which a post must go; None: it may stay."""
        rules = self.rules_of(source)
        return next((rule for rule in rules if rule.dooms(post_id, published, *addresses)), None)

    def rules(self) -> list[Rule]:
        """Return the rules of all sources that are known, by name."""
        known = self.known_sources()
        for name in self._settings.sources:
            if name not in known:
                raise ConfigError(f"retention.sources: no source {name!r}; {nearest(name, sorted(known))}")
        return [rule for name in sorted(known) for rule in self.rules_of(name)]

    def _make_rules(self, source: str) -> Iterator[Rule]:
        if source in self.withdrawn:
            yield Rule(source, WITHDRAWN)
            return
        # First, so that a post which went from its site is removed at once whatever else would remove it later.
        gone = pending(self._office.folders.crawl_state / f"{source}.sqlite")
        if gone:
            yield Rule(source, DELETED, ids=gone)
        days = self._settings.sources.get(source, self._settings.days)
        if days:
            yield Rule(source, AGE, self._midnight - timedelta(days=days))
        if self._opt_out:
            yield Rule(source, OPTED_OUT, addresses=self._opt_out)

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
