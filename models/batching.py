"""Token ids of texts in, windows and batches of like length out."""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

MAX_WINDOWS = 16
"""A text of more windows than this is read at evenly spread places: cost stays bounded, start and end are read."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of text number ``text``, as token ids without special tokens."""

    text: int
    ids: tuple[int, ...]


def windows(text: int, ids: Sequence[int], size: int) -> list[Window]:
    """Cut a text into equal parts of at most ``size`` tokens; no part is a short leftover that says nothing."""
    parts = max(1, math.ceil(len(ids) / size))
    step = len(ids) / parts
    bounds = [round(i * step) for i in range(parts + 1)]
    cut = [Window(text, tuple(ids[start:end])) for start, end in itertools.pairwise(bounds)]
    if parts <= MAX_WINDOWS:
        return cut
    return [cut[round(i * (parts - 1) / (MAX_WINDOWS - 1))] for i in range(MAX_WINDOWS)]


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Group row numbers, longest first, into batches of at most ``tokens`` padded tokens (one row at least).

    Rows of like length stand together, so that almost nothing is computed for padding.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    result: list[list[int]] = []
    for i in order:
        if result and (len(result[-1]) + 1) * lengths[result[-1][0]] <= tokens:
            result[-1].append(i)
        else:
            result.append([i])
    return result


def equal_batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Group row numbers of one length, longest first, into batches of at most ``tokens`` tokens (one row at least)."""
    members: dict[int, list[int]] = defaultdict(list)
    for i, length in enumerate(lengths):
        members[length].append(i)
    result = []
    for length, same in sorted(members.items(), reverse=True):
        size = max(1, tokens // max(1, length))
        result += [same[start : start + size] for start in range(0, len(same), size)]
    return result
