from datetime import timedelta

from crawlers.inbox import InboxWriter, inbox_files, new_run
from minsheng.jsonl import parse_post


def test_a_segment_appears_whole_or_not_at_all(tmp_path, make_post, now):
    writer = InboxWriter(tmp_path, "forum", new_run(now))
    post = make_post("路灯坏了\n三天")

    writer.write(post)
    before = inbox_files(tmp_path)
    published = writer.commit()

    assert before == []
    assert inbox_files(tmp_path) == [published]
    assert parse_post(published.read_text().splitlines()[0]) == post


def test_nothing_written_is_nothing_published(tmp_path, now):
    writer = InboxWriter(tmp_path, "forum", new_run(now))

    assert writer.commit() is None
    assert list(tmp_path.iterdir()) == []


def test_files_sort_by_time_and_then_by_segment(tmp_path, make_post, now):
    late = InboxWriter(tmp_path, "a", new_run(now + timedelta(hours=1)))
    early = InboxWriter(tmp_path, "z", new_run(now))
    order = []
    for writer in (late, early, early):
        writer.write(make_post())
        order.append(writer.commit())

    assert inbox_files(tmp_path) == [order[1], order[2], order[0]]
    assert inbox_files(tmp_path / "missing") == []


def test_half_written_files_of_the_dead_are_removed_and_those_of_the_living_are_not(tmp_path, make_post, now):
    (tmp_path / "20260101T000000Z-00000000-00001-forum.part").write_text("{")
    (tmp_path / "20260101T000000Z-00000000-00001-board.part").write_text("{")
    living = InboxWriter(tmp_path, "forum", new_run(now))
    living.write(make_post())

    InboxWriter(tmp_path, "forum", new_run(now))

    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[0].endswith("board.part")
    assert living.commit().exists()


def test_a_discarded_segment_leaves_nothing(tmp_path, make_post, now):
    writer = InboxWriter(tmp_path, "forum", new_run(now))
    writer.write(make_post())

    writer.discard()
    writer.discard()

    assert list(tmp_path.iterdir()) == []
