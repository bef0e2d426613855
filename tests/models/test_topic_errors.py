"""How the model confuses topics is read from the report in its folder, in our order of topics."""

import json

import pytest

from minsheng.domain import TOPICS
from minsheng.errors import ModelUnusable
from models.open import SHIPPED_FOLDER
from models.topic_errors import load_topic_errors


def report(labels, confusion):
    head = {"labels": labels, "confusion": confusion}
    return json.dumps({"model": "m", "sets": {"topic_named": {"heads": {"named_topic": head}}}})


def test_the_shipped_model_says_how_it_confuses_topics():
    errors = load_topic_errors(SHIPPED_FOLDER)

    assert errors is not None
    assert len(errors.counts) == len(errors.counts[0]) == len(TOPICS)
    assert errors.texts >= 300
    right = sum(errors.counts[k][k] for k in range(len(TOPICS)))
    assert right / errors.texts > 0.6


def test_rows_and_columns_are_put_into_our_order(tmp_path):
    labels = list(reversed(TOPICS))
    confusion = [[10 * row + column for column in range(8)] for row in range(8)]
    (tmp_path / "report.json").write_text(report(labels, confusion), encoding="utf-8")

    errors = load_topic_errors(tmp_path)

    assert errors.counts[0] == (77, 76, 75, 74, 73, 72, 71, 70)
    assert errors.counts[7] == (7, 6, 5, 4, 3, 2, 1, 0)


def test_a_model_without_that_measurement_has_no_known_confusions(tmp_path):
    assert load_topic_errors(None) is None
    assert load_topic_errors(tmp_path) is None
    (tmp_path / "report.json").write_text('{"model": "m", "sets": {"civic_dev": {}}}', encoding="utf-8")
    assert load_topic_errors(tmp_path) is None


@pytest.mark.parametrize("content", ["[]", "{", '{"sets": {}, "model": 1', report(["a"], [[1]])])
def test_a_broken_report_is_refused_with_its_name(tmp_path, content):
    (tmp_path / "report.json").write_text(content, encoding="utf-8")

    with pytest.raises(ModelUnusable, match=r"report.json: not a report"):
        load_topic_errors(tmp_path)
