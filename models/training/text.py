"""Texts in, padded token ids out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from models.batching import padded


class Encoder:
    """The fast tokenizer of a folder or hub name, cutting at ``max_length`` tokens."""

    def __init__(self, base: str, max_length: int) -> None:
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(base)
        self._max_length = max_length

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, special tokens included."""
        found = self.tokenizer(list(texts), truncation=True, max_length=self._max_length)["input_ids"]
        return [list(ids) for ids in found]

    def pad(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return ids and attention mask, padded to the next multiple of 8."""
        ids, mask = padded(rows, self.tokenizer.pad_token_id, multiple=8)
        return torch.from_numpy(ids), torch.from_numpy(mask)
