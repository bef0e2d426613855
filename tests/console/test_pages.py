import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest

from alerts.course import Bound, Burst, Course
from alerts.entries import Entry, EntryState, Event
from minsheng.crawls import SourceHealth
from minsheng.domain import Calibration, ClaimBound, LabelledPost, Prevalence

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
PAGES = ("/", "/search", "/project/road", "/project/park", "/alerts", "/claims", "/sources", "/briefings", "/method")


def text_of(answer) -> str:
    """The words of a page without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


@pytest.mark.parametrize("address", PAGES)
def test_every_page_answers_in_chinese_and_names_the_office(client, address):
    answer = client.get(address)

    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text
    assert "市委宣传部" in answer.text


@pytest.mark.parametrize("address", [page for page in PAGES if "project" not in page])
def test_an_empty_desk_says_why_a_page_is_empty(empty_desk, open_console, address):
    answer = open_console(empty_desk).get(address)

    assert answer.status_code == 200
    assert 'class="empty"' in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_pages_need_nothing_from_outside_and_no_script_of_their_own(client, address):
    html = client.get(address).text

    assert not re.search(r'<script(?! src="/static/[a-z]+[.]js" defer></script>)', html)
    assert " style=" not in html
    assert "<style" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*"[^>]*(?:rel="stylesheet"|type="font)', html)
    assert not re.search(r"\son[a-z]+=", html)


def test_the_overview_puts_what_diverges_first_with_its_interval_and_reason(client):
    answer = client.get("/")
    words = text_of(answer)

    assert words.index("滨河路综合改造工程") < words.index("人民公园提升改造")
    assert "62% [51%–73%] n=60" in words
    assert "评论与表述不一致，区间之外。" in words
    assert "样本不足" in words
    assert re.search(r"临江论坛 ?（页面改版）", words)


def test_a_project_without_findings_is_said_to_be_unchecked(desk, open_console):
    answer = open_console(replace(desk, findings=lambda _: ())).get("/")

    assert "尚未比对" in answer.text


def test_the_project_page_shows_both_sides_of_a_claim(client):
    words = text_of(client.get("/project/road"))

    assert "“滨河路改造群众满意率达到 96%”" in words
    assert "不满者发言的可能须为满意者的 25 倍" in words
    assert "路灯隔一盏亮一盏" in words
    assert "路面平整多了" in words
    assert "重复 ×3" in words
    assert "待审核" in words


def test_the_project_page_says_why_rules_did_not_fire(client):
    words = text_of(client.get("/project/road"))

    assert "近 7 日评论没有明显多于往常。" in words
    assert "未提示" in words


def test_the_project_page_marks_the_present_phase(client):
    assert re.search(r'class="now" aria-current="step"><b>评价', client.get("/project/road").text)


def test_a_trend_has_bounds_for_daily_looks_and_names_bursts_as_no_reason(desk, open_console, make_labelled):
    desk.index.add([make_labelled(f"第{number}条反映") for number in range(600)])
    bounds = tuple(Bound(date(2025, 10, 5) + timedelta(weeks=week), 0.12, 0.61) for week in range(22))
    course = Course(bounds, (Burst(date(2026, 2, 3), date(2026, 2, 5), 41),))

    words = text_of(open_console(replace(desk, course={"road": course}.__getitem__)).get("/project/road"))

    assert words.count("12%–61%") >= 2
    assert "两条点线不论哪天看、看多少次，合起来有 95% 的把握" in words
    assert "评论量突增：2026-02-03 至 2026-02-05 41 条。只说明那几天说的人多，不作提示的依据。" in words


def test_a_drawn_trend_has_its_table(desk, open_console, make_labelled):
    desk.index.add([make_labelled(f"第{number}条反映") for number in range(600)])

    html = open_console(desk).get("/project/road").text

    assert '<svg xmlns="http://www.w3.org/2000/svg" class="chart"' in html
    assert "看数据表" in html
    assert '<th scope="col">日期</th>' in html


def test_a_project_with_few_comments_gets_no_drawing(client):
    answer = client.get("/project/park")

    assert 'class="chart"' not in answer.text
    assert "所以不估计占比" in answer.text


def test_aspects_count_readings_by_label(client):
    words = text_of(client.get("/project/road"))

    assert re.search(r"噪声与环境 1 0 0 0 1", words)
    assert re.search(r"工程质量 1 1 1 0 3", words)


def test_unsure_readings_stand_in_their_own_column_and_the_row_adds_up(desk, open_console, make_labelled):
    desk.index.add([make_labelled("说不好", negative=0.4, neutral=0.3, positive=0.3, unsure=True) for _ in range(2)])

    words = text_of(open_console(desk).get("/project/road"))

    assert re.search(r"工程质量 1 1 1 2 5", words)


def test_an_unknown_project_is_not_found(client):
    answer = client.get("/project/nowhere")

    assert answer.status_code == 404
    assert "登记册里没有编号为“nowhere”的项目" in answer.text


def test_alerts_are_listed_by_whether_they_last(client):
    words = text_of(client.get("/alerts"))

    assert words.index("未解除 1 条") < words.index("新提示") < words.index("已解除 1 条")
    assert "沉寂" in words


def test_sources_say_how_the_last_reading_ended_and_what_to_do(client):
    words = text_of(client.get("/sources"))

    assert "页面改版 找不到 li.post 页面结构与来源说明不符" in words
    assert "尚未读取" in words
    assert words.index("临江论坛") < words.index("临江市人民政府网")


def test_a_source_that_brings_fewer_than_expected_says_so_and_what_to_do(desk, open_console):
    name, last = next(iter(desk.crawls().items()))
    few = SourceHealth(name, "fewer", last.started_at, last)

    words = text_of(open_console(replace(desk, health=lambda: {name: few})).get("/sources"))

    assert "少于预期" in words
    assert "读到的条数远少于以往或预期" in words


def test_claims_waiting_for_review_stand_apart(client):
    words = text_of(client.get("/claims"))

    assert words.index("待审核 1 条") < words.index("诉求办结率 98%") < words.index("已审核 2 条")
    assert words.index("已审核 2 条") < words.index("滨河路改造群众满意率达到 96%")


def test_the_method_page_shows_how_the_model_errs(client):
    words = text_of(client.get("/method"))

    assert re.search(r"负面 90 8 2 100 90% \[83%–94%\] 90% \[83%–94%\] n=100", words)
    assert "不收集、不保存发言人" in words
    assert "临江论坛" in words


def test_a_label_without_test_texts_has_no_rates(desk, open_console):
    none = Calibration("other", desk.calibration.soft, ((90, 8, 0), (8, 80, 0), (0, 0, 0)))

    words = text_of(open_console(replace(desk, calibration=none)).get("/method"))

    assert "正面 0 0 0 0 — —" in words
    assert "在模型 other 上测得" in words


def test_without_calibration_the_method_page_says_that_errors_are_unknown(desk, open_console):
    answer = open_console(replace(desk, calibration=None)).get("/method")

    assert "误差还没有测定" in answer.text


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_health_is_json_for_a_watchdog_and_tells_nothing_else(client, address):
    assert client.get(address).json() == {"status": "ok"}


def test_the_page_estimates_with_the_function_of_the_desk(desk, open_console):
    asked: list[tuple[int, str | None]] = []

    def estimate(posts: Sequence[LabelledPost], project: str | None = None) -> Prevalence | None:
        asked.append((len(posts), project))
        return None

    words = text_of(open_console(replace(desk, estimate=estimate)).get("/project/road"))

    assert (4, "road") in asked
    assert "样本不足 n=4" in words


def test_the_ledger_shows_proposals_in_their_words_and_what_became_of_others(desk, open_console, make_claim):
    def entry(id_, state, sentence):
        claim = make_claim(
            1, sentence, id=id_, reviewed=state is EntryState.ACCEPTED, value=0.905, bound=ClaimBound.ABOUT
        )
        context = f"前面的话<b>。{sentence}后面的话。"
        return Entry(claim, state, "gov:1", "gov", sentence, context, "2026年底前", "1", NOW, NOW)

    entries = (
        entry("c-1", EntryState.PROPOSED, "居民满意率约90.5%。"),
        entry("c-2", EntryState.REJECTED, "游客满意率约90.5%。"),
        entry("c-3", EntryState.ACCEPTED, "商户满意率约90.5%。"),
    )
    events = {
        "c-2": (Event(NOW, EntryState.REJECTED, "不是本项目"),),
        "c-3": (Event(NOW, EntryState.ACCEPTED, "照提案接受"),),
    }
    full = replace(desk, entries=lambda: entries, histories=lambda: events, claims=lambda: (entries[2].claim,))

    answer = open_console(full).get("/claims")
    words = text_of(answer)

    assert "<mark>居民满意率约90.5%。</mark>" in answer.text
    assert "前面的话&lt;b&gt;" in answer.text
    assert "后面的话" in words
    assert "约 90.5%" in words
    assert "2026年底前" in words
    assert (
        words.index("提案 1 条")
        < words.index("已审核 1 条")
        < words.index("未采用与已撤回 1 条")
        < words.index("不是本项目")
    )
    assert "照提案接受" in words
    assert '<form action="/claims' not in answer.text


def test_a_claim_accepted_meanwhile_is_shown_without_a_restart(desk, open_console, make_claim):
    claims = []
    client = open_console(replace(desk, claims=lambda: tuple(claims)))
    before = text_of(client.get("/claims"))

    claims.append(make_claim(9, "刚刚接受的表述达到 91%"))

    assert "刚刚接受的表述" not in before
    assert "刚刚接受的表述" in text_of(client.get("/claims"))
    assert "刚刚接受的表述" in text_of(client.get("/project/road"))
