"""A model folder and an office's labels in, a folder with heads fitted to the office out, or the reason why not.

A fitted model is judged as it will be used: the new folder is opened and read like any other, on the civic development
set and on the part of the office's rows that it has not seen, beside the model that it came from.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from minsheng.domain import Sentiment
from minsheng.errors import ConfigError
from models.adapt import FittedHead, Lessons, Parts, choose_heads, fit_heads, split, without_copies
from models.adapted_folder import PROVENANCE_FILE, digests, make_draft, read_heads, start_of, write_json
from models.base import TextModel
from models.evaluation import metrics
from models.evaluation.compare import HeadComparison, compare
from models.evaluation.metrics import Interval
from models.evaluation.reading import SetReading, read_set
from models.evaluation.sets import LabelledSet
from models.heads import softmax
from models.loading import CALIBRATION_FILE

LEAST_TO_CALIBRATE = 50
TOLERANCE = 0.01
HEADS = ("sentiment", "aspect", "intent", "relevance")
NO_DEV = "no civic development set was at hand: whether the model got worse in general was not checked"

CalibrationState = Literal["measured", "none", "kept"]
_CALIBRATION_WORDS: Mapping[CalibrationState, str] = {
    "measured": "measured on rows that the heads were not fitted to",
    "none": f"none: fewer than {LEAST_TO_CALIBRATE} rows of a sentiment",
    "kept": "as before: the sentiment head was not fitted",
}


class AdaptableModel(TextModel, Protocol):
    """A model of this project, whose heads are linear maps of pooled vectors."""

    def pooled(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the pooled state of each text, the mean over its windows; zeros for an empty one."""
        ...


Opener = Callable[[Path], AdaptableModel]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be adapted to which rows, where to, and how it is checked; ``tolerance`` is in macro-F1.

    ``digest`` is the SHA-256 of the file of labels. ``corrections`` are rows that officers picked: heads are fitted to
    them too, and nothing is measured on them.
    """

    folder: Path
    output: Path
    labelled: LabelledSet
    digest: str
    dev: LabelledSet | None = None
    heads: tuple[str, ...] = HEADS
    seed: int = 0
    tolerance: float = TOLERANCE
    accept_worse: bool = False
    corrections: LabelledSet | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One head on one set: the adapted model (first) beside the one that it came from, with macro-F1 intervals."""

    comparison: HeadComparison
    after: Interval
    before: Interval


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. ``rows`` were (fitted to, kept for validation), ``copies`` were dropped, ``taught`` corrections.

    ``left`` are heads with too few rows, counted by class; they are as they were. ``dev`` is None when there was no
    development set; ``worse`` names the heads that lost more than tolerated on it; ``written`` is False when the model
    was refused for that.
    """

    name: str
    fitted: Mapping[str, FittedHead]
    left: Mapping[str, Mapping[str, int]]
    rows: tuple[int, int]
    copies: int
    dev: tuple[Check, ...] | None
    validation: tuple[Check, ...]
    worse: tuple[str, ...]
    calibration: CalibrationState
    written: bool
    taught: int = 0


def adapt(wish: Wish, open_folder: Opener, now: datetime) -> Outcome:
    """Fit the heads, judge the new model, and write it unless it got worse than is tolerated.

    Raises:
        TooFewLabels: there are not enough labelled rows; nothing was read yet.
        ConfigError: the output is there already.
        ModelUnusable: the folder is no model of this project.
    """
    tensors, described = read_heads(wish.folder)
    if wish.output.exists():
        raise ConfigError(f"{wish.output}: is there already; name a new folder with --output")
    labelled, copies = without_copies(wish.labelled, wish.dev.texts if wish.dev else ())
    choice = choose_heads(labelled, wish.heads)
    starts = {name: start_of(wish.folder, name, tensors, described) for name in choice.heads}
    parts = split(labelled, wish.seed)
    before = open_folder(wish.folder)
    lessons = _lessons(wish, before)
    features = before.pooled(parts.fit.texts).astype(np.float64)
    fitted = fit_heads(features, parts.fit, starts, seed=wish.seed, lessons=lessons)
    draft = make_draft(wish.folder, wish.output, {name: each.head for name, each in fitted.items()})
    try:
        after = open_folder(draft)
        seen, validation = _checks(parts.validation, tuple(fitted), after, before)
        dev = _checks(wish.dev, tuple(fitted), after, before)[1] if wish.dev else None
        worse = tuple(each.comparison.head for each in dev or () if each.comparison.difference < -wish.tolerance)
        outcome = Outcome(
            name=wish.output.name,
            fitted=fitted,
            left=choice.left,
            rows=(len(parts.fit.texts), len(parts.validation.texts)),
            copies=copies,
            dev=dev,
            validation=validation,
            worse=worse,
            calibration=_calibrate(wish.output.name, parts, fitted, seen, draft / CALIBRATION_FILE),
            written=not worse or wish.accept_worse,
            taught=len(lessons.features) if lessons else 0,
        )
        if outcome.written:
            write_json(draft / PROVENANCE_FILE, provenance(wish, outcome, now) | {"files": digests(draft)})
            draft.rename(wish.output)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return outcome


def _lessons(wish: Wish, model: AdaptableModel) -> Lessons | None:
    """Return the corrections that stand neither in the development set nor among the labelled rows."""
    if wish.corrections is None:
        return None
    others = (*(wish.dev.texts if wish.dev else ()), *wish.labelled.texts)
    taught, _ = without_copies(wish.corrections, others)
    return Lessons(model.pooled(taught.texts).astype(np.float64), taught) if taught.texts else None


def _checks(
    labelled: LabelledSet, heads: Sequence[str], after: TextModel, before: TextModel
) -> tuple[SetReading, tuple[Check, ...]]:
    new, old = read_set(after, labelled), read_set(before, labelled)
    found = [each for each in compare(new, old).heads if each.head in heads]
    return new, tuple(Check(each, _interval(new, each.head), _interval(old, each.head)) for each in found)


def _interval(reading: SetReading, head: str) -> Interval:
    rows = reading.labelled.answered(head)
    true = [reading.labelled.labels[head][i] for i in rows]
    guessed = [reading.heads[head].guessed[i] for i in rows]
    return metrics.bootstrap(true, guessed, len(reading.heads[head].classes)).macro_f1


def _calibrate(
    name: str, parts: Parts, fitted: Mapping[str, FittedHead], seen: SetReading, path: Path
) -> CalibrationState:
    """Write how the sentiment errs on rows that it was not fitted to, if every class has enough of them."""
    if "sentiment" not in fitted:
        return "kept"
    true = np.array([*parts.fit.labels["sentiment"], *parts.validation.labels["sentiment"]])
    unread = seen.heads["sentiment"].probabilities
    if unread is None or np.bincount(true, minlength=len(Sentiment)).min() < LEAST_TO_CALIBRATE:
        return "none"
    probabilities = np.concatenate([softmax(fitted["sentiment"].unseen), unread])
    guessed = probabilities.argmax(axis=1)
    classes = range(len(Sentiment))
    soft = [[round(float(probabilities[true == c, r].mean()), 6) for c in classes] for r in classes]
    counts = metrics.confusion(true.tolist(), guessed.tolist(), len(Sentiment)).tolist()
    held = {"texts": len(true), "accuracy": round(float((guessed == true).mean()), 4)}
    write_json(path, {"model": name, "soft": soft, "counts": counts, "held_out": held})
    return "measured"


def provenance(wish: Wish, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Return where the model comes from and what is known of it; no text of any row."""
    return {
        "name": outcome.name,
        "made": now.isoformat(),
        "from": {"folder": wish.folder.name, "files": digests(wish.folder)},
        "labels": {
            "file": wish.labelled.name,
            "sha256": wish.digest,
            "fitted_to": outcome.rows[0],
            "validation": outcome.rows[1],
            "copies_dropped": outcome.copies,
        },
        "corrections_fitted_to_and_nothing_measured_on": outcome.taught,
        "seed": wish.seed,
        "heads": {name: _said(each) for name, each in outcome.fitted.items()},
        "left_as_they_were": {name: dict(counts) for name, counts in outcome.left.items()},
        "civic_development_set": NO_DEV if outcome.dev is None else [_said_check(check) for check in outcome.dev],
        "validation": [_said_check(check) for check in outcome.validation],
        "tolerance": wish.tolerance,
        "worse_than_tolerated_but_accepted": list(outcome.worse),
        "calibration": _CALIBRATION_WORDS[outcome.calibration],
    }


def _said(each: FittedHead) -> dict[str, Any]:
    return {
        "rows": dict(each.counts),
        "pull": "weights kept as they were" if each.strength is None else each.strength,
        "scale": round(each.scale, 4),
        "log_loss_unseen": {"before": round(each.losses[0], 4), "after": round(each.losses[1], 4)},
    }


def _said_check(check: Check) -> dict[str, Any]:
    named = {key: value for key, value in asdict(check.comparison).items() if key not in {"accuracy", "macro_f1"}}
    (after, before), (right_after, right_before) = check.comparison.macro_f1, check.comparison.accuracy
    return named | {
        "after": {"accuracy": right_after, "macro_f1": after, "macro_f1_interval": check.after},
        "before": {"accuracy": right_before, "macro_f1": before, "macro_f1_interval": check.before},
    }
