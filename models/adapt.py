"""An office's labelled comments and a model folder in, the same encoder with heads fitted to that office out.

Only the linear heads move: the encoder reads every text once, then each head is fitted from its shipped weights with a
pull back to them whose strength is chosen by cross-validation (regularised adaptation as in Chelba & Acero, Computer
Speech & Language 2006). Minutes on a CPU, and with few labels the head stays close to what it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from minsheng.errors import ConfigError
from minsheng.text import han_key
from models.evaluation.sets import CLASSES, LabelledSet
from models.training.recipes import NONE

Features = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Rows = tuple[Features, Labels]
Splits = Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]
LEAST_ROWS = 100
LEAST_PER_CLASS = 10
VALIDATION_SHARE = 0.2
STRENGTHS = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
"""Pulls to the shipped weights that are tried, strongest first, after the infinite one that leaves a head as it is."""

_FOLDS = 5
_STEPS = 200
_TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 161))


class TooFewLabels(ConfigError):
    """There are not enough labelled rows to fit a head and to check it. Raised before the encoder reads anything."""


@dataclass(frozen=True, slots=True)
class Head:
    """A linear map from a pooled vector to logits, one row of weights per class."""

    weight: Features
    bias: Features

    def logits(self, features: Features) -> Features:
        return np.asarray(features @ self.weight.T + self.bias)

    def sharpened(self, scale: float) -> "Head":
        """Return the head whose logits are ``scale`` times as large."""
        return Head(self.weight * scale, self.bias * scale)


@dataclass(frozen=True, slots=True)
class FittedHead:
    """A head after fitting: on how many rows of each class, how strongly it was pulled, and how it was scaled.

    ``strength`` None means that no candidate clearly beat the shipped weights in cross-validation; ``losses`` are the
    mean log losses out of fold, before and after; ``unseen`` holds scaled logits of each row from a fit without it.
    """

    name: str
    head: Head
    counts: Mapping[str, int]
    strength: float | None
    scale: float
    losses: tuple[float, float]
    unseen: Features


@dataclass(frozen=True, slots=True)
class Parts:
    """The labelled rows that heads are fitted to, and those kept to check them."""

    fit: LabelledSet
    validation: LabelledSet


@dataclass(frozen=True, slots=True)
class Lessons:
    """Rows that heads are fitted to besides, and that nothing is measured on: they were picked by hand.

    Officers correct what is wrong. Where such rows measured the errors, chose the pull or scaled the probabilities, the
    corrected shares would move.
    """

    features: Features
    labelled: LabelledSet

    def of(self, head: str) -> Rows:
        """Return the rows that have a label of a head, with it."""
        true = np.asarray(self.labelled.labels.get(head, (NONE,) * len(self.features)), dtype=np.int64)
        return self.features[true != NONE], true[true != NONE]


@dataclass(frozen=True, slots=True)
class Choice:
    """The heads that can be fitted; ``left`` are the others that were asked for, with their too few rows by class."""

    heads: tuple[str, ...]
    left: Mapping[str, Mapping[str, int]]


def choose_heads(labelled: LabelledSet, asked: Sequence[str]) -> Choice:
    """Return the heads that have labels enough; the sentiment must be among them if it is asked for.

    Raises:
        TooFewLabels: fewer than 100 rows or 10 of a class, with the numbers.
    """
    counts = {head: class_counts(labelled, head) for head in asked}
    left = {head: found for head, found in counts.items() if _too_few(found)}
    if "sentiment" in left or len(left) == len(counts):
        said = "; ".join(f"{head}: {_numbers(found)}" for head, found in left.items())
        raise TooFewLabels(
            f"{labelled.title}: too few labelled rows of {said}; adapting wants {LEAST_ROWS} rows of a head and "
            f"{LEAST_PER_CLASS} of each of its classes: label more with minsheng label"
        )
    return Choice(tuple(head for head in asked if head not in left), left)


def _too_few(counts: Mapping[str, int]) -> bool:
    return sum(counts.values()) < LEAST_ROWS or min(counts.values()) < LEAST_PER_CLASS


def _numbers(counts: Mapping[str, int]) -> str:
    classes = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{sum(counts.values())} rows ({classes})"


def class_counts(labelled: LabelledSet, head: str) -> dict[str, int]:
    """Return how many rows of each class of a head there are."""
    labels = labelled.labels.get(head, ())
    return {name: labels.count(number) for number, name in enumerate(CLASSES[head])}


def without_copies(labelled: LabelledSet, others: Sequence[str] = ()) -> tuple[LabelledSet, int]:
    """Drop rows that repeat another row or one of ``others``, and count them: a text must not be fitted and judged."""
    seen = {han_key(text) for text in others}
    kept = []
    for number, text in enumerate(labelled.texts):
        key = han_key(text)
        if key not in seen:
            kept.append(number)
            seen.add(key)
    return chosen(labelled, kept), len(labelled.texts) - len(kept)


def split(labelled: LabelledSet, seed: int) -> Parts:
    """Keep a fifth of every sentiment class for validation."""
    true = np.asarray(labelled.labels["sentiment"])
    kept = np.zeros(len(true), dtype=bool)
    for label in np.unique(true):
        rows = np.random.default_rng([seed, int(label)]).permutation(np.flatnonzero(true == label))
        kept[rows[: max(1, round(VALIDATION_SHARE * len(rows)))]] = True
    fit, validation = np.flatnonzero(~kept).tolist(), np.flatnonzero(kept).tolist()
    return Parts(chosen(labelled, fit), chosen(labelled, validation))


def chosen(labelled: LabelledSet, rows: Sequence[int]) -> LabelledSet:
    """Return some of the rows of a set."""
    return replace(
        labelled,
        texts=tuple(labelled.texts[i] for i in rows),
        labels={head: tuple(labels[i] for i in rows) for head, labels in labelled.labels.items()},
        sources=tuple(labelled.sources[i] for i in rows),
    )


def fit_heads(
    features: Features, labelled: LabelledSet, heads: Mapping[str, Head], *, seed: int, lessons: Lessons | None = None
) -> dict[str, FittedHead]:
    """Fit each head to the rows that have a label of it."""
    fitted = {}
    with _one_thread():
        for name, head in heads.items():
            true = np.asarray(labelled.labels[name])
            rows = true != NONE
            nothing = features[:0], true[:0]
            more = lessons.of(name) if lessons else nothing
            fitted[name] = _fitted(name, (features[rows], true[rows]), more, head, labelled, seed)
    return fitted


@contextmanager
def _one_thread() -> Iterator[None]:
    """Fits are small: threads that wait for one another make them a hundred times slower on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fitted(name: str, drawn: Rows, more: Rows, start: Head, labelled: LabelledSet, seed: int) -> FittedHead:
    """Fit a head to rows drawn at random and to more of them; all that is measured is measured on the drawn ones."""
    features, true = drawn
    candidates = {None: start.logits(features)} | {
        strength: _unseen(drawn, more, start, strength, seed) for strength in STRENGTHS
    }
    best = _strongest_of_the_best({strength: row_losses(logits, true) for strength, logits in candidates.items()})
    scale = fit_scale(candidates[best], true)
    head = start if best is None else fit(*_together(drawn, more), start, best)
    return FittedHead(
        name,
        head.sharpened(scale),
        class_counts(labelled, name),
        best,
        scale,
        (log_loss(candidates[None], true), log_loss(candidates[best] * scale, true)),
        candidates[best] * scale,
    )


def _strongest_of_the_best(losses: Mapping[float | None, Features]) -> float | None:
    """Return the strongest pull whose loss cannot be told from the least one.

    The rule of one standard error (Breiman et al., Classification and Regression Trees, 1984, section 3.4.3), on the
    differences row by row: what was learnt by chance does not move the head.
    """
    least = min(losses.values(), key=lambda rows: float(rows.mean()))
    gaps = {strength: rows - least for strength, rows in losses.items()}
    return next(strength for strength, gap in gaps.items() if gap.mean() <= gap.std() / np.sqrt(len(gap)))


def _unseen(drawn: Rows, more: Rows, start: Head, strength: float, seed: int) -> Features:
    features, true = drawn
    logits = np.empty((len(true), len(start.bias)))
    for inside, outside in _folds(true, seed):
        rows = _together((features[inside], true[inside]), more)
        logits[outside] = fit(*rows, start, strength).logits(features[outside])
    return logits


def _together(one: Rows, two: Rows) -> Rows:
    return np.concatenate([one[0], two[0]]), np.concatenate([one[1], two[1]])


def _folds(true: Labels, seed: int) -> Splits:
    """Yield (inside, outside) so that every class is spread evenly over the folds."""
    fold = np.empty(len(true), dtype=int)
    for label in np.unique(true):
        rows = np.random.default_rng([seed, int(label)]).permutation(np.flatnonzero(true == label))
        fold[rows] = np.arange(len(rows)) % _FOLDS
    for number in range(_FOLDS):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def fit(features: Features, true: Labels, start: Head, strength: float) -> Head:
    """Return the head with the least mean log loss plus ``strength`` / 2 times its squared distance from the start.

    Distance is measured in logits of a typical text, so that a strength means the same for every encoder.
    """
    import torch

    spread = float(np.sqrt((features**2).sum(axis=1).mean())) or 1.0
    inputs = torch.from_numpy(np.hstack([features / spread, np.ones((len(features), 1))]))
    labels = torch.from_numpy(true)
    base = torch.from_numpy(start.logits(features))
    moved = torch.zeros(len(start.bias), inputs.shape[1], dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([moved], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        solver.zero_grad()
        value = torch.nn.functional.cross_entropy(base + inputs @ moved.T, labels) + strength / 2 * (moved**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(loss)  # type: ignore[no-untyped-call]
    found = moved.detach().numpy()
    return Head(start.weight + found[:, :-1] / spread, start.bias + found[:, -1])


def fit_scale(logits: Features, true: Labels) -> float:
    """Return the scale of logits with the least log loss: temperature scaling (Guo et al., ICML 2017)."""
    losses = [log_loss(logits * scale, true) for scale in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def log_loss(logits: Features, true: Labels) -> float:
    """Return the mean surprise at the true label, in nats."""
    return float(row_losses(logits, true).mean())


def row_losses(logits: Features, true: Labels) -> Features:
    """Return the surprise at the true label of each row, in nats."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(true)), true])
