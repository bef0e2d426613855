"""What a segment knows: the same answers after every change as a memory index gives, and no more room than it may."""

import random
from datetime import timedelta

import numpy as np
import pytest

from indexer.base import Query
from indexer.conditions import All, Among, During, Holds, Not, Roughly
from indexer.memory import MemoryIndex
from indexer.places import Places
from minsheng.correcting import Change
from minsheng.domain import Window


def test_what_was_asked_for_last_stays_within_the_room(monkeypatch):
    monkeypatch.setattr("indexer.places._MOST_BYTES", 10_000)
    places = Places()
    for asked in range(20):
        places.put(asked, np.arange(asked, 400))
        places.get(0)

    known = [asked for asked in range(20) if places.get(asked) is not None]

    assert known == [0, 16, 17, 18, 19]
    assert np.array_equal(places.get(19), np.arange(19, 400))


def test_the_last_place_of_a_segment_is_kept():
    places = Places()
    places.put("all", np.arange(65_536))

    assert places.get("all").max() == 65_535


@pytest.mark.parametrize("seed", range(3))
def test_answers_known_before_a_change_are_right_after_it(sqlite_index, make_labelled, now, seed):
    """Every kind of condition, asked again after posts came, went, and were changed, corrected and read anew."""
    rng, oracle = random.Random(seed), MemoryIndex()
    month = Window(now - timedelta(days=30), now)
    queries = (
        Query("路灯"),
        Query(where=Not(Holds("路灯")), fold=True),
        Query(where=Roughly("路灯井盖"), order="best"),
        Query(projects=("road",), sentiments=("negative",)),
        Query(where=All((Among("topic", ("urban",)), During(month)))),
        Query(window=month, kinds=()),
    )

    def post(number):
        return make_labelled(
            rng.choice(("路灯坏了", "井盖坏了", "路灯和井盖")),
            id=f"{number}",
            projects=rng.choice(((), ("road",), ("road", "park"))),
            topic=rng.choice(("urban", "health")),
            cluster=f"c{number // 2}",
            published_at=now - timedelta(days=rng.randint(-5, 60)),
        )

    for step in range(12):
        batch = [post(rng.randint(0, 30)) for _ in range(4)]
        for index in (sqlite_index, oracle):
            if step % 4 == 3:
                index.delete([batch[0].post.id])
                index.correct(batch[1].post.id, [Change("topic", ("health",)), Change("project", ("park",))], now)
            else:
                index.add(batch)
        for query in queries:
            assert sqlite_index.search(query) == oracle.search(query)
            assert sqlite_index.facet(query, "project") == oracle.facet(query, "project")
            assert sqlite_index.histogram(query, "week") == oracle.histogram(query, "week")
