"""The marks of two readers in, how far they agree and what is to be settled out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.labelling.journal import Mark
from app.labelling.questions import QUESTIONS

_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two readers agree on one question; kappa is None when both gave one and the same answer throughout."""

    question: str
    texts: int
    raw: float
    kappa: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A text on which the readers differ: in the answers to ``questions``, or in whether it can be labelled."""

    item: str
    first: Mark
    second: Mark
    questions: tuple[str, ...]


def agreements(first: Mapping[str, Mark], second: Mapping[str, Mark]) -> list[Agreement]:
    """Measure agreement on every question that both readers answered for some text."""
    found = []
    for name, question in QUESTIONS.items():
        pairs = [
            (question.values.index(mark.answers[name]), question.values.index(second[item].answers[name]))
            for item, mark in first.items()
            if name in mark.answers and item in second and name in second[item].answers
        ]
        if pairs:
            found.append(_agreement(name, np.asarray(pairs), len(question.values)))
    return found


def disagreements(first: Mapping[str, Mark], second: Mapping[str, Mark]) -> list[Disagreement]:
    """Return the texts that both have read and do not label alike, in the order of the first reader."""
    pairs = [(mark, second[item]) for item, mark in first.items() if item in second]
    return [Disagreement(a.item, a, b, differing(a, b)) for a, b in pairs if differing(a, b) or a.skipped != b.skipped]


def differing(first: Mark, second: Mark) -> tuple[str, ...]:
    """Return the questions that both answered, differently."""
    shared = [name for name in QUESTIONS if name in first.answers and name in second.answers]
    return tuple(name for name in shared if first.answers[name] != second.answers[name])


def _agreement(name: str, pairs: npt.NDArray[np.int64], classes: int, seed: int = 0) -> Agreement:
    counts = np.zeros((classes, classes))
    np.add.at(counts, (pairs[:, 0], pairs[:, 1]), 1)
    number = len(pairs)
    # Drawing counts of pairs is drawing texts with replacement.
    drawn = np.random.default_rng(seed).multinomial(number, counts.ravel() / number, size=_DRAWS)
    values = [value for row in drawn if (value := kappa(row.reshape(classes, classes))) is not None]
    low, high = np.quantile(values, (0.025, 0.975)) if values else (None, None)
    raw = float(np.trace(counts)) / number
    found = kappa(counts)
    if found is None or low is None or high is None:
        return Agreement(name, number, raw, None, None, None)
    return Agreement(name, number, raw, found, float(low), float(high))


def kappa(counts: npt.NDArray[np.float64]) -> float | None:
    """Return Cohen's kappa (1960) of a square table of counts; None where chance alone would agree throughout."""
    total = counts.sum()
    by_chance = float(counts.sum(axis=0) @ counts.sum(axis=1)) / total**2
    if by_chance >= 1:
        return None
    return float((np.trace(counts) / total - by_chance) / (1 - by_chance))


def settled(first: Mapping[str, Mark], second: Mapping[str, Mark], agreed: Mapping[str, Mark]) -> dict[str, Mark]:
    """Return the mark that counts for each text: settled, else what both or the only reader said.

    A text on which the readers still differ has none.
    """
    open_ = {each.item for each in disagreements(first, second)}
    one_voice = {item: _joined(first.get(item), second.get(item)) for item in _items(first, second)}
    return {item: mark for item, mark in one_voice.items() if item not in open_} | dict(agreed)


def _items(*slots: Mapping[str, Mark]) -> Sequence[str]:
    return list(dict.fromkeys(item for slot in slots for item in slot))


def _joined(first: Mark | None, second: Mark | None) -> Mark:
    if first is None or second is None:
        only = first or second
        if only is None:
            raise ValueError("a text without a mark cannot be joined")
        return only
    return Mark(first.item, {**first.answers, **second.answers}, first.skipped)
