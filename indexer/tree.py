"""A query in, all that it asks for as one tree of conditions out: the only thing that engines compile."""

from collections.abc import Iterator

from indexer.base import Query
from indexer.conditions import EVERYTHING, NOTHING, All, Among, Any, Condition, During, Field, Holds, Not, Roughly
from indexer.ranking import words_of
from indexer.roughly import parts_of
from minsheng.text import normalise

FILTERS: dict[str, Field] = {
    "projects": "project",
    "linked": "linked",
    "sources": "source",
    "kinds": "kind",
    "sentiments": "sentiment",
    "topics": "topic",
    "aspects": "aspect",
    "intents": "intent",
    "clusters": "cluster",
    "threads": "thread",
    "reply_to": "reply_to",
}
"""The filters of a query and the field that each is about."""


def condition_of(query: Query) -> Condition:
    """Join words, filters, window and tree of a checked query; pieces in normal form, words first."""
    return _simple(joined(query))


def joined(query: Query) -> All:
    """Return the parts of a query side by side, as they were given."""
    parts: list[Condition] = [Holds(word) for word in words_of(query.text)]
    for name, field in FILTERS.items():
        if values := getattr(query, name):
            parts.append(Among(field, tuple(values)))
    if query.window:
        parts.append(During(query.window))
    if query.where != EVERYTHING:
        parts.append(query.where)
    return All(tuple(parts))


def pieces_of(condition: Condition) -> tuple[str, ...]:
    """Return the different pieces that a match may hold, in order: those under no Not."""
    return tuple(dict.fromkeys(_pieces(condition)))


def marks_of(condition: Condition) -> tuple[str, ...]:
    """Return all that is to be marked where a match is shown."""
    return tuple(dict.fromkeys((*pieces_of(condition), *parts_asked(condition))))


def parts_asked(condition: Condition) -> tuple[str, ...]:
    """Return the different parts of what a match may hold roughly, in order: those under no Not."""
    return tuple(dict.fromkeys(part for text in rough_texts(condition) for part in parts_of(text)))


def rough_texts(condition: Condition) -> Iterator[str]:
    """Yield the texts that a match may hold roughly: those under no Not."""
    match condition:
        case Roughly(text):
            yield text
        case All(parts) | Any(parts):
            for part in parts:
                yield from rough_texts(part)


def leaves(condition: Condition) -> Iterator[Condition]:
    """Yield the conditions of a tree that have no parts."""
    match condition:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield condition


def _pieces(condition: Condition) -> Iterator[str]:
    match condition:
        case Holds(piece):
            yield piece
        case All(parts) | Any(parts):
            for part in parts:
                yield from _pieces(part)


def _simple(condition: Condition) -> Condition:
    """Return a tree that means the same, without double Nots, All in All, Any in Any, or constants below its root."""
    match condition:
        case Holds(text) | Roughly(text):
            return type(condition)(normalise(text))
        case Among(field, values):
            return Among(field, tuple(map(str, values)))
        case Not(part):
            return _negated(_simple(part))
        case All(parts):
            return _flat(All, [_simple(part) for part in parts], NOTHING)
        case Any(parts):
            return _flat(Any, [_simple(part) for part in parts], EVERYTHING)
    return condition


def _negated(part: Condition) -> Condition:
    match part:
        case Not(inner):
            return inner
        case All(()):
            return NOTHING
        case Any(()):
            return EVERYTHING
    return Not(part)


def _flat(join: type[All] | type[Any], parts: list[Condition], decides: Condition) -> Condition:
    """Join simple parts; one that ``decides`` makes all others idle."""
    flat: list[Condition] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, join) else [part])  # an idle constant has no parts
    if decides in flat:
        return decides
    distinct = tuple(dict.fromkeys(flat))
    return distinct[0] if len(distinct) == 1 else join(distinct)
