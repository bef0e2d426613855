"""Labelled texts that no model of ours has learnt from in, their probabilities by the shipped model out; read once.

Two pools. *Civic*: the texts held out of civic/train and civic/dev (the first chose the model's scaling, the second
the epoch at which training stopped; nothing else was fitted on them). *Weibo*: the two SMP2020-EWECT evaluation sets,
general and epidemic microblogs, whose emotions are read as attitudes: another domain, but ten times the praise.
Near copies within a pool, and of civic texts that the model has learnt from, are left out, so that a text and its copy
never stand on both sides of a split.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.copies import are_copies, bands, fold
from models.open import SHIPPED_FOLDER, open_model
from models.training import recipes
from models.training.config import load_plan
from models.training.recipes import Example
from models.version import version_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
_CACHE = ROOT / "var" / "benchmarks"
_PLAN = Path(recipes.__file__).parent / "student.yml"
_THREADS = 1
_LABELS = 3


@dataclass(frozen=True, slots=True)
class Pool:
    """Texts as rows: the model's probabilities (negative, neutral, positive), the true label, and where it is from.

    ``model`` is the version that read them; ``left_out`` counts near copies that were dropped.
    """

    name: str
    model: str
    scores: Floats
    labels: Ints
    sources: tuple[str, ...]
    left_out: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Texts of each true label."""
        negative, neutral, positive = np.bincount(self.labels, minlength=_LABELS).tolist()
        return negative, neutral, positive


def civic_pool() -> Pool:
    """Return the civic texts that were kept out of training."""
    plan = load_plan(_PLAN)
    train, held = recipes.hold_out(recipes.civic(DATA, "train"), plan.hold_out, plan.seed)
    return _read("civic", [*held, *recipes.civic(DATA, "dev")], train)


def weibo_pool() -> Pool:
    """Return the microblogs that were kept out of training."""
    return _read("weibo", [*recipes.emotions(DATA, "usual_eval"), *recipes.emotions(DATA, "virus_eval")], ())


def _read(name: str, examples: Sequence[Example], learnt: Sequence[Example]) -> Pool:
    model = version_of(SHIPPED_FOLDER)
    file = _CACHE / f"pool-{name}-{model}-{_digest(examples)}.npz"
    if not file.is_file():
        _compute(file, examples, learnt)
    with np.load(file) as kept:
        sources = tuple(str(source) for source in kept["sources"])
        return Pool(name, model, kept["scores"], kept["labels"], sources, len(examples) - len(sources))


def _compute(file: Path, examples: Sequence[Example], learnt: Sequence[Example]) -> None:
    """Read the texts with the shipped model (some seconds a thousand) and keep what it says."""
    single = _without_near_copies(examples, learnt)
    read = open_model("shipped", threads=_THREADS).probabilities([one.text for one in single], ["sentiment"])
    file.parent.mkdir(parents=True, exist_ok=True)
    labels = np.array([one.sentiment for one in single], dtype=np.int64)
    sources = np.array([one.source for one in single])
    draft = file.with_suffix(".part.npz")
    np.savez(draft, scores=read["sentiment"].astype(np.float64), labels=labels, sources=sources)
    draft.replace(file)


def _without_near_copies(examples: Sequence[Example], learnt: Iterable[Example]) -> list[Example]:
    """Return the first of each group of near copies, unless the model has learnt from one."""
    seen: dict[int, list[str]] = {}
    kept = []
    for example, is_new in [*((one, False) for one in learnt), *((one, True) for one in examples)]:
        folded = fold(example.text)
        numbers = bands(folded, "")
        rivals = {text for number in numbers for text in seen.get(number, ())}
        if is_new and any(are_copies(folded, text) for text in rivals):
            continue
        for number in numbers:
            seen.setdefault(number, []).append(folded)
        if is_new:
            kept.append(example)
    return kept


def _digest(examples: Sequence[Example]) -> str:
    lines = "\n".join(f"{one.sentiment}\t{one.source}\t{one.text}" for one in examples)
    return hashlib.sha256(lines.encode()).hexdigest()[:8]
