from datetime import timedelta

import pytest

from crawlers.inbox import InboxWriter, inbox_files, new_run
from crawlers.items import ThreadEnd
from crawlers.state import Change, CrawlState, Known, fingerprint

THREAD = "http://forum.example/t/1"


@pytest.fixture
def open_state(tmp_path):
    opened = []

    def open_():
        for state in opened:
            state.close()
        opened[:] = [CrawlState(tmp_path / "state" / "forum.sqlite", tmp_path / "inbox")]
        return opened[0]

    yield open_
    opened[0].close()


def test_a_thread_is_wanted_until_read_and_again_when_its_activity_changes(open_state, now):
    state = open_state()
    assert state.wants_thread(THREAD, "3", now, None)

    state.apply(Change(threads=[ThreadEnd(THREAD, "3")]), now, None)

    assert not open_state().wants_thread(THREAD, "3", now, None)
    assert open_state().wants_thread(THREAD, "4", now, None)


def test_without_activity_a_young_thread_is_looked_at_again_and_an_old_one_is_not(open_state, now):
    state = open_state()
    state.apply(Change(threads=[ThreadEnd(THREAD)]), now, None)
    state.apply(Change(threads=[ThreadEnd(THREAD)]), now + timedelta(days=5), None)

    def wants(days):
        return state.wants_thread(THREAD, None, now + timedelta(days=days), timedelta(days=7))

    assert wants(6)
    assert not wants(8), "age counts from the first reading"
    assert not state.wants_thread(THREAD, None, now, None)


def test_a_name_beside_the_activity_is_not_stored(open_state, now, tmp_path):
    state = open_state()

    state.apply(Change(threads=[ThreadEnd(THREAD, "快乐的小鱼 昨天 12:30")]), now, None)
    state.close()

    assert not state_holds(tmp_path, "快乐")
    assert not open_state().wants_thread(THREAD, "老街坊 昨天 12:30", now, None)


def state_holds(folder, text):
    return any(text.encode() in file.read_bytes() for file in (folder / "state").iterdir())


def test_fingerprints_follow_title_and_text_alone(open_state, make_post, now):
    post, same, other = make_post("路灯坏了"), make_post("路灯坏了", likes=9), make_post("路灯修了")

    open_state().apply(Change({post.id: Known(fingerprint(post), "")}), now, None)

    assert open_state().fingerprint_of(post.id) == fingerprint(same) != fingerprint(other)
    assert open_state().fingerprint_of("forum:unknown") is None
    assert open_state().count() == 1


def test_a_crawl_under_way_is_not_complete_until_it_finished(open_state):
    state = open_state()
    assert not state.was_complete

    state.finish()
    state = open_state()
    assert (state.was_complete, state.ever_complete) == (True, True)
    state.begin()

    assert (open_state().was_complete, open_state().ever_complete) == (False, True)


def test_killed_before_the_record_a_segment_is_as_if_it_never_was(open_state, tmp_path, make_post, now):
    open_state()
    writer = InboxWriter(tmp_path / "inbox", "forum", new_run(now))
    writer.write(make_post())
    writer.prepare()

    state = open_state()

    assert list((tmp_path / "inbox").iterdir()) == []
    assert state.count() == 0


def test_killed_after_the_record_a_segment_is_published_by_the_next_start(open_state, tmp_path, make_post, now):
    state = open_state()
    post = make_post()
    writer = InboxWriter(tmp_path / "inbox", "forum", new_run(now))
    writer.write(post)
    state.apply(Change({post.id: Known(fingerprint(post), "")}, [ThreadEnd(THREAD, "1")]), now, writer.prepare())

    state = open_state()

    (file,) = inbox_files(tmp_path / "inbox")
    assert post.id in file.read_text()
    assert state.fingerprint_of(post.id) == fingerprint(post)


def test_killed_after_the_publication_nothing_is_published_twice(open_state, tmp_path, make_post, now):
    state = open_state()
    writer = InboxWriter(tmp_path / "inbox", "forum", new_run(now))
    writer.write(make_post())
    state.apply(Change(), now, writer.prepare())
    writer.publish().unlink()  # read and removed by the service

    open_state()

    assert inbox_files(tmp_path / "inbox") == []


def test_prepared_segments_of_other_sources_are_left_alone(open_state, tmp_path, make_post, now):
    other = InboxWriter(tmp_path / "inbox", "board", new_run(now))
    other.write(make_post())
    other.prepare()

    open_state()

    assert len(list((tmp_path / "inbox").glob("*.ready"))) == 1


def test_a_crawl_that_is_cut_short_before_its_first_page_has_failed(make_plan):
    plan = make_plan()
    plan.cut_short = "stopped before the end (memusage_exceeded); the next crawl goes on"

    report = plan.report()

    assert report.outcome == "failed"
    assert "not one page was read" in report.detail
