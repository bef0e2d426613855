"""The three asks (请群众说话、参与、评判): for each phase of a project what there is evidence of, with its link.

A person records evidence in YAML. What official posts seem to show is a proposal until then. Where nothing is
recorded the answer is unknown, which is not no.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from alerts.measures.ask_items import ITEMS, Item
from alerts.measures.recorded import Recorded
from alerts.prevalence import folded
from minsheng.domain import BEIJING, Kind, LabelledPost, PhaseName, Project
from minsheng.text import normalise

_SHOWN = 80
_MOST_PROPOSALS = 3
_SENTENCE = re.compile(r"[^。!?;\n]+")
_DENIED = re.compile(r"(?:未|没有|没|尚未|无需|不再|取消|拟|将(?:于|要|会|适时|择期)|计划|下一步|准备)[^,，。]{0,10}$")


class Answer(StrEnum):
    """What is known of an item."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sentence of an official post that seems to show an item; ``is_late``: after the phase it belongs to."""

    item: str
    post: str
    words: str
    url: str
    published_at: datetime
    is_late: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One item of one project. ``is_due``: its phase has begun, or the register does not say when."""

    item: Item
    answer: Answer
    is_due: bool
    recorded: tuple[Recorded, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class AsksMeasure:
    """The checklist of a project."""

    checks: tuple[Check, ...]

    def of(self, phase: PhaseName) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.item.phase is phase)

    @property
    def unknown(self) -> int:
        return sum(check.is_due and check.answer is Answer.UNKNOWN for check in self.checks)


def asks_of(
    project: Project, posts: Sequence[LabelledPost], recorded: Sequence[Recorded], now: datetime
) -> AsksMeasure:
    """Return the checklist as of ``now``; evidence of a later day is not seen yet."""
    today = now.astimezone(BEIJING).date()
    official = [
        one
        for one in posts
        if one.post.kind is Kind.OFFICIAL and one.post.reply_to is None and one.post.published_at <= now
    ]
    own = [one for one in recorded if one.project == project.id and one.date <= today]
    texts = [vote.labelled for vote in folded(official)]
    return AsksMeasure(tuple(_check(item, project, texts, own, today) for item in ITEMS))


def _check(
    item: Item, project: Project, texts: Sequence[LabelledPost], recorded: Sequence[Recorded], today: date
) -> Check:
    own = tuple(one for one in recorded if one.item == item.name)
    answer = Answer.UNKNOWN
    if own:
        answer = Answer.YES if any(one.found for one in own) else Answer.NO
    begun = [phase.since for phase in project.phases if phase.name is item.phase]
    is_due = not project.phases or any(since <= today for since in begun) or _is_past(item.phase, project, today)
    known = {one.url for one in own}
    proposals = [found for text in texts if (found := _proposal(item, text, project)) and found.url not in known]
    return Check(item, answer, is_due, own, tuple(proposals[:_MOST_PROPOSALS]))


def _is_past(name: PhaseName, project: Project, today: date) -> bool:
    """Whether a later phase has begun: then this one is over even if the register leaves it out."""
    later = list(PhaseName)[list(PhaseName).index(name) + 1 :]
    return any(phase.name in later and phase.since <= today for phase in project.phases)


def _proposal(item: Item, labelled: LabelledPost, project: Project) -> Proposal | None:
    post = labelled.post
    for sentence in _SENTENCE.finditer(normalise(f"{post.title}。{post.text}")):
        found = item.shows.search(sentence[0])
        if found and not _DENIED.search(sentence[0][: found.start()]):
            at = max(0, found.start() - _SHOWN // 2)
            words = sentence[0].strip()[at : at + _SHOWN]
            return Proposal(
                item.name, post.id, words, post.url, post.published_at, _is_late(item, post.published_at, project)
            )
    return None


def _is_late(item: Item, when: datetime, project: Project) -> bool:
    """A voice counts before the work begins; what comes later is shown as late."""
    if item.phase is not PhaseName.CONSULTATION:
        return False
    begins = [phase.since for phase in project.phases if phase.name is not PhaseName.CONSULTATION]
    return bool(begins) and when.astimezone(BEIJING).date() >= min(begins)


def form_of(project: str, proposal: Proposal) -> str:
    """Return the lines that a person puts into ``evidence/*.yml`` to confirm a proposal."""
    day = proposal.published_at.astimezone(BEIJING).date().isoformat()
    quoted = json.dumps(proposal.url, ensure_ascii=False)
    return f"- {{project: {project}, item: {proposal.item}, found: true, date: {day}, url: {quoted}}}"
