"""A model folder and the labelled sets in, its scores as report.json, report.md and MODEL_CARD.md out.

``--calibrate`` first scales the probabilities on the hold-out, measures the model's errors there (calibration.json) and
chooses when a topic is too unsure to be named. Development sets are only ever evaluated on.
"""

import argparse
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minsheng.domain import ASPECTS, TOPICS, Sentiment
from models.loading import CALIBRATION_FILE
from models.training import recipes
from models.training.baseline import CharacterBayes
from models.training.config import Plan, load_plan
from models.training.metrics import bootstrap, calibration_error, confusion, macro_f1, scores
from models.training.recipes import Example
from models.training.render import card_page, report_page
from models.training.scaling import fit, fold_into_head, out_of_fold

if TYPE_CHECKING:
    from models.transformer import TransformerModel

_LABELS = tuple(label.value for label in Sentiment)
_THRESHOLDS = tuple(round(0.30 + 0.02 * step, 2) for step in range(30))
_OTHER = TOPICS.index("other")
_SPEED_TEXTS = 256


def main(arguments: list[str] | None = None) -> None:
    """Evaluate a model folder and write report.json, report.md and MODEL_CARD.md into it."""
    parser = argparse.ArgumentParser(prog="python -m models.training.evaluate", description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("models/training/base.yml"))
    parser.add_argument(
        "--calibrate", action="store_true", help="measure calibration.json and the topic threshold anew"
    )
    options = parser.parse_args(arguments)
    plan = load_plan(options.config)
    if options.calibrate:
        calibrate(options.model, plan)
    report = evaluate(options.model, plan)
    (options.model / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (options.model / "report.md").write_text(report_page(report), "utf-8")
    (options.model / "MODEL_CARD.md").write_text(card_page(report), "utf-8")
    print(report_page(report))


def calibrate(folder: Path, plan: Plan) -> None:
    """Make the sentiment's probabilities honest on the hold-out, write how it errs there, and when to name a topic.

    The errors are measured on probabilities whose scaling was fitted without the text at hand.
    """
    held = _held_out(plan)[1]
    model = _open(folder)
    true = [example.sentiment for example in held]
    raw = _probabilities(model, held, 0)
    three = out_of_fold(raw, np.asarray(true), plan.seed)
    fold_into_head(folder, fit(raw, np.asarray(true)))
    soft = [[float(three[np.asarray(true) == c, r].mean()) for c in range(3)] for r in range(3)]
    counts = confusion(true, three.argmax(axis=1).tolist(), 3).tolist()
    described = {"model": model.name, "soft": [[round(v, 6) for v in row] for row in soft], "counts": counts}
    (folder / CALIBRATION_FILE).write_text(json.dumps(described, indent=1) + "\n", "utf-8")
    heads = json.loads((folder / "heads.json").read_text("utf-8"))
    heads["topic_threshold"] = choose_threshold(*_topic_scores(model, recipes.topics_dev(plan.data)[::2], held))
    (folder / "heads.json").write_text(json.dumps(heads, ensure_ascii=False, indent=1) + "\n", "utf-8")


def choose_threshold(confidence: Sequence[float], guessed: Sequence[int], true: Sequence[int]) -> float:
    """Return the threshold with the best macro-F1 over the departments and other, the lowest of equals."""

    def score(threshold: float) -> float:
        named = [g if c >= threshold else _OTHER for c, g in zip(confidence, guessed, strict=True)]
        return macro_f1(true, named, len(TOPICS))

    return max(_THRESHOLDS, key=score)


def evaluate(folder: Path, plan: Plan) -> dict[str, Any]:
    """Return every number of the report."""
    model = _open(folder)
    train, held = _held_out(plan)
    dev = recipes.civic(plan.data, "dev")
    three = _probabilities(model, dev, 0)
    return {
        "model": model.name,
        "network": _network(folder),
        "sentiment": _sentiment_report(three, dev),
        "baselines": _baselines(train, dev),
        "hold_out": _short_report(_probabilities(model, held, 0), held),
        "by_source": _by_source(three, dev),
        "aspect": _aspect_report(model, dev),
        "topic": _topic_report(model, recipes.topics_dev(plan.data)[1::2], dev),
        "weibo": {part: _weibo_report(model, plan.data, part) for part in ("usual", "virus")},
        "speed": _speed(model, dev),
    }


def _open(folder: Path) -> "TransformerModel":
    from models.transformer import TransformerModel

    model = TransformerModel.from_pretrained(folder)
    if not isinstance(model, TransformerModel):
        raise TypeError(f"{folder}: only models with the three heads of this project are evaluated here")
    return model


def _network(folder: Path) -> dict[str, Any]:
    config, heads = (json.loads((folder / name).read_text("utf-8")) for name in ("config.json", "heads.json"))
    return {"layers": config["num_hidden_layers"], "window": heads["window"]}


def _held_out(plan: Plan) -> tuple[list[Example], list[Example]]:
    return recipes.hold_out(recipes.civic(plan.data, "train"), plan.hold_out, plan.seed)


def _probabilities(model: "TransformerModel", examples: Sequence[Example], head: int) -> Any:
    found = model.probabilities([example.text for example in examples])
    return np.array([row[head] for row in found if row is not None])


def _sentiment_report(three: Any, examples: Sequence[Example]) -> dict[str, Any]:
    true = [example.sentiment for example in examples]
    guessed = three.argmax(axis=1).tolist()
    counts = confusion(true, guessed, 3)
    return {
        **_short_report(three, examples),
        "intervals": bootstrap(true, guessed, 3),
        "labels": {label: asdict(score) for label, score in zip(_LABELS, scores(counts), strict=True)},
        "confusion": counts.tolist(),
        "calibration_error": calibration_error(three, true),
    }


def _short_report(three: Any, examples: Sequence[Example]) -> dict[str, Any]:
    true = [example.sentiment for example in examples]
    guessed = three.argmax(axis=1).tolist()
    return _agreement(true, guessed, 3)


def _agreement(true: Sequence[int], guessed: Sequence[int], labels: int) -> dict[str, Any]:
    right = sum(t == g for t, g in zip(true, guessed, strict=True))
    return {"texts": len(true), "accuracy": right / len(true), "macro_f1": macro_f1(true, guessed, labels)}


def _baselines(train: Sequence[Example], dev: Sequence[Example]) -> dict[str, Any]:
    true = [example.sentiment for example in dev]
    usual = Counter(example.sentiment for example in train).most_common(1)[0][0]
    bayes = CharacterBayes(train)
    return {
        "most frequent label": _agreement(true, [usual] * len(true), 3),
        "naive Bayes over character pairs": _agreement(true, [bayes.guess(example.text) for example in dev], 3),
    }


def _by_source(three: Any, examples: Sequence[Example]) -> dict[str, Any]:
    sources = sorted({example.source for example in examples})
    chosen = {source: [i for i, example in enumerate(examples) if example.source == source] for source in sources}
    return {source: _short_report(three[rows], [examples[i] for i in rows]) for source, rows in chosen.items()}


def _aspect_report(model: "TransformerModel", dev: Sequence[Example]) -> dict[str, Any]:
    true = [example.aspect for example in dev]
    guessed = _probabilities(model, dev, 2).argmax(axis=1).tolist()
    each = scores(confusion(true, guessed, len(ASPECTS)))
    usual = Counter(true).most_common(1)[0][0]
    return {
        **_agreement(true, guessed, len(ASPECTS)),
        "interval": bootstrap(true, guessed, len(ASPECTS))["macro_f1"],
        "most_frequent": _agreement(true, [usual] * len(true), len(ASPECTS)),
        "labels": {name: asdict(score) for name, score in zip(ASPECTS, each, strict=True)},
    }


def _topic_scores(
    model: "TransformerModel", messages: Sequence[Example], civic: Sequence[Example]
) -> tuple[list[float], list[int], list[int]]:
    """Score messages of known department, and civic texts that are about no public matter as ``other``."""
    outside = [example for example in civic if not example.relevant]
    rows = _probabilities(model, [*messages, *outside], 1)
    true = [example.topic for example in messages] + [_OTHER] * len(outside)
    return rows.max(axis=1).tolist(), rows.argmax(axis=1).tolist(), true


def _topic_report(model: "TransformerModel", messages: Sequence[Example], civic: Sequence[Example]) -> dict[str, Any]:
    confidence, guessed, true = _topic_scores(model, messages, civic)
    threshold = model.topic_threshold
    named = [g if c >= threshold else _OTHER for c, g in zip(confidence, guessed, strict=True)]
    each = scores(confusion(true, named, len(TOPICS)))
    known = len(messages)
    return {
        **_agreement(true, named, len(TOPICS)),
        "threshold": threshold,
        "departments_only": _agreement(true[:known], guessed[:known], len(TOPICS) - 1),
        "labels": {name: asdict(score) for name, score in zip(TOPICS, each, strict=True)},
    }


def _weibo_report(model: "TransformerModel", data: Path, part: str) -> dict[str, Any]:
    """Score general microblogs, rows that also stand in the training file dropped."""
    known = recipes.emotions(data, f"{part}_train")
    return _scored(model, recipes.without_copies_of(recipes.emotions(data, f"{part}_eval"), known))


def _scored(model: "TransformerModel", examples: Sequence[Example]) -> dict[str, Any]:
    return _short_report(_probabilities(model, examples, 0), examples)


def _speed(model: "TransformerModel", dev: Sequence[Example]) -> dict[str, Any]:
    import torch

    texts = [example.text for example in dev[:_SPEED_TEXTS]]
    model.read(texts[:16])
    started = time.perf_counter()
    model.read(texts)
    seconds = time.perf_counter() - started
    return {
        "comments_per_second": round(len(texts) / seconds, 1),
        "mean_characters": round(sum(map(len, texts)) / len(texts)),
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "machine": platform.machine(),
    }


if __name__ == "__main__":
    main()
