"""What a page reads at every request is read again once anybody has written, and not before."""

import sqlite3

import pytest

from alerts.database import Database
from alerts.unchanged import Unchanged
from minsheng.errors import IndexUnavailable


@pytest.fixture
def path(tmp_path):
    Database(tmp_path / "alerts.sqlite")
    return tmp_path / "alerts.sqlite"


def add(path, key):
    with Database(path).write() as rows:
        rows.execute("INSERT INTO findings VALUES (?, 'road', '2026', '{}')", (key,))


def keys(path):
    with Database(path).read() as rows:
        return [row["key"] for row in rows.execute("SELECT key FROM findings ORDER BY key")]


def test_it_is_read_again_once_somebody_has_written(path):
    reads = []

    def read():
        reads.append(1)
        return keys(path)

    known = Unchanged(path, read)
    assert (known(), known(), len(reads)) == ([], [], 1)

    add(path, "a")
    assert (known(), known(), len(reads)) == (["a"], ["a"], 2)


def test_what_is_written_while_it_is_read_is_not_missed(path):
    def read():
        found = keys(path)
        if "b" not in found:
            add(path, "b")
        return found

    known = Unchanged(path, read)

    assert known() == []
    assert known() == ["b"]


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    (tmp_path / "x").write_bytes(b"no database" * 1000)

    with pytest.raises(IndexUnavailable, match="cannot be read"):
        Unchanged(tmp_path / "x", lambda: sqlite3.connect(tmp_path / "x").execute("SELECT 1 FROM findings"))()
