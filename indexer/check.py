"""A query in, nothing out or a QueryError that says which part is wrong and what was expected; before any I/O."""

import math
from enum import StrEnum
from typing import get_args

from indexer.base import Facet, Interval, Order, Query
from indexer.ranking import decode_cursor, words_of
from minsheng.domain import Kind, LabelledPost, Sentiment, Window
from minsheng.errors import QueryError

MAX_LIMIT = 500
MAX_WORDS = 20
MAX_WORD = 200
MAX_TEXT = 10_000
MAX_VALUES = 3000
MAX_FACET_VALUES = 1000

FILTERS = ("projects", "sources", "kinds", "sentiments", "topics", "aspects", "clusters", "threads", "reply_to")
_ENUMS: dict[str, type[StrEnum]] = {"kinds": Kind, "sentiments": Sentiment}


def check_query(query: Query) -> None:
    """Refuse what no back end can answer.

    Raises:
        QueryError: Names the field, what it holds and what was expected.
    """
    _check_choice("order", query.order, get_args(Order))
    _check_number("limit", query.limit, MAX_LIMIT)
    _check_text(query.text)
    for name in FILTERS:
        _check_values(name, getattr(query, name))
    if query.window is not None and not isinstance(query.window, Window):
        raise QueryError(f"window: wants a Window of aware datetimes, got {query.window!r}")
    if query.after is not None and not isinstance(query.after, str):
        raise QueryError(f"after: wants the cursor of a page, got {query.after!r}")
    decode_cursor(query)


def check_facet(facet: Facet, limit: int) -> None:
    _check_choice("facet", facet, get_args(Facet))
    _check_number("facet limit", limit, MAX_FACET_VALUES)


def check_interval(interval: Interval) -> None:
    _check_choice("interval", interval, get_args(Interval))


def check_labelled(labelled: LabelledPost) -> None:
    """Refuse a reading that no index could give back: probabilities that are not numbers.

    Raises:
        ValueError: Names the post; this is a bug of the model's caller.
    """
    opinion = labelled.reading.opinion
    if not all(map(math.isfinite, (opinion.negative, opinion.neutral, opinion.positive))):
        raise ValueError(f"post {labelled.post.id}: probabilities must be finite, got {opinion}")


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
    if longest > MAX_WORD:
        raise QueryError(f"text: a word has {longest} characters; {MAX_WORD} are allowed")


def _check_values(name: str, values: object) -> None:
    if not isinstance(values, tuple | list) or not all(isinstance(value, str) for value in values):
        raise QueryError(f"{name}: wants a tuple of strings, got {values!r}")
    if len(values) > MAX_VALUES:
        raise QueryError(f"{name}: has {len(values)} values; {MAX_VALUES} are allowed, ask in parts")
    for value in values:
        _check_value(name, value)


def _check_value(name: str, value: str) -> None:
    enum = _ENUMS.get(name)
    if enum is not None:
        _check_choice(name, value, tuple(enum))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise QueryError(f"{name}: {value!r} is not valid Unicode text") from error
