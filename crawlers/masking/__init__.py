"""Text in, the same text with personal data replaced by marks out.

``mask`` is what crawls, imports, logs and reports call before anything is written. The rules and their limits are told
in docs/privacy.md; each family has a module: ``numbers``, ``chat``, ``places``, ``names``.
"""

from dataclasses import dataclass

from crawlers.masking.chat import CHAT_RULES, NICKNAME_RULES
from crawlers.masking.fold import fold
from crawlers.masking.names import NAME_RULES
from crawlers.masking.numbers import NUMBER_RULES
from crawlers.masking.places import PLACE_RULES
from crawlers.masking.rules import FILL, KINDS, Rule, Span

__all__ = ["KINDS", "Found", "find", "mark_of", "mask"]

# Most certain first: what a rule takes, a later one sees as a filled gap of that kind.
_RULES: tuple[Rule, ...] = (*NUMBER_RULES, *CHAT_RULES, *PLACE_RULES, *NICKNAME_RULES, *NAME_RULES)
# A find can make room for another (a name beside a number); what needs a chain is written as one rule for the list.
_MOST_PASSES = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of personal data: ``text[start:end]`` is of ``kind``, one of ``KINDS``."""

    start: int
    end: int
    kind: str


def mark_of(kind: str) -> str:
    """Return what stands in a masked text for a piece of this kind."""
    return f"[{kind}]"


def mask(text: str) -> tuple[str, int]:
    """Return the masked text and the number of marks set. Masking a masked text changes nothing."""
    found = find(text)
    pieces, last = [], 0
    for one in found:
        pieces += [text[last : one.start], mark_of(one.kind)]
        last = one.end
    return "".join([*pieces, text[last:]]), len(found)


def find(text: str) -> list[Found]:
    """Return the pieces of personal data in the order of the text; they never overlap."""
    folded = fold(text)
    work, taken = folded.text, []
    for _ in range(_MOST_PASSES):
        work, new = _pass(work)
        if not new:
            break
        taken += new
    return [Found(*folded.place(start, end), kind) for start, end, kind in sorted(taken)]


def _pass(work: str) -> tuple[str, list[tuple[int, int, str]]]:
    letters, taken = set(work), []
    for rule in _RULES:
        if letters.isdisjoint(rule.needs):
            continue
        spans = rule.spans(work)
        if spans:
            work = _filled(work, spans, FILL[rule.kind])
            letters.add(FILL[rule.kind])
            taken += [(start, end, rule.kind) for start, end in spans]
    return work, taken


def _filled(work: str, spans: list[Span], letter: str) -> str:
    pieces, last = [], 0
    for start, end in spans:
        pieces += [work[last:start], letter * (end - start)]
        last = end
    return "".join([*pieces, work[last:]])
