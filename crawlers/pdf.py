"""The bytes of a PDF in, its lines and its ruled tables in reading order out; scans hold no text and are refused."""

import io
import re
from collections.abc import Iterator
from typing import Any

from minsheng.errors import SourceChanged

_MOST_PAGES = 60
_MOST_LETTERS = 200_000
_MOST_LINES = 5_000
_PAGE_NUMBER = re.compile(r"[-—–\s]*(?:第?\s*\d{1,4}\s*页?)(?:\s*[,，/共]+\s*\d{1,4}\s*页?)?[-—–\s]*")
_WRAPPED = re.compile(r"(?<![A-Za-z,;])\n|\n(?![A-Za-z])")
_FEWEST_SPACED = 4
_DRAWN = ("line", "rect", "curve")

Table = list[list[str]]


def read_pdf(body: bytes) -> Iterator[str | Table]:
    """Yield lines of text and tables; a table that goes on over a page break is one.

    Raises:
        SourceChanged: It cannot be opened, has a password, no text, or more pages than a bulletin has.
    """
    parts: list[str | Table] = []
    for part in _pages(body):
        before = parts[-1] if parts else None
        if isinstance(part, list) and isinstance(before, list) and len(before[0]) == len(part[0]):
            before += part
        else:
            parts.append(part)
    if not parts:
        raise SourceChanged("a PDF without text: pages that were scanned cannot be read; ask for the file itself")
    yield from parts


def _pages(body: bytes) -> Iterator[str | Table]:
    import pdfplumber
    from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        with pdfplumber.open(io.BytesIO(body)) as pdf:
            # Pages are counted as they come: a tree of pages may claim any number.
            letters = 0
            for number, page in enumerate(pdf.pages, start=1):
                letters += len(page.chars)
                _refuse_size(number, letters, sum(len(page.objects.get(kind, ())) for kind in _DRAWN))
                yield from _parts_of(page)
                page.close()
    except (SourceChanged, MemoryError, RecursionError):
        raise
    except Exception as error:  # a broken PDF raises whatever its parts do not expect
        causes = {type(error), *(type(inner) for inner in error.args)}
        if causes & {PDFPasswordIncorrect, PDFEncryptionError}:
            raise SourceChanged("a PDF with a password; only what is public is read") from error
        name = "PdfminerException" if isinstance(error, PdfminerException) else type(error).__name__
        raise SourceChanged(f"not a PDF that can be read ({name}: {error})") from error


def _refuse_size(pages: int, letters: int, lines: int) -> None:
    if pages > _MOST_PAGES or letters > _MOST_LETTERS or lines > _MOST_LINES:
        raise SourceChanged(f"more than {_MOST_PAGES} pages, {_MOST_LETTERS:,} letters or {_MOST_LINES:,} ruled lines")


def _parts_of(page: Any) -> Iterator[str | Table]:
    """Yield the lines outside the tables and the tables of one page, from the top down."""
    tables = [table for table in page.find_tables() if len(table.rows) > 1]
    found: list[tuple[float, str | Table]] = [(table.bbox[1], _grid(table)) for table in tables]
    for line in page.extract_text_lines(strip=True, return_chars=False):
        middle = (line["top"] + line["bottom"]) / 2
        inside = any(box[1] <= middle <= box[3] for box in (table.bbox for table in tables))
        if not inside and not _PAGE_NUMBER.fullmatch(line["text"]):
            found.append((line["top"], _closed_up(line["text"])))
    yield from (part for _, part in sorted(found, key=lambda pair: pair[0]))


def _grid(table: Any) -> Table:
    """Return the cells of a table by row and column; a cell that spans is repeated where it reaches."""
    texts = {
        box: _unwrapped(text or "")
        for row, shown in zip(table.rows, table.extract(), strict=True)
        for box, text in zip(row.cells, shown, strict=True)
        if box is not None
    }
    columns = sorted({round(box[0], 1) for box in texts})
    rows = sorted({round(box[1], 1) for box in texts})
    grid = [["" for _ in columns] for _ in rows]
    for (left, top, right, bottom), text in texts.items():
        for y in (place for place, at in enumerate(rows) if top - 0.5 <= at < bottom - 0.5):
            for x in (place for place, at in enumerate(columns) if left - 0.5 <= at < right - 0.5):
                grid[y][x] = text
    return grid


def _unwrapped(text: str) -> str:
    """Join the lines of a cell; only English words were apart where a line broke, never the digits of a number."""
    return " ".join(_WRAPPED.sub("", text.strip()).split())


def _closed_up(line: str) -> str:
    """Return a line without the gaps of a title that is set letter by letter: 简 报."""
    pieces = line.split()
    is_spaced = len(pieces) >= _FEWEST_SPACED and 2 * sum(len(piece) == 1 for piece in pieces) > len(pieces)
    return ("" if is_spaced else " ").join(pieces)
