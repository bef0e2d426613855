"""What is wrong with a typed query: the words for the officer, and the place in the text for the page."""

from minsheng.errors import QueryError

_LONGEST_SHOWN = 20


class LanguageError(QueryError):
    """A typed query cannot be read. Raised by ``parse``; says which characters are wrong and what was expected.

    Args:
        text: The whole query as typed.
        offset: Where the wrong characters begin, from 0.
        length: How many they are, at least one.
        wrong: What is wrong with them, as the end of a sentence.
        expected: What to write instead, one sentence or several.
    """

    def __init__(self, text: str, offset: int, length: int, wrong: str, expected: str) -> None:
        super().__init__(f"第 {offset + 1} 个字“{shown(text[offset : offset + length])}”{wrong}。{expected}")
        self.offset = offset
        self.length = length
        self.expected = expected


def shown(text: str) -> str:
    """Return text that any page or terminal can show, cut to a few characters."""
    cut = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    return "".join(char if char.isprintable() else "\ufffd" for char in cut)
