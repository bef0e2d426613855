import io
import re
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import docx
import pdfplumber
import pytest

from briefings.build import build
from briefings.document import ChartBlock, Document, Link, Masthead, Paragraph, QuoteItem, Quotes, Section, Table
from briefings.numbering import chinese
from briefings.render.docx import render_docx
from briefings.render.html import render_html
from briefings.render.pdf import render_pdf
from minsheng.charts import histogram
from minsheng.errors import ConfigError
from minsheng.web import web_address

EVIL = "<script>alert(1)</script>"
LOADING = {"script", "link", "img", "iframe", "object", "embed", "audio", "video", "source", "base", "form", "input"}


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def one(*blocks, made_at):
    head = Masthead(
        "办公室",
        "公众反应周报",
        "某周公众反应情况",
        "2026年第1期（总第1期）",
        "某周",
        "某日",
        "某日08:00",
        "没有登记来源。",
    )
    return Document(head, (Section("要点", blocks),), made_at, "说明")


def test_the_page_loads_nothing_and_runs_nothing(weekly):
    page = render_html(build(weekly))

    tags = Tags(page).found
    attributes = [name for _, attrs in tags for name in attrs]

    assert not {tag for tag, _ in tags} & LOADING
    assert not [name for name in attributes if name in {"src", "srcset", "style"} or name.startswith("on")]
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page)


def test_links_lead_to_quotes_claims_and_the_console_alone(weekly):
    page = render_html(build(weekly))

    links = [attrs for tag, attrs in Tags(page).found if tag == "a"]

    hosts = {re.match(r"https?://([^/]+)", attrs["href"]).group(1) for attrs in links}
    assert hosts <= {"forum.example", "board.example", "news.example", "gov.example", "127.0.0.1:8765"}
    assert {"gov.example", "forum.example", "127.0.0.1:8765"} <= hosts
    assert all(attrs["rel"] == "noopener noreferrer" for attrs in links)


def test_the_page_has_every_section_numbered_and_a_table_behind_each_chart(weekly):
    page = render_html(build(weekly))

    assert "一、要点" in page
    assert "八、附表" in page
    assert page.count("<svg") == page.count("<details>") == 3
    assert page.count('role="img"') == 3


def test_ids_are_unique_in_a_page(weekly):
    ids = re.findall(r' id="([^"]+)"', render_html(build(weekly)))

    assert len(ids) == len(set(ids))


def test_words_of_the_public_are_escaped(now):
    quotes = Quotes("评论", (QuoteItem(EVIL, "http://forum.example/1", "论坛", 6),), "")

    page = render_html(one(quotes, Paragraph((EVIL,)), made_at=now))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "重复 ×6" in page


def test_a_copied_quote_says_how_often(weekly):
    assert "重复 ×6" in render_html(build(weekly))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "//x.example"])
def test_only_web_addresses_become_links(url, now):
    quotes = Quotes("评论", (QuoteItem("话", url, "论坛", 1),), "")
    document = one(quotes, Paragraph((Link("看", url),)), made_at=now)

    assert web_address(url) == ""
    assert "<a " not in render_html(document)
    assert "w:hyperlink" not in _xml(render_docx(document))


def test_an_address_that_cannot_be_read_is_no_link():
    assert web_address("http://[") == ""


def test_the_word_file_opens_and_holds_the_tables(weekly):
    document = build(weekly)

    word = docx.Document(io.BytesIO(render_docx(document)))

    firsts = [table.rows[0].cells[0].text for table in word.tables]
    assert {"指标", "项目", "方面", "来源", "状态"} <= set(firsts)
    overall = word.tables[0]
    assert [cell.text for cell in overall.rows[0].cells] == ["指标", "本期", "上期", "环比"]
    assert overall.rows[3].cells[0].text == "负面占比"
    assert "95%" not in overall.rows[3].cells[1].text
    assert re.fullmatch(r"\d+%（\d+%–\d+%，n=\d+）", overall.rows[3].cells[1].text)


def test_charts_are_pictures_in_the_word_file_and_told_to_those_who_cannot_see_them(weekly):
    content = render_docx(build(weekly))

    pictures = [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if name.endswith(".png")]
    assert len(pictures) == 3
    assert re.search(r'<wp:docPr [^>]*descr="图1　每日公开评论数[^"]*日期 3/2，评论数 \d+', _xml(content))


def test_a_machine_without_chinese_fonts_prints_the_data_of_charts_and_says_so(weekly):
    words = _words(render_docx(build(weekly), drawn=False))

    assert words.count("（本机没有中文字体，此处列数据，图见网页版）") == 3


def test_the_word_file_has_the_form_of_an_official_document(weekly):
    """GB/T 9704-2012: paper, margins, 22 lines of 28 characters, fonts, red head, page numbers on the outer side."""
    content = render_docx(replace(build(weekly), copies_to="市政府办公室"))
    word, xml = docx.Document(io.BytesIO(content)), _xml(content)
    page = word.sections[0]

    assert [round(length / 36_000) for length in (page.page_width, page.page_height)] == [210, 297]
    assert [round(length / 36_000) for length in (page.top_margin, page.left_margin)] == [37, 28]
    assert [round(length / 36_000) for length in (page.right_margin, page.bottom_margin)] == [26, 35]
    assert '<w:docGrid w:type="lines" w:linePitch="580"/>' in xml
    assert (16 * 20 - 5) * 28 <= 156 / 25.4 * 72 * 20  # letters set closer by a quarter of a point: 28 in a line
    assert '<w:spacing w:val="-5"/>' in word.styles["Normal"].element.xml
    assert [paragraph.text for paragraph in word.paragraphs[:3]] == [
        "江城市 公众反应周报", "2026年第9期（总第61期）", "江城市民生热线办公室\t2026年3月9日",
    ]  # fmt: skip
    assert _run(word, "2026年3月2日至2026年3月8日公众反应情况") == ("方正小标宋简体", 22.0)
    assert [_run(word, words) for words in ("一、要点", "（一）世纪路改造工程", "统计时段")] == [
        ("黑体", 16.0), ("楷体", 16.0), ("仿宋", 16.0),
    ]  # fmt: skip
    assert re.search(r'<w:pBdr><w:bottom [^>]*w:color="D7000F"', xml)
    assert [paragraph.text for paragraph in word.paragraphs if "抄送" in paragraph.text or "印发" in paragraph.text] == [
        "抄送：市政府办公室。", "江城市民生热线办公室\t2026年3月9日印发",
    ]  # fmt: skip
    sides = [footer.paragraphs[0].alignment.name for footer in (page.footer, page.even_page_footer)]
    assert sides == ["RIGHT", "LEFT"]
    assert word.settings.odd_and_even_pages_header_footer
    assert word.core_properties.created.isoformat() == "2026-03-09T00:00:00+00:00"


def test_every_font_of_the_word_file_names_a_free_one_that_may_stand_in(weekly):
    content = render_docx(build(weekly))
    table = zipfile.ZipFile(io.BytesIO(content)).read("word/fontTable.xml").decode()

    used = set(re.findall(r'w:eastAsia="([^"]+)"', _xml(content)))
    assert used == {"方正小标宋简体", "仿宋", "黑体", "楷体", "宋体"}
    for name in used:
        assert re.search(rf'<w:font w:name="{name}"><w:altName w:val="[^"]*Noto (Serif|Sans) CJK SC', table)


def _run(word, start):
    run = next(p for p in word.paragraphs if p.text.startswith(start)).runs[0]
    return run._r.rPr.rFonts.get(docx.oxml.ns.qn("w:eastAsia")), run.font.size.pt


def test_borders_stand_before_spacing_as_the_format_wants(weekly):
    xml = _xml(render_docx(build(weekly)))

    assert not re.search(r"<w:(spacing|jc|ind)[^>]*/>\s*<w:pBdr>", xml)


def test_quotes_are_linked_in_the_word_file(weekly):
    content = render_docx(build(weekly))

    relations = zipfile.ZipFile(io.BytesIO(content)).read("word/_rels/document.xml.rels").decode()

    assert "http://forum.example/t/" in relations


def test_the_same_document_gives_the_same_bytes(weekly):
    document = build(weekly)

    assert render_docx(document) == render_docx(document)
    assert render_html(document) == render_html(document)


def test_control_characters_do_not_break_the_word_file(now):
    content = render_docx(one(Paragraph(("坏\x0b字\x00符",)), made_at=now))

    assert "坏字符" in _words(content)


def test_an_empty_city_can_be_printed(empty):
    document = build(empty)

    page, words = render_html(document), _words(render_docx(document))

    assert "本期未收到公开评论（n=0）" in page
    assert "本期未收到公开评论（n=0）" in words


def test_a_daily_can_be_printed(daily):
    document = build(daily)

    assert "公众反应日报" in render_html(document)
    assert "公众反应日报" in _words(render_docx(document))


def test_a_table_without_rows_prints_its_notes(now):
    document = one(Table("附表", (), (), ("没有提示。",)), made_at=now)

    assert "没有提示。" in render_html(document)
    assert "没有提示。" in _words(render_docx(document))


def test_quotes_of_a_silent_side_say_that_there_are_none(now):
    document = one(Quotes("支持表述的评论", (), "没有找到这一类评论。"), made_at=now)

    assert "没有找到这一类评论。" in render_html(document)
    assert "没有找到这一类评论。" in _words(render_docx(document))


def test_a_chart_without_data_prints_that(now):
    document = one(ChartBlock(histogram([], title="图")), made_at=now)

    assert "本期没有数据。" in _words(render_docx(document))


@pytest.mark.parametrize(("number", "word"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
def test_sections_are_numbered_in_chinese(number, word):
    assert chinese(number) == word


@pytest.mark.parametrize("number", [0, 100])
def test_numbers_outside_the_range_are_refused(number):
    with pytest.raises(ValueError, match="1 to 99"):
        chinese(number)


def test_the_office_signs_the_file_and_nobody_else(weekly):
    word = docx.Document(io.BytesIO(render_docx(build(replace(weekly, office="某办")))))

    assert word.core_properties.last_modified_by == "某办"
    assert (
        "python-docx" not in zipfile.ZipFile(io.BytesIO(render_docx(build(weekly)))).read("docProps/core.xml").decode()
    )


def _xml(content):
    return zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()


def _words(content):
    word = docx.Document(io.BytesIO(content))
    return "\n".join(paragraph.text for paragraph in word.paragraphs)


@pytest.mark.pango
def test_the_pdf_has_its_words_fonts_page_numbers_and_links(now):
    quote = Quotes("评论", (QuoteItem("路面又开裂了", "http://forum.example/t/1", "论坛", 1),), "")
    document = one(*[Paragraph((f"第{n}段。" * 30,)) for n in range(30)], quote, made_at=now)

    content = render_pdf(document)

    with pdfplumber.open(io.BytesIO(content)) as pdf:
        first, second = pdf.pages[0], pdf.pages[1]
        assert [round(float(size) / 72 * 25.4) for size in (first.width, first.height)] == [210, 297]
        assert "某周公众反应情况" in first.extract_text()
        assert [page.extract_text().splitlines()[-1] for page in (first, second)] == ["— 1 —", "— 2 —"]
        feet = [max(page.chars, key=lambda char: char["top"])["x0"] > first.width / 2 for page in (first, second)]
        assert feet == [True, False]
        assert {link["uri"] for page in pdf.pages for link in page.hyperlinks} == {"http://forum.example/t/1"}
        assert all("+" in char["fontname"] for char in first.chars)  # a subset of each font is inside
    assert content == render_pdf(document)


def test_a_pdf_without_its_library_says_what_to_install(now, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)

    with pytest.raises(ConfigError, match="apt install libpangoft2-1.0-0"):
        render_pdf(one(made_at=now))
