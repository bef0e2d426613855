"""A saved web page in, the rows of its largest table out; cells that span are repeated where they reach."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from minsheng.errors import ConfigError

if TYPE_CHECKING:
    from parsel import Selector

_LARGEST_PAGE = 20_000_000
_MOST_SPANNED = 500


def read_html(path: Path, encoding: str) -> Iterator[list[str]]:
    """Yield the rows of the table with the most cells.

    Raises:
        ConfigError: The page holds no table, or is too large to be one.
    """
    from parsel import Selector

    if path.stat().st_size > _LARGEST_PAGE:
        raise ConfigError(f"{path}: larger than {_LARGEST_PAGE:,} bytes; save the table alone, best as .xlsx")
    tables = Selector(path.read_text(encoding=encoding)).xpath("//table[not(.//table)]")
    if not tables:
        raise ConfigError(f"{path}: no table on this page; is the table a picture or a PDF?")
    yield from _rows(max(tables, key=lambda table: len(table.xpath(".//td|.//th"))))


def _rows(table: "Selector") -> Iterator[list[str]]:
    """Yield rows with every cell at its column; ``reaching`` holds what cells above cover: column → text, rows."""
    reaching: dict[int, tuple[str, int]] = {}
    for row in table.xpath(".//tr"):
        cells: list[str] = []
        for cell in row.xpath("./td|./th"):
            _cover(cells, reaching)
            text = " ".join("".join(cell.xpath(".//text()").getall()).split())
            down, right = _span(cell, "rowspan"), _span(cell, "colspan")
            for _ in range(right):
                if down > 1:
                    reaching[len(cells)] = (text, down - 1)
                cells.append(text)
        _cover(cells, reaching)
        yield cells


def _cover(cells: list[str], reaching: dict[int, tuple[str, int]]) -> None:
    """Append what cells of rows above put at the next columns."""
    while len(cells) in reaching:
        column = len(cells)
        text, rows = reaching.pop(column)
        if rows > 1:
            reaching[column] = (text, rows - 1)
        cells.append(text)


def _span(cell: "Selector", name: str) -> int:
    value = cell.attrib.get(name, "1").strip()
    return min(max(int(value), 1), _MOST_SPANNED) if value.isdigit() else 1
