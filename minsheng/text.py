"""Text in, the one normal form out; used when storing and when querying."""

import functools
import re
import unicodedata

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SPACES = re.compile(r"\s+")
_VARIATION_SELECTORS = {0xFE0E, 0xFE0F}
# Unified ideographs, extension A and compatibility ideographs: what OpenCC's character tables cover in daily text.
_HAN_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))


def normalise(text: str) -> str:
    """Return the form in which texts are compared: NFKC, casefolded, simplified Han, no invisible characters.

    Conversion is character by character, so that the normal form of a substring is a substring of the normal
    form: a phrase table would read 乾 differently inside 乾隆 and alone, and searches would miss.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _SPACES.sub(" ", folded.translate(_characters())).strip()


def han_key(text: str) -> str:
    """Return the normal form without anything but letters and digits: for comparing names and copies."""
    return "".join(char for char in normalise(text) if char.isalnum())


class _Characters(dict[int, int | None]):
    """What becomes of each character, worked out when it is first met: ``str.translate`` then asks no Python at all."""

    def __missing__(self, code: int) -> int | None:
        self[code] = _normal_of(code)
        return self[code]


def _normal_of(code: int) -> int | None:
    if chr(code) in "\t\n\r\v\f\x85":
        return ord(" ")
    if code in _VARIATION_SELECTORS or unicodedata.category(chr(code)) in _INVISIBLE:
        return None
    return ord(_simplified().get(code, chr(code)))


@functools.cache
def _characters() -> _Characters:
    return _Characters()


@functools.cache
def _simplified() -> dict[int, str]:
    from opencc import OpenCC

    chars = [chr(code) for start, end in _HAN_BLOCKS for code in range(start, end)]
    converted = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return {
        ord(char): simple for char, simple in zip(chars, converted, strict=True) if simple != char and len(simple) == 1
    }


def printable(text: str) -> str:
    """Return a text that a terminal can show: what steers one (escape sequences, bells) becomes a space."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
