"""A file of the first released schema becomes one of this: all of it or nothing."""

import json
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from indexer.base import Facet, Query
from indexer.columns import BLOCK, RECORD
from indexer.conditions import Among
from indexer.sqlite import SqliteIndex
from indexer.sqlite_schema import APPLICATION_ID, VERSION
from indexer.times import beijing_day, to_micros
from minsheng.correcting import Change
from minsheng.domain import Opinion, Vector
from minsheng.errors import NotComparable
from minsheng.text import normalise

# As Minsheng 0.1 made it.
CREATE = (
    """CREATE TABLE posts (
        n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, published INTEGER NOT NULL, day INTEGER NOT NULL,
        source TEXT NOT NULL, kind TEXT NOT NULL, sentiment TEXT NOT NULL, topic TEXT NOT NULL, aspect TEXT NOT NULL,
        cluster TEXT NOT NULL, thread TEXT NOT NULL, reply_to TEXT)""",
    """CREATE TABLE bodies (
        n INTEGER PRIMARY KEY, url TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, collected INTEGER NOT NULL,
        shown_at TEXT NOT NULL, project TEXT, place INTEGER, likes INTEGER, projects TEXT NOT NULL,
        negative REAL NOT NULL, neutral REAL NOT NULL, positive REAL NOT NULL, model TEXT NOT NULL,
        norm_title TEXT NOT NULL, norm_text TEXT NOT NULL)""",
    "CREATE TABLE links (project TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (project, n)) WITHOUT ROWID",
    "CREATE INDEX links_n ON links (n)",
    "CREATE INDEX posts_published ON posts (published, id)",
    "CREATE INDEX posts_cluster ON posts (cluster)",
    "CREATE INDEX posts_thread ON posts (thread)",
    "CREATE INDEX posts_reply_to ON posts (reply_to) WHERE reply_to IS NOT NULL",
    "CREATE VIRTUAL TABLE words USING fts5(title, text, content='', columnsize=0, tokenize='ascii')",
    f"PRAGMA application_id = {APPLICATION_ID}",
    "PRAGMA user_version = 1",
)


def write_old(path, posts):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN")
    for statement in CREATE:
        connection.execute(statement)
    for n, labelled in enumerate(posts, 1):
        post, reading, opinion = labelled.post, labelled.reading, labelled.reading.opinion
        published = to_micros(post.published_at)
        title, text = normalise(post.title), normalise(post.text)
        row = (
            n, post.id, published, beijing_day(published), post.source, post.kind.value, reading.sentiment.value,
            reading.topic, reading.aspect, reading.cluster, post.thread, post.reply_to,
        )  # fmt: skip
        connection.execute(f"INSERT INTO posts VALUES ({', '.join('?' * len(row))})", row)
        row = (
            n, post.url, post.title, post.text, to_micros(post.collected_at), post.shown_at, post.project, post.place,
            post.likes, json.dumps(reading.projects), opinion.negative, opinion.neutral, opinion.positive,
            reading.model, title, text,
        )  # fmt: skip
        connection.execute(f"INSERT INTO bodies VALUES ({', '.join('?' * len(row))})", row)
        connection.executemany("INSERT INTO links VALUES (?, ?)", [(project, n) for project in set(reading.projects)])
        words = [" ".join(normal[at : at + 2] for at in range(len(normal))) for normal in (title, text)]
        connection.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", (n, *words))
    connection.execute("DELETE FROM posts WHERE n = (SELECT max(n) FROM posts)")
    connection.execute("DELETE FROM bodies WHERE n NOT IN (SELECT n FROM posts)")
    connection.execute("COMMIT")
    connection.close()


@pytest.fixture
def posts(make_labelled):
    """More than are converted at a time; the last one has been deleted."""
    made = [
        make_labelled(f"坐bus去第{n}盏路灯", title="问题", projects=("road", "桥")[: n % 3], reply_to=f"x{n}", likes=n)
        for n in range(1203)
    ]
    return [replace(each, reading=replace(each.reading, intent="", unsure=False)) for each in made]


@pytest.fixture
def path(tmp_path, posts):
    write_old(tmp_path / "index.sqlite", posts)
    return tmp_path / "index.sqlite"


def version_of(path):
    connection = sqlite3.connect(path)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return version


def test_every_post_is_there_without_intent_and_sure(path, posts, caplog):
    caplog.set_level(logging.INFO)

    index = SqliteIndex(path)

    assert list(index.stream(Query())) == posts[:-1]
    assert index.facet(Query(), "intent") == {"": 1202}
    assert index.facet(Query("bus"), "project") == {"road": 801, "桥": 400}
    assert index.count(Query("us")) == 0, "words are those of now"
    assert f"from=1 to={VERSION}" in caplog.text
    assert "index conversion done=1202 of=1202" in caplog.text
    index.close()
    assert version_of(path) == VERSION


def test_a_converted_file_goes_on_like_any_other(path, make_labelled):
    index = SqliteIndex(path)

    index.add([make_labelled("新的路灯", id="new", intent="request")])

    index.delete(["forum:1"])
    assert index.count(Query("路灯")) == 1202
    assert index.facet(Query(), "intent") == {"": 1201, "request": 1}
    index.close()
    connection = sqlite3.connect(path)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master") if not name.startswith("words")}
    numbers = connection.execute("SELECT min(n), max(n) FROM posts").fetchone()
    connection.close()
    assert tables == {
        "posts",
        "sqlite_autoindex_posts_1",
        "vectors",
        "names",
        "blocks",
        "blocks_version",
        "state",
        "sqlite_sequence",
    }
    assert numbers == (2, 1204), "the number of the post that had been deleted is not given again"


def test_a_conversion_that_fails_leaves_the_old_file(path):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE bodies SET projects = 'no JSON' WHERE n = 1100")
    connection.close()

    with pytest.raises(json.JSONDecodeError):
        SqliteIndex(path)

    assert version_of(path) == 1
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM links JOIN posts USING (n)").fetchone() == (1201,)
    with connection:
        connection.execute("UPDATE bodies SET projects = '[]' WHERE n = 1100")
    connection.close()
    index = SqliteIndex(path)
    assert index.count(Query()) == 1202
    index.close()


def test_two_that_open_an_old_file_at_once_convert_it_once(path):
    with ThreadPoolExecutor(2) as pool:
        indexes = list(pool.map(SqliteIndex, [path] * 2))

    assert [index.count(Query("路灯")) for index in indexes] == [1202] * 2
    for index in indexes:
        index.close()


def test_an_old_file_without_posts_is_converted(tmp_path, make_labelled):
    write_old(tmp_path / "old.sqlite", [])

    index = SqliteIndex(tmp_path / "old.sqlite")

    assert index.add([make_labelled()]) == 1
    assert index.count(Query("路灯")) == 1
    index.close()


def test_a_reading_keeps_its_probabilities(tmp_path, make_labelled):
    labelled = replace(make_labelled(), reading=replace(make_labelled().reading, opinion=Opinion(0.2, 0.5, 0.3)))
    write_old(tmp_path / "old.sqlite", [labelled, make_labelled()])

    index = SqliteIndex(tmp_path / "old.sqlite")

    assert index.get(labelled.post.id).reading.opinion == Opinion(0.2, 0.5, 0.3)
    assert index.facet(Query(), "sentiment") == {"neutral": 1}
    index.close()


def test_version_2_keeps_intent_and_doubt(tmp_path, make_labelled):
    path = tmp_path / "old.sqlite"
    write_old(path, [make_labelled(), make_labelled()])
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("ALTER TABLE posts ADD COLUMN intent TEXT NOT NULL DEFAULT ''")
        connection.execute("UPDATE posts SET intent = 'praise', sentiment = 'unsure'")
        connection.execute("PRAGMA user_version = 2")
    connection.close()

    index = SqliteIndex(path)

    assert index.facet(Query("路灯"), "intent") == {"praise": 1}
    assert index.facet(Query("路灯"), "sentiment") == {"unsure": 1}
    index.close()


RECORD_3 = np.dtype(
    [("published", "<i8"), ("cluster", "<u8"), ("thread", "<u8"), ("reply_to", "<u8"), ("project", "<u4")]
    + [(name, "<u2") for name in ("source", "kind", "sentiment", "topic", "aspect", "intent")]
)


def make_version_3(path):
    """Take out of a file what version 3 did not have."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DROP TABLE vectors")
        connection.execute("ALTER TABLE posts DROP COLUMN corrections")
        connection.execute("DELETE FROM names WHERE field IN ('linked', 'model', 'corrected')")
        for block, data in connection.execute("SELECT block, data FROM blocks").fetchall():
            rows = np.frombuffer(data, RECORD) if data else np.zeros(0, RECORD)
            old = np.zeros(len(rows), RECORD_3)
            for name in RECORD_3.names:
                old[name] = rows[name]
            connection.execute("UPDATE blocks SET data = ? WHERE block = ?", (old.tobytes(), block))
        connection.execute("PRAGMA user_version = 3")
    connection.close()


def all_answers(index):
    facets = [index.facet(Query("路灯"), facet) for facet in get_args(Facet)]
    return facets, list(index.stream(Query())), [index.count(Query(linked=(name,))) for name in ("road", "桥", "new")]


@pytest.fixture
def version_3(tmp_path, make_labelled):
    """A file of version 3 with some blocks, one of them empty, and what it must answer."""
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    posts = [
        make_labelled(f"第{n}盏路灯", projects=("road", "桥")[: n % 3], model=("old", "older")[n % 2], id=f"f:{n}")
        for n in range(3 * BLOCK)
    ]
    index.add(posts)
    index.delete([f"f:{n}" for n in (*range(BLOCK - 1, 2 * BLOCK - 1), 7)])
    expected = all_answers(index)
    index.close()
    make_version_3(path)
    return path, expected


def test_version_3_answers_as_before_and_counts_models_and_corrections(version_3, now, caplog):
    caplog.set_level(logging.INFO)
    path, expected = version_3

    index = SqliteIndex(path)

    assert all_answers(index) == expected
    assert index.facet(Query(), "model") == {"old": 256, "older": 255}
    assert index.facet(Query(), "corrected") == {}
    assert version_of(path) == VERSION
    assert "from=3" in caplog.text
    index.correct("f:1", [Change("project", ("new",)), Change("sentiment", ("neutral",))], now)
    assert index.facet(Query(), "project")["new"] == 1
    assert index.count(Query(where=Among("corrected", ("project",)))) == 1
    index.close()


def test_a_conversion_of_version_3_that_fails_leaves_the_old_file(version_3):
    path, expected = version_3
    connection = sqlite3.connect(path)
    (whole,) = connection.execute("SELECT data FROM blocks WHERE block = 2").fetchone()
    with connection:
        connection.execute("UPDATE blocks SET data = x'00' WHERE block = 2")

    with pytest.raises(ValueError, match="buffer size"):
        SqliteIndex(path)

    assert version_of(path) == 3
    with connection:
        connection.execute("UPDATE blocks SET data = ? WHERE block = 2", (whole,))
    connection.close()
    index = SqliteIndex(path)
    assert all_answers(index) == expected
    index.close()


def test_an_empty_file_of_version_3_is_converted(tmp_path, make_labelled):
    SqliteIndex(tmp_path / "index.sqlite").close()
    make_version_3(tmp_path / "index.sqlite")

    index = SqliteIndex(tmp_path / "index.sqlite")

    assert index.add([make_labelled(model="m")]) == 1
    assert index.facet(Query(), "model") == {"m": 1}
    index.close()


def as_version_4(path, posts):
    """Write a file as the Minsheng before vectors left it: the tables of now without them."""
    index = SqliteIndex(path)
    index.add(posts)
    index.close()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DROP TABLE vectors")
        connection.execute("PRAGMA user_version = 4")
    connection.close()


def test_version_4_gets_room_for_vectors_and_its_posts_say_that_they_have_none(tmp_path, make_labelled):
    path = tmp_path / "old.sqlite"
    old = make_labelled("路灯坏了", id="old")
    as_version_4(path, [old, make_labelled("路灯又坏了")])

    index = SqliteIndex(path)

    with pytest.raises(NotComparable, match="post old has no vector"):
        index.similar(Query(), "old")
    assert index.get("old") == old
    index.add([make_labelled(id="new", vector=(1, 1))])
    assert index.similar(Query(), "new").unread == 2
    index.add([replace(old, reading=replace(old.reading, vector=Vector("test", bytes([1, 1]))))])
    found = index.similar(Query(), "new")
    assert [one.hit.labelled.post.id for one in found.neighbours] == ["old"]
    assert found.unread == 1
    index.close()
    assert version_of(path) == VERSION
