"""The monthly: the weekly of a month and a section for each deviation and for the asks."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.measures.recorded import Recorded
from briefings.build import build
from briefings.document import Bullets, Paragraph, Table
from briefings.render.docx import render_docx
from briefings.render.html import render_html
from minsheng.domain import BEIJING, Kind, LabelledPost, Opinion, Post, Reading, Window
from minsheng.honesty import NOT_COUNTED, NOT_RESIDENTS

SINCE, UNTIL = datetime(2026, 2, 1, tzinfo=BEIJING), datetime(2026, 3, 1, tzinfo=BEIJING)
OWN = ("关注重点", "工作标准", "身份样式", "请群众说话、参与、评判")


def official(number, text, topic="urban", aspect="facilities", reply_to=None):
    name = f"gov:{number}"
    moment = UNTIL.astimezone(UTC) - timedelta(days=20, minutes=number)
    url = f"http://gov.example/{number}"
    post = Post(name, "gov", Kind.OFFICIAL, url, url, "世纪路改造", text, moment, moment, reply_to=reply_to)
    return LabelledPost(post, Reading(("road",), Opinion(0.02, 0.08, 0.9), topic, aspect, name, "encoder-1"))


@pytest.fixture
def monthly(weekly):
    texts = [official(n, f"第{n}段绿化亮化全面完成，群众纷纷点赞。") for n in range(20)]
    weekly.index.add([*texts, official(99, "世纪路方案公开征求意见，2月10日截止。")])
    window = Window(SINCE.astimezone(UTC), UNTIL.astimezone(UTC))
    seen = Recorded("road", "published", True, date(2026, 1, 5), "http://gov.example/p", "")
    return replace(weekly, kind="monthly", window=window, previous=window.previous(), recorded=(seen,))


def words_of(document, title):
    found = []
    for block in next(section for section in document.sections if section.title == title).blocks:
        if isinstance(block, Table):
            found += [
                "|".join("".join(getattr(part, "words", part) for part in cell) for cell in row) for row in block.rows
            ]
            found += block.notes
        elif isinstance(block, Paragraph):
            found.append("".join(getattr(part, "words", part) for part in block.text))
        elif isinstance(block, Bullets):
            found += ["".join(getattr(part, "words", part) for part in item) for item in block.items]
    return "\n".join(found)


def test_a_monthly_has_a_section_for_each_deviation_and_the_asks(monthly):
    document = build(monthly)

    titles = [section.title for section in document.sections]
    assert [title for title in titles if title in OWN] == list(OWN)
    assert titles[-2:] == ["来源与方法", "附表"]
    assert document.masthead.title.endswith("公众反应月报")
    tables = [block for part in document.sections for block in part.blocks if isinstance(block, Table) and block.rows]
    assert [table.title for table in tables if not table.said] == []


def test_focus_names_what_each_side_speaks_of_more(monthly):
    words = words_of(build(monthly), "关注重点")

    assert re.search(r"世纪路改造工程\|0\.\d\d\|0\.\d{3}\|.*交通运输 [\d.]+倍（[\d.]+–[\d.]+）", words)


def test_the_asks_count_evidence_and_leave_the_rest_unknown(monthly):
    words = words_of(build(monthly), "请群众说话、参与、评判")

    assert re.search(r"世纪路改造工程\|0/4\|1/4\|0/2\|未到\|[1-9]", words)
    assert "不知道不是没有" in words


def test_wording_is_counted_and_not_judged(monthly):
    words = words_of(build(monthly), "身份样式")

    assert "没有见到向有关部门提出的公开留言" in words or "只作描述，不据此判断" in words


@pytest.mark.parametrize("kind", ["weekly", "monthly"])
def test_sources_and_method_say_how_far_figures_reach(kind, request):
    words = words_of(build(request.getfixturevalue(kind)), "来源与方法")

    assert NOT_COUNTED in words
    assert NOT_RESIDENTS in words
    assert "江城论坛" in words


def test_a_monthly_prints_in_both_forms_and_without_data(monthly, empty):
    bare = replace(empty, kind="monthly")

    for material in (monthly, bare):
        document = build(material)
        assert "关注重点" in render_html(document)
        assert render_docx(document)[:2] == b"PK"
