"""The checklist: recorded evidence answers, official posts only propose, and unknown is not no."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from alerts.measures.ask_items import ITEMS
from alerts.measures.asks import Answer, asks_of, form_of
from alerts.measures.recorded import Recorded, load_recorded
from minsheng.domain import BEIJING, Department, Kind, Phase, PhaseName, Project
from minsheng.errors import ConfigError

PHASES = (
    Phase(PhaseName.CONSULTATION, date(2025, 10, 1), date(2025, 11, 1)),
    Phase(PhaseName.CONSTRUCTION, date(2025, 12, 1), date(2026, 2, 1)),
    Phase(PhaseName.COMPLETION, date(2026, 2, 2)),
)
ROAD = Project("road", "新华路改造", (), "示例市", Department("jtj", "市交通局", ()), "road", PHASES)
NOTICE = "新华路改造方案即日起公开征求意见，意见请于10月25日前反馈。"


@pytest.fixture
def release(make_labelled):
    def make(text, day=date(2025, 10, 5), **fields):
        when = datetime(day.year, day.month, day.day, 9, tzinfo=BEIJING)
        return make_labelled(text, kind=Kind.OFFICIAL, source="gov", published_at=when, **fields)

    return make


def checks(posts, now, recorded=(), project=ROAD):
    return {check.item.name: check for check in asks_of(project, posts, recorded, now).checks}


def recorded(**fields):
    values = {"project": "road", "item": "notice", "found": True, "date": date(2025, 10, 5), "url": "http://gov.example/1", "note": ""}  # fmt: skip
    return Recorded(**(values | fields))


def test_what_nobody_has_recorded_is_unknown_even_if_posts_seem_to_show_it(release, now):
    found = checks([release(NOTICE)], now)

    assert {check.answer for check in found.values()} == {Answer.UNKNOWN}
    assert [found[name].proposals[0].item for name in ("notice", "deadline")] == ["notice", "deadline"]
    assert "征求意见" in found["notice"].proposals[0].words


@pytest.mark.parametrize(("was_found", "answer"), [(True, Answer.YES), (False, Answer.NO)])
def test_what_a_person_recorded_is_the_answer(now, was_found, answer):
    found = checks([], now, [recorded(found=was_found)])

    assert found["notice"].answer is answer
    assert found["hearing"].answer is Answer.UNKNOWN


def test_evidence_of_another_project_or_a_later_day_does_not_count(now):
    later = now.date() + timedelta(days=2)

    found = checks([], now, [recorded(project="park"), recorded(date=later)])

    assert found["notice"].answer is Answer.UNKNOWN


def test_a_confirmed_post_is_proposed_no_more(release, now):
    post = release(NOTICE, url="http://gov.example/1")

    assert checks([post], now)["notice"].proposals
    assert not checks([post], now, [recorded()])["notice"].proposals


@pytest.mark.parametrize(
    "text",
    [
        "本次改造未征求意见。",
        "下一步将适时召开听证会。",
        "没有采纳上述意见。",
        "计划开展满意度调查。",
        "拟公示施工方案。",
    ],
)
def test_what_is_denied_or_only_planned_is_not_proposed(release, now, text):
    assert not [check for check in checks([release(text)], now).values() if check.proposals]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("notice", "现就绿化方案公开征集市民意见。"),
        ("deadline", "反馈意见截止日期为3月20日。"),
        ("hearing", "市交通局组织召开居民座谈会。"),
        ("adopted", "现将意见采纳情况公布如下。"),
        ("published", "施工方案在小区门口公示七天。"),
        ("meeting", "街道邀请居民代表召开现场会。"),
        ("channel", "监督电话已贴在围挡上。"),
        ("changed", "根据居民建议调整了出入口位置。"),
        ("acceptance", "居民代表全程参与验收。"),
        ("results", "水质检测结果已公布。"),
        ("survey", "委托第三方开展满意度调查。"),
        ("sample", "共发放问卷500份，回收有效问卷486份。"),
        ("repaired", "对渗漏住户逐户回访。"),
    ],
)
def test_each_item_is_proposed_from_the_words_of_an_office(release, now, item, text):
    assert checks([release(text)], now)[item].proposals


def test_every_item_has_its_example_above():
    examples = next(
        mark for mark in test_each_item_is_proposed_from_the_words_of_an_office.pytestmark if mark.name == "parametrize"
    )

    assert [case[0] for case in examples.args[1]] == [item.name for item in ITEMS]


def test_comments_replies_and_later_posts_propose_nothing(release, make_labelled, now):
    comment = make_labelled("什么时候征求意见？")
    reply = release("已征求意见。", reply_to="forum:1")
    future = release(NOTICE, day=now.date() + timedelta(days=3))

    assert not checks([comment, reply, future], now)["notice"].proposals


def test_a_consultation_after_the_work_began_is_shown_as_late(release, now):
    late = release(NOTICE, day=date(2025, 12, 20))

    assert checks([late], now)["notice"].proposals[0].is_late
    assert not checks([release(NOTICE)], now)["notice"].proposals[0].is_late
    assert not checks([late], now, project=replace(ROAD, phases=()))["notice"].proposals[0].is_late


def test_phases_that_have_not_begun_are_not_due_and_skipped_ones_are(now):
    found = checks([], now)
    without = checks([], now, project=replace(ROAD, phases=PHASES[1:]))

    assert found["notice"].is_due
    assert not found["survey"].is_due
    assert without["notice"].is_due
    assert asks_of(ROAD, [], (), now).unknown == 10
    assert len(asks_of(ROAD, [], (), now).of(PhaseName.CONSULTATION)) == 4


def test_the_form_that_confirms_a_proposal_is_read_back_as_it_is(release, now, tmp_path):
    proposal = checks([release(NOTICE, url="http://gov.example/9?a=1#b")], now)["notice"].proposals[0]
    (tmp_path / "road.yml").write_text(f"evidence:\n{form_of('road', proposal)}\n", encoding="utf-8")

    (read,) = load_recorded(tmp_path, {"road": ROAD})

    assert read == recorded(url="http://gov.example/9?a=1#b")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{project: raod, item: notice, found: true, date: 2025-10-05, url: http://x/1}", r":2: evidence.0.project: no project 'raod'; did you mean 'road'"),
        ("{project: road, item: notise, found: true, date: 2025-10-05, url: http://x/1}", r"no such item; did you mean 'notice'"),
        ("{project: road, item: notice, found: maybe, date: 2025-10-05, url: http://x/1}", r"found: .*boolean"),
        ("{project: road, item: notice, found: true, date: 2025-10-05, url: file:///etc}", r"wants the public address"),
        ("{project: road, item: notice, found: true, date: 2025-10-05}", r"evidence.0.url: is missing"),
    ],
)  # fmt: skip
def test_a_wrong_record_names_file_line_and_key(tmp_path, line, message):
    (tmp_path / "a.yml").write_text(f"evidence:\n- {line}\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=message):
        load_recorded(tmp_path, {"road": ROAD})


def test_a_missing_folder_holds_no_records(tmp_path):
    assert load_recorded(Path(tmp_path / "none"), {}) == ()
