"""A text in, the same text as other keyboards, sites and habits write it out: for cases of invariance."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("s2t")


def _traditional(text: str) -> str:
    return str(_converter().convert(text))


def _full_width(text: str) -> str:
    return text.translate(_WIDE)


WAYS: Mapping[str, Callable[[str], str]] = {
    "traditional": _traditional,
    "full_width": _full_width,
    "upper": str.upper,
    "lower": str.lower,
    "spaced": " ".join,
    "dotted": ".".join,
    "starred": "*".join,
    "zero_width": "\u200b".join,
}
"""How a case may be rewritten by its name in the YAML files."""
