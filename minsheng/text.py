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
    visible = "".join(" " if char in "\t\n\r\v\f\x85" else char for char in folded if _is_kept(char))
    return _SPACES.sub(" ", visible.translate(_simplified())).strip()


def han_key(text: str) -> str:
    """Return the normal form without anything but letters and digits: for comparing names and copies."""
    return "".join(char for char in normalise(text) if char.isalnum())


def _is_kept(char: str) -> bool:
    if char in "\t\n\r\v\f\x85":
        return True
    return ord(char) not in _VARIATION_SELECTORS and unicodedata.category(char) not in _INVISIBLE


@functools.cache
def _simplified() -> dict[int, str]:
    from opencc import OpenCC

    chars = [chr(code) for start, end in _HAN_BLOCKS for code in range(start, end)]
    converted = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return {
        ord(char): simple for char, simple in zip(chars, converted, strict=True) if simple != char and len(simple) == 1
    }
