"""A day that a reply names, and what is known afterwards: what nobody wrote about is unknown, never broken."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.measures.commitments import commitments_of, deadline_in
from minsheng.domain import Kind

SAID = datetime(2026, 1, 15, 4, tzinfo=UTC)  # a Thursday
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)


@pytest.fixture
def reply(make_labelled):
    def make(text, message=None, days=0.0):
        said = make_labelled(text, kind=Kind.OFFICIAL, published_at=SAID + timedelta(days=days))
        return said if message is None else replace(said, post=replace(said.post, reply_to=message.post.id))

    return make


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("我们将在3个工作日内完成更换。", date(2026, 1, 20)),
        ("预计两周内修复。", date(2026, 1, 29)),
        ("确保2月25日前完工。", date(2026, 2, 25)),
        ("计划2027年3月底前交付。", date(2027, 3, 31)),
        ("力争今年底完成。", date(2026, 12, 31)),
        ("2月10日前进场，6月30日前完工。", date(2026, 6, 30)),
        ("已于1月10日前完成。", None),
        ("1月12日已派人查看。", None),
        ("2月30日前完工。", None),
        ("我们高度重视，尽快处理。", None),
    ],
)
def test_a_deadline_is_the_last_day_named_that_is_still_to_come(reply, text, day):
    assert deadline_in(reply(text)) == day


def test_what_was_written_later_decides_and_silence_is_unknown(make_labelled, reply):
    pairs, posts = [], []
    later = ["路灯已更换完成。", "正在采购材料。", None, None]
    texts = ["2月1日前更换。", "2月1日前更换。", "2月1日前更换。", "6月1日前更换。"]
    for text, news in zip(texts, later, strict=True):
        message = make_labelled(published_at=SAID - timedelta(days=1))
        pairs.append((message, reply(text, message)))
        posts += [pairs[-1][1], *([reply(news, message, days=20)] if news else [])]

    found = commitments_of([*pairs, (pairs[0][0], reply("会尽快处理。"))], posts, NOW)

    assert (found.named, found.to_come, found.past) == (4, 1, 3)
    assert (found.done, found.told, found.without_news) == (1, 1, 1)
    assert [quote.post for quote in found.unknown] == [pairs[2][1].post.id]


def test_where_no_reply_names_a_day_nothing_is_said(make_labelled, reply):
    assert commitments_of([(make_labelled(), reply("会尽快处理。"))], [], NOW) is None
