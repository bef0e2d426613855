"""A text in, the same text as people mistype it out: what it means stays the same."""

import random

_PAIRS = ("的地", "得的", "在再", "做作", "他她", "那哪", "以已", "长常", "只直", "式试", "带代", "和合", "叫教")
_LIKE = {pair[i]: pair[1 - i] for pair in _PAIRS for i in (0, 1)}
_KEPT = frozenset("不没无未非别")  # without these a text says something else
_MARKS = "，。！？,.!? "
_SLIPS = ("double", "swap", "space", "drop")
_SHARES = (35, 30, 15, 20)


def mistype(text: str, rng: random.Random, rate: float) -> str:
    """Double, swap, space, drop or mistake characters at ``rate``; a text never becomes empty."""
    out: list[str] = []
    for char in text:
        if char not in _KEPT and rng.random() < rate:
            _slip(char, out, rng)
        else:
            out.append(char)
    return "".join(out) or text


def _slip(char: str, out: list[str], rng: random.Random) -> None:
    if char in _MARKS:
        out.append(rng.choice(("", *_MARKS)))
        return
    if char in _LIKE:
        out.append(_LIKE[char])
        return
    match rng.choices(_SLIPS, _SHARES)[0]:
        case "double":
            out.append(char * 2)
        case "swap":
            out.insert(max(0, len(out) - 1), char)
        case "space":
            out.append(f" {char}")
