"""A document in, one self-contained HTML page out: no scripts, nothing loaded from elsewhere."""

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from briefings.document import Document
from briefings.numbering import chinese
from minsheng.charts import Chart
from minsheng.web import web_address

_TEMPLATES = Path(__file__).parent.parent / "templates"


def render_html(document: Document) -> str:
    """Return the page; its style, charts and tables are all inside it."""
    return _environment().get_template("briefing.html").render(document=document)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["chinese"] = chinese
    environment.filters["drawing"] = _drawing
    environment.filters["address"] = web_address
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment


def _drawing(chart: Chart) -> Markup:
    """Pass the chart's own SVG through unescaped: ``minsheng.charts`` has escaped every text in it."""
    return Markup(chart.svg)  # noqa: S704  # see above; tests/minsheng/test_charts.py proves it
