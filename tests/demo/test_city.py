"""Content becomes a dated city: everything is there, nothing lies ahead of now."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from demo.city import build_city, number_of
from demo.content import Answer, Comment, Copies, ProjectContent, Thread
from minsheng.domain import BEIJING

CITY_NOW = datetime(2026, 11, 23, 17, 30, tzinfo=BEIJING)


def talks_of(city):
    return (*city.forum, *city.board, *city.news)


def one_thread(*comments: Comment, source="jianglin_forum") -> tuple[ProjectContent, ...]:
    return (ProjectContent(threads=(Thread(source=source, title="题目", comments=comments),)),)


def said(text: str, day: float, **more) -> Comment:
    return Comment(text=text, day=day, label="neg", aspect="other", **more)


def test_the_city_says_exactly_what_the_content_says(pages, city):
    expected = Counter()
    for comment in (one for page in pages for thread in page.threads for one in thread.comments):
        expected[comment.text] += comment.copies.number if comment.copies else 1

    assert Counter(voice.text for talk in talks_of(city) for voice in talk.voices) == expected


def test_everything_lies_within_the_last_180_days(city):
    moments = [voice.at for talk in talks_of(city) for voice in talk.voices]
    moments += [voice.reply.at for talk in talks_of(city) for voice in talk.voices if voice.reply]
    moments += [bulletin.at for bulletin in city.bulletins]

    assert max(moments) <= CITY_NOW
    assert min(moments) >= CITY_NOW - timedelta(days=180)


def test_numbers_of_comments_are_unique(city):
    numbers = Counter(voice.number for talk in talks_of(city) for voice in talk.voices)

    assert max(numbers.values()) == 1


def test_numbers_do_not_depend_on_the_day():
    content = one_thread(said("甲", 2), said("乙", 1))
    later = build_city(content, CITY_NOW + timedelta(days=9))

    assert [voice.number for voice in later.forum[0].voices] == [
        voice.number for voice in build_city(content, CITY_NOW).forum[0].voices
    ]


def test_comments_of_a_thread_stand_in_the_order_of_time():
    city = build_city(one_thread(said("后", 1), said("先", 2)), CITY_NOW)

    assert [(voice.place, voice.text) for voice in city.forum[0].voices] == [(1, "先"), (2, "后")]


def test_copies_spread_over_their_minutes():
    city = build_city(one_thread(said("复制", 3, copies=Copies(number=4, minutes=40))), CITY_NOW)
    times = [voice.at for voice in city.forum[0].voices]

    assert [after - before for before, after in pairwise(times)] == [timedelta(minutes=10)] * 3


def test_a_reply_that_lies_ahead_is_not_there_yet():
    comments = (
        said("已回", 5, reply=Answer(after_days=4, text="好")),
        said("未回", 5, reply=Answer(after_days=6, text="好")),
    )
    city = build_city(one_thread(*comments, source="jianglin_board"), CITY_NOW)

    assert {voice.text: voice.reply is not None for voice in city.board[0].voices} == {"已回": True, "未回": False}


def test_lists_begin_with_what_is_latest(city):
    for talks in (city.forum, city.board, city.news):
        assert [talk.last_at for talk in talks] == sorted((talk.last_at for talk in talks), reverse=True)


def test_a_message_is_a_thread_of_one_comment(city):
    assert {len(talk.voices) for talk in city.board} == {1}


def test_number_of_is_the_same_in_every_process():
    assert number_of("a", "b") == 4010250491
