"""Vectors beside the posts: of the same transaction, loaded as far as they changed, shared by threads."""

import random
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from indexer.base import Query
from indexer.memory import MemoryIndex
from indexer.sqlite import BATCH, SqliteIndex
from indexer.sqlite_columns import SharedColumns
from indexer.sqlite_vectors import SHELF, SharedVectors
from minsheng.domain import Vector

TO = Vector("test", bytes([100, 20, 3]))


def number_from(path, last):
    """Let the next row have the number after ``last``."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE state SET last = ?", (last,))
    connection.close()


def shelves_of(path, shared):
    connection = sqlite3.connect(path)
    _, shelves = shared.view(connection, SharedColumns())
    connection.close()
    return {shelf.base // SHELF: shelf for shelf in shelves}


def near(index, query=None):
    found = index.similar(query or Query(limit=500), TO, -1)
    return [(one.hit.labelled.post.id, one.similarity) for one in found.neighbours], found.unread


def test_vectors_of_several_shelves_are_one_index(tmp_path, sqlite_index, make_labelled):
    rng = random.Random(1)
    oracle = MemoryIndex()
    for last in (0, SHELF - 5, 3 * SHELF - 1, 20 * SHELF):
        number_from(tmp_path / "index.sqlite", last)
        posts = [
            make_labelled(
                vector=tuple(rng.randint(-128, 127) for _ in range(3)) if n % 4 else None,
                projects=("road", "park")[: n % 3],
            )
            for n in range(12)
        ]
        sqlite_index.add(posts)
        oracle.add(posts)

        for query in (Query(limit=500), Query(projects=("park",)), Query(fold=True, limit=5)):
            assert near(sqlite_index, query) == near(oracle, query)

    assert list(shelves_of(tmp_path / "index.sqlite", SharedVectors())) == [0, 1, 3, 20]


def test_only_shelves_that_changed_are_loaded_again(tmp_path, sqlite_index, make_labelled):
    path = tmp_path / "index.sqlite"
    shared = SharedVectors()
    sqlite_index.add([make_labelled(id="a", vector=(1, 2))])
    number_from(path, SHELF)
    sqlite_index.add([make_labelled(id="b", vector=(3, 4))])
    first = shelves_of(path, shared)

    sqlite_index.add([make_labelled(id="b", vector=(5, 6))])
    second = shelves_of(path, shared)

    assert second[0] is first[0]
    assert second[1].groups["test", 2].rows.tolist() == [[5, 6]]
    assert first[1].groups["test", 2].rows.tolist() == [[3, 4]], "whoever holds the old state may go on with it"


def test_a_shelf_without_vectors_takes_no_room(tmp_path, sqlite_index, make_labelled):
    path = tmp_path / "index.sqlite"
    shared = SharedVectors()
    sqlite_index.add([make_labelled(id="a", vector=(1, 2))])
    assert list(shelves_of(path, shared)) == [0]

    sqlite_index.delete(["a"])

    assert shelves_of(path, shared) == {}
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (0,)
    connection.close()


def test_another_process_s_writes_are_seen(tmp_path, sqlite_index, make_labelled):
    other = SqliteIndex(tmp_path / "index.sqlite")
    sqlite_index.add([make_labelled(id="a", vector=(100, 20, 3))])
    assert near(other) == ([("a", 1.0)], 0)

    sqlite_index.add([make_labelled(id="b", vector=(100, 20, 3))])
    sqlite_index.delete(["a"])

    assert near(other) == ([("b", 1.0)], 0)
    other.close()


def test_threads_see_whole_states_while_one_writes(sqlite_index, make_labelled):
    """Each batch gives all posts the same vector, so that a mixture of two states would show."""
    posts = [make_labelled(id=f"p{n:03}") for n in range(300)]

    def write(turn):
        vector = (100, 20, 3) if turn % 2 else (-100, -20, -3)
        sqlite_index.add([make_labelled(labelled.post.text, id=labelled.post.id, vector=vector) for labelled in posts])

    write(1)
    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(lambda: [write(turn) for turn in range(8)])
        states = [state for _ in range(12) for state in pool.map(lambda _: near(sqlite_index), range(3))]
        writing.result()

    seen = {frozenset(similarity for _, similarity in found) for found, _ in states}
    assert seen <= {frozenset({1.0}), frozenset({-1.0})}
    assert {len(found) for found, _ in states} == {300}


def test_a_killed_writer_leaves_a_vector_for_every_post(tmp_path):
    script = f"""
import sys; from pathlib import Path
from datetime import UTC, datetime
from indexer.sqlite import SqliteIndex
from minsheng.domain import *
at = datetime(2026, 3, 1, tzinfo=UTC)
def posts():
    for n in range(100_000):
        if n == 3 * {BATCH}: print("writing", flush=True)
        post = Post(f"f:{{n}}", "f", Kind.PUBLIC, "u", "t", "", "路灯坏了", at, at)
        reading = Reading((), Opinion(1, 0, 0), "urban", "quality", post.id, "m", vector=Vector("test", b"\\x01\\x02"))
        yield LabelledPost(post, reading)
SqliteIndex(Path({str(tmp_path / "index.sqlite")!r})).add(posts())
"""
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"writing\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()

    index = SqliteIndex(tmp_path / "index.sqlite")
    number = index.count(Query())

    assert BATCH <= number < 100_000
    assert index.similar(Query(), Vector("test", b"\x01\x02")).unread == 0
    index.close()
    with sqlite3.connect(tmp_path / "index.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (number,)
    connection.close()


@pytest.mark.parametrize("length", [1, 192, 256])
def test_nearness_equals_that_of_whole_numbers(length):
    from indexer.nearness import SAME, nearness, rows_of, squares_of

    rng = random.Random(length)
    vectors = [bytes([rng.choice([128, 129, 127, rng.randrange(1, 256)]) for _ in range(length)]) for _ in range(1500)]
    rows = rows_of(vectors)
    whole = rows.astype(np.int64)

    found = nearness(rows, squares_of(rows), Vector("test", vectors[0]))

    products, squares = whole @ whole[0], (whole * whole).sum(axis=1)
    wanted = np.rint(products / np.sqrt(squares * float(squares[0])) * SAME)
    assert found.tolist() == wanted.astype(int).tolist()
