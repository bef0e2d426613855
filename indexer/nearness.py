"""Vectors of bytes in, how near each is to another out: exactly, and alike in every engine.

Products of signed bytes are whole numbers, and 256 of them add up to no more than 2^22: floats of 32 bits hold every
sum exactly, in whatever order a library adds. So the cosine is the same on every machine; it is kept in millionths.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from minsheng.domain import LabelledPost, Vector
from minsheng.errors import NotComparable

MOST_NUMBERS = 256
SAME = 1_000_000
"""The nearness of two vectors of one direction: it is the cosine in millionths."""

_CHUNK = 512
"""Rows that are made floats at a time: they stay in the processor's cache."""

Bytes = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]


def rows_of(numbers: Sequence[bytes]) -> Bytes:
    """Return vectors of one length as the rows of a table."""
    return np.frombuffer(b"".join(numbers), np.int8).reshape(len(numbers), -1)


def squares_of(rows: Bytes) -> npt.NDArray[np.int32]:
    """Return the square of the length of each row."""
    found = np.empty(len(rows), np.int32)
    for start in range(0, len(rows), _CHUNK):
        floats = rows[start : start + _CHUNK].astype(np.float32)
        found[start : start + _CHUNK] = np.einsum("ij,ij->i", floats, floats)
    return found


def nearness(rows: Bytes, squares: npt.NDArray[np.int32], to: Vector) -> Ints:
    """Return the nearness of each row to a vector of the same space."""
    other = np.frombuffer(to.numbers, np.int8).astype(np.float32)
    products = np.empty(len(rows), np.float64)
    for start in range(0, len(rows), _CHUNK):
        products[start : start + _CHUNK] = rows[start : start + _CHUNK].astype(np.float32) @ other
    lengths = np.sqrt(squares.astype(np.float64) * float(other @ other))
    return np.rint(products / lengths * SAME).astype(np.int64)


def is_vector(vector: Vector) -> bool:
    """Say whether a vector can be stored and has a direction."""
    return bool(vector.space) and 1 <= len(vector.numbers) <= MOST_NUMBERS and any(vector.numbers)


def is_comparable(one: Vector | None, to: Vector) -> bool:
    return one is not None and one.space == to.space and len(one.numbers) == len(to.numbers)


def vector_to_compare(to: str | Vector, asked: LabelledPost | None) -> Vector:
    """Return the vector that is asked for: itself, or that of ``asked``, the post that the index has under this id.

    Raises:
        NotComparable: There is no such post, or it has no vector.
    """
    if isinstance(to, Vector):
        return to
    if asked is None:
        raise NotComparable(f"similar: the index has no post {to!r}")
    if asked.reading.vector is None:
        raise NotComparable(
            f"similar: post {to} has no vector: it has no words, or was read before there were vectors; read it anew"
        )
    return asked.reading.vector


def floor_of(floor: float) -> int:
    """Return the least nearness that is at or above a floor."""
    return math.ceil(round(floor * SAME, 3))
