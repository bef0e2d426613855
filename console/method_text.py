"""The method in words for an office worker: the part of docs/method.md on measures in, HTML out."""

import functools
from typing import Literal

from markupsafe import Markup

from console.render import HERE

Language = Literal["zh", "en"]
_FILES = {"zh": "method.md", "en": "method.en.md"}
_BEGIN, _END = "<!-- measures -->", "<!-- /measures -->"


@functools.cache
def measures(language: Language) -> Markup:
    """Return how each number is made, in one language; the file beside this module is docs/method.md itself."""
    from markdown_it import MarkdownIt

    text = (HERE / _FILES[language]).read_text(encoding="utf-8")
    part = text.split(_BEGIN)[1].split(_END)[0]
    # Words of our own repository, and no HTML is let through even there.
    return Markup(MarkdownIt("commonmark", {"html": False}).render(part))  # noqa: S704  # made by the renderer
