"""An office in, the same office without comments that are past their time, withdrawn, opted out or gone out.

Order matters for a kill: the log line first, the index last. Whatever is not deleted yet is found again in the index,
and what is left over elsewhere is looked for in each place itself.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from alerts.channels.folder import file_of
from alerts.forgetting import EvidenceEraser, LedgerEraser, as_quoted
from alerts.stance_store import STANCES_FILE, StanceStore
from app.bootstrap import Office
from app.deletions import DeletionLog
from app.lock import held, only_one
from app.progress import Step
from app.retention_policy import DELETED, OPTED_OUT, WITHDRAWN, Policy, Rule
from app.sqlite_files import scrub
from app.withdrawn import mark
from crawlers.deletions import done
from crawlers.forgetting import addresses_in, forget_history, forget_state, leftovers, posts_of, run_of, sift_inbox
from indexer.batches import batches
from minsheng.domain import BEIJING, LabelledPost, Post, Quote
from minsheng.errors import ConfigError
from minsheng.strict import nearest
from minsheng.web import is_listed
from models.forgetting import ClusterEraser

logger = logging.getLogger(__name__)

_CHUNK = 2000


@dataclass(slots=True)
class RetentionReport:
    """What was deleted, or would be: (source, reason, place) → number. ``held``: kept for the sake of a project."""

    deleted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def count(self, source: str, reason: str, place: str) -> int:
        return self.deleted[source, reason, place]


def retain(office: Office, *, dry_run: bool = False, progress: Step | None = None) -> RetentionReport:
    """Delete what is past its time and what withdrawn sources gave. Run again, it completes what was cut off.

    Raises:
        ConfigError: The settings name an unknown project or source: a typing error must not delete.
        IndexUnavailable: A file cannot be written now.
    """
    policy = Policy(office)
    if dry_run:
        return _Purge(office, policy, progress, dry_run=True).run(policy.rules())
    return _carry_out(office, policy, progress)


def withdraw(office: Office, name: str, progress: Step | None = None) -> RetentionReport:
    """Remove all that a source ever gave, and see to it that it is not read again. Twice is harmless.

    Raises:
        ConfigError: There is no such source, or it is being crawled: it is marked then, and a second call removes.
    """
    known = Policy(office).known_sources()
    if name not in known:
        raise ConfigError(f"no source {name!r}; {nearest(name, sorted(known))}")
    mark(office.folders.var, name, office.now())
    logger.info("source withdrawn source=%s", name)
    return _carry_out(office, Policy(office, only=name), progress)


def follow_site(office: Office, name: str) -> RetentionReport:
    """Delete what a source no longer shows. The files are wiped by the next daily run: that rewrites them whole."""
    policy = Policy(office, only=name)
    return _carry_out(office, policy, None, only_gone=True)


def _carry_out(office: Office, policy: Policy, progress: Step | None, *, only_gone: bool = False) -> RetentionReport:
    """Delete while nobody reads the inbox, quotes comments, sends mail, or crawls what was withdrawn."""
    with ExitStack() as locks:
        for name in ("ingest", "watch", "mail"):
            locks.enter_context(held(office.folders.var / f"{name}.lock"))
        rules = [rule for rule in policy.rules() if rule.reason == DELETED or not only_gone]
        for source in (rule.source for rule in rules if rule.reason == WITHDRAWN):
            locks.enter_context(only_one(office.folders.crawl_state / f"{source}.lock", f"a crawl of {source}"))
        return _Purge(office, policy, progress, dry_run=False, wipe=not only_gone).run(rules)


class _Purge:
    def __init__(
        self, office: Office, policy: Policy, progress: Step | None, *, dry_run: bool, wipe: bool = True
    ) -> None:
        self._office, self._policy, self._progress, self._dry = office, policy, progress, dry_run
        self._wipe = wipe
        self._var = office.folders.var
        self._log = DeletionLog(self._var)
        self._clusters = ClusterEraser(self._var / "clusters.sqlite")
        self._evidence = EvidenceEraser(self._var / "alerts.sqlite")
        self._ledger = LedgerEraser(self._var / "claims.sqlite")
        self._mails = {} if dry_run else self._evidence.mails_quoting()
        self._now = office.now()
        self._linker = office.linker if policy.hold else None
        self._report = RetentionReport()

    def run(self, rules: Sequence[Rule]) -> RetentionReport:
        total = sum(self._size(rule) for rule in rules) if self._progress else 0
        done = 0
        for rule in rules:
            for number in self._index(rule):
                done += number
                if self._progress:
                    self._progress(done, total)
        self._inbox()
        for rule in rules:
            self._rejects(rule)
            if rule.reason == WITHDRAWN:
                self._source(rule)
        self._quotes()
        if not self._dry:
            self._settle([rule for rule in rules if rule.reason == DELETED])
        if self._wipe and not self._dry:
            self._finish()
        return self._report

    def _size(self, rule: Rule) -> int:
        return len(rule.ids) or self._office.index.count(rule.query)

    def _index(self, rule: Rule) -> Iterator[int]:
        """Delete the oldest first, so that a run which is repeated meets the same portions; yield their sizes."""
        for chunk in batches(self._found(rule), _CHUNK):
            doomed = [each for each in chunk if _dooms(rule, each.post)]
            free = [each for each in doomed if not self._is_held(each.post, _projects_of(each))]
            self._report.held[rule.source] += len(doomed) - len(free)
            if free:
                self._delete(rule, free)
            yield len(chunk)

    def _found(self, rule: Rule) -> Iterator[LabelledPost]:
        index = self._office.index
        if not rule.ids:
            return index.stream(rule.query)
        return (found for post_id in sorted(rule.ids) if (found := index.get(post_id)) is not None)

    def _delete(self, rule: Rule, posts: Sequence[LabelledPost]) -> None:
        for day, group in groupby(posts, key=lambda each: _day(each.post)):
            ids = [each.post.id for each in group]
            self._note(rule, "index", len(ids), day, ids)
        ids = [each.post.id for each in posts]
        self._forget_claims(rule, ids)
        if self._dry:
            return
        self._forget_mails(rule, [each.post for each in posts])
        self._clusters.forget(ids)
        if (self._var / STANCES_FILE).is_file():
            StanceStore(self._var / STANCES_FILE).forget(ids)
        self._evidence.forget_bets(ids)
        self._office.index.delete(ids)
        self._office.shelf.forget({project for each in posts for project in _projects_of(each)})

    def _inbox(self) -> None:
        inbox = self._office.folders.inbox
        if self._dry:
            self._note_posts("", [post for post in posts_of(inbox) if self._is_doomed(post)])
            return

        def tell(path: Path, posts: list[Post]) -> None:
            self._note_posts(path.name, posts)
            # A kill between the two may have placed them in clusters before they reached the index.
            self._clusters.forget([post.id for post in posts])

        sift_inbox(inbox, self._is_doomed, tell)

    def _note_posts(self, where: str, posts: Sequence[Post]) -> None:
        groups: dict[tuple[Rule, str], list[str]] = {}
        for post in posts:
            rule = self._rule_for(post)
            if rule:
                groups.setdefault((rule, _day(post)), []).append(post.id)
        for (rule, day), ids in groups.items():
            self._note(rule, "inbox", len(ids), day, [where, *ids])

    def _rejects(self, rule: Rule) -> None:
        for path in leftovers(self._office.folders.rejects, rule.source):
            made = run_of(path)
            is_named = rule.reason == OPTED_OUT and any(is_listed(url, rule.addresses) for url in addresses_in(path))
            if is_named or (made is not None and rule.covers(made)):
                self._remove(rule, "rejects", path)

    def _source(self, rule: Rule) -> None:
        """Remove what is known of a withdrawn source besides its posts."""
        for path in leftovers(self._office.folders.inbox, rule.source):
            if path.suffix in {".part", ".ready"} or not self._policy.hold:
                self._remove(rule, "inbox_files", path)
        if self._dry:
            return
        if not self._report.held[rule.source]:
            self._ledger.forget_source(rule.source)
        orphans = [post for post in self._clusters.of_source(rule.source) if self._office.index.get(post) is None]
        self._clusters.forget(orphans)
        if not self._report.held[rule.source]:
            forget_state(self._office.folders.crawl_state, rule.source)
        forget_history(self._var / "crawls.sqlite", rule.source)
        (self._var / "jobs" / f"crawl:{rule.source}").unlink(missing_ok=True)

    def _quotes(self) -> None:
        """Take words out of evidence: also where the comment itself was gone before, by an earlier run or by hand."""
        found: dict[Rule, list[str]] = {}

        def doomed(project: str, quote: Quote) -> bool:
            rule = self._policy.rule_for(quote.source, quote.post, quote.published_at, quote.url)
            if rule is None or not self._is_meant(rule) or self._policy.is_held([project]):
                return False
            found.setdefault(rule, []).append(f"{project} {quote.post}")
            return True

        self._evidence.count_quotes(doomed)
        for rule, names in found.items():
            self._note(rule, "quotes", len(names), "", names)
        if found and not self._dry:
            self._evidence.forget_quotes(doomed)

    def _finish(self) -> None:
        if not self._log.is_pending:
            return
        for path in sorted((self._var / "exports").rglob("*")):
            if path.is_file():  # it may hold what was deleted, and can be made again
                path.unlink()
        for path in _databases(self._office):
            scrub(path)
        self._log.finish()
        logger.info("retention finished deleted=%d held=%d", self._report.deleted.total(), self._report.held.total())

    def _note(self, rule: Rule, place: str, number: int, day: str, names: Sequence[str]) -> None:
        """Count what goes; write it down before it goes. ``names`` tell this portion from any other."""
        self._report.deleted[rule.source, rule.reason, place] += number
        if self._dry:
            return
        token = hashlib.sha256("\n".join((rule.source, place, *names)).encode()).hexdigest()[:16]
        row: dict[str, str | int] = {"source": rule.source, "reason": rule.reason, "place": place, "number": number}
        self._log.add(token, self._now, row | ({"day": day} if day else {}))

    def _remove(self, rule: Rule, place: str, path: Path) -> None:
        self._note(rule, place, 1, "", [path.name])
        if not self._dry:
            path.unlink(missing_ok=True)

    def _forget_claims(self, rule: Rule, ids: Sequence[str]) -> None:
        number = self._ledger.count(ids)
        if number:
            self._note(rule, "claims", number, "", ids)
        if not self._dry:
            self._ledger.forget(ids)

    def _forget_mails(self, rule: Rule, posts: Sequence[Post]) -> None:
        mails = sorted({mail for post in posts for mail in self._mails.get(as_quoted(post), ())})
        if not mails:
            return
        self._note(rule, "mails", len(mails), "", mails)
        for mail in mails:
            file_of(self._var / "mail", mail).unlink(missing_ok=True)
        self._evidence.forget_mails(mails)
        for quoting in self._mails.values():
            quoting.difference_update(mails)

    def _settle(self, rules: Sequence[Rule]) -> None:
        """Note which posts that went from their sites went here too; those of a held project wait."""
        for rule in rules:
            gone = [post_id for post_id in rule.ids if self._office.index.get(post_id) is None]
            done(self._office.folders.crawl_state / f"{rule.source}.sqlite", gone)

    def _rule_for(self, post: Post) -> Rule | None:
        rule = self._policy.rule_for(post.source, post.id, post.published_at, post.url, post.thread)
        return rule if rule is not None and self._is_meant(rule) else None

    def _is_meant(self, rule: Rule) -> bool:
        """Return whether this run is about a rule: one that follows a site leaves all else to the daily one."""
        return self._wipe or rule.reason == DELETED

    def _is_doomed(self, post: Post) -> bool:
        return self._rule_for(post) is not None and not self._is_held(post, ())

    def _is_held(self, post: Post, projects: Iterable[str]) -> bool:
        if self._linker is None:
            return False
        # The linker too: a post may name a project that was registered after the post was read.
        return self._policy.is_held((*projects, *self._linker.link(post)))


def _projects_of(labelled: LabelledPost) -> set[str]:
    """Return the projects of the reading and those that a person put in their place: a hold on either holds."""
    return {*labelled.reading.projects, *labelled.label.projects}


def _dooms(rule: Rule, post: Post) -> bool:
    return rule.dooms(post.id, post.published_at, post.url, post.thread)


def _day(post: Post) -> str:
    return post.published_at.astimezone(BEIJING).date().isoformat()


def _databases(office: Office) -> list[Path]:
    """Return the files in which deleted words may linger."""
    var = office.folders.var
    scheme, _, rest = office.settings.index.partition(":")
    index = [var / (rest or "index.sqlite")] if scheme == "sqlite" else []
    named = [
        *index,
        *(var / f"{name}.sqlite" for name in ("clusters", "alerts", "claims", "crawls", "stances", "pages")),
    ]
    return [path for path in named if path.exists()]
