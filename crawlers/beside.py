"""A post and the pages that were read in, the page's own words from the same place on out, masked."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from parsel import Selector

from crawlers.masking import mask
from crawlers.select import plain_text, readable
from crawlers.trial import Seen
from minsheng.domain import Post

_LONGEST_PAGE = 300_000
_ANCHOR = 10
_LONGEST_EXCERPT = 160
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")


def texts_of(shown: Sequence[Seen]) -> tuple[str, ...]:
    """Return what each page says, masked, line by line; of JSON the words of its values."""
    return tuple(mask(_text(seen))[0] for seen in shown if seen.text)


def beside(post: Post, texts: Sequence[str]) -> str:
    """Return the lines of a page in which the post stands; "" if no page has its first words.

    No line more: the next one may name who wrote.
    """
    anchor = post.text.split("\n", maxsplit=1)[0].strip()[:_ANCHOR]
    for text in texts:
        start = text.find(anchor)
        if start >= 0:
            end = text.find("\n", start + len(post.text) - 1)
            return text[start : end if end >= 0 else len(text)][:_LONGEST_EXCERPT]
    return ""


def _text(seen: Seen) -> str:
    text = seen.text[:_LONGEST_PAGE]
    try:
        values = json.loads(seen.text)
    except ValueError:
        return readable(Selector(text=_CDATA.sub(" ", text), type="html"))
    return "\n".join(_words(values))


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield plain_text(value)
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _words(part)
