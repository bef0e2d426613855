"""The report's document in, one self-contained HTML page out: no scripts, nothing loaded from elsewhere."""

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from minsheng.charts import Chart
from models.evaluation.document import Document, Matrix

_SHADES = 6


def html_page(found: Document) -> str:
    """Return the page; its style, drawings and tables are all inside it."""
    return _environment().get_template("report.html").render(document=found)


def shade(count: int, matrix: Matrix, column: int) -> int:
    """Return how dark a cell is, 0 to 5: its share of the texts of that true class, so rare classes are seen too."""
    total = sum(row[column] for row in matrix.counts)
    return 0 if not count else min(_SHADES - 1, 1 + int(count / total * (_SHADES - 1)))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = _drawing
    environment.filters["kind"] = lambda block: type(block).__name__
    environment.globals["shade"] = shade
    return environment


def _drawing(chart: Chart) -> Markup:
    """Pass the chart's own SVG through unescaped: ``models.evaluation.drawing`` has escaped every text in it."""
    return Markup(chart.svg)  # noqa: S704  # see above; its only free text is the title, which a test puts markup into
