"""A frozen dataclass in, a function out that makes its values in a quarter of the time, for hundreds of thousands."""

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import Any, TypeVar, cast

Value = TypeVar("Value")


def quick(kind: type[Value]) -> Callable[..., Value]:
    """Return a function that makes a value of a frozen dataclass with slots from all its fields, in their order.

    A frozen dataclass asks ``object.__setattr__`` for each field. A twin that is not frozen has the same slots, so that
    its value may become one of ``kind`` ("Customizing class creation", ``__class__`` of classes with alike slots).
    ``__post_init__`` is not run: only for values that were checked when they were stored.
    """
    names = [each.name for each in fields(cast(Any, kind))]
    twin: Callable[..., Any] = make_dataclass(kind.__name__, names, slots=True)

    def make(*values: object) -> Value:
        made = twin(*values)
        made.__class__ = kind
        return cast(Value, made)

    return make
