"""The page of a briefing in, a PDF out: fonts inside it, page numbers, links; nothing is loaded from elsewhere."""

import logging

from briefings.document import Document
from briefings.render.html import render_html
from minsheng.errors import ConfigError

_WAY_OUT = "install both: pip install 'minsheng[pdf]', and on Debian apt install libpangoft2-1.0-0 fonts-noto-cjk"


def render_pdf(document: Document) -> bytes:
    """Return the PDF of the same page; the same document gives the same bytes.

    Raises:
        ConfigError: WeasyPrint or its library Pango is not installed; says what to do.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:  # without Pango the import ends in an OSError
        raise ConfigError(f"a PDF needs WeasyPrint and Pango ({error}); {_WAY_OUT}, or leave pdf out") from error
    # What it does not know of the style sheet is for browsers on screens.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    page = HTML(string=render_html(document), url_fetcher=URLFetcher(allowed_protocols=()))
    return bytes(page.write_pdf(presentational_hints=True))
