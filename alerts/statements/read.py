"""An official text in, its sentences with what they claim out."""

from collections.abc import Iterator
from dataclasses import replace

from alerts.statements.aspects import aspect_of
from alerts.statements.scope import is_ours
from alerts.statements.sentences import plain, split
from alerts.statements.shares import read_shares, survey_size
from alerts.statements.stated import Sentence, Stated
from alerts.statements.states import read_states
from minsheng.domain import ClaimKind

VERSION = "1"
"""Of the rules; kept with each proposal, so that one can tell what read it."""


def read_text(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text that claim something; a survey is often named one sentence before its result."""
    asked: int | None = None
    for start, sentence in split(text):
        stated = read_sentence(sentence, asked)
        if stated:
            yield Sentence(sentence, start, stated)
        asked = survey_size(plain(sentence))


def read_sentence(sentence: str, asked: int | None = None) -> tuple[Stated, ...]:
    """Return what a sentence claims, in order; the same claim made twice counts once.

    Args:
        sentence: One sentence, as ``split`` gives it.
        asked: Size of the survey that the sentence before it named.
    """
    words = plain(sentence)
    if not is_ours(words):
        return ()
    shares = list(read_shares(words))
    with_rate = any(one.kind is ClaimKind.COMPLETION and one.value is not None for one in shares)
    states = read_states(words, with_rate=with_rate)
    found = [*shares, *(one for one in states if not any(_overlap(one, share) for share in shares))]
    size = survey_size(words) or asked
    unique: dict[tuple[object, ...], Stated] = {}
    for one in sorted(found, key=lambda each: each.start):
        unique.setdefault((one.kind, one.status, one.value, one.high, one.due), _completed(words, one, size))
    return tuple(unique.values())


def _completed(sentence: str, stated: Stated, size: int | None) -> Stated:
    asked = size if stated.kind is ClaimKind.SATISFACTION and stated.value is not None else None
    return replace(stated, survey_size=asked, aspect=aspect_of(sentence, stated))


def _overlap(one: Stated, other: Stated) -> bool:
    return one.start < other.end and other.start < one.end
