import json

import pytest

from app.pipeline import ingest
from indexer.base import Query
from indexer.memory import MemoryIndex
from minsheng.domain import LabelledPost, Opinion, Reading
from minsheng.jsonl import dump_post, parse_post


class PlainReader:
    """Labels every post alike; counts what it was asked, and can fail at a given post."""

    def __init__(self, fail_at=None):
        self.seen = 0
        self.fail_at = fail_at

    def read(self, posts):
        self.seen += len(posts)
        if self.fail_at is not None and self.seen > self.fail_at:
            raise MemoryError("out of memory in the middle of a file")
        return [LabelledPost(p, Reading((), Opinion(0, 1, 0), "other", "other", p.id, "plain")) for p in posts]


@pytest.fixture
def folders(tmp_path):
    inbox, rejects = tmp_path / "inbox", tmp_path / "rejects"
    inbox.mkdir()
    return inbox, rejects


def put(inbox, posts, name="20260301T000000-0001-forum.jsonl", junk=()):
    lines = [*map(dump_post, posts), *junk]
    (inbox / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_what_waits_in_the_inbox_is_stored_and_the_file_is_gone(folders, make_post):
    index = MemoryIndex()
    put(folders[0], [make_post(), make_post(), make_post()])

    report = ingest(*folders, PlainReader(), index)

    assert (report.files, report.posts, report.new, report.set_aside) == (1, 3, 3, 0)
    assert index.count(Query()) == 3
    assert list(folders[0].iterdir()) == []


def test_a_line_that_is_not_a_post_is_set_aside_masked_with_its_reason(folders, make_post):
    put(folders[0], [make_post()], junk=['{"text": "打我电话13800138000"}', "{broken"])

    report = ingest(*folders, PlainReader(), MemoryIndex())

    rows = [json.loads(line) for path in folders[1].iterdir() for line in path.read_text("utf-8").splitlines()]
    assert report.set_aside == 2
    assert [row["line"] for row in rows] == [2, 3]
    assert "13800138000" not in rows[0]["content"]
    assert "KeyError" in rows[0]["reason"]


def test_an_ingest_that_dies_in_the_middle_repeats_the_file_without_doubling(folders, make_post):
    index = MemoryIndex()
    put(folders[0], [make_post(f"第{n}条") for n in range(600)])

    with pytest.raises(MemoryError):
        ingest(*folders, PlainReader(fail_at=300), index)
    half = index.count(Query())
    report = ingest(*folders, PlainReader(), index)

    assert 0 < half < 600
    assert report.new == 600 - half
    assert index.count(Query()) == 600


def test_progress_ends_at_the_number_of_lines(folders, make_post):
    seen = []
    put(folders[0], [make_post() for _ in range(300)])
    put(folders[0], [make_post() for _ in range(5)], name="20260302T000000-0001-forum.jsonl")

    ingest(*folders, PlainReader(), MemoryIndex(), lambda done, total: seen.append((done, total)))

    assert seen[-1] == (305, 305)
    assert seen == sorted(seen)


def test_an_empty_inbox_is_told_as_nothing_done(folders):
    report = ingest(*folders, PlainReader(), MemoryIndex())

    assert (report.files, report.posts) == (0, 0)


def test_a_half_written_file_is_left_alone(folders, make_post):
    (folders[0] / "20260301T000000-0001-forum.part").write_text(dump_post(make_post()), encoding="utf-8")

    report = ingest(*folders, PlainReader(), MemoryIndex())

    assert report.files == 0
    assert len(list(folders[0].iterdir())) == 1


class ParticularIndex(MemoryIndex):
    """An index that cannot hold threads of more than ten characters."""

    def add(self, posts, refused=None):
        posts = list(posts)
        for labelled in posts:
            if len(labelled.post.thread) > 10:
                refused(labelled, "thread is too long")
        return super().add(labelled for labelled in posts if len(labelled.post.thread) <= 10)


def test_a_post_that_the_index_cannot_hold_is_set_aside_with_its_reason_and_can_be_read_again(folders, make_post):
    posts = [make_post(thread="t"), make_post("半个表情\ud83d", thread="t" * 11), make_post(thread="t")]
    lines = [json.dumps(json.loads(dump_post(post))) for post in posts]
    put(folders[0], [], junk=lines)
    index = ParticularIndex()

    report = ingest(*folders, PlainReader(), index)

    rows = [json.loads(line) for path in folders[1].iterdir() for line in path.read_text("utf-8").splitlines()]
    assert (report.posts, report.new, report.set_aside) == (2, 2, 1)
    assert [(row["id"], row["reason"]) for row in rows] == [(posts[1].id, "thread is too long")]
    assert parse_post(rows[0]["content"]) == posts[1]
    assert index.count(Query()) == 2
    assert list(folders[0].iterdir()) == []
