"""The project page has a plain section for each deviation, the checklist, and how far the figures reach."""

import re
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from alerts.measures.base import Estimate
from alerts.measures.commitments import Commitments
from alerts.measures.meaning import Nearness
from alerts.measures.recorded import Recorded
from console.deviations import DeviationReadings, numbers_alone
from indexer.base import Query
from minsheng.correcting import Change
from minsheng.domain import Department, Kind, LabelledPost, Project, Quote, Sentiment
from minsheng.honesty import NOT_COUNTED, NOT_RESIDENTS, SHARES

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
HEADINGS = ("关注重点", "工作标准", "身份样式", "请群众说话、参与、评判", "这些数字的边界")


def words_of(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.fixture
def full_desk(desk, make_labelled):
    """A road whose office writes of beauty, answers some messages by template, and once asked for opinions."""
    spoken = [
        make_labelled(f"第{n}段绿化亮化完成，群众纷纷点赞", kind=Kind.OFFICIAL, source="gov", topic="urban",
                      aspect="facilities", negative=0.02, neutral=0.08, positive=0.9, url=f"http://gov.example/{n}")
        for n in range(15)
    ]  # fmt: skip
    notice = make_labelled("滨河路方案公开征求意见", kind=Kind.OFFICIAL, source="gov", url="http://gov.example/notice",
                           published_at=NOW - timedelta(days=300))  # fmt: skip
    asked = [
        make_labelled(f"{n}号路口又堵又漏水", source="board", topic=("transport", "health")[n % 2], aspect="traffic",
                      published_at=NOW - timedelta(days=40, hours=n), thread=f"http://board.example/{n}")
        for n in range(60)
    ]  # fmt: skip
    told = [
        make_labelled("您好，已转有关部门处理。", kind=Kind.OFFICIAL, source="board", reply_to=one.post.id, cluster="told",
                      topic=one.reading.topic, published_at=one.post.published_at + timedelta(days=5))
        for one in asked[:30]
    ]  # fmt: skip
    desk.index.add([*spoken, notice, *asked, *told])
    seen = Recorded("road", "survey", True, date(2026, 2, 20), "http://gov.example/survey", "问卷公告")
    return replace(desk, recorded=lambda: (seen,))


def test_each_section_stands_on_the_page_also_without_data(client):
    for page in ("/project/road", "/project/park"):
        words = words_of(client.get(page))
        for heading in HEADINGS:
            assert heading in words


def test_the_sections_show_numbers_with_their_intervals_and_links(full_desk, open_console):
    answer = open_console(full_desk).get("/project/road")
    words = words_of(answer)

    assert re.search(r"主题分布，偏差校正后相差 0\.\d\d 比特", words)
    assert re.search(r"交通运输 [\d.]+% \[[\d.]+%–[\d.]+%\] n=\d+", words)
    assert re.search(r"10 个工作日内答复 [\d.]+% \[[\d.]+%–[\d.]+%\] n=\d+", words)
    assert re.search(r"用同一文字答复不同主题的 100% \[[\d.]+%–100%\] n=30", words)
    assert "“给予”用语" in words
    assert "不据此提示" in words
    assert re.search(r'href="http://gov.example/\d+"', answer.text)


def test_the_checklist_parts_recorded_from_unconfirmed_and_unknown(full_desk, open_console):
    words = words_of(open_console(full_desk).get("/project/road"))

    assert re.search(r"请公众评价过（调查、评议） 有 2026-02-20 问卷公告", words)
    assert re.search(r"决定之前公开征求过意见 不知道 待确认.{0,10}：.*?征求意见", words)
    assert "“不知道”不是“没有”" in words


def test_the_limits_stand_under_the_figures_in_the_shared_words(client):
    words = words_of(client.get("/project/road"))

    for sentence in (NOT_COUNTED, NOT_RESIDENTS, SHARES):
        assert sentence in words
    assert "来源及份额" in words


def test_what_was_measured_stands_until_posts_come_in_or_a_claim_is_added(full_desk, make_labelled, make_claim):
    readings = DeviationReadings(full_desk)
    road = full_desk.projects["road"]
    first = readings.of(road)
    assert (readings.of(road), first.is_behind) == (first, False)

    full_desk.index.add([make_labelled("又来一条")])
    assert readings.of(road).is_behind

    claimed = replace(full_desk, claims=lambda: [*full_desk.claims(), make_claim(7)])
    assert not DeviationReadings(claimed).of(road).is_behind


def test_what_was_measured_for_the_whole_office_tells_a_department_no_word_of_another_s_post(
    full_desk, guarded, log_in
):
    """The page of the whole office is asked first, so that all of it is kept; the post was corrected to be another's."""
    river = Project("river", "清河整治", (), "临江市", Department("water", "水务局", ()))
    desk = replace(full_desk, projects={**full_desk.projects, "river": river})
    whole, housing = guarded(desk), guarded(desk)
    log_in(whole)
    log_in(housing, "sun")
    page = whole.get("/project/road").text
    (text,) = set(re.findall(r"[0-9]+号路口又堵又漏水", page)[:1])
    assert text in housing.get("/project/road").text
    (hit,) = (hit for hit in desk.index.search(Query(text, limit=99)).hits if hit.labelled.post.text == text)

    desk.index.correct(hit.labelled.post.id, [Change("project", ("river",))], NOW)

    assert text in whole.get("/project/road").text
    seen = housing.get("/project/road").text
    assert text not in seen
    assert "10 个工作日内答复" in seen
    assert housing.get("/project/river").status_code == 404


def quoted_in(value):
    """Return what of posts a value holds, however deep."""
    if isinstance(value, Quote | LabelledPost):
        return [value]
    if is_dataclass(value):
        return [one for field in fields(value) for one in quoted_in(getattr(value, field.name))]
    return [one for each in value for one in quoted_in(each)] if isinstance(value, tuple) else []


def test_numbers_alone_hold_no_post_in_any_measure(full_desk):
    found = DeviationReadings(full_desk).of(full_desk.projects["road"]).thing
    quote = Quote("f:1", "路灯坏了", "http://forum.example/1", "forum", NOW, Sentiment.NEGATIVE, 0.9)
    near = Nearness(Estimate(0.5, 0.4, 0.6, 20), 0.9, 0.5, (quote,))
    posture = replace(found.posture, nearness=near, commitments=Commitments(2, 1, 0, 0, (quote,)), waiting=(quote,))
    assert len(quoted_in(replace(found, posture=posture))) >= 3

    alone = numbers_alone(replace(found, posture=posture))

    assert quoted_in(alone) == []
    assert (alone.posture.nearness.own, alone.posture.commitments.named) == (0.9, 2)


def test_posture_says_how_near_replies_are_in_meaning_and_what_is_known_of_the_days_they_name(
    desk, open_console, make_labelled
):
    sent = NOW - timedelta(days=60)
    asked = [
        make_labelled(f"{n}号路口没有路灯", source="board", published_at=sent, thread=f"http://board.example/q{n}",
                      vector=tuple(100 * (place == n) for place in range(20)))
        for n in range(20)
    ]  # fmt: skip
    told = [
        replace(one, post=replace(one.post, id=f"{one.post.id}r", kind=Kind.OFFICIAL, reply_to=one.post.id,
                                  text="2月1日前更换。", published_at=sent + timedelta(days=2)))
        for one in asked
    ]  # fmt: skip
    desk.index.add([*asked, *told])

    words = words_of(open_console(desk).get("/project/road"))

    assert re.search(r"在全部留言中排前一成） 100% \[[\d.]+%–100%\] n=20", words)
    assert "写明期限的答复 20 条，0 条未到期；已到期的 20 条中，官方后来说已办的 0 条" in words
    assert "不知道的 20 条。不知道不等于没有兑现。" in words
