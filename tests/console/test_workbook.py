import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from console.workbook import CELL_UNITS, CUT_MARK, fill

MADE = datetime(2026, 3, 10, 4, 5, 6, tzinfo=UTC)


def filled(rows, sheet_rows: int = 1_048_575):
    file = io.BytesIO()
    done = list(fill(file, [("检索条件", "路灯")], {"编号": 10, "正文": 40}, rows, MADE, sheet_rows))
    file.seek(0)
    return load_workbook(file), done


def values(sheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize(("rows", "expected"), [(0, [0]), (1, [1]), (3, [3]), (4, [3, 1]), (6, [3, 3]), (7, [3, 3, 1])])
def test_rows_go_on_on_the_next_sheet_each_with_its_header(rows, expected):
    book, _ = filled([(f"forum:{n}", "好") for n in range(rows)], sheet_rows=3)

    results = book.worksheets[1:]
    assert [sheet.title for sheet in results] == ["结果", "结果2", "结果3"][: len(expected)]
    assert [sheet.max_row - 1 for sheet in results] == expected
    assert all(values(sheet)[0] == ["编号", "正文"] and sheet.freeze_panes == "A2" for sheet in results)
    assert [row[0] for sheet in results for row in values(sheet)[1:]] == [f"forum:{n}" for n in range(rows)]


def test_the_first_sheet_says_how_the_writing_went():
    book, done = filled([("a", "好")] * 4, sheet_rows=3)

    assert values(book["说明"]) == [["检索条件", "路灯"], ["写出", "4 行，结果工作表 2 张"]]
    assert done == [4]


def test_progress_is_told_every_five_hundred_rows():
    _, done = filled([("a", "好")] * 1100)

    assert done == [500, 1000, 1100]


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [("字" * CELL_UNITS, False), ("字" * (CELL_UNITS + 1), True), ("👍" * 16_383, False), ("👍" * 16_384, True)],
)
def test_a_cell_that_excel_cannot_hold_is_cut_with_a_mark_and_a_note(text, is_cut):
    book, _ = filled([("a", text), ("b", "短")])

    stored = values(book["结果"])[1][1]
    assert len(stored.encode("utf-16-le")) // 2 <= CELL_UNITS
    assert (stored == text) is not is_cut
    assert stored.endswith(CUT_MARK) is is_cut
    assert text.startswith(stored.removesuffix(CUT_MARK))
    assert ["截断"] * is_cut == [title for title, said in values(book["说明"]) if said.startswith("1 格超过")]


def test_what_looks_like_an_escape_of_the_format_is_shown_as_it_was_written():
    text = "编号_x003D_1+1 和 _x000D_"

    book, _ = filled([("a", text)])

    assert unescape(values(book["结果"])[1][1]) == text


def test_escapes_count_towards_the_length_of_a_cell():
    book, _ = filled([("a", "_x000D_" * 3000)])

    assert values(book["结果"])[1][1].endswith(CUT_MARK)


def test_an_empty_text_is_an_empty_cell():
    book, _ = filled([("a", "")])

    assert values(book["结果"])[1][0] == "a"
    assert book["结果"]["B2"].value is None


def test_the_workbook_says_when_it_was_made_and_names_the_product():
    book, _ = filled([])

    assert book.properties.creator == "民声"
    assert book.properties.created == MADE.replace(tzinfo=None)


def test_a_failure_of_the_rows_is_not_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows():
        yield "a", "好"
        raise ConnectionError("index gone")

    with pytest.raises(ConnectionError, match="index gone"):
        filled(rows())

    assert list(tmp_path.iterdir()) == []
