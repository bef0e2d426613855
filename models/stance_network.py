"""The stance tower as a torch module: states of a frozen encoder in, logits of the three stances out."""

import copy
import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from minsheng.errors import ModelUnusable
from minsheng.files import sha256_of
from models.batching import batches, padded
from models.heads import Floats
from models.network import half_precision, load_encoder
from models.stance import STANCE_CONFIG, STANCES, read_config

STANCE_FILE = "stance.safetensors"
WEIGHTS_FILE = "model.safetensors"
_CPU_TOKENS, _CUDA_TOKENS = 2048, 32768
ROUND = 8
"""Rows are padded to a multiple of this."""


class StanceTower(nn.Module):
    """Further BERT layers over the states of a pair, and one linear map of first token and mean.

    The layers are named as in BERT (``tower.layer.0.attention.self.query.weight``), the map is ``head``.
    """

    def __init__(self, config: Any, layers: int) -> None:
        from transformers.models.bert.modeling_bert import BertEncoder

        super().__init__()
        own = copy.deepcopy(config)  # keeps the kind of attention that was chosen at load
        own.num_hidden_layers = layers
        self.tower = BertEncoder(own)  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        self.head = nn.Linear(2 * own.hidden_size, len(STANCES))

    def forward(self, states: Tensor, attention_mask: Tensor) -> Tensor:
        """Return logits of shape (rows, 3) for states of shape (rows, tokens, hidden)."""
        return self.judge(self.pooled(states, attention_mask))

    def pooled(self, states: Tensor, attention_mask: Tensor) -> Tensor:
        """Return first token and mean of each row above the tower, shape (rows, 2 x hidden)."""
        mask = attention_mask.to(states.dtype)
        hidden = (1 - mask[:, None, None, :]) * torch.finfo(states.dtype).min
        above = self.tower(states, attention_mask=hidden).last_hidden_state
        mean = (above * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return torch.cat([above[:, 0], mean], dim=1)

    def judge(self, pooled: Tensor) -> Tensor:
        """Return logits of pooled rows."""
        logits: Tensor = self.head(pooled)
        return logits


class TorchStance:
    """An encoder and a tower as they are, on CUDA where there is one; ``half`` allows bfloat16 where that is quick."""

    workers = 1

    def __init__(self, encoder: Any, tower: StanceTower, *, half: bool = False) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._encoder, self._tower, self._half = encoder.to(self._device), tower.to(self._device), half

    @classmethod
    def load(cls, folder: Path, lower: Path, threads: int | None = None) -> "TorchStance":
        """Load what training wrote, in full precision."""
        if threads:
            torch.set_num_threads(threads)
        return cls(*load_tower(folder, lower))

    def batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Group rows of like length, longest first."""
        return batches(lengths, _CUDA_TOKENS if self._device.type == "cuda" else _CPU_TOKENS)

    @torch.inference_mode()
    def logits(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return the logits of rows of any lengths."""
        ids, mask = (torch.from_numpy(part).to(self._device) for part in padded(rows, multiple=ROUND))
        with half_precision(self._device) if self._half else nullcontext():
            states = self._encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            pooled = self._tower.pooled(states, mask)
        logits: Floats = self._tower.judge(pooled.float()).cpu().numpy()
        return logits


def new_tower(folder: str | Path, lower: int, layers: int) -> StanceTower:
    """Start from the ``layers`` layers of an encoder that follow its first ``lower`` ones; the head is new."""
    encoder = load_encoder(folder, None)
    following = encoder.encoder.layer[lower : lower + layers]
    if len(following) < layers:
        raise ModelUnusable(f"{folder}: has {len(encoder.encoder.layer)} layers; the tower wants {lower} + {layers}")
    tower = StanceTower(encoder.config, layers)
    tower.tower.layer.load_state_dict(following.state_dict())
    return tower


def save_tower(tower: StanceTower, folder: Path, *, lower: Path, lower_layers: int, name: str, window: int) -> None:
    """Write the tower and what it is; ``lower`` is the folder of the encoder whose first layers it was trained on."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in tower.state_dict().items()}, folder / STANCE_FILE)
    (folder / STANCE_FILE).chmod(0o644)  # safetensors writes files that only their owner can read
    described = {
        "name": name,
        "window": window,
        "layers": len(tower.tower.layer),
        "classes": list(STANCES),
        "lower": digest(lower),
        "lower_layers": lower_layers,
    }
    (folder / STANCE_CONFIG).write_text(json.dumps(described, indent=1) + "\n", "utf-8")


def load_tower(folder: Path, lower: Path) -> tuple[Any, StanceTower]:
    """Load a tower with the encoder below it, both ready to read.

    Raises:
        ModelUnusable: when the tower was trained on another encoder, whose states mean something else.
    """
    described = read_config(folder)
    if described["lower"] != digest(lower):
        raise ModelUnusable(f"{folder}: was trained on another encoder than {lower}; train it anew on this one")
    encoder = load_encoder(lower, described["lower_layers"])
    tower = StanceTower(encoder.config, described["layers"])
    try:
        tower.load_state_dict(load_file(folder / STANCE_FILE))
    except (OSError, RuntimeError, SafetensorError) as error:
        raise ModelUnusable(f"{folder / STANCE_FILE}: cannot be loaded: {error}") from error
    return encoder.eval(), tower.eval()


def digest(folder: Path) -> str:
    """Return the SHA-256 of the weights of a folder."""
    path = folder / WEIGHTS_FILE
    if not path.is_file():
        raise ModelUnusable(f"{path}: no such file; train the encoder below the tower first")
    return sha256_of(path)
