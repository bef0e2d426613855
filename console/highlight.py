"""A text and the searched pieces in, the text in marked and plain pieces out."""

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.matching import occurrences
from minsheng.text import normalise

_ZWJ = "\u200d"
_FENCE = "一"  # stands before and after a cluster so that ``normalise`` does not strip the spaces in it


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the original text; ``marked`` when it matched a searched piece."""

    text: str
    marked: bool


def highlight(text: str, searched: Sequence[str]) -> tuple[Piece, ...]:
    """Mark every occurrence of each searched piece on the exact characters of the original text.

    The pieces come in normal form, as ``indexer.tree.marks_of`` gives them, and match by the index's one rule. It
    compares normal forms, whose length differs from the original's (full-width forms, ligatures,
    invisible characters). So each cluster of the original is normalised alone and remembers where it lands. Where
    the clusters together do not give the normal form of the whole, nothing is marked: no mark beats a wrong one.
    """
    clusters = list(_clusters(text))
    normal, owner = _align(clusters)
    if not searched or normal.strip() != normalise(text):
        return (Piece(text, marked=False),) if text else ()
    flags = [False] * len(clusters)
    for start, end in (place for piece in searched for place in occurrences(normal, piece)):
        for place in range(owner[start], owner[end - 1] + 1):
            flags[place] = True
    return tuple(_pieces(clusters, flags))


def excerpt(pieces: Sequence[Piece], width: int) -> tuple[Piece, ...]:
    """Return at most ``width`` characters around the first mark; an ellipsis stands where text is left out."""
    total = sum(len(piece.text) for piece in pieces)
    if total <= width:
        return tuple(pieces)
    before = next((_length(pieces[:i]) for i, piece in enumerate(pieces) if piece.marked), 0)
    start = max(0, min(before - width // 4, total - width))
    cut = list(_slice(pieces, start, start + width))
    head = [Piece("…", marked=False)] if start else []
    tail = [Piece("…", marked=False)] if start + width < total else []
    return (*head, *cut, *tail)


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.text) for piece in pieces)


def _slice(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    offset = 0
    for piece in pieces:
        text = piece.text[max(0, start - offset) : max(0, end - offset)]
        offset += len(piece.text)
        if text:
            yield Piece(text, piece.marked)


def _clusters(text: str) -> Iterator[str]:
    """Split where normal forms of the parts add up: letters keep their accents, emoji their modifiers."""
    current = ""
    for char in text:
        if current and not _joins(current[-1], char):
            yield current
            current = ""
        current += char
    if current:
        yield current


@functools.lru_cache(maxsize=65536)
def _joins(last: str, char: str) -> bool:
    if _ZWJ in (last, char) or unicodedata.category(char) in {"Mn", "Mc", "Me"}:
        return True
    if unicodedata.category(char) == "Sk" and ord(char) >= 0x1F3FB:  # noqa: PLR2004 - the skin tone modifiers
        return True
    return _composes(last, char)


def _composes(left: str, right: str) -> bool:
    def nfkc(text: str) -> str:
        return unicodedata.normalize("NFKC", text)

    return nfkc(left + right) != nfkc(left) + nfkc(right)


@functools.lru_cache(maxsize=65536)
def _normal(cluster: str) -> str:
    return normalise(_FENCE + cluster + _FENCE)[1:-1]


def _align(clusters: Sequence[str]) -> tuple[str, list[int]]:
    """Return the normal form and, for each of its characters, the number of the cluster it comes from."""
    normal: list[str] = []
    owner: list[int] = []
    for number, cluster in enumerate(clusters):
        for char in _normal(cluster):
            if char == " " and (not normal or normal[-1] == " "):
                continue
            normal.append(char)
            owner.append(number)
    return "".join(normal), owner


def _pieces(clusters: Sequence[str], flags: Sequence[bool]) -> Iterator[Piece]:
    run: list[str] = []
    marked = False
    for cluster, flag in zip(clusters, flags, strict=True):
        if run and flag != marked:
            yield Piece("".join(run), marked)
            run = []
        run.append(cluster)
        marked = flag
    if run:
        yield Piece("".join(run), marked)
