"""A text in, what a cell of a spreadsheet may hold out, and whether a spreadsheet could take it for a formula."""

import re

Cell = str | float
Row = tuple[Cell, ...]

_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_BARRED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_HALVES = re.compile("[\ud800-\udfff]")
# A spreadsheet may skip spaces and signs without width, or cut a line at the separators of another country, before it
# takes what follows for a formula; and it may fold full-width, small, raised and lowered signs to plain ones.
_SKIPPED = r"\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe0e\ufe0f\ufeff\"',;|，；"
_SIGNS = r"=+\-@＝＋－＠﹢﹣﹦﹫⁺⁻⁼₊₋₌−"
_FORMULA = re.compile(f"[\t\n\r]|[{_SKIPPED}]*[{_SIGNS}]")


def plain(text: str) -> str:
    """Return a text that every format can hold: one kind of line break, no control signs, no half emoji."""
    if text.isprintable():  # then it holds none of these; this is the way of most texts, and eight times as fast
        return text
    return _HALVES.sub("\ufffd", _BARRED.sub("", _BREAKS.sub("\n", text)))


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet that guesses could calculate the text instead of showing it."""
    return _FORMULA.match(text) is not None


def inert(cell: Cell) -> Cell:
    """Return a cell for a file whose reader guesses: what looks like a formula behind an apostrophe (OWASP)."""
    return f"'{cell}" if isinstance(cell, str) and looks_like_formula(cell) else cell
