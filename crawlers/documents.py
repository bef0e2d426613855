"""The bytes of a published XLSX or PDF in, the same as a web page out, so that selectors read it like any other.

Lines become ``p``, the first of them ``h1``; a table becomes a ``table`` whose head is a row of ``th``. Rows of one
value over all columns (a title, a note) stand as ``p`` before or behind the table.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from html import escape
from itertools import takewhile

from crawlers.masking import mask
from minsheng.errors import SourceChanged

_SECONDS = 40
# Waiting for a processor is no cost of the document.
_LONGEST_SECONDS = 120
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 1024

Table = list[list[str]]
Part = str | Table


def document_kind(body: bytes) -> str:
    """Return what the first bytes say: ``xlsx`` (or another archive), ``pdf``, ``old`` (the Office of 1997), or ""."""
    if body.startswith(b"PK\x03\x04"):
        return "xlsx"
    if b"%PDF-" in body[:_HEAD]:
        return "pdf"
    return "old" if body.startswith(_OLD) else ""


def read_document(body: bytes, seconds: int = _SECONDS) -> list[Part]:
    """Return lines and tables in order; read in a process of its own, limited in memory and seconds of processor time.

    Raises:
        SourceChanged: It cannot be read, or not within the limits; the message says why.
    """
    kind = document_kind(body)
    if kind == "old":
        raise SourceChanged("an old .xls or .doc, or a file with a password; publish it as .xlsx, .pdf or a web page")
    if not kind:
        raise SourceChanged("neither an XLSX nor a PDF, as its first bytes show")
    command = [sys.executable, "-m", "crawlers.document_child", kind, str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=body, capture_output=True, timeout=_LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SourceChanged(f"it could not be read within {_LONGEST_SECONDS} seconds") from error
    if done.returncode < 0:
        raise SourceChanged(f"reading it was stopped (signal {-done.returncode}): too much time or memory")
    if done.returncode:
        last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no log"])[-1]
        raise SourceChanged(f"the reader of documents died, which is a mistake of Minsheng: {mask(last)[0]}")
    answer = json.loads(done.stdout)
    if isinstance(answer, str):
        raise SourceChanged(answer)
    parts: list[Part] = answer
    return parts


def page_of_document(body: bytes, around: str = "") -> str:
    """Return a document as a web page; ``around``: what the page said that led to it, as ``section.page``.

    Raises:
        SourceChanged: It cannot be read.
    """
    return page_of(read_document(body), around)


def page_of(parts: Iterable[Part], around: str = "") -> str:
    """Return lines and tables as a web page."""
    parts = [part for whole in parts for part in _taken_apart(whole)]
    title = next((part for part in parts if isinstance(part, str)), "")
    inner = "".join(_shown(part, is_title=part is title) for part in parts)
    lines = "".join(f"<p>{escape(line)}</p>" for line in around.splitlines())
    section = f'<section class="page">{lines}</section>' if lines else ""
    return f"<!doctype html><html><head><title>{escape(title)}</title></head><body>{inner}{section}</body></html>"


def rows_of_document(body: bytes) -> Iterator[list[str]]:
    """Yield the rows of all tables; a title over all columns stands in the first cell alone."""
    for part in read_document(body):
        for row in part if isinstance(part, list) else ():
            values = _values(row)
            yield row if len(values) > 1 else [*values, *[""] * (len(row) - len(values))]


def _taken_apart(part: Part) -> list[Part]:
    """Return the title, the table with its head as one row, and the notes of a table."""
    if isinstance(part, str):
        return [part]
    above = list(takewhile(lambda row: len(_values(row)) < 2, part))  # noqa: PLR2004 - a row of one value is no row
    rest = part[len(above) :]
    notes = list(takewhile(lambda row: len(_values(row)) < 2, reversed(rest)))[::-1]  # noqa: PLR2004
    rows = rest[: len(rest) - len(notes)]
    titles, ends = ([value for row in some for value in _values(row)] for some in (above, notes))
    return [*titles, *([_with_one_head(rows)] if rows else []), *ends]


def _with_one_head(rows: Table) -> Table:
    """Return the rows below one head: a head of two rows is joined, one that is repeated on a later page left out."""
    head = rows[0]
    deep = 1 + len(list(takewhile(lambda row: row[0] and row[0] == head[0], rows[1:])))
    names = ["".join(dict.fromkeys(column)) for column in zip(*rows[:deep], strict=True)]
    return [names, *(row for row in rows[deep:] if row not in rows[:deep])]


def _values(row: list[str]) -> list[str]:
    return list(dict.fromkeys(value for value in row if value))


def _shown(part: Part, *, is_title: bool) -> str:
    if isinstance(part, str):
        name = "h1" if is_title else "p"
        return f"<{name}>{escape(part)}</{name}>"
    head, *rows = part
    body = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows)
    return f"<table><tr>{_cells(head, 'th')}</tr>{body}</table>"


def _cells(row: list[str], name: str) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for value in row)
