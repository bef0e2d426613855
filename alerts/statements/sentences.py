"""A text in, its sentences with their places out; and a sentence without the speech that it quotes."""

import re
from collections.abc import Iterator

_OPENING, _CLOSING = "“「『", "”」』"
_ENDS = "。！？!?\n\r"
_LONGEST = 600
"""A longer run without an end is no sentence; it is cut, so that work stays linear."""
_LONGEST_QUOTE = 300
_SPEECH = re.compile(r"“[^”]{0,300}[，。！？!?；][^”]{0,300}”?")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF1A)} | {0xFF05: "%", 0xFF0E: ".", 0x3000: " "}


def split(text: str) -> Iterator[tuple[int, str]]:
    """Yield (start, sentence) in order; an end inside a quotation does not end the sentence."""
    start, quoted = 0, 0
    for place, char in enumerate(text):
        if char in _OPENING:
            quoted = place + 1
        elif char in _CLOSING or (quoted and place - quoted > _LONGEST_QUOTE):
            quoted = 0
        ends = char in _ENDS and (not quoted or char in "\n\r")
        if ends or place - start >= _LONGEST:
            yield from _piece(text, start, place + 1)
            start, quoted = place + 1, 0
    yield from _piece(text, start, len(text))


def plain(sentence: str) -> str:
    """Return the sentence with half-width digits, and blanks for quoted speech; every place stays where it was."""
    narrow = sentence.translate(_FULL_WIDTH)
    return _SPEECH.sub(lambda found: "□" * len(found[0]), narrow)


def _piece(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    raw = text[start:end]
    sentence = raw.strip()
    if sentence:
        yield start + raw.index(sentence[0]), sentence
