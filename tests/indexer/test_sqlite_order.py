"""Pages of many rows, of which SQLite reads the texts and ids of a few, are those of the oracle."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from indexer.base import Query
from indexer.memory import MemoryIndex
from indexer.ranking import Ranking, most_bonus
from indexer.sqlite_order import CHUNK, by_worth

NUMBER = 3 * CHUNK


def pages(index, query):
    """Return the ids of the first six pages."""
    found = []
    for _ in range(6):
        page = index.search(query)
        found.append([hit.labelled.post.id for hit in page.hits])
        if page.next is None:
            break
        query = replace(query, after=page.next)
    return found


@pytest.fixture
def both(sqlite_index, make_labelled, now):
    rng = random.Random(3)
    posts = [
        make_labelled(
            "路灯" * rng.choice([0, 1, 1, 2, 7]) + "坏了",
            title=rng.choice(["", "", "路", "路灯"]),
            id=f"{rng.random()}",
            cluster=f"c{n % 900}",
            published_at=now - timedelta(days=rng.randint(0, 300)),
        )
        for n in range(NUMBER)
    ]
    oracle = MemoryIndex()
    assert sqlite_index.add(posts) == oracle.add(posts) == NUMBER
    return sqlite_index, oracle


@pytest.mark.parametrize("order", ["best", "newest", "oldest"])
@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("text", ["路灯", "路 灯"])
def test_pages_are_the_same_where_many_rows_have_the_same_time(both, order, fold, text):
    found, wanted = (pages(index, Query(text, order=order, fold=fold, limit=7)) for index in both)

    assert found == wanted
    assert len(found) == 6


def test_a_stream_in_order_best_is_the_same(both):
    found, wanted = ([each.post.id for each in index.stream(Query("路灯", order="best"))] for index in both)

    assert found == wanted
    assert len(found) > CHUNK


def test_texts_are_read_only_as_far_as_they_may_stand_on_the_page(both):
    sqlite, _ = both
    asked = []
    with sqlite._view() as view:
        selection = view.select(Query("路灯"))

        def texts_of(numbers):
            asked.append(len(numbers))
            return view._texts_of(numbers)

        numbers = selection.numbers()
        most = selection.column("published") + most_bonus(1, 1)
        by_worth(most, numbers, texts_of, Ranking(("路灯",)), None, 5)

    assert sum(asked) < len(selection) / 2
