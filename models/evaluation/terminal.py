"""The report's document in, tables on the terminal out; readable at 80 columns."""

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from models.evaluation.document import Block, Document, Drawing, Matrix, Note, Table
from models.evaluation.page import shade

_STRONG = 4
_WIDE = 9
"""From this many classes on a confusion matrix does not fit into 80 columns; the HTML page has it."""


def show(out: Console, found: Document) -> None:
    """Print every section."""
    out.rule(found.title)
    for section in found.sections:
        out.print()
        out.print(Text(f"■ {section.title}" if section.level == 1 else f"· {section.title}", style="bold"))
        for block in section.blocks:
            _show(out, block)


def _show(out: Console, block: Block) -> None:
    match block:
        case Note():
            out.print(Text(block.words, style="dim" if block.small else ""))
        case Table():
            out.print(_table(block.title, block.headers, block.rows, words=block.words))
        case Matrix() if len(block.names) < _WIDE:
            out.print(_matrix(block))
        case Matrix():
            out.print(Text(f"{block.title}：{len(block.names)} 类，见 --html 或 --json", style="dim"))
        case Drawing():
            out.print(_table(block.chart.title, block.chart.headers, block.chart.rows))


def _table(
    title: str, headers: tuple[str, ...], rows: tuple[tuple[str, ...], ...], *, words: bool = False
) -> RichTable:
    table = RichTable(title=title or None, title_justify="left", title_style="")
    for place, header in enumerate(headers):
        number = place > 0 and not words
        # An interval may go to the next line where the terminal is narrow; nothing may be cut off.
        table.add_column(Text(header), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _matrix(block: Matrix) -> RichTable:
    table = RichTable(title=block.title, title_justify="left", title_style="")
    table.add_column("判断＼真实")
    for name in block.names:
        table.add_column(Text(name), justify="right")
    for name, row in zip(block.names, block.counts, strict=True):
        cells = (Text(str(n), style="bold" if shade(n, block, i) >= _STRONG else "") for i, n in enumerate(row))
        table.add_row(Text(name), *cells)
    return table
