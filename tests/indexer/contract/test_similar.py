"""Posts by their meaning: exact nearness of vectors, what is never compared, and what a query leaves of it."""

import math
from dataclasses import replace

import pytest

from indexer.base import Query
from indexer.conditions import Holds, Not
from minsheng.domain import Kind, Vector, Window
from minsheng.errors import NotComparable, QueryError


def ids(similar):
    return [one.hit.labelled.post.id for one in similar.neighbours]


@pytest.fixture
def around(index, make_labelled):
    """Four posts at known angles to post ``a``, and one that points the other way."""
    vectors = {"a": (100, 0), "near": (100, 10), "far": (100, 100), "side": (0, 100), "away": (-100, 0)}
    index.add([make_labelled(f"路灯{name}", id=name, vector=vector) for name, vector in vectors.items()])
    return index


def test_the_most_similar_comes_first_and_the_post_itself_never(around):
    assert ids(around.similar(Query(), "a")) == ["near", "far"]


def test_similarity_is_the_cosine_in_millionths(around):
    found = around.similar(Query(), "a").neighbours

    assert [one.similarity for one in found] == [round(100 / math.hypot(100, 10), 6), round(math.sqrt(0.5), 6)]


def test_a_vector_may_be_asked_for_instead_of_a_post(around):
    found = around.similar(Query(), Vector("test", bytes([50, 0])))

    assert ids(found) == ["a", "near", "far"]
    assert found.neighbours[0].similarity == 1


@pytest.mark.parametrize(
    ("floor", "wanted"),
    [
        (0.99, ["near"]),
        (0.707106, ["near", "far"]),
        (0.707107, ["near", "far"]),
        (0.707108, ["near"]),
        (0.0, ["near", "far", "side"]),
        (-1, ["near", "far", "side", "away"]),
    ],
)
def test_none_is_less_similar_than_the_floor(around, floor, wanted):
    assert ids(around.similar(Query(), "a", floor)) == wanted


def test_a_floor_of_one_finds_what_means_the_same(index, make_labelled):
    index.add([make_labelled(id=name, vector=vector) for name, vector in (("a", (9, 9)), ("b", (3, 3)), ("c", (9, 8)))])

    assert ids(index.similar(Query(), "a", 1.0)) == ["b"]


def test_ties_are_broken_by_id_the_least_first(index, make_labelled):
    index.add([make_labelled(id=name, vector=(7, 1)) for name in ("c", "a", "d", "b", "self")])

    assert ids(index.similar(Query(), "self")) == ["a", "b", "c", "d"]
    assert ids(index.similar(Query(limit=2), "self")) == ["a", "b"]


def test_ties_are_exact_however_many_there_are(index, make_labelled):
    index.add([make_labelled(id=f"p{n:03}", vector=(7, 1)) for n in reversed(range(200))])
    index.add([make_labelled(id="self", vector=(7, 1)), make_labelled(id="near", vector=(7, 2))])

    assert ids(index.similar(Query(limit=3), "self")) == ["p000", "p001", "p002"]
    assert ids(index.similar(Query(limit=3), "near")) == ["p000", "p001", "p002"]
    assert ids(index.similar(Query(limit=500), "self"))[-1] == "near"


def test_the_limit_keeps_the_most_similar(around):
    assert ids(around.similar(Query(limit=1), "a", -1)) == ["near"]


def test_only_what_the_query_finds_is_compared(index, make_labelled, now):
    fields = {
        "self": {},
        "other project": {"projects": ("park",)},
        "other source": {"source": "gov"},
        "official": {"kind": Kind.OFFICIAL},
        "old": {"published_at": now.replace(year=2020)},
        "praise": {"negative": 0.0, "positive": 1.0},
    }
    index.add([make_labelled(f"路灯{name}", id=name, vector=(1, 1), **given) for name, given in fields.items()])
    everybody = set(fields) - {"self"}

    def without(query):
        return everybody - set(ids(index.similar(query, "self")))

    assert without(Query()) == set()
    assert without(Query(projects=("road",))) == {"other project"}
    assert without(Query(sources=("forum",))) == {"other source"}
    assert without(Query(kinds=(Kind.PUBLIC,))) == {"official"}
    assert without(Query(window=Window(now.replace(year=2021), now.replace(year=2030)))) == {"old"}
    assert without(Query(sentiments=("negative",))) == {"praise"}
    assert without(Query(where=Not(Holds("praise")))) == {"praise"}
    assert without(Query("official")) == everybody - {"official"}


def test_order_and_cursor_are_ignored(around):
    page = around.search(Query(order="oldest", limit=1))

    found = around.similar(Query(order="oldest", after=page.next), "a")

    assert found == around.similar(Query(), "a")


def test_copies_are_folded_where_the_query_folds(index, make_labelled, now):
    copies = [
        make_labelled(id=name, cluster="c", vector=vector, published_at=now.replace(day=day))
        for name, vector, day in (("late", (100, 1), 3), ("early", (100, 9), 1), ("middle", (100, 5), 2))
    ]
    index.add([make_labelled(id="self", vector=(100, 0)), make_labelled(id="other", vector=(100, 20)), *copies])

    folded = index.similar(Query(fold=True), "self")

    assert ids(folded) == ["early", "other"], "the earliest of a cluster stands for it, as in a search"
    assert [one.hit.copies for one in folded.neighbours] == [3, 1]
    assert ids(index.similar(Query(), "self")) == ["late", "middle", "early", "other"]


def test_copies_of_the_post_itself_are_similar_only_where_copies_are_shown(index, make_labelled):
    index.add([make_labelled(id=name, cluster="c", vector=(5, 5)) for name in ("self", "copy")])
    index.add([make_labelled(id="other", vector=(5, 4))])

    assert ids(index.similar(Query(fold=True), "self")) == ["other"]
    assert ids(index.similar(Query(), "self")) == ["copy", "other"]


def test_folding_stands_before_the_floor(index, make_labelled, now):
    index.add([
        make_labelled(id="early", cluster="c", vector=(0, 100), published_at=now.replace(day=1)),
        make_labelled(id="late", cluster="c", vector=(100, 0), published_at=now.replace(day=2)),
        make_labelled(id="self", vector=(100, 1)),
    ])  # fmt: skip

    assert ids(index.similar(Query(fold=True), "self")) == [], "the post that stands for the cluster is not similar"


def test_vectors_of_two_spaces_are_never_compared(index, make_labelled):
    index.add([make_labelled(id="self", vector=(1, 1)), make_labelled(id="same", vector=(1, 1))])
    index.add([make_labelled(id="foreign", vector=Vector("other", bytes([1, 1])))])

    found = index.similar(Query(), "self", -1)

    assert ids(found) == ["same"]
    assert found.unread == 1
    assert ids(index.similar(Query(), "foreign", -1)) == []


def test_posts_without_a_vector_are_counted_not_guessed(index, make_labelled):
    index.add([make_labelled(id="self", vector=(1, 1)), make_labelled(id="old"), make_labelled(id="older")])
    index.add([make_labelled(id="elsewhere", projects=("park",))])

    found = index.similar(Query(projects=("road",), fold=True), "self", -1)

    assert (ids(found), found.unread) == ([], 2)


def test_unread_counts_single_posts_whether_or_not_copies_are_folded(index, make_labelled):
    index.add([make_labelled(id=f"old{n}", cluster="c") for n in range(3)])
    index.add([make_labelled(id="self", vector=(1, 1), cluster="s"), make_labelled(id="copy", cluster="s")])

    assert index.similar(Query(), "self").unread == 4
    assert index.similar(Query(fold=True), "self").unread == 3, "a copy of the post itself is left out"


def test_a_post_that_is_not_there_or_has_no_vector_cannot_be_compared(index, make_labelled):
    index.add([make_labelled(id="old")])

    with pytest.raises(NotComparable, match="the index has no post 'gone'"):
        index.similar(Query(), "gone")
    with pytest.raises(NotComparable, match="post old has no vector"):
        index.similar(Query(), "old")


def test_a_vector_finds_nothing_in_an_empty_index(index):
    found = index.similar(Query(), Vector("test", b"\x01"))

    assert (found.neighbours, found.unread) == ((), 0)


def test_the_vector_of_a_post_comes_back(index, make_labelled):
    posts = [make_labelled(vector=(1, -128, 127)), make_labelled()]

    index.add(posts)

    assert [index.get(labelled.post.id) for labelled in posts] == posts
    assert list(index.stream(Query())) == posts
    assert [hit.labelled for hit in index.search(Query()).hits] == posts


def test_a_deleted_post_is_gone_from_the_vectors_too(around):
    around.similar(Query(), "a")

    around.delete(["near", "a"])

    assert ids(around.similar(Query(), Vector("test", bytes([100, 0])))) == ["far"]
    with pytest.raises(NotComparable):
        around.similar(Query(), "a")


def test_a_post_that_is_read_anew_has_its_new_vector(around):
    around.similar(Query(), "a")
    side = around.get("side")

    around.add([replace(side, reading=replace(side.reading, vector=Vector("test", bytes([100, 1]))))])

    assert ids(around.similar(Query(), "a")) == ["side", "near", "far"]


def test_a_post_that_gets_a_vector_becomes_comparable(index, make_labelled):
    old = make_labelled(id="old")
    index.add([old, make_labelled(id="self", vector=(1, 1))])
    assert index.similar(Query(), "self").unread == 1

    index.add([replace(old, reading=replace(old.reading, vector=Vector("test", bytes([1, 1]))))])

    found = index.similar(Query(), "self")
    assert (ids(found), found.unread) == (["old"], 0)


def test_long_vectors_are_compared_exactly(index, make_labelled):
    index.add([make_labelled(id="self", vector=(-128,) * 256), make_labelled(id="b", vector=(-128,) * 255 + (-127,))])

    assert index.similar(Query(), "self").neighbours[0].similarity == 1, "a millionth is more than one in 256 bytes"


@pytest.mark.parametrize(
    ("to", "floor", "part"),
    [
        (7, 0.5, "similar: wants the id of a post, or a vector"),
        (Vector("test", b"\x00\x00"), 0.5, "similar: wants"),
        (Vector("test", b""), 0.5, "similar: wants"),
        (Vector("", b"\x01"), 0.5, "similar: wants"),
        ("\ud800", 0.5, "not valid Unicode"),
        ("a", 1.5, "floor: wants a number from -1 to 1"),
        ("a", float("nan"), "floor"),
        ("a", "0.5", "floor"),
    ],
)
def test_what_cannot_be_compared_is_refused(around, to, floor, part):
    with pytest.raises(QueryError, match=part):
        around.similar(Query(), to, floor)


def test_a_wrong_query_is_refused_before_anything_is_compared(around):
    with pytest.raises(QueryError, match="limit"):
        around.similar(Query(limit=0), "a")


@pytest.mark.parametrize("vector", [Vector("test", b"\x00"), Vector("test", b""), Vector("test", b"\x01" * 257)])
def test_a_vector_without_a_direction_is_not_stored(index, make_labelled, vector):
    with pytest.raises(ValueError, match="not all zero"):
        index.add([make_labelled(vector=vector)])
