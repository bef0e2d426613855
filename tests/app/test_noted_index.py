"""An index that notes which projects change answers as the one inside it, and notes before and after."""

import pytest

from app.noted_index import NotedIndex
from app.watch_memory import WatchMemory
from indexer.base import Query
from indexer.memory import MemoryIndex


@pytest.fixture
def inside(make_labelled):
    index = MemoryIndex()
    index.add([make_labelled(vector=(1, 2, 3)), make_labelled("路灯修好了", vector=(3, 2, 1), projects=("park",))])
    return index


@pytest.fixture
def memory(tmp_path):
    return WatchMemory(tmp_path / "watch.sqlite")


def test_what_is_asked_is_answered_as_inside(inside, memory):
    noted, every = NotedIndex(inside, memory.touch), Query()
    first = inside.search(every).hits[0].labelled

    assert noted.search(every) == inside.search(every)
    assert noted.count(every) == inside.count(every) == 2
    assert noted.facet(every, "project") == inside.facet(every, "project")
    assert noted.histogram(every, "day") == inside.histogram(every, "day")
    assert list(noted.stream(every)) == list(inside.stream(every))
    assert noted.similar(every, first.post.id) == inside.similar(every, first.post.id)
    assert noted.get(first.post.id) == first
    assert memory.touched().projects == frozenset()


def test_a_change_is_noted_before_it_and_after_it(inside, make_labelled):
    seen = []

    def touch(projects):
        seen.append((sorted(projects), inside.count(Query())))

    NotedIndex(inside, touch).add([make_labelled(projects=("road", "park"))])

    assert seen == [(["park", "road"], 2), (["park", "road"], 3)]


def test_a_change_that_fails_half_way_is_noted_too(inside, memory):
    class Full(MemoryIndex):
        def relabel(self, posts):
            del posts
            raise OSError("the disk is full")

    full = Full()
    labelled = inside.search(Query()).hits[0].labelled

    with pytest.raises(OSError, match="full"):
        NotedIndex(full, memory.touch).relabel([labelled])

    assert memory.touched().projects == set(labelled.reading.projects)


def test_a_note_that_is_taken_again_is_the_latest_and_survives_a_watch_that_began_before_it(memory):
    memory.touch(["road", "park"])
    began = memory.touched()
    memory.touch(["road"])

    memory.keep({}, began)

    assert memory.touched().projects == {"road"}
