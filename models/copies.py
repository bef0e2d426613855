"""A text in, what makes it a near copy of another out: folded letters, similarity, MinHash bands (methods.md 7)."""

import hashlib
import re

from datasketch import MinHash

from minsheng.text import han_key

SHORT = 8
"""Folded texts below this many letters say too little: only exact copies in one thread and hour are copies."""
_BRIEF = 15
_STRICT, _USUAL = 0.9, 0.8
# The longest text that can still be a near copy of a brief one: 14 letters have 12 trigrams, and 12 / .9 is 13.3.
_MAY_MATCH_BRIEF = 16
_PERMUTATIONS, _BANDS, _ROWS = 128, 21, 6
# 21 bands of 6 find a pair of Jaccard .8 with probability .998 and one of .5 with .28; the exact check follows.
_MENTION = re.compile(r"@[\w\-·]{1,30}")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
_MASKED = re.compile(
    r"[\[【〔［<](?:已隐去|隐去|已隐藏|电话|手机|邮箱|身份证|证件|姓名|住址|地址|车牌|账号|银行卡|护照|昵称|微信|qq)"
    r"[^\]】〕］>]{0,6}[\]】〕］>]",
    re.IGNORECASE,
)


def fold(text: str) -> str:
    """Return the letters by which copies are compared: no space, emoji, punctuation, @name, address, masked mark."""
    for pattern in (_ADDRESS, _MENTION, _MASKED):
        text = pattern.sub(" ", text)
    return han_key(text)


def similarity(left: str, right: str) -> float:
    """Return the Jaccard similarity of the character 4-grams of two folded texts, 3-grams when one is brief."""
    size = 3 if min(len(left), len(right)) < _BRIEF else 4
    first, second = _grams(left, size), _grams(right, size)
    return len(first & second) / len(first | second)


def are_copies(left: str, right: str) -> bool:
    """Tell whether two folded texts are near copies; brief ones must agree more closely."""
    return similarity(left, right) >= (_STRICT if min(len(left), len(right)) < _BRIEF else _USUAL)


def bands(folded: str, kind: str) -> list[int]:
    """Return numbers of which near copies of one kind share at least one, almost surely."""
    sizes = [size for size, used in ((3, len(folded) <= _MAY_MATCH_BRIEF), (4, len(folded) >= _BRIEF)) if used]
    return [_number(f"{kind}:{size}:{band}", row) for size in sizes for band, row in enumerate(_sketch(folded, size))]


def _sketch(folded: str, size: int) -> list[bytes]:
    # Scheme and seed are fixed: the numbers are kept on disk and must be the same after an upgrade.
    sketch = MinHash(num_perm=_PERMUTATIONS, seed=1, scheme="affine32")
    sketch.update_batch([gram.encode() for gram in sorted(_grams(folded, size))])
    values = sketch.digest()
    return [values[band * _ROWS : (band + 1) * _ROWS].tobytes() for band in range(_BANDS)]


def _grams(folded: str, size: int) -> frozenset[str]:
    return frozenset(folded[i : i + size] for i in range(max(1, len(folded) - size + 1)))


def _number(place: str, row: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(place.encode() + row, digest_size=8).digest(), "little", signed=True)
