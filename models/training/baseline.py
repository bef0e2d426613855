"""Labelled texts in, a naive Bayes guesser over character pairs out: the floor that a model must beat."""

import math
from collections import Counter
from collections.abc import Sequence

from models.training.recipes import Example

_SMOOTHING = 0.5


class CharacterBayes:
    """Multinomial naive Bayes over single characters and pairs; learns the sentiment in a second, without weights."""

    def __init__(self, examples: Sequence[Example], labels: int = 3) -> None:
        self._counts = [Counter[str]() for _ in range(labels)]
        texts = Counter(example.sentiment for example in examples)
        for example in examples:
            self._counts[example.sentiment].update(_grams(example.text))
        self._prior = [math.log((texts[label] + 1) / (len(examples) + labels)) for label in range(labels)]
        kinds = len(set().union(*self._counts))
        self._totals = [sum(counts.values()) + _SMOOTHING * kinds for counts in self._counts]

    def guess(self, text: str) -> int:
        """Return the likeliest label."""
        grams = _grams(text)
        scores = [
            prior + sum(math.log((counts[gram] + _SMOOTHING) / total) for gram in grams)
            for prior, counts, total in zip(self._prior, self._counts, self._totals, strict=True)
        ]
        return scores.index(max(scores))


def _grams(text: str) -> set[str]:
    return {*text, *(text[i : i + 2] for i in range(len(text) - 1))}
