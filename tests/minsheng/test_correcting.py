from datetime import datetime, timedelta

import pytest

from minsheng.correcting import Change, corrected
from minsheng.corrections import Correction, joined
from minsheng.domain import Sentiment

MINUTE = timedelta(minutes=1)


def test_without_corrections_the_label_is_the_reading(make_labelled):
    labelled = make_labelled(projects=("road", "park"), unsure=True, intent="praise")

    assert labelled.label == labelled.read
    assert labelled.label.attitude == "unsure"
    assert labelled.label.of("project") == ("road", "park")
    assert labelled.label.corrected == ()


def test_the_latest_correction_of_a_field_stands(make_labelled, now):
    labelled = corrected(make_labelled(), [Change("sentiment", ("neutral",))], now)

    labelled = corrected(labelled, [Change("sentiment", ("positive",))], now + MINUTE)

    assert labelled.sentiment is Sentiment.POSITIVE
    assert labelled.label.attitude == "positive"
    assert [each.before for each in labelled.corrections] == [("negative",), ("neutral",)]


def test_one_call_may_correct_one_field_and_take_another_back(make_labelled, now):
    labelled = corrected(make_labelled(), [Change("topic", ("health",))], now)

    labelled = corrected(labelled, [Change("topic", None), Change("aspect", ("cost",))], now + MINUTE)

    assert labelled.label.marks == ("aspect", "withdrawn")
    assert labelled.label.topic == "urban"


@pytest.mark.parametrize(
    ("field", "value"),
    [("sentiment", ("unsure",)), ("sentiment", ()), ("topic", ("urban", "health")), ("project", ("a", "a")), ("project", ("",))],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        Change(field, value)


def test_only_fields_of_a_label_can_be_corrected(now):
    with pytest.raises(ValueError, match="only sentiment, topic, aspect, intent, project"):
        Change("author", ("x",))
    with pytest.raises(ValueError, match="only sentiment"):
        Correction("text", ("a",), ("b",), now, "0")
    with pytest.raises(ValueError, match="aware"):
        Correction("topic", ("a",), ("b",), datetime(2026, 1, 1), "0")  # noqa: DTZ001 - that is what is refused


def test_histories_join_by_time_each_entry_once(now):
    first, second, third = (
        Correction("topic", ("a",), (value,), now + MINUTE * n, "0") for n, value in enumerate("xyz")
    )

    assert joined((first, third), (second, third)) == (first, second, third)
    assert joined((), (second,)) == (second,)
    assert joined((second,), ()) == (second,)
