"""Rows in, an XLSX workbook out in which every text is a text: nothing in it is ever calculated."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from console.cells import Cell, Row, looks_like_formula

SHEET_ROWS = 1_048_575
"""Rows that a worksheet takes below its header."""

CELL_UNITS = 32_767
"""UTF-16 units that a cell takes: Excel counts in them, so an emoji counts twice."""

CUT_MARK = "……（本格过长，已截断，全文见网址或 CSV 导出）"
_STEP = 500
_FRONT_WIDTHS = {"A": 12, "B": 100}
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def fill(
    file: IO[bytes],
    front: Sequence[tuple[str, str]],
    columns: Mapping[str, int],
    rows: Iterable[Row],
    made_at: datetime,
    sheet_rows: int = SHEET_ROWS,
) -> Iterator[int]:
    """Write a workbook into a file; yield how many rows are done, now and then.

    Args:
        file: Where it goes, open for writing.
        front: What the first sheet says, line by line; how the writing went is added.
        columns: Headers and the widths of their columns.
        rows: As many cells as there are columns.
        made_at: When the workbook says that it was made.
        sheet_rows: How many rows one sheet takes before the next is begun.
    """
    book = Workbook(write_only=True)
    book.properties.creator, book.properties.created = "民声", made_at.astimezone(UTC).replace(tzinfo=None)
    try:
        cover = _sheet(book, "说明", _FRONT_WIDTHS)
        sheet = _results(book, columns)
        written = cut = 0
        for written, row in enumerate(rows, 1):
            if written > 1 and (written - 1) % sheet_rows == 0:
                sheet = _results(book, columns)
            cut += sum(_is_long(cell) for cell in row)
            sheet.append([_typed(sheet, cell) for cell in row])
            if written % _STEP == 0:
                yield written
        for line in (*front, *_outcome(written, len(book.worksheets) - 1, cut)):
            cover.append([_typed(cover, cell) for cell in line])
    finally:
        # Also when the reader has gone: saving is what removes openpyxl's own temporary files.
        book.save(file)
    yield written


def _outcome(written: int, sheets: int, cut: int) -> Iterator[tuple[str, str]]:
    yield "写出", f"{written:,} 行，结果工作表 {sheets} 张"
    if cut:
        yield "截断", f"{cut:,} 格超过 Excel 每格 {CELL_UNITS:,} 字符的上限，已截断；这些格以“{CUT_MARK}”结尾"


def _sheet(book: Workbook, title: str, widths: Mapping[str, int]) -> WriteOnlyWorksheet:
    sheet: WriteOnlyWorksheet = book.create_sheet(title)
    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width  # type: ignore[attr-defined]  # the stubs lack it
    return sheet


def _results(book: Workbook, columns: Mapping[str, int]) -> WriteOnlyWorksheet:
    number = len(book.worksheets)
    letters = dict(zip(map(_letter, range(len(columns))), columns.values(), strict=True))
    sheet = _sheet(book, "结果" if number == 1 else f"结果{number}", letters)
    sheet.freeze_panes = "A2"
    sheet.append([_typed(sheet, title) for title in columns])
    return sheet


def _letter(number: int) -> str:
    return chr(ord("A") + number)


def _typed(sheet: WriteOnlyWorksheet, cell: Cell) -> SheetCell | Cell | None:
    """Return a cell that is a text if it was one; by itself openpyxl makes "=1" a formula and "#N/A" an error.

    What looks like a formula is marked as text for editing as well: else Excel reads it anew after a double click.
    """
    if not isinstance(cell, str):
        return cell
    is_risky = looks_like_formula(cell)
    if not is_risky and not cell.startswith("#"):
        return _fitted(cell) or None  # which openpyxl takes for a text; a cell made by hand costs twice the time
    typed = WriteOnlyCell(sheet, _fitted(cell))
    typed.data_type = "s"
    if is_risky:
        typed.number_format, typed.quotePrefix = "@", True
    return typed


def _fitted(text: str) -> str:
    """Return a text as the format stores it: what looks like an escape is escaped, what is too long is cut."""
    escaped = _escaped(text)
    if not _is_long(text):
        return escaped
    units = escaped.encode("utf-16-le")[: 2 * (CELL_UNITS - len(CUT_MARK))]
    return units.decode("utf-16-le", "ignore") + CUT_MARK


def _is_long(cell: Cell) -> bool:
    if not isinstance(cell, str) or len(cell) <= CELL_UNITS // len("_x005F_"):
        return False
    return len(_escaped(cell).encode("utf-16-le")) > 2 * CELL_UNITS


def _escaped(text: str) -> str:
    return _ESCAPE.sub("_x005F_", text)
