"""What SqliteIndex promises beyond the port: one file, many users of it, and clear refusals."""

import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.base import Query
from indexer.columns import BLOCK, RECORD, unpacked
from indexer.sqlite import BATCH, SqliteIndex
from indexer.sqlite_schema import VERSION
from minsheng.errors import IndexUnavailable

ROOT = Path(__file__).resolve().parents[2]

# A process of its own: writes posts with prefix argv[2] into the index argv[1], argv[3] of them, saying when it began.
WRITER = """
import itertools, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from indexer.sqlite import SqliteIndex
from minsheng.domain import Kind, LabelledPost, Opinion, Post, Reading

def post(n):
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
    name = f"{sys.argv[2]}:{n}"
    return LabelledPost(
        Post(name, sys.argv[2], Kind.PUBLIC, "u", "t", "标题", f"路灯坏了第{n}天", moment, moment),
        Reading(("road",), Opinion(1.0, 0.0, 0.0), "urban", "quality", name, "m"),
    )

numbers = itertools.count() if sys.argv[3] == "inf" else range(int(sys.argv[3]))
index = SqliteIndex(Path(sys.argv[1]), busy_seconds=60)
print("began", flush=True)
for start in itertools.count(0, 50) if sys.argv[3] != "inf" else [0]:
    part = list(numbers[start : start + 50]) if sys.argv[3] != "inf" else numbers
    if not part:
        break
    index.add(map(post, part))
index.close()
"""


def start_writer(path, prefix, number):
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), prefix, str(number)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "began\n"
    return process


def is_sound(path, total):
    """Return whether the rows, the columns and the words agree that there are ``total`` posts."""
    connection = sqlite3.connect(path)
    rows = {n for (n,) in connection.execute("SELECT n FROM posts")}
    blocks = connection.execute("SELECT block, data FROM blocks").fetchall()
    columns = {block * BLOCK + int(n) for block, data in blocks for n in np.flatnonzero(unpacked(data)["source"])}
    words = connection.execute("SELECT count(*) FROM words WHERE words MATCH '\"路灯\"'").fetchone()[0]
    connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    (check,) = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    return rows == columns and (len(rows), words, check) == (total, total, "ok")


def test_posts_are_there_after_a_restart(tmp_path, make_labelled):
    path = tmp_path / "deep" / "folder" / "index.sqlite"
    posts = [make_labelled() for _ in range(3)]
    first = SqliteIndex(path)
    first.add(posts)
    first.close()

    second = SqliteIndex(path)

    assert list(second.stream(Query())) == posts
    second.close()


def test_what_is_added_is_in_the_file_before_close(tmp_path, sqlite_index, make_labelled):
    sqlite_index.add([make_labelled()])

    other = SqliteIndex(tmp_path / "index.sqlite")

    assert other.count(Query("路灯")) == 1
    other.close()


def test_a_killed_writer_leaves_whole_batches(tmp_path):
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    process = start_writer(path, "x", "inf")
    while index.count(Query()) < 2 * BATCH:
        time.sleep(0.02)

    process.kill()
    process.wait()
    process.stdout.close()
    index.close()

    again = SqliteIndex(path)
    total = again.count(Query())
    assert total >= 2 * BATCH
    assert total % BATCH == 0
    assert again.count(Query("坏了第0天")) == 1
    again.close()
    assert is_sound(path, total)


def test_a_batch_that_fails_is_not_stored_and_those_before_it_are(sqlite_index, make_labelled):
    def posts():
        for _ in range(BATCH + 10):
            yield make_labelled()
        raise ConnectionError("the inbox went away")

    with pytest.raises(ConnectionError):
        sqlite_index.add(posts())

    assert sqlite_index.count(Query()) == BATCH


def test_two_processes_and_two_threads_write_while_ten_read(tmp_path, make_labelled):
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path, busy_seconds=60)
    processes = [start_writer(path, name, 300) for name in ("one", "two")]
    is_read, is_written = threading.Event(), threading.Event()
    totals = []

    def write(name):
        is_read.wait(timeout=60)
        for start in range(0, 200, 20):
            index.add(make_labelled(id=f"{name}:{n}") for n in range(start, start + 20))

    def read():
        while not is_written.is_set():
            page = index.search(Query("路灯", limit=5, order="best"))
            totals.append(page.total)
            assert sum(index.facet(Query(), "source").values()) >= page.total
            is_read.set()

    with ThreadPoolExecutor(12) as pool:
        readers = [pool.submit(read) for _ in range(10)]
        writers = [pool.submit(write, name) for name in ("three", "four")]
        codes = [process.wait() for process in processes]
        failures = [future.exception() for future in writers]
        is_written.set()
        failures += [future.exception() for future in readers]
    for process in processes:
        process.stdout.close()

    assert codes == [0, 0]
    assert failures == [None] * 12
    assert 0 <= totals[0] < 1000, "the readers began before the writers ended"
    assert index.count(Query("路灯")) == 1000
    index.close()
    assert is_sound(path, 1000)


def test_two_processes_may_make_the_same_file_at_once(tmp_path):
    path = tmp_path / "index.sqlite"
    command = [sys.executable, "-c", WRITER, str(path)]
    processes = [subprocess.Popen([*command, name, "100"], cwd=ROOT, stdout=subprocess.DEVNULL) for name in "ab"]

    assert [process.wait() for process in processes] == [0, 0]

    assert is_sound(path, 200)


def test_a_reader_sees_one_state_while_a_writer_is_at_work(tmp_path, sqlite_index, make_labelled):
    sqlite_index.add([make_labelled()])
    writer = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM posts")

    assert sqlite_index.count(Query()) == 1

    writer.execute("ROLLBACK")
    writer.close()


def test_a_writer_that_never_ends_makes_the_index_unavailable(tmp_path, make_labelled):
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path, busy_seconds=0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(IndexUnavailable, match=r"index\.sqlite: database is locked: another process"):
        index.add([make_labelled()])

    other.execute("ROLLBACK")
    other.close()
    assert index.add([make_labelled()]) == 1
    index.close()


def test_a_newer_schema_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "index.sqlite"
    SqliteIndex(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(IndexUnavailable, match=f"schema version {VERSION + 1}, this Minsheng knows {VERSION}"):
        SqliteIndex(path)

    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE posts (x)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(IndexUnavailable, match="belongs to another program"):
        SqliteIndex(path)

    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "index.sqlite"
    path.write_text("这不是数据库。" * 1000, encoding="utf-8")

    with pytest.raises(IndexUnavailable, match="file is not a database: this is not an SQLite file"):
        SqliteIndex(path)

    assert path.read_text(encoding="utf-8").startswith("这不是数据库")


def test_a_damaged_page_makes_the_index_unavailable(tmp_path, make_labelled):
    path = tmp_path / "index.sqlite"
    first = SqliteIndex(path)
    first.add(make_labelled(f"第{n}盏路灯" * 20) for n in range(300))
    first.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xff" * (len(content) - 8192)
    path.write_bytes(content)

    with pytest.raises(IndexUnavailable, match="the file is damaged; restore a backup"):
        list(SqliteIndex(path).stream(Query("路灯")))


def test_a_path_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(IndexUnavailable, match=r"index .*: unable to open database file: check that the folder"):
        SqliteIndex(tmp_path)
    with pytest.raises(IndexUnavailable, match="check that the folder exists"):
        SqliteIndex(tmp_path / "file" / "index.sqlite")


def test_a_closed_index_says_so(sqlite_index):
    sqlite_index.close()

    with pytest.raises(IndexUnavailable, match="is closed"):
        sqlite_index.count(Query())


def test_a_stream_holds_no_transaction_and_skips_what_is_deleted_meanwhile(tmp_path, make_labelled):
    index = SqliteIndex(tmp_path / "index.sqlite", busy_seconds=0.05)
    index.add(make_labelled(id=f"{n:04}") for n in range(1200))
    stream = index.stream(Query(order="newest"))
    first = next(stream)

    index.delete([f"{n:04}" for n in range(600, 1200)])
    index.add([make_labelled(id="new")])
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    (busy, *_) = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()

    assert first.post.id == "0000"
    assert busy == 0
    assert [labelled.post.id for labelled in stream] == [f"{n:04}" for n in range(1, 600)]
    index.close()


def test_reading_a_post_again_writes_nothing(tmp_path, sqlite_index, make_labelled):
    posts = [make_labelled() for _ in range(50)]
    sqlite_index.add(posts)
    watcher = sqlite3.connect(tmp_path / "index.sqlite")
    before = watcher.execute("SELECT count(*), max(id) FROM words_data").fetchone()

    sqlite_index.add([replace(labelled, post=replace(labelled.post)) for labelled in posts])

    assert watcher.execute("SELECT count(*), max(id) FROM words_data").fetchone() == before
    watcher.close()


def test_no_column_names_who_wrote(tmp_path):
    SqliteIndex(tmp_path / "index.sqlite").close()
    connection = sqlite3.connect(tmp_path / "index.sqlite")
    tables = ("posts", "vectors", "names", "blocks", "state")
    columns = {row[1] for table in tables for row in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()

    assert columns | set(RECORD.names) == {
        "n", "id", "published", "source", "kind", "sentiment", "topic", "aspect", "intent", "cluster", "thread", "reply_to",
        "url", "title", "text", "collected", "shown_at", "project", "place", "likes", "projects", "negative", "neutral",
        "positive", "model", "norm_title", "norm_text", "field", "value", "code", "block", "version", "data", "last", "forgotten",
        "linked", "corrected", "corrections", "space", "numbers",
    }  # fmt: skip
