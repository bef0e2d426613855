"""The bytes of an XLSX in, its sheets as tables out; merged cells are repeated where they reach."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from minsheng.errors import SourceChanged

MOST_ROWS, MOST_COLUMNS = 5_000, 100
"""What a published table has at most, empty cells with a frame or colour counted."""
_MOST_CELL = 5_000
_MOST_UNPACKED = 60_000_000
_MOST_FILES = 500
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROW = re.compile(rb"<(?:\w{1,20}:)?row[\s/>]")


def read_spreadsheet(body: bytes) -> Iterator[list[list[str]]]:
    """Yield the visible sheets that hold something.

    Raises:
        SourceChanged: It is no XLSX, or larger than a published table is.
    """
    from openpyxl import load_workbook

    refuse_bomb(body)
    try:
        book = load_workbook(io.BytesIO(body), data_only=True)
    except MemoryError:
        raise
    except Exception as error:  # openpyxl lets through whatever a broken part raises: KeyError, ValueError, ParseError
        raise SourceChanged(f"not an XLSX that can be read ({type(error).__name__}: {error})") from error
    tables = [[row for row in _rows(sheet) if any(row)] for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not any(tables):
        raise SourceChanged("a spreadsheet whose visible sheets hold nothing")
    yield from (rows for rows in tables if rows)


def refuse_bomb(body: bytes) -> None:
    """Look at what a spreadsheet unpacks to, before the library does.

    Raises:
        SourceChanged: It is no archive, unpacks to too much or too many rows, or its XML declares entities.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            # A part is never unpacked beyond the size that it declares.
            if len(parts) > _MOST_FILES or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                raise SourceChanged(f"it unpacks to more than {_MOST_UNPACKED:,} bytes or {_MOST_FILES} parts")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _refuse_part(archive.read(part))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise SourceChanged(f"not an XLSX that can be unpacked ({error})") from error


def _refuse_part(xml: bytes) -> None:
    if _ENTITY.search(xml):
        raise SourceChanged("its XML declares entities, which no spreadsheet program does")
    # Counted in the raw bytes: the library would read a million rows before it tells how many there are.
    if sum(1 for _ in _ROW.finditer(xml)) > MOST_ROWS:
        raise _too_large()


def _too_large() -> SourceChanged:
    return SourceChanged(f"a sheet has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns; use minsheng import")


def _rows(sheet: Any) -> list[list[str]]:
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise _too_large()
    rows = [[_text(cell) for cell in row] for row in sheet.iter_rows()]
    for merged in sheet.merged_cells.ranges:
        if merged.min_row > len(rows) or merged.min_col > len(rows[0]):
            continue
        value = rows[merged.min_row - 1][merged.min_col - 1]
        for row in rows[merged.min_row - 1 : merged.max_row]:
            for column in range(merged.min_col - 1, min(merged.max_col, len(row))):
                row[column] = value
    return rows


def _text(cell: Any) -> str:
    """Return a cell as a reader sees it: 85% and not 0.85, a date without its midnight."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float | int) and "%" in str(cell.number_format):
        return f"{value * 100:.6g}%"
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if (value.hour, value.minute) == (0, 0) else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return " ".join(str(value).split())[:_MOST_CELL]
