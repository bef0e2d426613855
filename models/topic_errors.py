"""The report of a model folder in, how the model confuses topics out."""

import json
from pathlib import Path

from minsheng.domain import TOPICS
from minsheng.errors import ModelUnusable
from minsheng.topic_errors import TopicErrors

_REPORT = "report.json"


def load_topic_errors(folder: Path | None) -> TopicErrors | None:
    """Read how topics *as posts get them* were confused on held-out texts; None where that was not measured.

    Raises:
        ModelUnusable: The report is there and broken.
    """
    path = folder / _REPORT if folder else None
    if path is None or not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text("utf-8"))
        head = raw["sets"].get("topic_named", {}).get("heads", {}).get("named_topic")
        if head is None:
            return None
        return TopicErrors(str(raw["model"]), _in_our_order(head["labels"], head["confusion"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnusable(f"{path}: not a report: {error!r}; make it anew (python -m models.evaluation)") from error


def _in_our_order(labels: list[str], confusion: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    if sorted(labels) != sorted(TOPICS):
        raise ValueError(f"its topics are {', '.join(labels)}, ours are {', '.join(TOPICS)}")
    places = [labels.index(topic) for topic in TOPICS]
    return tuple(tuple(int(confusion[row][column]) for column in places) for row in places)
