from datetime import UTC, datetime, timedelta

import pytest

from minsheng.domain import Opinion, Prevalence, Sentiment, Window

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def test_since_is_inclusive_and_until_is_exclusive():
    window = Window(DAY, DAY + timedelta(days=1))

    assert DAY in window
    assert DAY + timedelta(days=1) not in window


def test_the_previous_window_ends_where_this_one_starts():
    window = Window(DAY, DAY + timedelta(days=7))

    assert window.previous() == Window(DAY - timedelta(days=7), DAY)
    assert window.days == 7


@pytest.mark.parametrize(
    ("since", "until"), [(DAY, DAY - timedelta(days=1)), (DAY.replace(tzinfo=None), DAY), (DAY, DAY.replace(tzinfo=None))]
)  # fmt: skip
def test_a_window_that_cannot_be_is_refused(since, until):
    with pytest.raises(ValueError, match="window"):
        Window(since, until)


def test_a_post_needs_aware_times(make_post):
    with pytest.raises(ValueError, match="aware"):
        make_post(published_at=datetime(2026, 1, 1))  # noqa: DTZ001 - a naive time is the point


def test_the_label_is_the_most_probable_sentiment():
    opinion = Opinion(0.2, 0.3, 0.5)

    assert opinion.label is Sentiment.POSITIVE
    assert opinion.confidence == 0.5


def test_the_balance_is_positive_minus_negative():
    assert Prevalence(0.5, 0.3, 0.2, 0.4, 0.6, 10, 10, 10, 5, 2, 0.5).balance == pytest.approx(-0.3)
