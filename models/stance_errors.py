"""Readings of labelled pairs in, how a stance model errs out; kept in its folder beside the exported graphs."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from minsheng.errors import ModelUnusable
from minsheng.files import write_whole
from minsheng.stances import STANCES, StanceErrors
from models.evaluation.metrics import confusion
from models.stance import StanceReading

STANCE_ERRORS = "stance_errors.json"
WANTED_PRECISION = 0.8
"""Of the comments that are shown as contradicting a claim so many do (methods.md §3)."""
LEAST_SHOWN = 30
"""A precision is not told from fewer pairs."""
_AGAINST = STANCES.index("contradicts")
_MILLION = 1e6


def measure_errors(model: str, readings: Sequence[StanceReading], true: Sequence[int], pairs: str) -> StanceErrors:
    """Return the errors on labelled pairs; ``pairs`` says which they are.

    Raises:
        ValueError: A stance does not occur among the pairs.
    """
    rows = np.array([[getattr(reading, name) for name in STANCES] for reading in readings])
    labels = np.asarray(true, dtype=np.int64)
    if set(labels.tolist()) != set(range(len(STANCES))):
        raise ValueError(f"pairs of every stance are needed, there are {sorted(set(labels.tolist()))}")
    classes = range(len(STANCES))
    soft = [[round(float(rows[labels == c, r].mean()), 6) for c in classes] for r in classes]
    counts = confusion(labels.tolist(), rows.argmax(axis=1).tolist(), len(STANCES)).tolist()
    return _errors(model, soft, counts, _shown_from(rows, labels), pairs)


def write_errors(errors: StanceErrors, folder: Path) -> None:
    """Write them where ``load_errors`` looks."""
    values = {name: getattr(errors, name) for name in ("model", "soft", "counts", "shown", "pairs")}
    write_whole(folder / STANCE_ERRORS, (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode())


def load_errors(folder: Path) -> StanceErrors | None:
    """Read how the stance model of a folder errs, if its folder says so.

    Raises:
        ModelUnusable: The file is broken.
    """
    path = folder / STANCE_ERRORS
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text("utf-8"))
        shown = None if raw["shown"] is None else float(raw["shown"])
        return _errors(str(raw["model"]), raw["soft"], raw["counts"], shown, str(raw["pairs"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(
            f"{path}: does not say how stances err: {error}; export anew (python -m models.training.stance_export)"
        ) from error


def _errors(
    model: str,
    soft: Sequence[Sequence[float]],
    counts: Sequence[Sequence[int]],
    shown: float | None,
    pairs: str,
) -> StanceErrors:
    (a, b, c), (d, e, f), (g, h, i) = soft
    (j, k, m), (n, o, p), (q, r, s) = counts
    return StanceErrors(model, ((a, b, c), (d, e, f), (g, h, i)), ((j, k, m), (n, o, p), (q, r, s)), shown, pairs)


def _shown_from(rows: np.ndarray, labels: np.ndarray) -> float | None:
    """Return the least confidence from which the pairs called contradicting are right often enough; None: at none."""
    called = np.flatnonzero(rows.argmax(axis=1) == _AGAINST)
    order = called[np.argsort(-rows[called, _AGAINST], kind="stable")]
    sure, number = rows[order, _AGAINST], np.arange(1, len(order) + 1)
    precision = np.cumsum(labels[order] == _AGAINST) / number
    is_last = np.append(sure[1:] != sure[:-1], True)[: len(order)]  # pairs of one confidence are shown all or none
    enough = np.flatnonzero((precision >= WANTED_PRECISION) & (number >= LEAST_SHOWN) & is_last)
    # Rounded down: the pair that gave it is shown too.
    return None if len(enough) == 0 else math.floor(float(sure[enough[-1]]) * _MILLION) / _MILLION
