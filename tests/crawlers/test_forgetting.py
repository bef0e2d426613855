from datetime import UTC, datetime

import pytest

from crawlers.forgetting import (
    forget_history,
    forget_state,
    leftovers,
    posts_of,
    run_of,
    sift_inbox,
    source_of,
)
from crawlers.history import CrawlHistory
from crawlers.inbox import InboxWriter
from crawlers.state import CrawlState
from minsheng.crawls import CrawlReport
from minsheng.errors import IndexUnavailable

RUN = "20260310T040000Z-0000000a"
NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def inbox(tmp_path, make_post):
    writer = InboxWriter(tmp_path / "inbox", "city-forum", RUN)
    for number in range(4):
        writer.write(make_post(f"第{number}条", id=f"city-forum:{number}"))
    path = writer.commit()
    with path.open("a", encoding="utf-8") as file:
        file.write("not a post\n")
    return path.parent


def test_a_file_tells_its_source_and_its_run(tmp_path):
    published, rejected = tmp_path / f"{RUN}-00001-city-forum.jsonl", tmp_path / f"{RUN}-city-forum.jsonl"

    assert source_of(published) == source_of(rejected) == "city-forum"
    assert run_of(published) == NOW
    assert source_of(tmp_path / "notes.txt") == ""
    assert run_of(tmp_path / "notes.txt") is None


def test_doomed_posts_are_told_and_then_gone_and_the_rest_stays_as_it_was(inbox):
    (path,) = inbox.iterdir()
    before = path.read_text("utf-8").splitlines()
    told = []

    sift_inbox(
        inbox, lambda post: post.id.endswith(("1", "3")), lambda file, gone: told.extend((file, p.id) for p in gone)
    )

    assert path.read_text("utf-8").splitlines() == [before[0], before[2], before[4]]
    assert told == [(path, "city-forum:1"), (path, "city-forum:3")]


def test_a_file_without_doomed_posts_is_not_written(inbox):
    (path,) = inbox.iterdir()
    before = path.stat()

    sift_inbox(inbox, lambda _: False, lambda *_: pytest.fail("nothing goes"))

    assert path.stat().st_ino == before.st_ino


def test_a_file_of_which_nothing_is_left_goes(inbox):
    (path,) = inbox.iterdir()
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:4]), encoding="utf-8")

    sift_inbox(inbox, lambda _: True, lambda *_: None)

    assert list(inbox.iterdir()) == []


def test_what_waits_can_be_read_without_being_taken(inbox):
    assert [post.id for post in posts_of(inbox)] == [f"city-forum:{number}" for number in range(4)]


def test_leftovers_are_those_of_the_source_alone(inbox):
    (inbox / f"{RUN}-00002-forum.ready").touch()
    (inbox / f"{RUN}-00003-city-forum.part").touch()

    assert [path.suffix for path in leftovers(inbox, "city-forum")] == [".jsonl", ".part"]
    assert [path.suffix for path in leftovers(inbox, "forum")] == [".ready"]


def test_the_state_of_one_source_is_forgotten(tmp_path):
    for name in ("forum", "votes"):
        CrawlState(tmp_path / f"{name}.sqlite", tmp_path / "inbox").close()
    (tmp_path / "forum.report.json").touch()

    assert forget_state(tmp_path, "forum") == 2
    assert forget_state(tmp_path, "forum") == 0
    assert [path.name for path in tmp_path.glob("*.sqlite")] == ["votes.sqlite"]


def test_the_history_of_one_source_is_forgotten(tmp_path):
    path = tmp_path / "crawls.sqlite"
    assert forget_history(path, "forum") == 0
    history = CrawlHistory(path)
    for name in ("forum", "votes", "forum"):
        history.add(CrawlReport(name, NOW, NOW, "ok", 1, 1))

    assert forget_history(path, "forum") == 2
    assert list(history.latest()) == ["votes"]
    history.close()


def test_a_history_that_is_no_database_is_told(tmp_path):
    path = tmp_path / "crawls.sqlite"
    path.write_text("not a database, and long enough to be looked at", encoding="utf-8")

    with pytest.raises(IndexUnavailable, match=r"crawls\.sqlite"):
        forget_history(path, "forum")
