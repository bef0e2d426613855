import contextlib
import json
import shutil
from datetime import UTC, datetime

import pytest
from scrapy.exceptions import DropItem

from crawlers.inbox import inbox_files
from crawlers.items import Row, ThreadEnd
from crawlers.pipelines import CheckPipeline, InboxPipeline, MaskPipeline, row_to_post
from minsheng.domain import Kind
from minsheng.errors import BadRow, SourceChanged


@pytest.fixture
def make_row():
    def make(native="1", text="路灯坏了", **changes):
        thread = "http://forum.example/t/1"
        values = {"kind": Kind.PUBLIC, "url": thread, "thread": thread, "title": "路灯", "time": "3小时前"}
        return Row(thread, native, text=text, **(values | changes))

    return make


def posts_on_disk(plan):
    return [json.loads(line) for file in inbox_files(plan.inbox) for line in file.read_text().splitlines()]


def test_title_text_and_time_are_masked_and_counted(make_plan, make_row):
    row = make_row(
        text="打13812345678", title="找@老街坊 的人", time="13812345678 昨天", url="http://a.example/13812345678"
    )

    masked = MaskPipeline(make_plan()).process_item(row)

    assert (masked.text, masked.title, masked.time) == ("打[电话]", "找@[昵称] 的人", "[电话] 昨天")
    assert masked.masked == 3
    assert masked.url.endswith("13812345678"), "an address is not text"


def test_a_row_becomes_a_post(make_plan, make_row, now):
    plan = make_plan(projects={"路灯": "lamps"})

    post = row_to_post(make_row(native="7:reply", reply_to="7", kind=Kind.OFFICIAL, place=2, likes=3), plan)

    assert (post.id, post.reply_to, post.source, post.project) == ("forum:7:reply", "forum:7", "forum", "lamps")
    assert post.published_at == datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert (post.shown_at, post.collected_at, post.place, post.likes) == ("3小时前", now, 2, 3)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"native": None}, "no id"), ({"text": ""}, "no text"), ({"text": None}, "no text"), ({"time": ""}, "no time"),
     ({"time": "明年"}, "not a time: '明年'"), ({"text": "长" * 100_001}, "a text of 100001 characters")],
)  # fmt: skip
def test_a_row_that_cannot_be_a_post_is_refused_with_the_reason(make_plan, make_row, change, reason):
    with pytest.raises(BadRow, match=reason):
        row_to_post(make_row(**change), make_plan())


def test_rejects_are_published_when_the_crawl_closes(make_plan, make_row):
    plan = make_plan()
    check = CheckPipeline(plan)

    with pytest.raises(DropItem):
        check.process_item(make_row(time="明年"))
    check.close_spider()

    (file,) = (plan.inbox.parent / "rejects").glob("*.jsonl")
    assert json.loads(file.read_text())["reason"] == "not a time: '明年'"
    assert plan.tally.set_aside == 1


def test_one_odd_row_is_set_aside_and_three_without_a_good_one_are_a_changed_page(make_plan, make_row):
    check = CheckPipeline(make_plan())
    end = ThreadEnd("http://forum.example/t/1")
    for text in ("路灯坏了", "", ""):
        with contextlib.suppress(DropItem):
            check.process_item(make_row(text=text))

    assert check.process_item(end) is end
    for _ in range(2):
        with pytest.raises(DropItem):
            check.process_item(make_row(text=""))
        assert check.process_item(end) is end
    with pytest.raises(DropItem):
        check.process_item(make_row(text=""))
    with pytest.raises(SourceChanged, match="none of the last 3 rows could be read: no text"):
        check.process_item(end)


def test_one_id_in_two_threads_is_changed_because_one_would_replace_the_other(make_plan, make_row):
    check = CheckPipeline(make_plan())
    check.process_item(make_row())

    with pytest.raises(SourceChanged, match="id_scope: thread"):
        check.process_item(make_row(thread="http://forum.example/t/2"))


def test_only_new_and_edited_posts_are_written(make_plan, make_row):
    plan = make_plan()
    end = ThreadEnd("http://forum.example/t/1", "3")

    for plan.run, text in zip("1234", ("路灯坏了", "路灯坏了", "路灯坏了（已修）", "路灯坏了（已修）"), strict=True):
        pipeline = InboxPipeline(plan)
        pipeline.process_item((row_to_post(row := make_row(text=text), plan), row))
        pipeline.process_item(end)
        pipeline.close_spider()

    assert [post["text"] for post in posts_on_disk(plan)] == ["路灯坏了", "路灯坏了（已修）"]
    assert (plan.tally.posts, plan.tally.unchanged) == (2, 2)


def test_a_long_crawl_publishes_segments_at_the_ends_of_threads(make_plan, make_row):
    plan = make_plan()
    pipeline = InboxPipeline(plan)

    for number in range(250):
        pipeline.process_item((row_to_post(row := make_row(native=str(number)), plan), row))
    before_the_end = inbox_files(plan.inbox)
    pipeline.process_item(ThreadEnd("http://forum.example/t/1", "250"))

    assert before_the_end == []
    assert len(posts_on_disk(plan)) == 250
    assert not plan.state.wants_thread("http://forum.example/t/1", "250", plan.now, None)


def test_a_thread_that_ends_while_the_crawl_is_being_stopped_is_not_done(make_plan):
    plan = make_plan()
    plan.end("changed", "another shape")
    pipeline = InboxPipeline(plan)

    with pytest.raises(DropItem):
        pipeline.process_item(ThreadEnd("http://forum.example/t/1", "3"))
    pipeline.close_spider()

    assert plan.state.wants_thread("http://forum.example/t/1", "3", plan.now, None)


def test_a_crawl_whose_posts_cannot_be_kept_has_failed(make_plan, make_row):
    plan = make_plan()
    pipeline = InboxPipeline(plan)
    pipeline.process_item((row_to_post(row := make_row(), plan), row))
    shutil.rmtree(plan.inbox)

    with pytest.raises(FileNotFoundError):
        pipeline.close_spider()

    report = plan.report()
    assert (report.outcome, report.posts) == ("failed", 0)
    assert "read again" in report.detail
    assert plan.state.count() == 0
