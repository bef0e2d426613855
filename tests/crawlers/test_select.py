import pytest
from parsel import Selector

from crawlers.select import all_text, check_selector, count_in, find, first_text, plain_text, shows


@pytest.fixture
def page():
    return Selector(
        text="""<div id="a" data-n="7"><p>第一段<br>换行</p><p>第二
        段&nbsp;&nbsp;字</p><script>x()</script><!-- note --><b class="quote">引</b></div><i class="none"></i>"""
    )


def test_an_element_becomes_text_as_a_reader_sees_it(page):
    assert first_text(page, "div") == "第一段\n换行\n第二 段 字\n引"


def test_what_is_dropped_is_not_read(page):
    assert all_text(page, "div", ("b.quote", "xpath://p[1]")) == "第二 段 字"


def test_several_matches_become_several_lines(page):
    assert all_text(page, "p") == "第一段\n换行\n第二 段 字"


@pytest.mark.parametrize("selector", ["@data-n", "::attr(data-n)", "xpath:./@data-n", "css:::attr(data-n)"])
def test_an_attribute_of_the_row_itself(page, selector):
    assert first_text(page.css("div")[0], selector) == "7"


def test_no_match_is_none_and_an_empty_match_is_empty(page):
    assert first_text(page, "table") is None
    assert first_text(page, None) is None
    assert all_text(page, "table") is None
    assert first_text(page, "i.none") == ""


def test_json_rows_and_values():
    page = Selector(
        text='{"rows": [{"id": 5, "html": "<p>一</p><p>二&amp;三</p>", "no": null, "off": false}]}', type="json"
    )

    row = find(page, "rows")[0] if len(find(page, "rows")) > 1 else find(page, "rows[]")[0]

    assert first_text(row, "id") == "5"
    assert first_text(row, "html") == "一\n二&三"
    assert first_text(row, "no") is None
    assert first_text(row, "off") is None
    assert first_text(row, "missing") is None


def test_markers_on_pages_of_both_kinds():
    html = Selector(text="<p class='none'>暂无<b>帖子</b></p>")
    json = Selector(text='{"none": true, "rows": [], "say": "请登录"}', type="json")

    assert shows(html, ".none")
    assert shows(html, "text:暂无帖子")
    assert not shows(html, "json:none")
    assert not shows(html, ".some")
    assert shows(json, "json:none")
    assert shows(json, "text:请登录")
    assert not shows(json, "json:rows")
    assert not shows(json, ".none")


@pytest.mark.parametrize(
    ("text", "number"), [("赞(12)", 12), ("1,024", 1024), ("1.2万", 12000), ("3w", 30000), ("无", None), (None, None)]
)
def test_numbers_as_pages_show_them(text, number):
    assert count_in(text) == number


def test_plain_text_keeps_what_is_no_markup():
    assert plain_text("面积 <90 平方，a < b") == "面积 <90 平方，a < b"
    assert plain_text("<p>一</p>二") == "一\n二"


def test_good_selectors_pass():
    for text in ("div > p", "xpath:.//a[contains(text(), '页')]/@href", "@data-id", "a::attr(href)"):
        check_selector(text, is_json=False)
    check_selector("a.b[?c > `1`].d | [0]", is_json=True)


def test_a_number_of_zero_is_a_value_and_false_is_none():
    page = Selector(text='{"likes": 0, "pinned": false, "gone": null}', type="json")

    assert [first_text(page, key) for key in ("likes", "pinned", "gone", "none")] == ["0", None, None, None]
