"""A CSV, TSV, XLSX, JSONL, HTML or PDF file in, its rows out: as name → text, or cell by cell."""

import codecs
import csv
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from minsheng.errors import BadRow, ConfigError, SourceChanged

_LARGEST_CELL = 1_000_000
_CHUNK = 1 << 20

Cells = dict[str, str]


def read_table(
    path: Path, *, encoding: str | None = None, sheet: str | None = None
) -> Iterator[tuple[int, Cells | BadRow]]:
    """Yield (row number as a spreadsheet counts, cells), or the reason why the row is bad.

    Raises:
        ConfigError: The file is missing, of an unknown type, or not what its ending says.
    """
    _refuse_missing(path)
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            yield from _with_header(path, _read_csv(path, encoding or detect_encoding(path)))
        case ".xlsx":
            yield from _with_header(path, _read_xlsx(path, sheet))
        case ".jsonl" | ".ndjson":
            yield from _read_jsonl(path, encoding or detect_encoding(path))
        case other:
            raise ConfigError(
                f"{path}: cannot read {other or 'a file without ending'}; save it as .csv, .xlsx or .jsonl"
            )


def read_rows(
    path: Path, *, encoding: str | None = None, sheet: str | None = None
) -> Iterator[tuple[int, list[str] | BadRow]]:
    """Yield (row number from 1, its cells) without taking any row for the header: tables often begin with a title.

    Raises:
        ConfigError: The file is missing, of an unknown type, or not what its ending says.
    """
    _refuse_missing(path)
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            rows = _read_csv(path, encoding or detect_encoding(path))
        case ".xlsx":
            rows = _read_xlsx(path, sheet)
        case ".html" | ".htm":
            from crawlers.html_tables import read_html

            rows = read_html(path, encoding or detect_encoding(path))
        case ".pdf":
            rows = _read_pdf(path)
        case other:
            raise ConfigError(
                f"{path}: cannot read {other or 'a file without ending'}; save it as .xlsx, .csv, .html or .pdf"
            )
    yield from enumerate(rows, start=1)


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise ConfigError(f"{path}: no such file")


def detect_encoding(path: Path) -> str:
    """Return utf-8-sig or gb18030, whichever decodes the whole file.

    Raises:
        ConfigError: Neither does.
    """
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise ConfigError(f"{path}: neither UTF-8 nor GB 18030; save it as UTF-8")


def _read_csv(path: Path, encoding: str) -> Iterator[list[str] | BadRow]:
    csv.field_size_limit(_LARGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        head = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max("\t,;", key=head.count))
        yield from _csv_rows(reader)


def _csv_rows(reader: Any) -> Iterator[list[str] | BadRow]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(f"not CSV: {error}")


def _read_xlsx(path: Path, sheet: str | None) -> Iterator[list[str] | BadRow]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise ConfigError(f"{path}: not an XLSX file: {error}") from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise ConfigError(f"{path}: no sheet {sheet!r}; there are {', '.join(book.sheetnames)}")
        page = book[sheet or book.sheetnames[0]]
        yield from ([_as_text(cell) for cell in row] for row in page.iter_rows(values_only=True))
    finally:
        book.close()


def _read_pdf(path: Path) -> Iterator[list[str] | BadRow]:
    from crawlers.documents import rows_of_document

    try:
        yield from rows_of_document(path.read_bytes())
    except SourceChanged as error:
        raise ConfigError(f"{path}: {error}") from error


def _with_header(path: Path, rows: Iterator[list[str] | BadRow]) -> Iterator[tuple[int, Cells | BadRow]]:
    header = next(rows, None)
    if not isinstance(header, list) or not any(header):
        raise ConfigError(f"{path}: the first row must hold the names of the columns")
    names = [name.strip() for name in header]
    for number, row in enumerate(rows, start=2):
        if isinstance(row, BadRow):
            yield number, row
        elif any(cell.strip() for cell in row):
            spare = any(cell.strip() for cell in row[len(names) :])
            yield number, BadRow("more cells than columns") if spare else dict(zip(names, row, strict=False))


def _read_jsonl(path: Path, encoding: str) -> Iterator[tuple[int, Cells | BadRow]]:
    with path.open(encoding=encoding) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                content = json.loads(line)
            except ValueError as error:
                yield number, BadRow(f"not JSON: {error}")
                continue
            if not isinstance(content, dict):
                yield number, BadRow("not an object with names and values")
            else:
                yield number, {str(name): _as_text(value) for name, value in content.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return str(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
