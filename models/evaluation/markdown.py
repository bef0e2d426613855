"""The report's document in, a Markdown page out."""

from collections.abc import Iterator, Sequence

from models.evaluation.document import Block, Document, Drawing, Matrix, Note, Table


def markdown_page(found: Document) -> str:
    """Return the page; where HTML has a drawing it has the table behind it."""
    lines = [f"# {found.title}", ""]
    for section in found.sections:
        lines += [f"{'#' * (section.level + 1)} {section.title}", ""]
        for block in section.blocks:
            lines += _lines(block)
    return "\n".join(lines)


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table and an empty one; bars and line breaks inside cells are escaped."""
    yield f"| {' | '.join(headers)} |"
    yield f"|{'---|' * len(headers)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Note():
            yield from (block.words, "")
        case Table():
            yield from _titled(block.title, block.headers, block.rows)
        case Matrix():
            rows = [(name, *map(str, row)) for name, row in zip(block.names, block.counts, strict=True)]
            yield from _titled(block.title, ("判断＼真实", *block.names), rows)
        case Drawing():
            yield from _titled(block.chart.title, block.chart.headers, block.chart.rows)


def _titled(title: str, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if title:
        yield from (f"**{title}**", "")
    yield from table(headers, rows)


def _cell(words: str) -> str:
    return " ".join(words.replace("|", "\\|").splitlines())
