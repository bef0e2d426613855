"""A selector of ``source.yml`` and a page or row in, rows, values and readable text out."""

import re
from collections.abc import Iterator
from typing import Any

from parsel import Selector, SelectorList

_BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "dd", "dt", "pre", "article"}
_BREAK = object()
_SILENT = {"script", "style", "noscript", "template", "head"}
_ATTRIBUTE = re.compile(r"@[\w:-]+")
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u3000]+")
_COUNT = re.compile(r"(\d+(?:[.,]\d+)*)\s*([万wW亿]?)")
_TIMES = {"": 1, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>")


def check_selector(text: str, *, is_json: bool) -> None:
    """Compile a selector.

    Raises:
        ValueError: It is not valid CSS, XPath or JMESPath; the message says why.
    """
    from cssselect import SelectorError

    try:
        _compile(text, is_json=is_json)
    except (SelectorError, ValueError) as error:
        kind = "a JMESPath" if is_json else "a CSS or XPath selector"
        raise ValueError(f"{text!r} is not {kind}: {error}") from error


def find(node: Selector, text: str) -> SelectorList[Selector]:
    """Select below a page or row, in document order."""
    if node.type == "json":
        return node.jmespath(text)
    if _ATTRIBUTE.fullmatch(text):
        return node.xpath(text)
    if text.startswith("xpath:"):
        return node.xpath(text.removeprefix("xpath:"))
    return node.css(text.removeprefix("css:"))


def first_text(node: Selector, text: str | None) -> str | None:
    """Return the readable text of the first match, or None if nothing matches."""
    if text is None:
        return None
    found = find(node, text)
    return readable(found[0]) if found and found[0].root is not None and found[0].root is not False else None


def all_text(node: Selector, text: str, drop: tuple[str, ...] = ()) -> str | None:
    """Return the readable text of every match, one line or more each, without what ``drop`` selects."""
    # The elements themselves, not their ids: lxml makes a new object for an element that nobody holds.
    unwanted = frozenset(part.root for selector in drop for part in find(node, selector))
    parts = [readable(part, unwanted) for part in find(node, text) if part.root is not None]
    return "\n".join(part for part in parts if part) if parts else None


def shows(page: Selector, marker: str) -> bool:
    """Return whether a page shows a marker: a selector, ``json:`` and a path, or ``text:`` and words."""
    if marker.startswith("text:"):
        whole = str(page.root) if page.type == "json" else readable(page)
        return marker.removeprefix("text:").strip() in whole
    if marker.startswith("json:"):
        return page.type == "json" and _holds(page, marker.removeprefix("json:"))
    return page.type != "json" and _holds(page, marker)


def _holds(page: Selector, selector: str) -> bool:
    return any(match.root not in (None, False, [], {}, "") for match in find(page, selector))


def readable(node: Selector, unwanted: frozenset[Any] = frozenset()) -> str:
    """Return the text of an element as a reader sees it: lines broken at blocks, spaces collapsed."""
    root = node.root
    if isinstance(root, str | int | float):
        return tidy(plain_text(root)) if isinstance(root, str) else str(root)
    if not hasattr(root, "iter"):
        return tidy(node.get() or "")
    return tidy("".join(_pieces(root, unwanted)))


def plain_text(markup: str) -> str:
    """Return text without tags and entities, if it has tags: feeds and JSON often hold HTML in a string."""
    if not _MARKUP.search(markup):
        return markup
    return readable(Selector(text=f"<div>{markup}</div>"))


def count_in(text: str | None) -> int | None:
    """Return the first number of a text: ``赞 1,024``, ``1.2万``."""
    found = _COUNT.search(text or "")
    return round(float(found[1].replace(",", "")) * _TIMES[found[2].lower()]) if found else None


def tidy(text: str) -> str:
    """Collapse spaces inside lines and drop empty lines."""
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _pieces(element: Any, unwanted: frozenset[Any]) -> Iterator[str]:
    """Yield the texts below an element; with a stack of its own, for a page may be nested deeper than Python goes."""
    waiting: list[Any] = [element]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            # A line break in the source of a page is a space to its reader.
            yield part.replace("\n", " ")
        elif part is _BREAK:
            yield "\n"
        elif isinstance(part.tag, str) and part.tag not in _SILENT and part not in unwanted:
            breaks = [_BREAK] if part.tag in _BREAKS else []
            inner = [each for child in part for each in (child, child.tail or "")]
            waiting += reversed([*breaks, part.text or "", *inner, *breaks])


def _compile(text: str, *, is_json: bool) -> None:
    # Trying a selector on an empty page compiles it; parsel and jmespath raise ValueError, cssselect its own error.
    if is_json:
        Selector(text="{}", type="json").jmespath(text)
    else:
        find(Selector(text="<p></p>"), text)
