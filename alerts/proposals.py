"""An official post in, the claims that it makes of registered projects out, as drafts for the ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.entries import Draft
from alerts.statements.read import VERSION, read_text
from alerts.statements.stated import Sentence, Stated
from minsheng.domain import Claim, ClaimBound, Kind, LabelledPost, Project, Source

_CONTEXT = 120
"""Letters shown before and behind a sentence."""

Named = Callable[[str], Sequence[str]]
"""The ids of the projects that a text names, in order."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a post is read with: the register, who is who, and how projects are found in words."""

    projects: Mapping[str, Project]
    sources: Mapping[str, Source]
    named: Named


def drafts_of(labelled: LabelledPost, around: Surroundings) -> list[Draft]:
    """Return the claims of one official post about registered projects; of others and of comments there are none.

    The title is read first; what the text says again in other words is not drafted twice.
    """
    post = labelled.post
    projects = [project for project in labelled.reading.projects if project in around.projects]
    if post.kind is not Kind.OFFICIAL or not projects:
        return []
    body = list(_read(labelled, post.text, projects, around))
    said = {_core(draft.claim) for draft in body}
    title = [draft for draft in _read(labelled, post.title, projects, around) if _core(draft.claim) not in said]
    return title + body


def claim_of(stated: Stated, *, project: str, text: str, url: str, publisher: str, published_at: datetime) -> Claim:
    """Return what is stated in the form of the ledger; more than all (105%) is all, and at least that."""
    value, bound = stated.value, stated.bound
    if value is not None and not -1 <= value <= 1:
        value, bound = max(-1.0, min(1.0, value)), ClaimBound.OVER
    return Claim(
        id="",
        project=project,
        text=text,
        kind=stated.kind,
        status=stated.status,
        source_url=url,
        publisher=publisher,
        published_at=published_at,
        aspect=stated.aspect,
        value=value,
        survey_size=stated.survey_size,
        bound=bound,
        subject=stated.subject,
    )


def _read(labelled: LabelledPost, text: str, projects: Sequence[str], around: Surroundings) -> Iterator[Draft]:
    for sentence in read_text(text):
        project = _project_of(sentence, text, projects, around.named)
        for stated in sentence.stated:
            yield _draft(labelled, sentence, stated, text, project, around)


def _draft(
    labelled: LabelledPost, sentence: Sentence, stated: Stated, text: str, project: str, around: Surroundings
) -> Draft:
    post = labelled.post
    source = around.sources.get(post.source)
    publisher = source.title if source else around.projects[project].department.name
    claim = claim_of(
        stated,
        project=project,
        text=sentence.text,
        url=post.url,
        publisher=publisher,
        published_at=post.published_at,
    )
    end = sentence.start + len(sentence.text)
    context = text[max(0, sentence.start - _CONTEXT) : end + _CONTEXT].strip()
    return Draft(claim, post.id, post.source, sentence.text, context, stated.due, VERSION)


def _project_of(sentence: Sentence, text: str, projects: Sequence[str], named: Named) -> str:
    """Return whom a sentence is about: the one it names, else the last named before it, else the first of the post."""
    own = [project for project in named(sentence.text) if project in projects]
    if own:
        return own[0]
    before = [project for project in named(text[: sentence.start]) if project in projects]
    return before[-1] if before else projects[0]


def _core(claim: Claim) -> tuple[object, ...]:
    return (claim.project, claim.kind, claim.status, claim.value)
