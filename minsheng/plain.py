"""Values of the domain in, JSON that names their fields out; what reads it back knows their types."""

import functools
import json
import re
from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def dumped(value: object) -> str:
    """Return JSON; times in ISO 8601. A lone surrogate of a broken page becomes a question mark.

    Raises:
        TypeError: It holds something that has no JSON form.
    """
    return json.dumps(value, ensure_ascii=False, default=_plain).encode("utf-8", "replace").decode()


def _plain(value: object) -> object:
    """Return what JSON can hold; ``asdict`` copies all of a value, which costs more than the rest of storing it."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, re.Pattern):
        return value.pattern
    if is_dataclass(value) and not isinstance(value, type):
        return {name: getattr(value, name) for name in _names(type(value))}
    raise TypeError(f"a value holds a {type(value).__name__}, which has no JSON form")


@functools.cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))
