"""What PostIndex promises of pages, totals and folding."""

from dataclasses import replace
from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.conditions import Holds, Not

HOUR = timedelta(hours=1)


def ids(page):
    return [hit.labelled.post.id for hit in page.hits]


def joined(pages):
    return [post_id for page in pages for post_id in page]


def walk(index, query):
    """Return the ids of all pages, one list a page."""
    pages = []
    while True:
        page = index.search(query)
        pages.append(ids(page))
        if page.next is None:
            return pages
        query = replace(query, after=page.next)


@pytest.mark.parametrize("order", ["newest", "oldest", "best"])
@pytest.mark.parametrize("fold", [False, True])
def test_pages_hold_every_match_once_and_the_last_has_no_next(index, make_labelled, now, order, fold):
    index.add(
        make_labelled("灯" * (n % 3 + 1), id=f"{n:02}", published_at=now + HOUR * (n // 4), cluster=str(n // 2))
        for n in range(20)
    )
    expected = 10 if fold else 20

    pages = walk(index, Query("灯", order=order, limit=5, fold=fold))

    assert [len(page) for page in pages] == [5] * (expected // 5)
    assert len(set(joined(pages))) == expected
    assert joined(pages) == [labelled.post.id for labelled in index.stream(Query("灯", order=order, fold=fold))]


@pytest.mark.parametrize("order", ["newest", "best"])
def test_pages_are_stable_while_posts_arrive(index, make_labelled, now, order):
    index.add(make_labelled("灯" * (n % 4 + 1), id=f"{n:02}", published_at=now + HOUR * n) for n in range(10))
    before = joined(walk(index, Query("灯", order=order, limit=10)))
    first = index.search(Query("灯", order=order, limit=4))

    index.add(make_labelled("灯灯灯灯灯", id=f"new{n}", published_at=now + HOUR * 9000) for n in range(5))
    rest = walk(index, Query("灯", order=order, limit=4, after=first.next))

    assert ids(first) + joined(rest) == before


def test_a_page_knows_the_exact_total_and_the_copies(index, make_labelled, now):
    index.add([make_labelled(id=name, cluster="a", published_at=now + HOUR * n) for n, name in enumerate("abc")])
    index.add([make_labelled("公园", id="d", cluster="a"), make_labelled(id="e")])

    page = index.search(Query("路灯", limit=1))

    assert page.total == 4
    assert index.search(Query("路灯", clusters=("a",))).hits[0].copies == 4
    assert {hit.labelled.post.id: hit.copies for hit in index.search(Query()).hits}["e"] == 1


def test_folding_shows_the_earliest_match_of_each_cluster(index, make_labelled, now):
    index.add(
        [
            make_labelled("灯", id="c", cluster="x", published_at=now),
            make_labelled("灯", id="b", cluster="x", published_at=now),
            make_labelled("公园", id="a", cluster="x", published_at=now - HOUR, topic="health"),
            make_labelled("灯", id="d", cluster="y", published_at=now + 24 * HOUR),
        ]
    )
    query = Query("灯", fold=True)

    page = index.search(query)

    assert ids(page) == ["d", "b"]
    assert page.total == index.count(query) == 2
    assert [hit.copies for hit in page.hits] == [1, 3]
    assert index.facet(query, "topic") == {"urban": 2}
    assert list(index.histogram(query, "day").values()) == [1, 1]
    assert [labelled.post.id for labelled in index.stream(query)] == ["d", "b"]


def test_a_page_as_long_as_its_matches_is_the_last(index, make_labelled):
    index.add(make_labelled() for _ in range(3))

    assert index.search(Query(limit=3)).next is None
    assert index.search(Query(limit=2)).next is not None


def test_the_total_is_the_same_on_every_page(index, make_labelled):
    index.add(make_labelled() for _ in range(5))
    first = index.search(Query("路灯", limit=2))

    second = index.search(Query("路灯", limit=2, after=first.next))

    assert first.total == second.total == 5


def test_pages_go_on_when_the_last_hit_was_deleted(index, make_labelled, now):
    index.add(make_labelled(id=name, published_at=now - HOUR * n) for n, name in enumerate("abcd"))
    first = index.search(Query(limit=2))

    index.delete(["b"])

    assert ids(index.search(Query(limit=2, after=first.next))) == ["c", "d"]


def test_pages_of_one_moment_go_by_id(index, make_labelled, now):
    index.add(make_labelled(id=name, published_at=now) for name in "abcde")

    assert joined(walk(index, Query(limit=2))) == list("edcba")
    assert joined(walk(index, Query(limit=2, order="oldest"))) == list("abcde")


def test_the_next_page_may_have_another_length(index, make_labelled, now):
    index.add(make_labelled(id=name, published_at=now - HOUR * n) for n, name in enumerate("abcd"))
    first = index.search(Query(limit=1))

    assert ids(index.search(Query(limit=3, after=first.next))) == ["b", "c", "d"]


def test_pages_of_excluding_searches_hold_every_match_once(index, make_labelled):
    index.add(make_labelled("bus" if n % 2 else "business", id=f"{n:02}") for n in range(20))

    pages = walk(index, Query("", where=Not(Holds("bus")), limit=3))

    assert joined(pages) == [f"{n:02}" for n in range(0, 20, 2)]


def test_copies_are_counted_over_the_whole_index(index, make_labelled):
    index.add([make_labelled("灯", id="a", cluster="k"), make_labelled("公园", id="b", cluster="k", source="other")])

    (hit,) = index.search(Query("灯", sources=("forum",))).hits

    assert hit.copies == 2


def test_a_fold_shows_the_earliest_that_matches_and_not_the_earliest_of_all(index, make_labelled, now):
    index.add(
        [
            make_labelled("灯", id="match", cluster="k", published_at=now),
            make_labelled("公园", id="first", cluster="k", published_at=now - HOUR),
        ]
    )

    assert ids(index.search(Query("灯", fold=True))) == ["match"]
    assert ids(index.search(Query(fold=True))) == ["first"]
