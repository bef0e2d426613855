"""Token ids in, pooled states of the encoder out, computed by torch on a CPU or a graphics card."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from minsheng.errors import ModelUnusable
from models import network
from models.batching import batches, padded
from models.heads import Floats
from models.onnx import ENCODER_FILE

_CPU_TOKENS, _CUDA_TOKENS = 2048, 32768


class TorchEncoder:
    """The encoder of a trained folder, or of a shipped one with its 8-bit weights brought back to floats."""

    workers = 1

    def __init__(self, folder: Path, device: str = "auto", threads: int | None = None) -> None:
        self._device = torch_device(device)
        if threads:
            torch.set_num_threads(threads)
        try:
            net = _shipped(folder / ENCODER_FILE) if (folder / ENCODER_FILE).is_file() else network.load(folder)[0]
        except Exception as error:  # OSError, SafetensorError, KeyError, RuntimeError, DecodeError ...
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelUnusable(f"{folder}: the encoder cannot be loaded: {first}") from error
        self._network = net.to(self._device).eval()
        self.width = 2 * int(net.encoder.config.hidden_size)

    @property
    def encoder(self) -> Any:
        """The Hugging Face encoder itself."""
        return self._network.encoder

    def batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Group rows of like length, longest first."""
        return batches(lengths, _CUDA_TOKENS if self._device.type == "cuda" else _CPU_TOKENS)

    def pooled(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return first token and mean of each row."""
        ids, mask = (torch.from_numpy(part).to(self._device) for part in padded(rows))
        with torch.inference_mode():
            found = self._network.pooled(ids, mask)
        pooled: Floats = found.float().cpu().numpy()
        return pooled


def torch_device(wanted: str) -> torch.device:
    """Return the device of a setting: cpu, cuda, or auto."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(wanted)
    except RuntimeError as error:
        raise ModelUnusable(f"device {wanted!r} is not known; use auto, cpu or cuda") from error


def _shipped(path: Path) -> network.CivicNetwork:
    import onnx
    from onnx import numpy_helper
    from transformers import BertConfig, BertModel

    proto = onnx.load(path)
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
    config = json.loads(next(item.value for item in proto.metadata_props if item.key == "config"))
    encoder = BertModel(BertConfig(**config), add_pooling_layer=False)
    state = {name: _floats(held, name) for name in encoder.state_dict() if name in held}
    encoder.load_state_dict(state, strict=False)
    with torch.no_grad():
        # The graph adds the one token type to the positions.
        encoder.embeddings.token_type_embeddings.weight.zero_()
    return network.CivicNetwork(encoder)


def _floats(held: dict[str, Any], name: str) -> torch.Tensor:
    """Return a weight as torch keeps it: 8-bit numbers scaled back, matrices turned to (out, in)."""
    value = held[name].astype(np.float32)
    if f"{name}.scale" in held:
        value = value * held[f"{name}.scale"]
    if f"{name}.squash" in held:
        value = value * held[f"{name}.squash"][:, None]
    turned = value.T if name.endswith((".dense.weight", ".query.weight", ".key.weight", ".value.weight")) else value
    return torch.from_numpy(np.ascontiguousarray(turned))
