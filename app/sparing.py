"""Projects, rules and what the last watch knew in, the findings of a watch out that asks only what can have changed.

A rule is asked anew about a project when posts of it came, went or changed, when anything else changed that rules see
(its claims, the calibration, sources, settings of rules, like projects), when a window moved past a comment, and on
each new day of Beijing. What is not asked stands as it was found, with the time at which it was found.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts.base import Observation, Rule
from alerts.course import course_of
from alerts.like_projects import UNLIKE, peer_levels, shares_of
from alerts.steady import Patient
from alerts.store import AlertStore
from app.watch import Surroundings, observe
from app.watch_memory import Watched, WatchMemory
from indexer.base import PostIndex
from minsheng.domain import Claim, Finding, Project
from minsheng.hours import day_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be asked of a project: the names of the rules that are due, and of those that answer as they did."""

    project: Project
    due: tuple[str, ...]
    resting: tuple[str, ...]
    inputs: str
    peers: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """All findings of a project, and what the next watch may rely on."""

    findings: Sequence[Finding]
    watched: Watched


Asking = Callable[[Sequence[Question]], Iterable[Answer]]
"""Answers questions in their order."""


class SparingWatch:
    """One watch over all projects; ``run`` finds, ``remember`` keeps what the next one may rely on.

    ``remember`` comes after the findings are stored: what is lost between the two is asked again.
    """

    def __init__(self, memory: WatchMemory, store: AlertStore, index: PostIndex, around: Surroundings) -> None:
        self._memory, self._store, self._index, self._around = memory, store, index, around
        self._touched = memory.touched()
        self._known = memory.watched()
        self._stored_at = store.seen()
        self._moving = store.moving()
        self._claims: dict[str, list[Claim]] = {}
        for claim in around.claims:
            self._claims.setdefault(claim.project, []).append(claim)
        self._noted: dict[str, Watched] = {}

    def run(
        self,
        projects: Sequence[Project],
        rules: Sequence[Rule],
        now: datetime,
        progress: Callable[[int, int], None] | None = None,
        *,
        full: bool = False,
        asking: Asking | None = None,
    ) -> list[Finding]:
        """Return all findings of each project about which anything was asked, or whose alerts go on with the clock.

        ``asking`` may have some questions answered by another process, as ``answer`` answers them here.
        """
        questions = {one.project.id: one for one in self._questions(projects, rules, now, full=full)}
        answers = iter((asking or self.in_turn(rules, now))(tuple(questions.values())))
        findings: list[Finding] = []
        for done, project in enumerate(projects, start=1):
            if project.id in questions:
                answer = next(answers)
                findings += answer.findings
                self._noted[project.id] = answer.watched
            else:
                findings += self._rest(project.id, now)
            if progress:
                progress(done, len(projects))
        logger.info("watched projects=%d asked_about=%d", len(projects), len(questions))
        return findings

    def answer(self, question: Question, rules: Sequence[Rule], now: datetime) -> Answer:
        """Ask the rules that are due; the others answer as they did."""
        seen = observe(question.project, self._index, self._around, now, question.peers)
        return self._ask(seen, question, [rule for rule in rules if rule.name in question.due])

    def remember(self) -> None:
        """Keep what ``run`` found out."""
        self._memory.keep(self._noted, self._touched)

    def in_turn(self, rules: Sequence[Rule], now: datetime) -> Asking:
        """Return how this process answers."""
        return lambda questions: (self.answer(question, rules, now) for question in questions)

    def _questions(
        self, projects: Sequence[Project], rules: Sequence[Rule], now: datetime, *, full: bool
    ) -> Iterator[Question]:
        shared = _digest(repr((replace(self._around, claims=(), crawls={}, daily=None, volume={}), list(rules))))
        kinds = _by_type(projects)
        for project in projects:
            inputs = self._inputs(project, shared)
            due = tuple(rule.name for rule in rules if full or self._is_due(project, rule, inputs, now))
            if due:
                resting = tuple(rule.name for rule in rules if rule.name not in due)
                yield Question(project, due, resting, inputs, self._peers(project, inputs, kinds[project.type], now))

    def _is_due(self, project: Project, rule: Rule, inputs: str, now: datetime) -> bool:
        known = self._known.get(project.id)
        if known is None or known.inputs != inputs or project.id in self._touched.projects:
            return True
        if self._stored_at.get(project.id) != known.as_of or day_of(known.as_of) != day_of(now) or now < known.as_of:
            return True
        return now >= known.until.get(rule.name, now)

    def _ask(self, seen: Observation, question: Question, due: Sequence[Rule]) -> Answer:
        project, known, resting = seen.project.id, self._known.get(seen.project.id), question.resting
        answers = {rule.name: rule.check(seen) for rule in due}
        findings = [finding for found in answers.values() for finding in found]
        until = {rule.name: _until(rule, seen, answers[rule.name]) for rule in due}
        shares: Mapping[str, float] | None = None
        if known and resting:
            findings += [finding for finding in self._store.findings(project) if finding.rule in resting]
            until |= {name: known.until[name] for name in resting}
            shares = known.shares
        if shares is None:
            shares = shares_of(seen) if seen.project.type != UNLIKE else {}
        is_of_today = known is not None and known.inputs == question.inputs and day_of(known.as_of) == day_of(seen.now)
        course = (
            known.course
            if known and is_of_today
            else course_of(seen, self._around.volume, known.course if known else None)
        )
        return Answer(findings, Watched(seen.now, question.inputs, until, shares, seen.peers, course))

    def _rest(self, project: str, now: datetime) -> list[Finding]:
        """Return nothing, or what was found where an alert goes on with the clock: one that is quiet closes in time."""
        if project not in self._moving:
            return []
        self._noted[project] = replace(self._known[project], as_of=now)
        return self._store.findings(project)

    def _peers(self, project: Project, inputs: str, like: Sequence[Project], now: datetime) -> Mapping[str, float]:
        """Return what is usual among like projects, as the last watch of an earlier day knew it.

        It stands for a day: else one comment on one project would put the answers for all like it in question.
        """
        known = self._known.get(project.id)
        if known is not None and known.inputs == inputs and day_of(known.as_of) == day_of(now):
            return known.peers
        others = (self._known.get(other.id) for other in like if other is not project)
        return peer_levels([one.shares for one in others if one is not None])

    def _inputs(self, project: Project, shared: str) -> str:
        """Return a digest of all that rules see of a project but its posts and crawls."""
        told = repr((project, self._claims.get(project.id))) + shared
        return _digest(told)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _until(rule: Rule, seen: Observation, found: Sequence[Finding]) -> datetime:
    """Return until when a rule's answer stands; one that does not say is asked each time."""
    return rule.steady_until(seen, found) if isinstance(rule, Patient) else seen.now


def _by_type(projects: Sequence[Project]) -> dict[str, list[Project]]:
    """Return like projects together; those of no certain type are like none."""
    kinds: dict[str, list[Project]] = {}
    for project in projects:
        kinds.setdefault(project.type, []).append(project)
    return kinds | {UNLIKE: []}
