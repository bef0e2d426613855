"""What was asked of a segment in, the places of its rows that were found out: kept as long as nothing in it changes."""

import threading
from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

_MOST_BYTES = 1 << 21
"""Of one segment: 32 MB for a million rows, which is sixteen answers that hold every row, or very many small ones."""

_BESIDES = 1024
"""What an answer takes besides its places, about: those without any are bounded too."""

_KEPT = np.uint16
"""A segment has no more places than this can tell apart."""


class Places:
    """Answers of one segment by what was asked, those asked for last; threads share them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Hashable, npt.NDArray[np.uint16]] = {}
        self._bytes = 0

    def get(self, asked: Hashable) -> npt.NDArray[np.int64] | None:
        with self._lock:
            known = self._known.pop(asked, None)
            if known is None:
                return None
            self._known[asked] = known
        return known.astype(np.int64)

    def put(self, asked: Hashable, places: npt.NDArray[np.int64]) -> None:
        kept = places.astype(_KEPT)
        with self._lock:
            self._bytes += _size(kept) - self._drop(asked)
            self._known[asked] = kept
            while self._bytes > _MOST_BYTES:
                self._bytes -= self._drop(next(iter(self._known)))

    def _drop(self, asked: Hashable) -> int:
        known = self._known.pop(asked, None)
        return 0 if known is None else _size(known)


def _size(kept: npt.NDArray[np.uint16]) -> int:
    return kept.nbytes + _BESIDES
