"""A model folder and the held-out civic texts in, honest probabilities, calibration.json and thresholds out.

The held-out texts are not drawn as comments are met. civic/train consists of a plain random sample (its first 1,800
rows) and of rows that were mixed in later because an earlier model was unsure of them or saw praise; and the hold-out
takes more of the rare positive class than its share. A scaling fitted on such rows makes the model too careful by
some three points. So each text weighs as much as the texts of its source and of its label do in the random sample
(raking; Deming & Stephan 1940).

How the random sample was found, in the file alone: up to row 1,800 the sources stand in the shares of civic/dev
(microblogs on policies .19, afterwards .44), and a TF-IDF classifier is, out of fold, as sure as on civic/dev (.80,
afterwards .77); rows 1,800 to 2,000 are praise and doubt (.15 positive, .73 sure).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from minsheng.domain import TOPICS
from minsheng.errors import ModelUnusable
from models.base import TextModel
from models.evaluation import metrics
from models.evaluation.scaling import Labels, Rows, Weights, fit, fold_into_head, honest_shares, out_of_fold
from models.heads import HEADS_CONFIG
from models.loading import CALIBRATION_FILE
from models.training import recipes
from models.training.config import Plan
from models.training.recipes import Example

RANDOM_ROWS = 1800
"""The first rows of civic/train are a random sample of comments as they are met; see the docstring of the module."""

_ROUNDS = 100
_TOPIC_THRESHOLDS = tuple(round(0.30 + 0.02 * step, 2) for step in range(30))
_CONFIDENCES = tuple(round(0.34 + 0.01 * step, 2) for step in range(62))
_UNSURE_SHARE = 0.1
_LEAST_UNSURE = 20
_OTHER = TOPICS.index("other")


@dataclass(frozen=True, slots=True)
class Unsure:
    """Below ``confidence`` a sentiment is unsure; ``accuracy`` and ``share`` of such texts, out of fold."""

    confidence: float
    accuracy: float
    share: float


def calibrate(folder: Path, plan: Plan, open_folder: Callable[[Path], TextModel]) -> None:
    """Make the sentiment's probabilities honest, write how it errs, and when a label is unsure or a topic is other.

    The errors are measured on probabilities whose scaling was fitted without the text at hand. Doing it again changes
    next to nothing.
    """
    civic = recipes.civic(plan.data, "train")
    held = recipes.hold_out(civic, plan.hold_out, plan.seed)[1]
    model = open_folder(folder)
    if "sentiment" not in model.heads or len(model.heads["sentiment"]) != len(recipes.SENTIMENT_IDS):
        raise ModelUnusable(f"{folder}: only a model with this project's three sentiments can be calibrated")
    raw = model.probabilities([example.text for example in held], ["sentiment"])["sentiment"]
    true = np.array([example.sentiment for example in held])
    weights = raked(held, civic[:RANDOM_ROWS])
    honest = out_of_fold(raw, true, weights, plan.seed)
    unsure = choose_unsure(honest, true, weights)
    threshold = choose_threshold(*_topic_scores(model, recipes.topics_dev(plan.data)[::2], held))
    scaling = fit(raw, true, weights)
    fold_into_head(folder, scaling)
    prior = honest_shares(scaling.apply(raw), true, weights)
    _write(folder / CALIBRATION_FILE, _described(model.name, honest, true, weights, unsure, prior))
    heads = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
    _write(folder / HEADS_CONFIG, {**heads, "topic_threshold": threshold, "unsure": unsure.confidence})


def raked(held: Sequence[Example], target: Sequence[Example]) -> Weights:
    """Return a weight per held-out text, mean 1, with which sources and labels have their shares in the target."""
    weights = np.ones(len(held))
    margins = []
    for key in (lambda e: str(e.sentiment), lambda e: e.source):
        own, wanted = (np.array([key(example) for example in examples]) for examples in (held, target))
        present = [name for name in np.unique(own) if (wanted == name).any()]
        margins += [[(own == name, float((wanted == name).mean())) for name in present]]
    for _ in range(_ROUNDS):
        for margin in margins:
            for here, share in margin:
                weights[here] *= share * weights.sum() / weights[here].sum()
    return np.asarray(weights / weights.mean())


def choose_threshold(confidence: Sequence[float], guessed: Sequence[int], true: Sequence[int]) -> float:
    """Return the threshold with the best macro-F1 over the departments and other, the lowest of equals."""

    def score(threshold: float) -> float:
        named = [g if c >= threshold else _OTHER for c, g in zip(confidence, guessed, strict=True)]
        return metrics.macro_f1(true, named, len(TOPICS))

    return max(_TOPIC_THRESHOLDS, key=score)


def choose_unsure(probabilities: Rows, true: Labels, weights: Weights) -> Unsure:
    """Return the confidence below which the least sure tenth of comments lies; 0 where too few texts are unsure."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == true
    found = []
    for threshold in _CONFIDENCES:
        here = confidence < threshold
        if here.sum() >= _LEAST_UNSURE:
            share = float(weights[here].sum() / weights.sum())
            found.append(Unsure(threshold, float(np.average(right[here], weights=weights[here])), share))
    return min(found, key=lambda unsure: abs(unsure.share - _UNSURE_SHARE), default=Unsure(0.0, 0.0, 0.0))


def _described(name: str, honest: Rows, true: Labels, weights: Weights, unsure: Unsure, prior: Rows) -> dict[str, Any]:
    """Describe the errors per true class; counts are what as many independent texts of equal weight would show."""
    soft, counts = np.zeros((3, 3)), np.zeros((3, 3), dtype=int)
    for label in range(3):
        own = weights * (true == label)
        effective = own.sum() ** 2 / (own**2).sum()
        soft[:, label] = honest.T @ own / own.sum()
        hits = np.array([own[honest.argmax(axis=1) == guess].sum() for guess in range(3)]) / own.sum()
        counts[:, label] = np.round(hits * effective)
    return {
        "model": name,
        "soft": [[round(float(v), 6) for v in row] for row in soft],
        "counts": counts.tolist(),
        "prior": [round(float(share), 6) for share in prior],
        "held_out": {
            "texts": len(true),
            "effective": round(float(weights.sum() ** 2 / (weights**2).sum()), 1),
            "accuracy": round(float(np.average(honest.argmax(axis=1) == true, weights=weights)), 4),
            "unsure": {key: round(value, 4) for key, value in asdict(unsure).items()},
        },
    }


def _topic_scores(
    model: TextModel, messages: Sequence[Example], civic: Sequence[Example]
) -> tuple[list[float], list[int], list[int]]:
    """Score messages of known department, and civic texts that are about no public matter as ``other``."""
    examples = [*messages, *(example for example in civic if example.relevance == 0)]
    rows = model.probabilities([example.text for example in examples], ["topic"])["topic"]
    places = [TOPICS.index(name) for name in model.heads["topic"]]
    true = [_OTHER if example.topic == recipes.NONE else example.topic for example in examples]
    return rows.max(axis=1).tolist(), [places[i] for i in rows.argmax(axis=1)], true


def _write(path: Path, described: dict[str, Any]) -> None:
    path.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")
