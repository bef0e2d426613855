"""The numbers of an evaluation in, a page to read out."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

_CARD = Path(__file__).with_name("card.md")


def report_page(report: Mapping[str, Any]) -> str:
    """Return the report as Markdown."""
    parts = (_sentiment, _confusion, _sources, _aspect, _topic, _weibo, _speed)
    return "\n".join([f"# Evaluation of {report['model']}", "", *(line for part in parts for line in part(report))])


def card_page(report: Mapping[str, Any]) -> str:
    """Return the model card: its words with the numbers of this report."""
    main, floors = report["sentiment"], report["baselines"]
    low, high = main["intervals"]["macro_f1"]
    values = {
        **{key: report["network"][key] for key in ("layers", "window")},
        "model": report["model"],
        **{f"{topic}_f1": _num(report["topic"]["labels"][topic]["f1"]) for topic in ("other", "commerce")},
        "threshold": report["topic"]["threshold"],
        "comments_per_second": report["speed"]["comments_per_second"],
        "cores": report["speed"]["cores"],
        "sentiment_low": _num(low),
        "sentiment_high": _num(high),
        "positive_texts": main["labels"]["positive"]["support"],
        **{f"{label}_f1": _num(score["f1"]) for label, score in main["labels"].items()},
        **{key: value for part in ("sentiment", "aspect", "topic") for key, value in _cells(part, report[part])},
        **dict(_cells("usual", floors["most frequent label"])),
        **dict(_cells("bayes", floors["naive Bayes over character pairs"])),
    }
    return Template(_CARD.read_text("utf-8")).substitute(values)


def _cells(name: str, score: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    yield f"{name}_texts", str(score["texts"])
    yield f"{name}_accuracy", _num(score["accuracy"])
    yield f"{name}_f1", _num(score["macro_f1"])


def _sentiment(report: Mapping[str, Any]) -> Iterable[str]:
    main, low_high = report["sentiment"], report["sentiment"]["intervals"]
    yield "## Sentiment, civic/dev (never trained on, not used for early stopping)"
    yield ""
    rows = [["**this model**", main["texts"], _span(main, low_high, "accuracy"), _span(main, low_high, "macro_f1")]]
    rows += [[name, s["texts"], _num(s["accuracy"]), _num(s["macro_f1"])] for name, s in report["baselines"].items()]
    held = report["hold_out"]
    rows.append(["this model, hold-out", held["texts"], _num(held["accuracy"]), _num(held["macro_f1"])])
    yield from _table(["", "texts", "accuracy", "macro-F1"], rows)
    yield "Intervals: 95 %, bootstrap over texts. The hold-out chose the epoch, so its figure is a little too good."
    yield ""
    yield from _labels(main["labels"])
    yield f"Expected calibration error {_num(main['calibration_error'])} (10 bins)."
    yield ""


def _confusion(report: Mapping[str, Any]) -> Iterable[str]:
    names = list(report["sentiment"]["labels"])
    rows = [[f"read {name}", *row] for name, row in zip(names, report["sentiment"]["confusion"], strict=True)]
    yield from _table(["", *(f"is {name}" for name in names)], rows)


def _sources(report: Mapping[str, Any]) -> Iterable[str]:
    rows = [[s, v["texts"], _num(v["accuracy"]), _num(v["macro_f1"])] for s, v in report["by_source"].items()]
    yield from _table(["source", "texts", "accuracy", "macro-F1"], rows)
    yield "Macro-F1 by source averages over the labels that occur there; a label with a handful of texts moves it much."
    yield ""


def _aspect(report: Mapping[str, Any]) -> Iterable[str]:
    aspect, usual = report["aspect"], report["aspect"]["most_frequent"]
    low, high = aspect["interval"]
    yield "## Aspect, civic/dev"
    yield ""
    yield (
        f"Accuracy {_num(aspect['accuracy'])}, macro-F1 {_num(aspect['macro_f1'])} ({_num(low)} to {_num(high)}); "
        f"always the most frequent: {_num(usual['accuracy'])}, {_num(usual['macro_f1'])}."
    )
    yield ""
    yield from _labels(aspect["labels"])


def _topic(report: Mapping[str, Any]) -> Iterable[str]:
    topic, known = report["topic"], report["topic"]["departments_only"]
    yield "## Topic, half of tipdm2020c topic_raw_dev, and irrelevant texts of civic/dev as other"
    yield ""
    yield (
        f"Accuracy {_num(topic['accuracy'])}, macro-F1 {_num(topic['macro_f1'])} with other below "
        f"{topic['threshold']} (chosen on the other half and the hold-out). Seven departments without other: "
        f"accuracy {_num(known['accuracy'])}, macro-F1 {_num(known['macro_f1'])} on {known['texts']} messages."
    )
    yield ""
    yield from _labels(topic["labels"])


def _weibo(report: Mapping[str, Any]) -> Iterable[str]:
    yield "## Sentiment of general microblogs (SMP2020-EWECT eval, rows that stand in train dropped)"
    yield ""
    rows = [[name, v["texts"], _num(v["accuracy"]), _num(v["macro_f1"])] for name, v in report["weibo"].items()]
    yield from _table(["set", "texts", "accuracy", "macro-F1"], rows)
    yield "Private moods are neutral to a public matter, so this model is not meant to be best here."
    yield ""


def _speed(report: Mapping[str, Any]) -> Iterable[str]:
    speed = report["speed"]
    yield "## Speed"
    yield ""
    yield (
        f"{speed['comments_per_second']} comments per second (sentiment, topic and aspect in one pass), mean "
        f"{speed['mean_characters']} characters, {speed['threads']} threads on {speed['cores']} cores "
        f"({speed['machine']}), full precision, the machine shared with other work."
    )
    yield ""


def _labels(labels: Mapping[str, Mapping[str, float]]) -> Iterable[str]:
    rows = [[n, v["support"], _num(v["precision"]), _num(v["recall"]), _num(v["f1"])] for n, v in labels.items()]
    return _table(["label", "texts", "precision", "recall", "F1"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"
    yield ""


def _span(main: Mapping[str, Any], intervals: Mapping[str, Sequence[float]], key: str) -> str:
    low, high = intervals[key]
    return f"**{_num(main[key])}** ({_num(low)} to {_num(high)})"


def _num(value: float) -> str:
    return f"{value:.3f}"
