"""A query in, nothing out or a QueryError that says which part is wrong and what was expected; before any I/O."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from indexer.base import Facet, Interval, Order, Query
from indexer.conditions import All, Among, Any, Condition, During, Field, Holds, Not, Roughly
from indexer.nearness import MOST_NUMBERS, is_vector
from indexer.ranking import decode_cursor, words_of
from indexer.roughly import parts_of
from indexer.tree import FILTERS, joined
from minsheng.corrections import CORRECTION_MARKS
from minsheng.domain import ATTITUDES, Kind, LabelledPost, Vector, Window
from minsheng.errors import QueryError
from minsheng.text import normalise

MAX_LIMIT = 500
MAX_WORDS = 20
MAX_PIECE = 200
MAX_TEXT = 10_000
MAX_VALUES = 3000
MAX_ALL_VALUES = 30_000
MAX_FACET_VALUES = 1000
MAX_DEPTH = 30
MAX_LEAVES = 200

_CLOSED: Mapping[str, tuple[str, ...]] = {"kind": tuple(Kind), "sentiment": ATTITUDES, "corrected": CORRECTION_MARKS}


def check_query(query: Query) -> None:
    """Refuse what no back end can answer.

    Raises:
        QueryError: Names the field, what it holds and what was expected.
    """
    _check_choice("order", query.order, get_args(Order))
    _check_number("limit", query.limit, MAX_LIMIT)
    _check_text(query.text)
    for name, field in FILTERS.items():
        _check_values(name, field, getattr(query, name))
    if query.window is not None:
        _check_window("window", query.window)
    if query.after is not None and not isinstance(query.after, str):
        raise QueryError(f"after: wants the cursor of a page, got {query.after!r}")
    decode_cursor(query)
    _check_tree(query)


def check_facets(facets: Iterable[Facet], limit: int) -> None:
    for facet in facets:
        _check_choice("facet", facet, get_args(Facet))
    _check_number("facet limit", limit, MAX_FACET_VALUES)


def check_interval(interval: Interval) -> None:
    _check_choice("interval", interval, get_args(Interval))


def check_similar(to: object, floor: object) -> None:
    """Refuse what nothing can be compared with."""
    if not isinstance(floor, int | float) or isinstance(floor, bool) or not -1 <= floor <= 1:
        raise QueryError(f"floor: wants a number from -1 to 1, got {floor!r}")
    if isinstance(to, Vector) and is_vector(to):
        return
    if not isinstance(to, str):
        raise QueryError(f"similar: wants the id of a post, or a vector of 1 to {MOST_NUMBERS} numbers, got {to!r}")
    _check_value("similar", None, to)


def check_labelled(labelled: LabelledPost) -> None:
    """Refuse a reading that no index could give back or compare: probabilities that are not numbers, an empty vector.

    Raises:
        ValueError: Names the post; this is a bug of the model's caller.
    """
    opinion = labelled.reading.opinion
    if not all(map(math.isfinite, (opinion.negative, opinion.neutral, opinion.positive))):
        raise ValueError(f"post {labelled.post.id}: probabilities must be finite, got {opinion}")
    vector = labelled.reading.vector
    if vector is not None and not is_vector(vector):
        raise ValueError(f"post {labelled.post.id}: a vector has a space and 1 to {MOST_NUMBERS} numbers, not all zero")


def _check_choice(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise QueryError(f"{name}: {value!r} is unknown; known: {', '.join(known)}")


def _check_number(name: str, value: object, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise QueryError(f"{name}: wants a whole number from 1 to {most}, got {value!r}")


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise QueryError(f"text: wants a string, got {text!r}")
    if len(text) > MAX_TEXT:
        raise QueryError(f"text: has {len(text)} characters; {MAX_TEXT} are allowed")
    words = words_of(text)
    if len(words) > MAX_WORDS:
        raise QueryError(f"text: has {len(words)} words; {MAX_WORDS} are allowed")
    longest = max(map(len, words), default=0)
    if longest > MAX_PIECE:
        raise QueryError(f"text: a word has {longest} characters; {MAX_PIECE} are allowed")


def _check_values(name: str, field: Field, values: object) -> None:
    if not isinstance(values, tuple | list) or not all(isinstance(value, str) for value in values):
        raise QueryError(f"{name}: wants a tuple of strings, got {values!r}")
    if len(values) > MAX_VALUES:
        raise QueryError(f"{name}: has {len(values)} values; {MAX_VALUES} are allowed, ask in parts")
    for value in values:
        _check_value(name, field, value)


def _check_value(name: str, field: Field | None, value: str) -> None:
    if field and (known := _CLOSED.get(field)):
        _check_choice(name, value, known)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise QueryError(f"{name}: {value!r} is not valid Unicode text") from error


def _check_window(name: str, window: object) -> None:
    if not isinstance(window, Window):
        raise QueryError(f"{name}: wants a Window of aware datetimes, got {window!r}")


def _check_tree(query: Query) -> None:
    """Check ``where``, and the size of the tree that it makes with words and filters."""
    for condition in _conditions(query.where):
        _check_condition(condition)
    # One level is for what joins it to words and filters.
    leaves = [condition for condition in _conditions(joined(query)) if not _parts(condition)]
    if len(leaves) > MAX_LEAVES:
        raise QueryError(f"query: has {len(leaves)} conditions in words, filters and tree; {MAX_LEAVES} are allowed")
    values = sum(len(leaf.values) for leaf in leaves if isinstance(leaf, Among))
    if values > MAX_ALL_VALUES:
        raise QueryError(f"query: has {values} values in all; {MAX_ALL_VALUES} are allowed, ask in parts")


def _conditions(root: Condition) -> Iterator[Condition]:
    """Yield every condition of a tree, none before its own shape is known to be right; without recursion."""
    waiting: list[tuple[Condition, int]] = [(root, 1)]
    while waiting:
        condition, level = waiting.pop()
        if level > MAX_DEPTH:
            raise QueryError(f"where: is more than {MAX_DEPTH} levels deep")
        yield condition
        waiting.extend((part, level + 1) for part in _parts(condition))


def _parts(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case All(parts) | Any(parts):
            if not isinstance(parts, tuple):
                raise QueryError(f"where: {type(condition).__name__} wants a tuple of conditions, got {parts!r}")
            return parts
        case Not(part):
            return (part,)
        case Roughly(text):
            return tuple(map(Holds, parts_of(normalise(text))))
    return ()


def _check_condition(condition: object) -> None:
    match condition:
        case All() | Any() | Not():
            return
        case Holds(piece) | Roughly(piece):
            _check_piece(type(condition).__name__, piece)
        case Among(field, values):
            _check_choice("where: Among", field, get_args(Field))
            _check_values(f"where: {field}", field, values)
        case During(window):
            _check_window("where: During", window)
        case _:
            raise QueryError(f"where: wants Holds, Roughly, Among, During, All, Any or Not, got {condition!r}")


def _check_piece(name: str, piece: object) -> None:
    if not isinstance(piece, str):
        raise QueryError(f"where: {name} wants a string, got {piece!r}")
    length = len(normalise(piece)) if len(piece) <= MAX_TEXT else len(piece)
    if not 1 <= length <= MAX_PIECE:
        raise QueryError(f"where: a piece has {length} characters to look for; 1 to {MAX_PIECE} are allowed")
