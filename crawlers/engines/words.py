"""The HTML of a comment in, its own words out: without quotes of others and the lines that name them."""

import re
from typing import Any

from parsel import Selector

from crawlers.select import readable

_SAID = re.compile(
    r"[^\n。！？!?]{0,80}(?:\b(?:wrote|writes|said|says)\b|写道|说道?|发表于|发布于|提到)[^\n。！？!?]{0,80}[:：]?\s*",
    re.IGNORECASE,
)
_ENDS_WITH_COLON = re.compile(r"@?[^\s。！？!?]{1,30}\s*[:：]\s*")


def own_words(markup: str | None, *drop: str) -> str | None:
    """Return the readable text of a piece of HTML without quotes and what the CSS selectors in ``drop`` select."""
    if not markup or not markup.strip():
        return None
    page = Selector(text=f"<div>{markup}</div>", type="html")
    return words_of(page, *drop)


def words_of(node: Selector, *drop: str) -> str:
    """Do the same for an element of a page, which is left without the quotes."""
    for selector in drop:
        node.css(selector).drop()
    for quote in node.css("blockquote"):
        _drop_head(quote.root)
        quote.drop()
    return readable(node)


def _drop_head(quote: Any) -> None:
    """Remove the line before a quote that says whose words follow: the paragraph before, or bare text."""
    before = quote.getprevious()
    while before is not None and before.tag == "br" and not (before.tail or "").strip():
        before = before.getprevious()
    if before is None:
        parent = quote.getparent()
        parent.text = _without_head(parent.text)
    elif before.tail and before.tail.strip():
        before.tail = _without_head(before.tail)
    elif before.tag in {"p", "div"} and _is_head("".join(before.itertext())):
        before.drop_tree()


def _without_head(text: str | None) -> str:
    lines = (text or "").rstrip().split("\n")
    return "\n".join(lines[:-1]) if _is_head(lines[-1]) else text or ""


def _is_head(line: str) -> bool:
    line = line.strip()
    return bool(_SAID.fullmatch(line) or _ENDS_WITH_COLON.fullmatch(line))
