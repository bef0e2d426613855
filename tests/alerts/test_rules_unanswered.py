from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.replies import answering_sources, asks, messages, still_waiting, working_days_of
from alerts.rules.unanswered import Unanswered
from minsheng.domain import Kind, Source, Verdict

BOARD = {"board": Source("board", "留言板", Kind.PUBLIC, "http://board.example/")}


@pytest.fixture
def ask(make_labelled, now):
    """A message sent some days ago and, if ``after`` is given, answered so many days later."""

    def make(days: float, after: float | None = None, **fields):
        sent = now - timedelta(days=days)
        message = make_labelled(source="board", published_at=sent, **fields)
        if after is None:
            return [message]
        moment = sent + timedelta(days=after)
        answer = replace(
            message.post,
            id=f"{message.post.id}-r",
            kind=Kind.OFFICIAL,
            reply_to=message.post.id,
            published_at=moment,
        )
        return [message, replace(message, post=answer)]

    return make


def flat(groups):
    return [item for group in groups for item in group]


def test_most_messages_without_a_reply_fire(ask, make_seen):
    posts = flat([ask(40 + n) for n in range(25)] + [ask(30 + n, after=2) for n in range(3)])

    (found,) = Unanswered().check(make_seen(posts))

    assert found.fired
    assert found.evidence.low > 0.5
    assert found.evidence.share == pytest.approx(25 / 28)
    assert "n=28" in found.why
    assert len(found.evidence.quotes) == 10


def test_messages_answered_in_time_do_not_fire(ask, make_seen):
    (found,) = Unanswered().check(make_seen(flat(ask(30 + n, after=4) for n in range(30))))

    assert (found.fired, found.verdict) == (False, Verdict.COMPATIBLE)
    assert found.evidence.share == 0


def test_answers_that_came_too_late_count_as_late(ask, make_seen):
    (found,) = Unanswered().check(make_seen(flat(ask(60 + n, after=40) for n in range(30))))

    assert found.fired


def test_recent_messages_do_not_count_as_failures(ask, make_seen):
    answered = [ask(30 + n, after=3) for n in range(25)]
    recent = [ask(1 + n / 100) for n in range(200)]

    (found,) = Unanswered().check(make_seen(flat(answered + recent)))

    assert found.verdict is Verdict.COMPATIBLE
    assert "另有 200 条未到期" in found.why


@pytest.mark.parametrize(("number", "words"), [(19, "样本不足"), (20, "超过 50%")])
def test_twenty_messages_are_the_least(ask, make_seen, number, words):
    posts = flat([ask(40 + n) for n in range(number - 1)] + [ask(50, after=1)])

    (found,) = Unanswered().check(make_seen(posts))

    assert words in found.why
    assert found.fired == (number == 20)


def test_only_recent_messages_is_not_enough(ask, make_seen):
    posts = flat([ask(2 + n / 100) for n in range(60)] + [ask(3, after=1)])

    assert Unanswered().check(make_seen(posts))[0].verdict is Verdict.NOT_ASSESSABLE


def test_a_share_above_the_bar_with_a_wide_interval_is_a_tension(ask, make_seen):
    posts = flat([ask(40 + n) for n in range(13)] + [ask(40 + n, after=2) for n in range(10)])

    (found,) = Unanswered().check(make_seen(posts))

    assert (found.fired, found.verdict) == (False, Verdict.TENSION)


def test_where_no_office_answers_there_are_no_messages(world, make_seen):
    (found,) = Unanswered().check(make_seen(world.posts(100)))

    assert found.verdict is Verdict.NOT_ASSESSABLE
    assert "从未见到官方回复" in found.why


def test_a_source_kept_by_an_office_takes_messages_even_if_none_is_answered(world, make_seen):
    sources = {"board": Source("board", "局长信箱", Kind.OFFICIAL, "http://board.example/")}
    posts = world.posts(40, (0.8, 0.2, 0.0), since=100, until=40, sources=("board",), per_thread=1)

    (found,) = Unanswered().check(make_seen(posts, sources=sources))

    assert found.fired


def test_praise_asks_for_no_answer(ask, now):
    (praise,) = ask(40, negative=0.05, neutral=0.05, positive=0.9)

    found = messages([praise, *ask(30, after=1)], BOARD, now)

    assert [asks(message) for message in found] == [False, True]


def test_comments_below_a_message_are_not_messages(ask, make_labelled, now):
    (message,) = ask(40)
    below = make_labelled(source="board", reply_to=message.post.id)
    third = make_labelled(source="board", place=3)

    found = messages([message, below, third, *ask(9, after=1)], BOARD, now)

    assert len(found) == 2


def test_an_office_answers_by_naming_the_message_or_by_writing_below_it(ask, make_labelled, now):
    (message,) = ask(40)
    below = make_labelled(
        source="board", kind=Kind.OFFICIAL, thread=message.post.thread, published_at=now - timedelta(days=3)
    )
    elsewhere = replace(below, post=replace(below.post, reply_to="board:other"))

    answered = messages([message, below, *ask(9, after=1)], BOARD, now)
    not_answered = messages([message, elsewhere, *ask(9, after=1)], BOARD, now)

    assert answered[0].replied_at == now - timedelta(days=3)
    assert not_answered[0].replied_at is None


def test_an_official_post_before_the_message_is_no_answer(ask, make_labelled, now):
    (message,) = ask(40)
    notice = make_labelled(
        source="board", kind=Kind.OFFICIAL, thread=message.post.thread, published_at=now - timedelta(days=50)
    )

    assert messages([message, notice, *ask(9, after=1)], BOARD, now)[0].replied_at is None


def test_copies_of_a_message_are_one_message_answered_once(ask, now):
    posts = flat([ask(40, cluster="a"), ask(39, after=5, cluster="a")])

    (found,) = messages(posts, {}, now)

    assert found.sent_at == now - timedelta(days=40)
    assert found.replied_at == now - timedelta(days=34)


def test_what_comes_after_now_is_not_seen(ask, now):
    posts = ask(5, after=9)

    assert answering_sources([item for item in posts if item.post.published_at <= now], {}) == set()
    assert messages(posts, {}, now) == []


def test_weekends_are_no_working_days(ask, now):
    """The tenth of March 2026 is a Tuesday; the sixth a Friday."""
    (message,) = messages(ask(4), {"board": Source("board", "x", Kind.OFFICIAL, "http://b/")}, now)

    assert working_days_of([message], now).tolist() == [2]


def test_waiting_agrees_with_kaplan_and_meier_by_hand(ask, now):
    """Four messages: answered on day 1, still young on day 2, answered on day 5, never: 3/4 * 1/2 are left."""
    posts = flat([ask(42, after=1), ask(2), ask(42, after=7), ask(42)])
    found = messages(posts, BOARD, now)

    waiting = still_waiting(found, now, 10)

    assert waiting.share == pytest.approx(3 / 4 * 1 / 2)
    assert waiting.low < waiting.share < waiting.high
    assert (waiting.due, waiting.recent) == (3, 1)


def test_waiting_is_unknown_when_nobody_has_waited_long_enough(ask, now):
    assert still_waiting(messages(flat([ask(3), ask(4, after=1)]), {}, now), now, 10) is None
