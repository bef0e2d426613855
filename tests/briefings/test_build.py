import re
from dataclasses import replace
from datetime import timedelta

import pytest

from briefings.build import build, write
from briefings.document import Bullets, ChartBlock, Heading, Link, Paragraph, Quotes, Table
from indexer.base import Query
from minsheng.crawls import SourceHealth
from minsheng.domain import Calibration, ClaimKind, Verdict, Window

OFFICIAL_WORDS = re.compile(r"“[^”]*”")
BACKED = re.compile(r"\d%（95%区间 [\d.]+%–[\d.]+%，n=\d+）")
INTERVAL = re.compile(r"95%区间( [\d.]+%–[\d.]+%，n=\d+| [+−]?[\d.]+ 至 [+−]?[\d.]+)")


def plain(text):
    return "".join(part.words if isinstance(part, Link) else part for part in text)


def section(document, title):
    return next(section for section in document.sections if section.title == title)


def lines(part):
    """Flatten a section to lines of text, table cells joined by |."""
    found = []
    for block in part.blocks:
        if isinstance(block, Heading):
            found.append(block.words)
        elif isinstance(block, Paragraph):
            found.append(plain(block.text))
        elif isinstance(block, Bullets):
            found += [plain(item) for item in block.items]
        elif isinstance(block, Table):
            found += [block.title, *("|".join(map(plain, row)) for row in block.rows), *block.notes]
        elif isinstance(block, ChartBlock):
            found += [block.chart.title, *("|".join(row) for row in block.chart.rows), block.note]
        elif isinstance(block, Quotes):
            found += [block.title, *(f"{q.words} {q.origin} ×{q.copies}" for q in block.items), block.empty]
    return found


def text(part):
    return "\n".join(lines(part))


def unbacked(words):
    """Count the percentages of our own that no interval and n follow."""
    own = OFFICIAL_WORDS.sub("“”", words)
    rest = BACKED.sub("", own)
    return re.findall(r"\d%", INTERVAL.sub("", rest))


def test_the_check_itself_finds_a_bare_percentage():
    assert unbacked("负面占比 62%。")
    assert unbacked("负面占比 62%（n=30）。")
    assert not unbacked("官方表述“满意率96%”；负面占比 62%（95%区间 50%–71%，n=30）。")


@pytest.mark.parametrize("kind", ["weekly", "daily"])
def test_every_percentage_among_the_points_has_its_interval_and_n(kind, request):
    document = build(request.getfixturevalue(kind))

    points = section(document, "要点").blocks[0].items

    assert any("%（95%区间" in plain(point) for point in points)
    assert [unbacked(plain(point)) for point in points if unbacked(plain(point))] == []
    assert all("n=" in plain(point) for point in points)


def test_a_weekly_has_its_sections_in_order(weekly):
    document = build(weekly)

    assert [part.title for part in document.sections] == [
        "要点",
        "总体数据",
        "项目对照表",
        "偏离项目详情",
        "上升话题与其他提示",
        "无人回应",
        "来源与方法",
        "附表",
    ]


def test_the_masthead_says_which_issue_which_days_and_how_the_sources_are(weekly):
    head = build(weekly).masthead

    assert head.issue == "2026年第9期（总第61期）"
    assert head.period == "2026年3月2日至2026年3月8日"
    assert head.made == "2026年3月9日08:00"
    assert "正常 2、页面改版 1、本期未采集 1" in head.health
    assert "江城新闻跟帖（页面改版）" in head.health


def test_the_masthead_names_a_source_that_brings_fewer_than_expected_and_since_when(weekly):
    last = weekly.crawls["forum"]
    few = SourceHealth("forum", "fewer", weekly.window.since + timedelta(days=1), last)

    head = build(replace(weekly, health={"forum": few})).masthead

    assert "少于预期 1" in head.health
    assert "（少于预期，自3月3日起）" in head.health


def test_the_points_tell_what_began_before_what_lasts_before_what_ended(weekly):
    points = [plain(point) for point in section(build(weekly), "要点").blocks[0].items]

    assert [point[:4] for point in points[1:]] == ["【新增】", "【持续】", "【结束】"]
    assert "世纪路改造工程" in points[1]
    assert "判断：偏离" in points[1]
    assert points[3].endswith("已不再符合提示条件。")


def test_more_than_five_points_are_counted_and_not_dropped(weekly):
    first = weekly.alerts[0]
    many = [replace(first, id=f"m{place}", opened_at=first.opened_at) for place in range(7)]

    part = section(build(replace(weekly, alerts=many)), "要点")

    assert len(part.blocks[0].items) == 5
    assert "另有 3 项提示，见附表。" in lines(part)


def test_a_quiet_week_says_so(weekly):
    document = build(replace(weekly, alerts=[], findings=[]))

    assert "本期没有新增、持续或结束的提示。" in lines(section(document, "要点"))
    assert "本期没有判断为偏离的项目。" in lines(section(document, "偏离项目详情"))
    assert "本期没有“无人回应”的提示。" in lines(section(document, "无人回应"))
    assert "本期没有其他提示。" in lines(section(document, "上升话题与其他提示"))


def test_projects_that_are_not_judged_are_listed_with_their_n_and_the_reason(weekly):
    words = text(section(build(weekly), "项目对照表"))

    assert "城东农贸市场改造|1|样本不足。" in words
    assert "第三中学扩建|0|样本不足。" in words
    assert all(project.name in words for project in weekly.projects)


def test_the_comparison_gives_claim_reaction_and_verdict(weekly):
    rows = [line for line in lines(section(build(weekly), "项目对照表")) if line.startswith("世纪路")]

    _, claim, reaction, verdict, proof = rows[0].split("|")
    assert claim == "“世纪路改造工程完工，沿线居民满意率达96.5%”（市交通运输局，2026年2月18日）"
    assert "2月18日以来" in reaction
    assert not unbacked(reaction)
    assert (verdict, proof) == ("偏离", "依据")


def test_the_proof_is_a_link_to_the_console_or_the_annex(weekly):
    linked = section(build(weekly), "项目对照表").blocks[0].rows[0][4][0]
    alone = section(build(replace(weekly, console_url="")), "项目对照表").blocks[0].rows[0][4][0]

    assert linked == Link("依据", "http://127.0.0.1:8765/project/road")
    assert alone == "附表1"


def test_an_unreviewed_claim_is_not_set_against_comments(weekly):
    claims = [replace(claim, reviewed=False) for claim in weekly.claims]
    found = [replace(f, claim=replace(f.claim, reviewed=False)) if f.claim else f for f in weekly.findings]

    document = build(replace(weekly, claims=claims, findings=found, alerts=[]))

    assert "满意率达96.5%" not in text(section(document, "项目对照表"))
    assert "未经审核的表述 4 条，不作对照。" in lines(section(document, "附表"))


def test_a_detail_shows_why_trend_aspects_and_both_sides(weekly):
    words = text(section(build(weekly), "偏离项目详情"))

    assert "不满者发言的可能须为满意者的21倍以上" in words
    assert "责任部门：市交通运输局；阶段：建成。" in words
    assert "工程质量" in words
    assert "读作负面的评论（与表述不一致）" in words
    assert "读作正面的评论（支持表述）" in words


def test_the_trend_has_eight_weeks_and_the_claim_as_a_mark(weekly):
    blocks = section(build(weekly), "偏离项目详情").blocks

    chart = next(block.chart for block in blocks if isinstance(block, ChartBlock))

    assert [row[0] for row in chart.rows][-2:] == ["2026-02-23", "2026-03-02"]
    assert len(chart.rows) == 8
    assert "① 2026-02-18 市交通运输局：世纪路改造工程完工" in chart.svg


def test_a_reply_rate_is_shown_with_messages_answered_and_not_and_without_moods(weekly):
    found = weekly.findings[0]
    claimed = replace(found, claim=replace(found.claim, kind=ClaimKind.REPLY_RATE))

    blocks = section(build(replace(weekly, findings=[claimed, *weekly.findings[1:]])), "偏离项目详情").blocks

    assert not [block for block in blocks if isinstance(block, ChartBlock | Table)]
    assert [block.title for block in blocks if isinstance(block, Quotes)] == [
        "没有得到公开回复的留言（与表述不一致）", "得到公开回复的留言（支持表述）",
    ]  # fmt: skip


def test_a_project_whose_claim_is_not_reviewed_says_so(weekly):
    found = weekly.findings[0]
    claim = replace(found.claim, id="c9", project="market", reviewed=False)
    waiting = replace(found, project="market", claim=claim, fired=False, verdict=Verdict.NOT_ASSESSABLE,
                      why="该表述未经人工确认，不作对照。")  # fmt: skip

    words = text(section(build(replace(weekly, findings=[*weekly.findings, waiting])), "项目对照表"))

    assert "城东农贸市场改造|1|该表述未经人工确认，不作对照。" in words


@pytest.mark.parametrize(
    ("kept_of_seven", "words"), [(2, "每月负面占比"), (1, "各周、各月的有效样本都不足 20 条，不画走势。")]
)
def test_the_trend_falls_back_to_months_and_says_when_it_cannot_be_drawn(weekly, kept_of_seven, words):
    road = [item.post.id for item in weekly.index.stream(Query(projects=("road",)))]
    weekly.index.delete(post for place, post in enumerate(road) if place % 14 >= kept_of_seven)

    blocks = section(build(weekly), "偏离项目详情").blocks

    shown = [block.chart.title for block in blocks if isinstance(block, ChartBlock)]
    shown += [word for block in blocks if isinstance(block, Paragraph) for word in block.text]
    assert [text for text in shown if words in str(text)]


def test_quotes_are_verbatim_from_the_index_and_removed_ones_are_gone(weekly):
    quotes = weekly.findings[0].evidence.quotes
    weekly.index.delete([quotes[0].post])

    blocks = section(build(weekly), "偏离项目详情").blocks
    shown = next(
        block for block in blocks if isinstance(block, Quotes) and block.title == "读作负面的评论（与表述不一致）"
    )

    kept = {weekly.index.get(quote.post).post.text for quote in quotes[1:]}
    assert shown.items
    assert {item.words for item in shown.items} <= kept


def test_when_all_quotes_were_removed_it_says_so(weekly):
    weekly.index.delete([quote.post for quote in weekly.findings[0].evidence.quotes])

    words = text(section(build(weekly), "偏离项目详情"))

    assert "均已移除，不再引用。" in words


def test_further_diverging_projects_are_named(weekly):
    road = weekly.findings[0]
    extra = [replace(road, project=project.id) for project in weekly.projects[1:]]

    words = text(section(build(replace(weekly, findings=[road, *extra])), "偏离项目详情"))

    assert "另有 3 个项目判断为偏离，详情见系统：" in words


def test_the_gravest_claim_of_a_project_stands_in_the_table(weekly):
    road = weekly.findings[0]
    mild = replace(road, verdict=Verdict.COMPATIBLE, claim=replace(road.claim, id="c2", text="世纪路通车"))

    words = text(section(build(replace(weekly, findings=[mild, road])), "项目对照表"))

    assert "满意率达96.5%" in words
    assert "世纪路通车" not in words


def test_the_unanswered_are_listed_with_their_department(weekly):
    words = text(section(build(weekly), "无人回应"))

    assert "老旧小区加装电梯|市住房和城乡建设局|30日内未获答复的留言占比 72%（95%区间 57%–84%，n=46）" in words
    assert "另有 1 项未达提示条件或无法判断。" in words


def test_other_rules_have_their_place(weekly):
    words = text(section(build(weekly), "上升话题与其他提示"))

    assert "滨江公园二期|关注偏差|主题分布差异（比特）（n=240）|官方发布与公众评论" in words


def test_a_rule_of_the_offices_own_keeps_its_name(weekly):
    own = replace(weekly.findings[5], rule="gratitude")

    words = text(section(build(replace(weekly, findings=[own], alerts=[])), "上升话题与其他提示"))

    assert "|gratitude|" in words


def test_the_method_names_scope_model_and_error(weekly):
    words = text(section(build(weekly), "来源与方法"))

    assert "公开、可见、去重后的评论的占比，不代表全体居民；区间只含分类与计数误差，不含自我选择" in words
    assert "反讽" in words
    assert "模型：encoder-1。在留出的人工标注样本上：判对 80%（95%区间 78%–82%，n=1100）" in words


def test_without_known_errors_no_share_is_given(weekly):
    document = build(replace(weekly, calibration=None, alerts=[], findings=[]))

    totals, table = text(section(document, "总体数据")), text(section(document, "项目对照表"))

    assert "所用模型的误差未知，不给出占比，只列条数。" in totals
    assert not re.search(r"占比\|\d", totals)
    assert "样本不足" not in totals + table
    assert "未作判断的项目（6 个）" in table
    assert "模型误差未知。" in table


def test_a_class_without_samples_has_no_rate(weekly):
    counts = ((0, 4, 1), (0, 40, 3), (0, 2, 40))
    unknown = Calibration("m", weekly.calibration.soft, counts)

    words = text(section(build(replace(weekly, calibration=unknown, alerts=[], findings=[])), "来源与方法"))

    assert "负面评论被读作负面：没有样本（n=0）" in words


def test_the_annex_lists_claims_alerts_and_sources(weekly):
    words = text(section(build(weekly), "附表"))

    assert "“力争年内加装电梯200部”（市住房和城乡建设局，2026年2月25日）|目标|无法判断" in words
    assert "新增|世纪路改造工程|偏离|2026年3月4日" in words
    assert "江城新闻跟帖|评论|" in words
    assert re.search(r"江城新闻跟帖\|评论\|\d+\|\d+\|[^|]+\|页面改版$", words, re.MULTILINE)


def test_posts_of_a_source_outside_the_register_are_still_counted(weekly):
    sources = {name: source for name, source in weekly.sources.items() if name != "board"}

    words = text(section(build(replace(weekly, sources=sources)), "附表"))

    assert re.search(r"board\|—\|\d+\|\d+\|—\|未登记", words)


def test_a_source_read_only_before_the_window_was_not_read(weekly):
    old = replace(weekly.crawls["forum"], finished_at=weekly.window.since - timedelta(seconds=1))

    head = build(replace(weekly, crawls={**weekly.crawls, "forum": old})).masthead

    assert "江城论坛（本期未采集）" in head.health


def test_a_daily_is_shorter_and_tells_the_new_alerts_of_its_day(daily):
    document = build(daily)

    assert [part.title for part in document.sections] == ["要点", "总体数据", "新提示", "数据健康", "说明"]
    assert document.masthead.period == "2026年3月4日"
    assert "世纪路改造工程　偏离" in text(section(document, "新提示"))
    assert "老旧小区" not in text(section(document, "新提示"))


def test_a_day_without_new_alerts_says_so(daily):
    assert "本期没有新提示。" in lines(section(build(replace(daily, alerts=[])), "新提示"))


def test_the_end_of_the_window_is_exclusive(weekly, make_labelled):
    before = build(weekly).sections[0]
    weekly.index.add([make_labelled("零点", published_at=weekly.window.until, projects=("road",))])
    outside = build(weekly).sections[0]
    weekly.index.add(
        [make_labelled("零点前", published_at=weekly.window.until - timedelta(seconds=1), projects=("road",))]
    )
    inside = build(weekly).sections[0]

    assert text(before) == text(outside)
    assert text(outside) != text(inside)


def test_official_posts_are_not_counted_as_comments(weekly, make_labelled):
    before = text(build(weekly).sections[1])
    weekly.index.add([make_labelled("公告", kind="official", source="gov", published_at=weekly.window.since)])

    assert text(build(weekly).sections[1]) == before


def test_every_day_of_the_window_stands_in_the_volume_chart(weekly):
    weekly.index.delete([post.post.id for post in weekly.index.stream(_day(weekly))])

    chart = next(b.chart for b in section(build(weekly), "总体数据").blocks if isinstance(b, ChartBlock))

    assert [row[0] for row in chart.rows] == ["3/2", "3/3", "3/4", "3/5", "3/6", "3/7", "3/8"]
    assert chart.rows[3] == ("3/5", "0")


def _day(material):
    since = material.window.since + timedelta(days=3)
    return Query(window=Window(since, since + timedelta(days=1)))


def test_a_change_beyond_the_interval_is_told_and_one_within_is_not_called_a_change(weekly, make_labelled):
    quiet = replace(weekly, alerts=[])
    within = lines(build(quiet).sections[0])[0]
    worse = [
        make_labelled(f"投诉{k}", published_at=weekly.window.since, projects=("bus",), negative=0.8, neutral=0.1, positive=0.1)
        for k in range(400)
    ]  # fmt: skip
    quiet.index.add(worse)
    beyond = lines(build(quiet).sections[0])[0]

    assert "与上期相比的变化在误差范围内：" in within
    assert "与上期相比上升：+" in beyond


def test_an_empty_city_gets_an_honest_briefing(empty):
    document = build(empty)

    words = "\n".join(text(part) for part in document.sections)
    assert "本期未收到公开评论（n=0）；上期折叠重复后 0 条。" in words
    assert "没有登记项目。" in words
    assert document.masthead.health == "没有登记来源。"
    assert "样本不足（n=0）" in words


def test_the_same_material_gives_the_same_document(weekly):
    assert build(weekly) == build(weekly)


def test_both_files_are_written_whole_and_written_again(weekly, tmp_path):
    document = build(weekly)

    html, docx = write(document, tmp_path / "new", "weekly-2026-W10")
    first = (html.read_bytes(), docx.read_bytes())
    write(document, tmp_path / "new", "weekly-2026-W10")

    assert (html.name, docx.name) == ("weekly-2026-W10.html", "weekly-2026-W10.docx")
    assert (html.read_bytes(), docx.read_bytes()) == first
    assert sorted(path.name for path in html.parent.iterdir()) == [docx.name, html.name]
