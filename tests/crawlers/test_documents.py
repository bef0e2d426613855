"""Spreadsheets and PDFs as offices publish them, and as somebody would build them to do harm."""

import io
import runpy
import zipfile
import zlib
from pathlib import Path

import pytest
from openpyxl import Workbook

from crawlers.documents import document_kind, page_of, page_of_document, read_document, rows_of_document
from crawlers.pdf import read_pdf
from crawlers.spreadsheets import MOST_ROWS, read_spreadsheet
from minsheng.errors import SourceChanged

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
MAKE = runpy.run_path(str(FIXTURES / "make_documents.py"))
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def body_of(name):
    return (FIXTURES / "pages" / "govboard" / name).read_bytes()


def parts_of(name):
    """Read a document in this process, which is quick; what the process of its own adds has tests of its own."""
    return list((read_pdf if name.endswith(".pdf") else read_spreadsheet)(body_of(name)))


def packed(parts, base=None):
    """Return an archive: the parts of a spreadsheet, with some in place of its own."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        names = zipfile.ZipFile(io.BytesIO(base)) if base else None
        for name in names.namelist() if names else ():
            if names and name not in parts:
                archive.writestr(name, names.read(name))
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def saved_book(book):
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_the_fixtures_are_those_that_the_script_writes():
    for name in ("progress", "hotline", "merged", "prose", "renewal", "scan", "empty"):
        assert MAKE[f"{name}_pdf"]() == body_of(f"{name}.pdf")
    for name, book in MAKE["spreadsheets"]().items():
        cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
        made = list(read_spreadsheet(saved_book(book))) if any(map(any, cells)) else []
        assert made == (list(read_spreadsheet(body_of(f"{name}.xlsx"))) if made else [])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (body_of("progress.xlsx"), "xlsx"),
        (body_of("progress.pdf"), "pdf"),
        (b"\xef\xbb\xbf\n" + body_of("progress.pdf"), "pdf"),
        (OLE, "old"),
        (b"<html>PK %PDF", ""),
        (b"", ""),
    ],
)
def test_a_document_is_known_by_its_first_bytes_whatever_it_is_called(body, kind):
    assert document_kind(body) == kind


def test_a_spreadsheet_reads_as_a_page_with_title_date_head_rows_and_note():
    page = page_of(parts_of("progress.xlsx"))

    assert "<h1>2026年民生实事项目二月进展情况表</h1><p>发布时间：2026-03-01</p><table>" in page
    assert "<tr><th>序号</th><th>项目名称</th><th>责任单位</th><th>进展情况</th><th>完成比例</th></tr>" in page
    assert "<td>3</td><td>新增公共停车位5000个</td><td>市城管局</td><td>已建成3120个。</td><td>62.4%</td>" in page
    assert page.endswith("</table><p>注：完成比例为占全年计划的比例。</p></body></html>")


def test_the_same_table_as_pdf_reads_as_the_same_page():
    assert page_of_document(body_of("progress.pdf")) == page_of(parts_of("progress.xlsx"))


def test_a_table_that_goes_over_a_page_break_is_one_and_its_head_stands_once():
    page = page_of(parts_of("hotline.pdf"))

    assert page.count("<table>") == 1
    assert page.count("受理时间") == 1
    assert "<td>3</td><td>2026-03-04</td><td>反映和平路路灯不亮。</td>" in page
    assert "共 2 页" not in page


def test_a_number_that_a_narrow_cell_breaks_is_whole_again_so_that_it_can_be_masked():
    (_, table) = read_pdf(body_of("hotline.pdf"))

    assert table[1][2] == "反映云溪路夜间施工噪声大，联系人李建国，13800131234。"


@pytest.mark.parametrize(("name", "office"), [("merged.xlsx", "市园林局"), ("merged.pdf", "市建设工程中心")])
def test_a_merged_cell_is_repeated_in_the_rows_that_it_spans(name, office):
    table = next(part for part in parts_of(name) if isinstance(part, list))

    assert [row[2] for row in table if row[0] in {"1", "2", "3"}] == [office, office, "市城管局"]


def test_a_head_of_two_rows_is_joined():
    assert "<tr><th>序号</th><th>项目名称</th><th>责任单位</th><th>进展情况</th><th>进展比例</th></tr>" in (
        page_of(parts_of("two_heads.xlsx"))
    )


def test_a_hidden_sheet_is_not_read():
    assert "13800131234" in page_of(parts_of("hotline.xlsx"))
    assert "来电人" not in page_of(parts_of("hotline.xlsx"))
    assert len(list(read_spreadsheet(body_of("hotline.xlsx")))) == 1


def test_prose_is_lines_and_a_word_with_markup_in_it_stays_a_word():
    assert list(read_pdf(body_of("prose.pdf")))[2:] == [
        "一、运行情况。本周受理诉求4312件，环比下降5.2%。",
        "二、热点诉求。老旧小区改造95件，集中在工期和噪声。",
        "三、典型案例。市民反映云溪路夜间施工，已责令整改。",
    ]
    book = Workbook()
    book.active.append(["<script>alert(1)</script>", "b"])

    assert "<script>" not in page_of(read_spreadsheet(saved_book(book)))


def test_the_words_of_the_article_stand_behind_the_document_in_a_section_of_their_own():
    page = page_of(parts_of("empty.pdf"), around="通报\n发布时间：2026-03-09")

    assert page.endswith('<section class="page"><p>通报</p><p>发布时间：2026-03-09</p></section></body></html>')


def test_rows_for_an_import_hold_a_title_once():
    rows = list(rows_of_document(body_of("progress.xlsx")))

    assert rows[0] == ["2026年民生实事项目二月进展情况表", "", "", "", ""]
    assert rows[2][:2] == ["序号", "项目名称"]


def a_million_rows():
    row = '<row><c t="n"><v>1</v></c></row>'
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return packed(
        {"xl/worksheets/sheet1.xml": head + row * 1_000_000 + "</sheetData></worksheet>"}, body_of("empty.xlsx")
    )


def with_entities():
    lol = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "哈">{lol}]><sst><si><t>&a9;</t></si></sst>'
    return packed({"xl/sharedStrings.xml": head}, body_of("progress.xlsx"))


def reading_a_file():
    head = '<?xml version="1.0"?><!doctype x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst><si><t>&a;</t></si></sst>'
    return packed({"xl/sharedStrings.xml": head}, body_of("progress.xlsx"))


def wide():
    book = Workbook()
    book.active.append(list(range(300)))
    return saved_book(book)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda: packed({"xl/media/image.bin": bytes(70_000_000)}, body_of("progress.xlsx")), "unpacks to more than"),
        (lambda: packed({f"x{n}": b"" for n in range(600)}), "500 parts"),
        (a_million_rows, f"more than {MOST_ROWS:,} rows"),
        (wide, "or 100 columns"),
        (with_entities, "declares entities"),
        (reading_a_file, "declares entities"),
        (lambda: body_of("progress.xlsx")[:3000], "not an XLSX that can be unpacked"),
        (lambda: packed({"word/document.xml": "<w/>"}), "not an XLSX that can be read"),
        (lambda: packed({"xl/workbook.xml": "<<<"}, body_of("progress.xlsx")), "not an XLSX that can be read"),
        (lambda: body_of("empty.xlsx"), "hold nothing"),
    ],
)
def test_a_spreadsheet_that_means_harm_is_refused_with_the_reason(make, why):
    with pytest.raises(SourceChanged, match=why):
        list(read_spreadsheet(make()))


def many_lines():
    page = MAKE["Page"]()
    for number in range(5_100):
        page.line(number % 500, 1, number % 500 + 0.5, 800)
    return MAKE["pdf"]([page])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (MAKE["scan_pdf"], "a PDF without text"),
        (lambda: MAKE["pdf"]([MAKE["Page"]()], encrypted=True), "a PDF with a password"),
        (lambda: MAKE["pdf"]([MAKE["Page"]() for _ in range(70)]), "more than 60 pages"),
        (many_lines, "ruled lines"),
        (lambda: b"%PDF-1.4\n" + b"nothing of a PDF " * 50, "not a PDF that can be read|a PDF without text"),
    ],
)
def test_a_pdf_that_means_harm_is_refused_with_the_reason(make, why):
    with pytest.raises(SourceChanged, match=why):
        list(read_pdf(make()))


def test_a_pdf_whose_tree_of_pages_leads_back_to_itself_is_read_and_ends():
    looped = body_of("progress.pdf").replace(b"/Kids [6 0 R]", b"/Kids [2 0 R]")

    assert list(read_pdf(looped)) == parts_of("progress.pdf")


def bomb_in_a_stream(size):
    page = MAKE["pdf"]([MAKE["Page"]()])
    packer = zlib.compressobj(1)
    packed_stream = b"".join([*(packer.compress(b"0 0 m " * 200_000) for _ in range(size)), packer.flush()])
    start = page.index(b"<< /Length")
    end = page.index(b"endobj", start)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream\n" % (len(packed_stream), packed_stream)
    return page[:start] + stream + page[end:]


def test_a_pdf_that_costs_more_than_its_seconds_is_given_up():
    with pytest.raises(SourceChanged, match="too much time or memory"):
        read_document(bomb_in_a_stream(20), seconds=2)


def test_an_old_or_locked_file_of_office_is_refused_with_what_to_do():
    with pytest.raises(SourceChanged, match=r"old \.xls or \.doc, or a file with a password; publish it as \.xlsx"):
        read_document(OLE)
