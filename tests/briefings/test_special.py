"""The 专报: one project, its three deviations as the spine, every number with n and interval, nothing left unsaid."""

import re
from dataclasses import replace

import pytest

from briefings.build import build
from briefings.document import Bullets, ChartBlock, Heading, Link, Paragraph, Quotes, Table
from briefings.render.docx import render_docx
from briefings.render.html import render_html
from indexer.base import Query
from indexer.memory import MemoryIndex

BACKED = re.compile(r"\d%（95%区间 [\d.]+%–[\d.]+%，n=\d+）")


BUILT = []


@pytest.fixture
def document(special):
    """Build it once for all tests: it is frozen."""
    if not BUILT:
        BUILT.append(build(special))
    return BUILT[0]


def plain(text):
    return "".join(part.words if isinstance(part, Link) else part for part in text)


def lines(section):
    found = []
    for block in section.blocks:
        match block:
            case Heading():
                found.append(block.words)
            case Paragraph():
                found.append(plain(block.text))
            case Bullets():
                found += map(plain, block.items)
            case Table():
                found += [block.said, block.title, *("|".join(map(plain, row)) for row in block.rows), *block.notes]
            case ChartBlock():
                found += [block.said, block.chart.title, block.note]
            case Quotes():
                found += [block.title, *(quote.words for quote in block.items), block.empty]
    return "\n".join(found)


def section(document, words):
    return next(part for part in document.sections if part.title.startswith(words))


def test_the_three_deviations_are_its_spine(document):
    assert document.masthead.headline == "关于“世纪路改造工程”公众反应情况的专报"
    assert [part.title.partition("：")[0] for part in document.sections] == [
        "要点", "项目与评论总量", "关注重点", "工作标准", "身份样式", "请群众说话、参与、评判", "经过与提示",
        "来源与方法", "附表",
    ]  # fmt: skip


def test_it_speaks_of_its_project_alone(special, document):
    words = "\n".join(map(lines, document.sections))
    asked = Query(linked=("road",), kinds=("public",), window=special.window)

    assert f"本期公开评论 {special.index.count(asked)} 条" in words
    for other in ("滨江公园", "老旧小区", "公交线网"):
        assert other not in words


def test_each_point_has_n_and_each_share_its_interval(document):
    points = [plain(item) for item in section(document, "要点").blocks[0].items]

    assert [point[:4] for point in points[1:]] == ["表述与反", "关注重点", "工作标准", "身份样式"]
    for point in points:
        own = BACKED.sub("", re.sub(r"“[^”]*”", "", point))
        assert "n=" in point
        assert not re.findall(r"\d%", re.sub(r"95%区间", "", own)), point


def test_claims_stand_against_reactions_with_what_it_would_take(document):
    words = lines(section(document, "工作标准"))

    assert "经审核的官方表述 1 条：偏离 1 条。" in words
    assert "“世纪路改造工程完工，沿线居民满意率达96.5%”" in words
    assert "不满者发言的可能须为满意者的 21 倍|偏离" in words
    assert "读作负面的评论（与表述不一致）" in words
    assert "读作正面的评论（支持表述）" in words


def test_replies_asks_and_the_course_are_told(document):
    posture = lines(section(document, "身份样式"))
    assert "见到答复 24 条" in posture
    assert re.search(r"10 个工作日内\|\d+%（95%区间", posture)
    assert "实施|公示过方案、工期或进度|有|2026-01-05" in lines(section(document, "请群众"))
    course = lines(section(document, "经过"))
    assert "2026-02-11|“建成”阶段开始|—" in course
    assert "2026-03-04|提示“偏离”出现|—" in course
    assert "偏离|提示|要使“满意率达96.5%”与评论相符" in course
    assert "最多的一组 6 条" in lines(section(document, "来源与方法"))


def test_every_table_and_chart_is_also_said_in_words(document, weekly, daily):
    made = (document, build(weekly), build(daily))
    blocks = [block for one in made for part in one.sections for block in part.blocks]

    mute = [block for block in blocks if isinstance(block, Table | ChartBlock) and not block.said]

    assert [block for block in mute if not isinstance(block, Table) or block.rows] == []


def test_tables_and_charts_are_numbered_in_the_order_of_the_text(document):
    blocks = [block for part in document.sections for block in part.blocks]

    tables = [block.title for block in blocks if isinstance(block, Table) and not block.title.startswith("附表")]
    charts = [block.chart.title for block in blocks if isinstance(block, ChartBlock)]

    assert [title.partition("　")[0] for title in tables] == [f"表{n}" for n in range(1, len(tables) + 1)]
    assert [title.partition("　")[0] for title in charts] == [f"图{n}" for n in range(1, len(charts) + 1)]


def test_a_project_without_comments_says_so_everywhere_and_prints(special):
    bare = replace(special, index=MemoryIndex(), claims=(), findings=(), alerts=(), recorded=(), subject="school")
    document = build(bare)

    words = "\n".join(map(lines, document.sections))
    for sentence in (
        "本期未收到公开评论（n=0）", "没有可与评论对照的经审核表述", "官方发布（不含回复）只有 0 条", "没有见到就本项目向有关部门提出的公开留言",
        "各周、各月的有效样本都不足 20 条，不画走势", "登记册里没有写阶段", "本项目还没有经过检查", "本期没有发现相同或近似的评论",
    ):  # fmt: skip
        assert sentence in words
    assert "关于“第三中学扩建”公众反应情况的专报" in render_html(document)
    assert render_docx(document)


def test_a_subject_outside_the_register_is_refused(special):
    with pytest.raises(ValueError, match="not in the register"):
        build(replace(special, subject="moon"))
