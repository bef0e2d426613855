import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from minsheng.charts import (
    Bar,
    Bin,
    Mark,
    Shares,
    Stretch,
    TrendPoint,
    bars,
    histogram,
    interval,
    percent,
    stacked,
    trend,
)

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<script>alert("x")</script>&'
DAYS = [date(2026, 3, day) for day in (2, 9, 16, 23)]
POINTS = [TrendPoint(day, 0.2 + place / 10, 0.1 + place / 10, 0.3 + place / 10, 40) for place, day in enumerate(DAYS)]
GAP = [*POINTS[:2], TrendPoint(DAYS[2], None, None, None, 7), POINTS[3]]


def every_chart(words="一"):
    return [
        trend(POINTS, title=words, marks=[Mark(DAYS[1], words)], phases=[Stretch(DAYS[0], None, words)]),
        bars([Bar(words, 0.4, 0.3, 0.5, 30), Bar(words, None, None, None, 3)], title=words),
        stacked([Shares(words, (0.5, 0.2, 0.3), 44), Shares(words, None, 2)], title=words),
        histogram([Bin(words, 3), Bin("二", 0)], title=words),
    ]


def test_bounds_for_daily_looks_are_dotted_lines_broken_where_there_are_none_and_a_column_of_the_table():
    bounds = {DAYS[0]: (0.1, 0.6), DAYS[1]: (0.2, 0.5), DAYS[3]: (0.25, 0.45)}

    chart = trend(POINTS, title="一", always=bounds, bursts=[Stretch(DAYS[1], DAYS[2], "评论量突增")])

    lines = [line for line in drawn(chart).iter(f"{SVG}polyline") if line.get("class") == "always"]
    assert [len(line.get("points").split()) for line in lines] == [2, 2, 1, 1]
    assert chart.headers[-1] == "逐日可看的区间"
    assert [row[-1] for row in chart.rows] == ["10%–60%", "20%–50%", "—", "25%–45%"]
    assert "评论量突增" in chart.svg
    anew = trend(POINTS, title="一", always=bounds | {DAYS[2]: (0.0, 0.9)}).svg  # they begin again where they widen
    assert anew.count('class="always"') == 4
    assert trend(POINTS, title="一").headers[-1] == "评论数"


def drawn(chart):
    return ET.fromstring(chart.svg)


def words_in(chart):
    return ["".join(node.itertext()) for node in drawn(chart).iter(f"{SVG}text")]


@pytest.mark.parametrize("place", range(4))
def test_a_chart_obeys_a_strict_content_policy(place):
    chart = every_chart()[place]

    names = {attribute for node in drawn(chart).iter() for attribute in node.attrib}

    assert "style" not in names
    assert not [name for name in names if name.startswith("on") or "href" in name]
    assert not re.search(r"<(script|style|image|foreignObject)", chart.svg)


@pytest.mark.parametrize("place", range(4))
def test_text_is_escaped_everywhere(place):
    chart = every_chart(EVIL)[place]

    assert "<script" not in chart.svg
    assert "&lt;" in chart.svg
    drawn(chart)


@pytest.mark.parametrize("place", range(4))
def test_a_chart_names_and_describes_itself(place):
    chart = every_chart("占比")[place]

    root = drawn(chart)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")

    assert root.get("role") == "img"
    assert title.text == "占比"
    assert all(row[0] in description.text for row in chart.rows)
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"


@pytest.mark.parametrize("place", range(4))
def test_a_chart_uses_no_colour_of_its_own(place):
    chart = every_chart()[place]

    colours = {node.get(name) for node in drawn(chart).iter() for name in ("fill", "stroke")} - {None}

    assert {colour for colour in colours if not colour.startswith("url(")} <= {"currentColor", "none"}


def test_the_same_numbers_give_the_same_drawing_and_others_give_other_ids():
    first, again = every_chart(), every_chart()
    other = stacked([Shares("一", (0.4, 0.3, 0.3), 44)], title="一")

    assert [chart.svg for chart in first] == [chart.svg for chart in again]
    assert not set(re.findall(r'id="([^"]+)"', first[2].svg)) & set(re.findall(r'id="([^"]+)"', other.svg))


def test_the_table_behind_a_trend_has_a_row_for_each_point_in_order():
    chart = trend(list(reversed(GAP)), title="趋势")

    assert chart.headers == ("日期", "负面占比", "95%区间", "评论数")
    assert chart.rows[0] == ("2026-03-02", "20%", "10%–30%", "40")
    assert chart.rows[2] == ("2026-03-16", "样本不足", "—", "7")


def test_a_point_without_enough_comments_breaks_the_line():
    whole, broken = drawn(trend(POINTS, title="")), drawn(trend(GAP, title=""))

    assert len(list(whole.iter(f"{SVG}polyline"))) == 1
    assert len(list(broken.iter(f"{SVG}polyline"))) == 2
    assert len(list(broken.iter(f"{SVG}circle"))) == 3


def test_a_point_beside_a_gap_keeps_its_interval():
    broken = drawn(trend(GAP, title=""))

    whiskers = [line for line in broken.iter(f"{SVG}line") if line.get("class") == "whisker"]

    assert len(whiskers) == 1


def test_a_higher_share_is_drawn_higher():
    circles = [float(c.get("cy")) for c in drawn(trend(POINTS, title="")).iter(f"{SVG}circle")]

    assert circles == sorted(circles, reverse=True)


def test_marks_are_numbered_and_explained():
    chart = trend(POINTS, title="", marks=[Mark(DAYS[1], "满意率96%"), Mark(DAYS[3], "完工")])

    words = words_in(chart)

    assert "①" in words
    assert "① 2026-03-09 满意率96%" in words
    assert "② 2026-03-23 完工" in words


def test_a_mark_before_the_first_point_widens_the_scale():
    early = drawn(trend(POINTS, title="", marks=[Mark(date(2026, 2, 1), "早")]))

    first = float(next(early.iter(f"{SVG}circle")).get("cx"))
    mark = next(line for line in early.iter(f"{SVG}line") if line.get("class") == "mark")

    assert float(mark.get("x1")) < first


def test_bars_grow_with_the_share_and_show_n_and_interval():
    chart = bars([Bar("噪声", 0.8, 0.7, 0.9, 50), Bar("质量", 0.4, 0.3, 0.5, 30)], title="方面", heading="方面")

    widths = [float(node.get("width")) for node in drawn(chart).iter(f"{SVG}rect") if node.get("class") == "bar"]

    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert "80%（70%–90%）n=50" in words_in(chart)
    assert chart.headers[0] == "方面"


def test_a_bar_without_interval_has_no_whiskers():
    chart = bars([Bar("噪声", 0.8, None, None, 50)], title="")

    assert 'class="whisker"' not in chart.svg
    assert chart.rows == (("噪声", "80%", "—", "50"),)


def test_labels_are_told_apart_without_colour():
    chart = stacked([Shares("论坛", (0.5, 0.2, 0.3), 44)], title="")

    parts = [node for node in drawn(chart).iter(f"{SVG}rect") if node.get("height") != "12.0"]

    assert len({part.get("fill") for part in parts}) == 3
    assert [part.get("class") for part in parts] == ["part neg", "part neu", "part pos"]
    assert {"负 50%", "中 20%", "正 30%", "n=44"} <= set(words_in(chart))


def test_a_narrow_part_is_drawn_without_words_but_stands_in_the_table():
    chart = stacked([Shares("论坛", (0.97, 0.02, 0.01), 44)], title="")

    assert "中 2.0%" not in words_in(chart)
    assert chart.rows == (("论坛", "97%", "2.0%", "1.0%", "44"),)


def test_rows_with_too_few_comments_say_so():
    assert "样本不足（n=2）" in words_in(stacked([Shares("论坛", None, 2)], title=""))
    assert "样本不足（n=3）" in words_in(bars([Bar("论坛", None, None, None, 3)], title=""))


def test_many_bins_are_all_drawn_but_not_all_labelled():
    chart = histogram([Bin(str(day), day) for day in range(1, 40)], title="", heading="日期")

    assert len(list(drawn(chart).iter(f"{SVG}rect"))) == 39
    assert len(words_in(chart)) < 39
    assert len(chart.rows) == 39


@pytest.mark.parametrize(
    "chart", [trend([], title=""), bars([], title=""), stacked([], title=""), histogram([], title="")]
)
def test_nothing_to_draw_is_said(chart):
    assert "本期没有数据" in words_in(chart)
    assert chart.rows == ()


def test_a_long_label_is_cut_and_given_in_full_on_pointing():
    long = "沿江大道综合整治与地下管网改造提升工程（二期）"

    chart = bars([Bar(long, 0.5, 0.4, 0.6, 20)], title="")

    assert f"<title>{long}</title>" in chart.svg
    assert "…" in chart.svg


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "0%"), (0.004, "0.4%"), (0.0951, "9.5%"), (0.621, "62%"), (1.0, "100%")]
)
def test_percent_keeps_a_decimal_only_where_it_matters(value, words):
    assert percent(value) == words


def test_an_interval_needs_both_ends():
    assert interval(0.1, 0.2) == "10%–20%"
    assert interval(None, 0.2) == "—"
