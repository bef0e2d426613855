"""What PostIndex promises of filters: values of a field, and the window."""

from datetime import UTC, datetime, timedelta

import pytest

from indexer.base import Query
from indexer.conditions import Among, Not
from minsheng.domain import Kind, Sentiment, Window

HOUR = timedelta(hours=1)


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


def test_values_of_filters_are_only_values(index, make_labelled):
    index.add([make_labelled(projects=("a' OR 1=1 --",), source='"x"')])

    assert index.count(Query(projects=("a' OR 1=1 --",))) == 1
    assert index.count(Query(projects=("' OR 1=1 --",))) == 0
    assert index.facet(Query(sources=('"x"',)), "project") == {"a' OR 1=1 --": 1}


FILTERS = {
    "projects": ("park", {"projects": ("road", "park")}),
    "sources": ("gov", {"source": "gov"}),
    "kinds": (Kind.OFFICIAL, {"kind": Kind.OFFICIAL}),
    "sentiments": (Sentiment.POSITIVE, {"negative": 0.1, "positive": 0.8}),
    "topics": ("health", {"topic": "health"}),
    "aspects": ("safety", {"aspect": "safety"}),
    "intents": ("request", {"intent": "request"}),
    "clusters": ("forum:77", {"cluster": "forum:77"}),
    "threads": ("http://t/9", {"thread": "http://t/9"}),
    "reply_to": ("forum:3", {"reply_to": "forum:3"}),
}


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_keeps_what_it_names(index, make_labelled, name):
    value, fields = FILTERS[name]
    index.add([make_labelled(id="wanted", **fields), make_labelled(id="other")])

    assert ids(index.search(Query(**{name: (value,)}))) == ["wanted"]
    assert ids(index.search(Query("路灯", **{name: (value, value)}))) == ["wanted"]
    assert index.count(Query("公园", **{name: (value,)})) == 0


def test_filters_of_one_kind_are_or_and_of_different_kinds_and(index, make_labelled):
    index.add(
        [
            make_labelled(id="a", source="x", topic="urban"),
            make_labelled(id="b", source="y", topic="urban"),
            make_labelled(id="c", source="y", topic="health"),
            make_labelled(id="d", source="z", topic="urban"),
        ]
    )

    page = index.search(Query(sources=("x", "y"), topics=("urban",)))

    assert sorted(ids(page)) == ["a", "b"]


def test_since_is_inclusive_and_until_is_exclusive(index, make_labelled, now):
    second = timedelta(microseconds=1)
    moments = {"before": now - second, "since": now, "last": now + HOUR - second, "until": now + HOUR}
    index.add([make_labelled(id=name, published_at=moment) for name, moment in moments.items()])

    page = index.search(Query(window=Window(now, now + HOUR), order="oldest"))

    assert ids(page) == ["since", "last"]


def test_a_sentiment_means_sure_readings_and_unsure_is_a_value_of_its_own(index, make_labelled):
    index.add([make_labelled(id="sure"), make_labelled(id="unsure", unsure=True)])

    assert ids(index.search(Query(sentiments=(Sentiment.NEGATIVE,)))) == ["sure"]
    assert ids(index.search(Query(sentiments=("unsure",)))) == ["unsure"]
    assert index.count(Query(sentiments=("unsure", "negative"))) == 2


def test_several_intents_are_or(index, make_labelled):
    index.add([make_labelled(intent=intent) for intent in ("request", "praise", "news", "")])

    assert index.count(Query(intents=("request", "praise"))) == 2


def test_a_filter_of_many_values_is_answered(index, make_labelled):
    index.add([make_labelled(thread="t2999"), make_labelled(thread="other")])

    assert index.count(Query(threads=tuple(f"t{n}" for n in range(3000)))) == 1


def test_values_are_compared_exactly_and_not_by_their_normal_form(index, make_labelled):
    index.add([make_labelled(source="Forum", topic="ａ")])

    assert index.count(Query(sources=("forum",))) == index.count(Query(topics=("a",))) == 0
    assert index.count(Query(sources=("Forum",), topics=("ａ",))) == 1


def test_a_post_without_project_is_in_no_project(index, make_labelled):
    index.add([make_labelled(projects=())])

    assert index.count(Query(projects=("road",))) == 0
    assert index.count(Query(projects=("",))) == 0


def test_an_empty_window_holds_nothing(index, make_labelled, now):
    index.add([make_labelled(published_at=now)])

    assert index.count(Query(window=Window(now, now))) == 0


def test_a_window_reaches_far_back_and_far_ahead(index, make_labelled):
    index.add([make_labelled(published_at=datetime(1900, 1, 1, tzinfo=UTC)), make_labelled()])

    assert index.count(Query(window=Window(datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)))) == 2


def test_words_filters_and_window_must_hold_together(index, make_labelled, now):
    index.add(
        [
            make_labelled(id="all", source="x", published_at=now),
            make_labelled("公园", id="word", source="x", published_at=now),
            make_labelled(id="source", source="y", published_at=now),
            make_labelled(id="time", source="x", published_at=now - 2 * HOUR),
        ]
    )

    page = index.search(Query("路灯", sources=("x",), window=Window(now - HOUR, now + HOUR)))

    assert ids(page) == ["all"]


@pytest.mark.parametrize("number", [1, 6, 7, 11])
def test_few_and_many_values_of_a_field_are_looked_up_alike(index, make_labelled, number):
    index.add(make_labelled(topic=f"t{n}", projects=(f"p{n}", "all")) for n in range(12))
    topics, projects = tuple(f"t{n}" for n in range(number)), tuple(f"p{n}" for n in range(number))

    assert index.count(Query(topics=topics)) == index.count(Query(projects=projects)) == number
    assert index.count(Query(where=Not(Among("topic", topics)))) == 12 - number
    assert index.count(Query(projects=("all",))) == 12
