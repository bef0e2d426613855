"""Texts in, windows of token ids out, by the fast tokenizer of a model folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minsheng.errors import ModelUnusable
from models.batching import windows

TOKENIZER_FILE = "tokenizer.json"


class Pieces:
    """The tokenizer with its special tokens; texts longer than ``window`` tokens are cut into several rows."""

    def __init__(self, folder: Path, window: int) -> None:
        self._tokenizer = open_tokenizer(folder / TOKENIZER_FILE)
        self._start, self._end = _specials(self._encoded("1", specials=False), self._encoded("1", specials=True))
        self._size = max(1, window - len(self._start) - len(self._end))

    def windows(self, texts: Sequence[str]) -> list[list[list[int]]]:
        """Return the rows of each text, special tokens included; at least one."""
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [
            [[*self._start, *part.ids, *self._end] for part in windows(i, encoding.ids, self._size)]
            for i, encoding in enumerate(found)
        ]

    def _encoded(self, text: str, *, specials: bool) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=specials).ids)


def open_tokenizer(path: Path) -> Any:
    """Load a tokenizer that neither cuts nor pads, whatever its file says.

    Raises:
        ModelUnusable: it cannot be loaded.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ModelUnusable(f"{path}: cannot be loaded as a tokenizer: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _specials(bare: list[int], full: list[int]) -> tuple[list[int], list[int]]:
    """Return the special tokens that stand before and after a text."""
    start = next(i for i in range(len(full) - len(bare) + 1) if full[i : i + len(bare)] == bare)
    return full[:start], full[start + len(bare) :]
