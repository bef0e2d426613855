"""What PostIndex promises of labels that a person has put right."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.conditions import Among, Not
from minsheng.correcting import Change
from minsheng.corrections import CORRECTION_MARKS, Correction, words_mark
from minsheng.domain import Sentiment, Window

MINUTE = timedelta(minutes=1)
POSITIVE = Change("sentiment", ("positive",))
PARK = Change("project", ("park", "桥"))


@pytest.fixture
def stored(index, make_labelled):
    """One unsure post of the project road, among others."""
    post = make_labelled("路灯坏了", title="反映", id="a", unsure=True, intent="complaint")
    index.add([post, make_labelled("公园很好", id="b"), make_labelled("路灯修好了", id="c", projects=())])
    return post


def found(index, **filters):
    return sorted(hit.labelled.post.id for hit in index.search(Query(**filters)).hits)


def marked(index, *marks):
    return found(index, where=Among("corrected", marks))


def test_a_correction_stands_beside_the_reading_with_its_history(index, stored, now):
    corrected = index.correct("a", [POSITIVE, Change("aspect", ("cost",))], now, "是在表扬")

    mark = words_mark("反映", "路灯坏了")
    assert corrected.reading == stored.reading
    assert corrected.corrections == (
        Correction("sentiment", ("unsure",), ("positive",), now, mark, "是在表扬"),
        Correction("aspect", ("quality",), ("cost",), now, mark, "是在表扬"),
    )
    assert index.get("a") == corrected
    assert list(index.stream(Query(where=Among("corrected", ("aspect",))))) == [corrected]


@pytest.mark.usefixtures("stored")
def test_filters_facets_and_negations_hold_what_was_corrected(index, now):
    changes = [POSITIVE, PARK, Change("topic", ("health",)), Change("aspect", ("cost",)), Change("intent", ("praise",))]

    index.correct("a", changes, now)

    assert found(index, sentiments=("positive",)) == ["a"]
    assert found(index, sentiments=("unsure",)) == []
    assert found(index, projects=("road",)) == ["b"]
    assert found(index, projects=("park",)) == found(index, projects=("桥",)) == ["a"]
    assert found(index, topics=("health",)) == found(index, aspects=("cost",)) == found(index, intents=("praise",))
    assert found(index, text="路灯", where=Not(Among("project", ("park",)))) == ["c"]
    assert index.facet(Query(), "sentiment") == {"negative": 2, "positive": 1}
    assert index.facet(Query(), "project") == {"park": 1, "road": 1, "桥": 1}
    assert index.facet(Query("路灯"), "intent") == {"": 1, "praise": 1}
    assert index.facet(Query(), "corrected") == dict.fromkeys(sorted(CORRECTION_MARKS[:5]), 1)


@pytest.mark.usefixtures("stored")
def test_what_shares_rest_on_is_found_as_if_nothing_had_been_corrected(index, now):
    before = list(index.stream(Query(linked=("road",))))

    index.correct("a", [POSITIVE, PARK], now)
    index.correct("c", [Change("project", ("road",))], now)

    after = list(index.stream(Query(linked=("road",))))
    assert [each.post.id for each in after] == ["a", "b"]
    assert [(each.post, each.reading) for each in after] == [(each.post, each.reading) for each in before]
    assert index.count(Query(linked=("park",))) == 0


@pytest.mark.usefixtures("stored")
def test_a_corrected_attitude_is_never_unsure(index, now):
    index.correct("a", [Change("sentiment", ("negative",))], now)

    assert index.get("a").label.attitude == "negative"
    assert index.get("a").reading.unsure
    assert index.facet(Query(), "sentiment") == {"negative": 3}


@pytest.mark.usefixtures("stored")
def test_projects_can_be_corrected_to_none(index, now):
    index.correct("a", [Change("project", ())], now)

    assert index.get("a").label.projects == ()
    assert index.facet(Query(), "project") == {"road": 1}
    assert marked(index, "project") == ["a"]


@pytest.mark.usefixtures("stored")
def test_a_withdrawn_correction_stays_in_the_history(index, now):
    index.correct("a", [POSITIVE], now)

    withdrawn = index.correct("a", [Change("sentiment", None)], now + MINUTE, "看错了")

    assert withdrawn.label.attitude == "unsure"
    assert [(each.before, each.after, each.why) for each in withdrawn.corrections] == [
        (("unsure",), ("positive",), ""),
        (("positive",), None, "看错了"),
    ]
    assert marked(index, "sentiment") == []
    assert marked(index, "withdrawn") == ["a"]
    assert index.facet(Query(), "sentiment") == {"negative": 2, "unsure": 1}


@pytest.mark.usefixtures("stored")
def test_saying_the_same_again_and_withdrawing_nothing_leave_no_entry(index, now):
    index.correct("a", [POSITIVE], now)

    again = index.correct("a", [POSITIVE, Change("topic", None)], now + MINUTE)

    assert len(again.corrections) == 1
    assert index.get("a") == again


@pytest.mark.usefixtures("stored")
def test_a_reading_that_a_person_confirms_is_kept_as_that_persons_word(index, now):
    confirmed = index.correct("a", [Change("topic", ("urban",))], now)

    assert [(each.before, each.after) for each in confirmed.corrections] == [(("urban",), ("urban",))]
    assert marked(index, "topic") == ["a"]


def test_there_is_nothing_to_correct_in_a_post_that_is_not_there(index, now):
    assert index.correct("a", [POSITIVE], now) is None
    assert index.count(Query()) == 0


def test_corrections_survive_when_the_post_is_added_again(index, stored, now):
    corrected = index.correct("a", [POSITIVE], now)

    index.add([replace(stored, reading=replace(stored.reading, topic="health", model="newer"))])

    assert index.get("a").corrections == corrected.corrections
    assert index.get("a").reading.model == "newer"
    assert found(index, sentiments=("positive",), topics=("health",)) == ["a"]
    assert marked(index, "edited") == []


def test_a_correction_of_a_text_that_was_edited_stands_and_is_marked(index, stored, now):
    index.correct("a", [POSITIVE], now)

    index.add([replace(stored, post=replace(stored.post, text="路灯终于修好了"))])

    assert index.get("a").label.attitude == "positive"
    assert index.get("a").label.marks == ("sentiment", "edited")
    assert marked(index, "edited") == ["a"]
    said_again = index.correct("a", [POSITIVE], now + MINUTE)
    assert len(said_again.corrections) == 2, "said of other words it is said anew"
    assert marked(index, "edited") == []


def test_corrections_that_come_with_a_post_join_those_that_are_there(index, stored, now):
    here = index.correct("a", [POSITIVE], now + MINUTE)
    there = Correction("topic", ("urban",), ("health",), now, words_mark("反映", "路灯坏了"), "来自备份")

    index.add([replace(stored, corrections=(there,)), replace(stored, corrections=(there, *here.corrections))])

    assert index.get("a").corrections == (there, *here.corrections)
    assert marked(index, "topic") == marked(index, "sentiment") == ["a"]


@pytest.mark.usefixtures("stored")
def test_a_post_comes_with_its_corrections_into_an_empty_index(index, make_labelled, now):
    mark = words_mark("", "新的路灯")
    whole = replace(
        make_labelled("新的路灯", id="d", published_at=now),
        corrections=(
            Correction("sentiment", ("negative",), ("neutral",), now, mark, "“引号”\n\ud83d"),
            Correction("project", ("road",), (), now + MINUTE, mark),
            Correction("sentiment", ("neutral",), None, now + 2 * MINUTE, "0" * 16),
        ),
    )

    index.add([whole])

    assert index.get("d") == whole
    assert marked(index, "project", "withdrawn") == ["d"]


def test_corrections_go_with_their_post(index, stored, now):
    index.correct("a", [POSITIVE, PARK], now)

    assert index.delete(["a"]) == 1

    assert index.add([stored]) == 1
    assert index.get("a") == stored
    assert index.facet(Query(), "corrected") == {}
    assert index.facet(Query(), "project") == {"road": 2}


@pytest.mark.usefixtures("stored")
def test_corrections_at_once_are_all_kept(index, now):
    labels = [POSITIVE, Change("topic", ("health",)), Change("aspect", ("cost",)), Change("intent", ("news",)), PARK]

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda change: index.correct("a", [change], now), labels))

    assert index.get("a").label.marks == CORRECTION_MARKS[:5]
    assert found(index, sentiments=("positive",), topics=("health",), projects=("桥",)) == ["a"]


@pytest.mark.usefixtures("stored")
def test_a_clock_that_went_back_does_not_put_the_newest_correction_first(index, now):
    index.correct("a", [POSITIVE], now)

    later = index.correct("a", [Change("sentiment", ("neutral",))], now - MINUTE)

    assert later.sentiment is Sentiment.NEUTRAL
    assert later.corrections[-1].at == now


def test_folding_and_windows_count_corrected_labels(index, make_labelled, now):
    copies = [
        make_labelled("路灯坏了", id=name, cluster="a", published_at=now + MINUTE * n) for n, name in enumerate("ab")
    ]
    index.add(copies)
    index.correct("b", [POSITIVE], now)
    window = Window(now, now + 2 * MINUTE)

    assert found(index, sentiments=("positive",), window=window, fold=True) == ["b"]
    assert index.facet(Query(window=window, fold=True), "sentiment") == {"negative": 1}
    assert index.search(Query(sentiments=("positive",), fold=True)).hits[0].copies == 2
