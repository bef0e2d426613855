"""What PostIndex promises of counts: facets, histograms, totals."""

from datetime import UTC, date, datetime

import pytest

from indexer.base import Query
from indexer.conditions import Among, Holds, Not


def test_facets_count_most_first_then_by_value(index, make_labelled):
    index.add([make_labelled(topic=topic) for topic in ["b", "a", "c", "c"]])

    assert list(index.facet(Query(), "topic").items()) == [("c", 2), ("a", 1), ("b", 1)]
    assert list(index.facet(Query(), "topic", limit=2)) == ["c", "a"]


@pytest.mark.parametrize("fold", [False, True])
def test_several_facets_are_what_each_is_alone(index, make_labelled, fold):
    copy = make_labelled(id="p1", cluster="p0", projects=("b",), topic="t")
    index.add([copy, make_labelled(id="p0", projects=("a", "b"))])  # a later post is older
    query = Query(fold=fold)

    found = index.facets(query, ("project", "topic", "corrected"), limit=1)

    assert found == {facet: index.facet(query, facet, limit=1) for facet in ("project", "topic", "corrected")}
    projects = index.facets(query, ("project",))["project"]
    assert list(projects.items()) == ([("a", 1), ("b", 1)] if fold else [("b", 2), ("a", 1)])


def test_a_post_of_two_projects_counts_in_both(index, make_labelled):
    index.add(
        [
            make_labelled(projects=("road", "park", "road")),
            make_labelled(projects=("park",)),
            make_labelled(projects=()),
        ]
    )

    assert index.facet(Query(), "project") == {"park": 2, "road": 1}
    assert index.facet(Query(projects=("road",)), "project") == {"park": 1, "road": 1}
    assert index.count(Query(projects=("road", "park"))) == 2


@pytest.mark.parametrize(
    ("facet", "value"),
    [
        ("source", "forum"),
        ("kind", "public"),
        ("sentiment", "negative"),
        ("topic", "urban"),
        ("aspect", "quality"),
        ("intent", ""),
    ],
)
def test_every_facet_counts_its_own_field(index, make_labelled, facet, value):
    index.add([make_labelled(), make_labelled()])

    counts = index.facet(Query("路灯", limit=1), facet)

    assert counts == {value: 2}
    assert [type(key) for key in counts] == [str]


def test_days_are_those_of_beijing(index, make_labelled):
    index.add(
        [
            make_labelled(published_at=datetime(2026, 2, 28, 15, 59, 59, 999999, tzinfo=UTC)),
            make_labelled(published_at=datetime(2026, 2, 28, 16, 0, tzinfo=UTC)),
            make_labelled(published_at=datetime(2026, 3, 1, 15, 59, tzinfo=UTC)),
        ]
    )

    assert list(index.histogram(Query(), "day").items()) == [(date(2026, 2, 28), 1), (date(2026, 3, 1), 2)]


def test_weeks_start_on_monday_and_months_on_the_first(index, make_labelled):
    days = [(2025, 12, 29), (2026, 1, 4), (2026, 1, 5), (2026, 1, 31), (2026, 2, 1)]
    index.add([make_labelled(published_at=datetime(*day, 4, tzinfo=UTC)) for day in days])

    assert list(index.histogram(Query(), "week").items()) == [
        (date(2025, 12, 29), 2),
        (date(2026, 1, 5), 1),
        (date(2026, 1, 26), 2),
    ]
    assert list(index.histogram(Query(), "month").items()) == [
        (date(2025, 12, 1), 1),
        (date(2026, 1, 1), 3),
        (date(2026, 2, 1), 1),
    ]


def test_counting_ignores_limit_cursor_and_order(index, make_labelled):
    index.add([make_labelled(topic=str(n)) for n in range(7)])
    later = Query("路灯", limit=2, after=index.search(Query(order="oldest", limit=2)).next, order="oldest")

    assert index.count(later) == 7
    assert len(index.facet(later, "topic")) == 7
    assert sum(index.histogram(later, "day").values()) == 7
    assert len(list(index.stream(later))) == 7


def test_unsure_readings_are_counted_as_unsure_whatever_their_label(index, make_labelled):
    index.add([make_labelled(unsure=True), make_labelled(negative=0.1, positive=0.85, unsure=True), make_labelled()])

    assert index.facet(Query(), "sentiment") == {"unsure": 2, "negative": 1}


def test_the_sentiments_add_up_to_the_total(index, make_labelled):
    index.add(make_labelled(negative=n / 10, positive=1 - n / 10, neutral=0, unsure=4 < n < 7) for n in range(11))

    assert sum(index.facet(Query("路灯"), "sentiment").values()) == index.count(Query("路灯")) == 11


def test_intents_are_counted_and_those_not_read_are_empty(index, make_labelled):
    index.add(make_labelled(intent=intent) for intent in ("request", "", "request", "praise"))

    assert list(index.facet(Query(), "intent").items()) == [("request", 2), ("", 1), ("praise", 1)]


def test_folded_facets_count_one_of_each_cluster(index, make_labelled):
    index.add([make_labelled(cluster="k", intent="request") for _ in range(3)])
    index.add([make_labelled(intent="request", unsure=True)])

    assert index.facet(Query(fold=True), "intent") == {"request": 2}
    assert index.facet(Query(fold=True), "sentiment") == {"negative": 1, "unsure": 1}
    assert index.facet(Query(fold=True), "project") == {"road": 2}


def test_facets_of_a_search_count_its_hits_alone(index, make_labelled):
    index.add(
        [make_labelled("bus", source="a"), make_labelled("business", source="b"), make_labelled("路", source="c")]
    )

    assert index.facet(Query("bus"), "source") == {"a": 1}
    assert index.facet(Query(where=Not(Holds("bus"))), "source") == {"b": 1, "c": 1}
    assert index.facet(Query(where=Among("source", ("b", "c"))), "source") == {"b": 1, "c": 1}


def test_a_count_of_words_alone_equals_the_hits(index, make_labelled):
    index.add([make_labelled("路灯"), make_labelled("路"), make_labelled("灯", title="路"), make_labelled("园")])

    for query in (Query("路"), Query("路 灯"), Query("灯", where=Not(Holds("路"))), Query(where=Not(Holds("路")))):
        assert index.count(query) == index.search(query).total == len(list(index.stream(query)))


def test_a_histogram_of_a_search_counts_its_hits_alone(index, make_labelled, now):
    index.add([make_labelled("bus", published_at=now), make_labelled("business", published_at=now)])

    assert list(index.histogram(Query("bus"), "day").values()) == [1]


def test_a_histogram_leaves_empty_days_out(index, make_labelled):
    index.add(make_labelled(published_at=datetime(2026, 3, day, 4, tzinfo=UTC)) for day in (1, 5))

    assert list(index.histogram(Query(), "day")) == [date(2026, 3, 1), date(2026, 3, 5)]


def test_counts_follow_a_deletion(index, make_labelled):
    index.add([make_labelled("bus", id="a", intent="news"), make_labelled("bus", id="b")])

    index.delete(["a"])

    assert index.count(Query("bus")) == 1
    assert index.facet(Query(), "intent") == {"": 1}
