"""What PostIndex promises of new readings of stored posts, and of the shares that workers take."""

from collections import Counter
from dataclasses import replace

import pytest

from indexer.base import WHOLE, Query, Share
from indexer.conditions import Among, Not
from minsheng.correcting import Change
from minsheng.domain import Opinion, Vector


def read_anew(labelled, **changes):
    fresh = {"opinion": Opinion(0.0, 0.1, 0.9), "topic": "health", "model": "new", "cluster": "other"}
    return replace(labelled, reading=replace(labelled.reading, **(fresh | changes)))


def test_a_new_reading_takes_the_place_of_the_old_one(index, make_labelled):
    old = make_labelled("路灯坏了", id="a", model="old", cluster="first")
    index.add([old, make_labelled(id="b", model="old")])

    assert index.relabel([read_anew(old, projects=("park",), intent="praise", unsure=True)]) == 1

    new = index.get("a")
    assert new.post == old.post
    assert new.reading == replace(
        read_anew(old).reading, projects=("park",), intent="praise", unsure=True, cluster="first"
    )
    assert index.facet(Query(), "model") == {"new": 1, "old": 1}
    assert index.facet(Query("路灯坏了"), "sentiment") == {"negative": 1, "unsure": 1}
    assert index.count(Query(linked=("park",), topics=("health",))) == 1
    assert index.count(Query(where=Not(Among("model", ("new",))))) == 1
    assert index.search(Query("路灯", clusters=("first",))).hits[0].copies == 1


def test_a_new_reading_brings_its_vector_and_takes_the_old_one_away(index, make_labelled, now):
    asked, other = make_labelled(id="asked", vector=(1, 0)), make_labelled(id="other", vector=(0, 1))
    index.add([asked, other])
    assert index.similar(Query(), "asked").neighbours == ()
    index.correct("other", [Change("topic", ("health",))], now)

    index.relabel([read_anew(other, vector=Vector("test", bytes([1, 0])))])

    (found,) = index.similar(Query(), "asked").neighbours
    assert found.hit.labelled == index.get("other")
    assert found.hit.labelled.label.topic == "health"
    index.relabel([read_anew(index.get("other"), vector=None)])
    assert index.similar(Query(), "asked").unread == 1


def test_corrections_made_since_the_post_was_read_stay(index, make_labelled, now):
    old = make_labelled("路灯坏了", id="a", projects=("road",))
    index.add([old])
    corrected = index.correct("a", [Change("sentiment", ("neutral",)), Change("project", ("bridge",))], now)

    assert index.relabel([read_anew(old, projects=("park",))]) == 1

    assert index.get("a").corrections == corrected.corrections
    assert index.get("a").reading.topic == "health"
    assert index.facet(Query(), "sentiment") == {"neutral": 1}
    assert index.facet(Query(), "project") == {"bridge": 1}
    assert index.count(Query(linked=("park",))) == 1


def test_a_post_that_changed_since_it_was_read_keeps_its_reading(index, make_labelled):
    old, gone = make_labelled("路灯坏了", id="a"), make_labelled(id="gone")
    index.add([old, gone])
    edited = replace(old, post=replace(old.post, text="路灯修好了"))
    index.add([edited])
    index.delete(["gone"])

    assert index.relabel([read_anew(old), read_anew(gone)]) == 0

    assert index.get("a") == edited
    assert index.get("gone") is None
    assert index.count(Query()) == 1


def test_relabelling_twice_is_relabelling_once(index, make_labelled):
    old = [make_labelled(id=f"forum:{n}") for n in range(3)]
    index.add(old)
    new = [read_anew(each) for each in old]

    assert index.relabel(iter(new)) == 3
    assert index.relabel(new) == 3

    assert index.facet(Query(), "model") == {"new": 3}
    assert index.relabel([]) == 0


def test_a_probability_that_is_no_number_is_refused(index, make_labelled):
    old = make_labelled(id="a")
    index.add([old])

    with pytest.raises(ValueError, match="finite"):
        index.relabel([read_anew(old, opinion=Opinion(float("inf"), 0, 0))])

    assert index.get("a") == old


def test_shares_hold_every_post_once_and_about_as_many(index, make_labelled):
    index.add([make_labelled(id=f"forum:{n}", model="old" if n % 2 else "new") for n in range(300)])
    query = Query(where=Among("model", ("old",)), order="oldest")

    shares = [[each.post.id for each in index.stream(query, Share(n, 3))] for n in range(3)]

    assert Counter(post_id for share in shares for post_id in share) == Counter(
        each.post.id for each in index.stream(query, WHOLE)
    )
    assert all(25 <= len(share) <= 75 for share in shares)


def test_a_post_stays_in_its_share_while_others_come_and_go(index, make_labelled):
    index.add([make_labelled(id=f"forum:{n}") for n in range(40)])
    before = {each.post.id for each in index.stream(Query(), Share(1, 4))}

    index.delete([f"forum:{n}" for n in range(0, 40, 3)])
    index.add([make_labelled(id=f"forum:{n}") for n in range(90)])

    after = {each.post.id for each in index.stream(Query(), Share(1, 4))}
    assert before <= after
    assert len(before) > 0
