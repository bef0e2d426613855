"""Quotes of a finding in, what is printed of them out: verbatim from the index, with the address of each."""

from collections.abc import Sequence

from briefings.document import QuoteItem, Quotes
from briefings.material import Material
from briefings.sections import source_title
from briefings.words import day
from minsheng.domain import LabelledPost, Quote

_MOST_QUOTES = 3
_LONGEST_QUOTE = 140


def quoted(material: Material, title: str, quotes: Sequence[Quote], nothing: str = "没有找到这一类评论。") -> Quotes:
    """Take the words from the index: what has been removed there is no longer quoted."""
    kept = [(quote, held) for quote in quotes if (held := material.index.get(quote.post)) is not None]
    items = tuple(_quote(material, held, quote.copies) for quote, held in kept[:_MOST_QUOTES])
    gone = len(quotes) - len(kept)
    empty = f"原有 {gone} 条，均已移除，不再引用。" if gone else nothing
    return Quotes(title, items, empty)


def _quote(material: Material, held: LabelledPost, copies: int) -> QuoteItem:
    post = held.post
    words = post.text if len(post.text) <= _LONGEST_QUOTE else f"{post.text[:_LONGEST_QUOTE]}……（节选）"
    by_hand = "，态度经人工更正" if "sentiment" in held.label.corrected else ""
    origin = f"{source_title(material, post.source)}，{day(post.published_at)}{by_hand}"
    return QuoteItem(words, post.url, origin, copies)
