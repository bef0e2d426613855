"""A report in, its JSON out: stable English keys, labels as they stand in the files."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from models.evaluation import metrics
from models.evaluation.compare import HeadComparison
from models.evaluation.report import Calibrated, Group, HeadReport, Report, SetReport

SHORT = {"negative": "neg", "neutral": "neu", "positive": "pos"}
"""The sentiments as the labelled files write them."""

METHOD = {
    "macro_f1": "mean F1 over the classes that occur among the true labels or the guesses",
    "intervals": f"95 %, {metrics.DRAWS} bootstrap draws over texts, seed {metrics.SEED}",
    "ece": f"top label, {metrics.BINS} bins of equal width on [0, 1]",
    "ece_if_honest": "mean and 95 % bound of the error that perfectly honest probabilities would show on these texts",
    "comments_per_second": "all heads of the set in one pass, after a warm-up of 16 texts, model already loaded",
    "confusion": "rows: guessed, columns: true",
    "difference": "macro-F1 of this model minus that of the other, paired bootstrap; p: McNemar, exact, two-sided",
}


def to_json(report: Report) -> dict[str, Any]:
    """Return the report; the sentiment of the first set stands at the top level."""
    return {
        "model": report.model,
        **_top(report),
        "against": report.other,
        "sets": {found.name: _set(found) for found in report.sets},
        "behaviour": _behaviour(report),
        "notes": list(report.notes),
        "method": METHOD,
    }


def _top(report: Report) -> dict[str, Any]:
    main = next(((s, head) for s in report.sets for head in s.heads if head.head == "sentiment"), None)
    if main is None:
        return {}
    found, head = main
    return {
        "set": found.name,
        "n": head.n,
        "accuracy": head.accuracy,
        "macro_f1": head.macro_f1,
        "per_class": _classes(head),
        "ece": head.calibrated.ece if head.calibrated else None,
        "comments_per_second": found.speed.comments_per_second if found.speed else None,
    }


def _set(found: SetReport) -> dict[str, Any]:
    return {
        "title": found.title,
        "n": found.n,
        "set_aside": dict(found.aside),
        "heads": {head.head: _head(head) for head in found.heads},
        "heads_lacking": list(found.lacking),
        "speed": asdict(found.speed) if found.speed else None,
        "against": {head.head: _comparison(head) for head in found.comparison.heads} if found.comparison else None,
    }


def _head(head: HeadReport) -> dict[str, Any]:
    return {
        "n": head.n,
        "accuracy": head.accuracy,
        "accuracy_interval": list(head.accuracy_interval),
        "macro_f1": head.macro_f1,
        "macro_f1_interval": list(head.macro_f1_interval),
        "per_class": _classes(head),
        "labels": [_short(score.name) for score in head.classes],
        "confusion": [list(row) for row in head.confusion],
        **_honesty(head.calibrated),
        "unsure": asdict(head.band) if head.band else None,
        "by_source": _groups(head.by_source),
        "by_length": _groups(head.by_length),
        "baselines": _groups(head.baselines),
    }


def _classes(head: HeadReport) -> dict[str, Any]:
    return {
        _short(score.name): {
            "precision": score.precision,
            "recall": score.recall,
            "f1": score.f1,
            "support": score.support,
            "f1_interval": list(score.f1_interval) if score.f1_interval else None,
        }
        for score in head.classes
    }


def _honesty(found: Calibrated | None) -> dict[str, Any]:
    if found is None:
        return {"ece": None}
    return {
        "ece": found.ece,
        "ece_if_honest": list(found.ece_if_honest),
        "reliability": [asdict(item) for item in found.bins],
        "log_loss": found.log_loss,
        "brier": found.brier,
    }


def _groups(groups: tuple[Group, ...]) -> Mapping[str, Any]:
    return {g.name: {"n": g.n, "accuracy": g.accuracy, "macro_f1": g.macro_f1} for g in groups}


def _comparison(head: HeadComparison) -> dict[str, Any]:
    found = asdict(head)
    found.pop("head")
    return found


def _behaviour(report: Report) -> dict[str, Any] | None:
    found = report.behaviour
    if found is None:
        return None
    return {
        "capabilities": [
            {**asdict(score), "pass_rate": _rate(score.passed, score.cases)} for score in found.capabilities
        ],
        "kinds": {kind: {"cases": cases, "passed": passed} for kind, (passed, cases) in found.kinds.items()},
        "failures": [asdict(failure) for failure in found.failures],
        "noise": [{**asdict(score), "share": score.share} for score in found.noise],
    }


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _short(name: str) -> str:
    return SHORT.get(name, name)
