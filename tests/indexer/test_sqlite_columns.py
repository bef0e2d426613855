"""Columns beside the rows: always those of the same transaction, loaded as far as they changed, shared by threads."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import numpy as np
import pytest

from indexer.base import Facet, Query
from indexer.columns import BLOCK, SEGMENT, Names, Segment, digest, digests
from indexer.conditions import Among, Any, Holds, Not
from indexer.memory import MemoryIndex
from indexer.sqlite import SqliteIndex
from indexer.sqlite_columns import SharedColumns, write_rows

QUERIES = (
    Query(),
    Query("路灯"),
    Query(fold=True, order="oldest"),
    Query(projects=("road",), limit=3),
    Query(where=Any((Not(Holds("路灯")), Among("thread", ("t1", "t2")))), limit=4),
    Query("路 灯", order="best", fold=True),
)


def answers(index, query):
    facets = [list(index.facet(query, facet).items()) for facet in get_args(Facet)]
    return index.search(query), facets, index.histogram(query, "day"), list(index.stream(query))


def number_from(path, last):
    """Let the next row have the number after ``last``."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE state SET last = ?", (last,))
    connection.close()


def columns_of(path, shared=None):
    connection = sqlite3.connect(path)
    columns = (shared or SharedColumns()).read(connection)
    connection.close()
    return columns


def test_rows_of_several_segments_are_one_index(tmp_path, sqlite_index, make_labelled, now):
    posts = [
        make_labelled(
            "路灯" * (n % 4) + "桥",
            projects=("road", "park")[: n % 3],
            thread=f"t{n % 4}",
            cluster=f"c{n % 5}",
            source=("forum", "gov")[n % 2],
            published_at=now - timedelta(hours=n % 6),
        )
        for n in range(40)
    ]
    oracle = MemoryIndex()
    for start, last in ((0, 0), (10, SEGMENT - 5), (20, 3 * SEGMENT - 1), (30, 7 * SEGMENT)):
        number_from(tmp_path / "index.sqlite", last)
        sqlite_index.add(posts[start : start + 10])
        oracle.add(posts[start : start + 10])

        assert [answers(sqlite_index, query) for query in QUERIES] == [answers(oracle, query) for query in QUERIES]

    assert [segment.base // SEGMENT for segment in columns_of(tmp_path / "index.sqlite").segments] == [0, 1, 3, 7]


def test_only_segments_that_changed_are_loaded_again(tmp_path, sqlite_index, make_labelled):
    path = tmp_path / "index.sqlite"
    shared = SharedColumns()
    sqlite_index.add([make_labelled(id="a")])
    number_from(path, SEGMENT)
    sqlite_index.add([make_labelled(id="b")])
    first = columns_of(path, shared)

    sqlite_index.add([make_labelled(id="b", topic="health")])
    second = columns_of(path, shared)

    assert columns_of(path, shared) is second
    assert second.segments[0] is first.segments[0]
    assert second.segments[1] is not first.segments[1]
    assert first.segments[1].columns["topic"].max() == 1, "what a thread holds does not change under its hands"
    assert second.segments[1].columns["topic"].max() == 2


def test_what_another_index_of_the_same_file_writes_is_counted(tmp_path, sqlite_index, make_labelled):
    other = SqliteIndex(tmp_path / "index.sqlite")
    sqlite_index.add([make_labelled(id="a"), make_labelled(id="b", projects=())])
    assert other.facet(Query(), "project") == {"road": 1}

    other.add([make_labelled(id="b", projects=("桥", "road")), make_labelled(id="c", topic="health")])
    sqlite_index.delete(["a"])

    for index in (sqlite_index, other):
        assert index.facet(Query(), "project") == {"road": 2, "桥": 1}
        assert index.facet(Query(), "topic") == {"health": 1, "urban": 1}
        assert index.count(Query("路灯")) == 2
    other.close()


def test_words_found_before_a_change_are_not_used_after_it(sqlite_index, make_labelled):
    old = make_labelled("路灯坏了", id="a")
    sqlite_index.add([old])
    assert sqlite_index.count(Query("路灯")) == 1

    sqlite_index.add([replace(old, post=replace(old.post, text="井盖坏了"))])

    assert sqlite_index.count(Query("路灯")) == 0
    assert sqlite_index.count(Query("井盖")) == 1


def test_names_of_a_transaction_that_failed_are_forgotten(sqlite_index, make_labelled):
    def fail():
        with sqlite_index._file.write() as connection:
            names = sqlite_index._columns.names(connection)
            write_rows(connection, names, {1: make_labelled(topic="lost", source="lost")})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    sqlite_index.add([make_labelled(topic="kept")])

    assert sqlite_index.facet(Query(), "topic") == {"kept": 1}
    assert sqlite_index.facet(Query(), "source") == {"forum": 1}


def test_a_block_without_rows_takes_no_room(tmp_path, sqlite_index, make_labelled):
    sqlite_index.add(make_labelled(id=f"{n}") for n in range(2 * BLOCK))

    sqlite_index.delete(f"{n}" for n in range(BLOCK + 10))

    connection = sqlite3.connect(tmp_path / "index.sqlite")
    sizes = [size for (size,) in connection.execute("SELECT length(data) FROM blocks ORDER BY block")]
    connection.close()
    assert [size > 0 for size in sizes] == [False, True, True]


def test_a_segment_without_rows_is_dropped(tmp_path, sqlite_index, make_labelled):
    path = tmp_path / "index.sqlite"
    sqlite_index.add([make_labelled(id="a")])
    number_from(path, SEGMENT)
    sqlite_index.add([make_labelled(id="b")])
    shared = SharedColumns()
    assert len(columns_of(path, shared).segments) == 2

    sqlite_index.delete(["a"])

    assert [segment.base for segment in columns_of(path, shared).segments] == [SEGMENT]
    assert sqlite_index.count(Query("路灯")) == 1


def test_names_that_no_post_has_any_more_are_forgotten_and_may_come_again(tmp_path, sqlite_index, make_labelled):
    path = tmp_path / "index.sqlite"
    other = SqliteIndex(path)
    other.add([make_labelled(id="a", source="gone", projects=("p", "q")), make_labelled(id="b", projects=("p",))])
    assert sqlite_index.facet(Query(), "source") == {"forum": 1, "gone": 1}

    sqlite_index.delete(["a"])

    connection = sqlite3.connect(path)
    named = [value for (value,) in connection.execute("SELECT value FROM names WHERE field IN ('source', 'project')")]
    connection.close()
    assert sorted(named) == ['["forum"]', '["p"]', "[]", "[]"]
    other.add([make_labelled(id="c", source="gone", projects=()), make_labelled(id="d", source="new")])
    for index in (sqlite_index, other):
        assert index.facet(Query(), "source") == {"forum": 1, "gone": 1, "new": 1}
        assert index.facet(Query(), "project") == {"p": 1, "road": 1}
        assert index.count(Query(sources=("gone",))) == 1
    other.close()


def test_threads_that_ask_while_one_writes_see_whole_states(sqlite_index, make_labelled):
    """Each batch holds as many posts of one topic as of the other."""

    def ask():
        seen = []
        for _ in range(60):
            query = Query("路灯")
            counts = sqlite_index.facet(query, "topic")
            seen.append(counts.get("urban", 0) == counts.get("health", 0))
        return all(seen)

    def write():
        for batch in range(20):
            sqlite_index.add(make_labelled(id=f"{batch}:{n}", topic=("urban", "health")[n % 2]) for n in range(20))
        return True

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for work in (ask, write, ask, ask)]

    assert [future.result() for future in futures] == [True] * 4
    assert sqlite_index.count(Query("路灯")) == 400


def test_more_values_of_a_field_than_codes_are_refused_by_name(sqlite_index, make_labelled):
    names = Names()
    for n in range(65_535):
        names.learn("source", (str(n),))

    with (
        sqlite_index._file.read() as connection,
        pytest.raises(ValueError, match="source: has more than 65535 different"),
    ):
        write_rows(connection, names, {1: make_labelled(source="one more")})


def test_digests_are_found_among_many_that_are_nearly_alike():
    column = np.array([digest("a"), digest("a") ^ 1, 0, digest("b"), digest("a")], np.uint64)
    segment = Segment(0, {"cluster": column, "source": np.ones(5, np.uint16)})

    first, none = segment.places_of("cluster", digests(["a", "c"]))

    assert (sorted(first.tolist()), none.tolist()) == ([0, 4], [])
    assert segment.places_of("cluster", digests([])) == []
