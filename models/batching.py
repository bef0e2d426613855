"""Token ids of texts in, windows and batches of like length out."""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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


def padded(
    rows: Sequence[Sequence[int]], padding: int = 0, multiple: int = 1
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return ids and attention mask of rows, padded to their longest, or to the next multiple: processors like 8."""
    longest = -(-max(map(len, rows)) // multiple) * multiple
    ids = np.full((len(rows), longest), padding, np.int64)
    mask = np.zeros((len(rows), longest), np.int64)
    for i, row in enumerate(rows):
        ids[i, : len(row)], mask[i, : len(row)] = row, 1
    return ids, mask


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
