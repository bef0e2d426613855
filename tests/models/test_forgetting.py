import sqlite3
from contextlib import closing

import pytest

from minsheng.errors import IndexUnavailable
from models.duplicates import ClusterStore
from models.forgetting import ClusterEraser

LONG = "梧桐巷的井盖已经丢失了三个月没有人来补请尽快处理"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "clusters.sqlite"


def assign(path, *posts):
    store = ClusterStore(path)
    try:
        return store.assign(posts)
    finally:
        store.close()


def rows(path, table):
    with closing(sqlite3.connect(path)) as base:
        return base.execute(f"SELECT * FROM {table}").fetchall()


def test_a_forgotten_post_leaves_no_row_in_any_table(path, make_post):
    assign(path, make_post(LONG, id="forum:1"))

    assert ClusterEraser(path).forget(["forum:1", "forum:unknown"]) == 1

    assert [rows(path, table) for table in ("member", "exact", "leader", "band")] == [[], [], [], []]


def test_a_cluster_loses_its_text_with_its_first_post_and_keeps_its_other_posts(path, make_post):
    first, copy, third = (make_post(LONG, id=post_id) for post_id in ("forum:1", "votes:1", "votes:2"))
    assert assign(path, first, copy) == ["forum:1", "forum:1"]

    ClusterEraser(path).forget(["forum:1"])

    assert rows(path, "leader") == []
    assert assign(path, copy, third) == ["forum:1", "votes:2"]


def test_a_later_copy_can_go_and_the_cluster_stays(path, make_post):
    assign(path, make_post(LONG, id="forum:1"), make_post(LONG, id="votes:1"))

    ClusterEraser(path).forget(["votes:1"])

    assert assign(path, make_post(LONG, id="votes:2")) == ["forum:1"]


def test_a_cluster_named_after_an_edited_post_goes_with_it(path, make_post):
    old, copy = make_post(LONG, id="forum:1"), make_post(LONG, id="votes:1")
    assign(path, old, copy)
    edited = make_post("完全不同的一段话说的是公园里的长椅坏了好几张没有人修理", id="forum:1")
    (name,) = assign(path, edited)
    assert name.startswith("forum:1~")

    ClusterEraser(path).forget(["forum:1"])

    assert rows(path, "leader") == []


def test_signs_in_an_id_are_no_pattern(path, make_post):
    assign(
        path, make_post(LONG, id="forum:12~x"), make_post("另一段足够长的话说的是滨江路的路面坑洼不平", id="forum:1*")
    )

    ClusterEraser(path).forget(["forum:1*"])

    assert [row[0] for row in rows(path, "member")] == ["forum:12~x"]
    assert len(rows(path, "leader")) == 1


def test_the_posts_of_a_source_are_found_by_name(path, make_post):
    assign(path, *(make_post(LONG, id=post_id) for post_id in ("forum:1", "forum2:1", "foru:1", "forum:zz")))

    assert ClusterEraser(path).of_source("forum") == ["forum:1", "forum:zz"]


def test_a_store_that_was_never_made_is_not_made(path):
    eraser = ClusterEraser(path)

    assert eraser.forget(["a"]) == 0
    assert eraser.of_source("a") == []
    assert not path.exists()


def test_a_damaged_store_is_told(path):
    path.write_text("not a database, and long enough to be looked at", encoding="utf-8")

    with pytest.raises(IndexUnavailable, match=r"clusters\.sqlite"):
        ClusterEraser(path).forget(["a"])
