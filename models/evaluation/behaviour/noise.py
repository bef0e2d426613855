"""Texts in, the same texts with typos or synonyms out; only those that really changed, the same at every run."""

import random
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from minsheng.strict import Strict, read_yaml
from models.training.noise import mistype

TYPO_RATE = 1 / 40
SYNONYMS = Path(__file__).parent / "synonyms.yml"


class _Table(Strict):
    synonyms: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _words_are_others(self) -> Self:
        if same := [word for word, other in self.synonyms.items() if word == other]:
            raise ValueError(f"{same[0]}: is its own synonym")
        return self


def mistyped(texts: Iterable[str]) -> dict[str, str]:
    """Return the texts that get at least one typo, with about one character in forty mistyped.

    Each text has its own seed, so that its typos do not depend on which texts stand before it.
    """
    found = {text: mistype(text, random.Random(f"typo {text}"), TYPO_RATE) for text in texts}  # noqa: S311 - no secret
    return {text: other for text, other in found.items() if other != text}


def reworded(texts: Iterable[str], table: Path = SYNONYMS) -> dict[str, str]:
    """Return the texts that hold a word of the table, with each such word replaced."""
    synonyms = read_yaml(table, _Table).synonyms
    words = re.compile("|".join(sorted(map(re.escape, synonyms), key=len, reverse=True)))
    found = {text: words.sub(lambda word: synonyms[word[0]], text) for text in texts}
    return {text: other for text, other in found.items() if other != text}
