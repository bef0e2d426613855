"""The encoder with its heads as a torch module: token ids in, logits by head and a sentence vector out.

A text is pooled to the first token's vector beside the mean of all; every head is one linear map of that, so a head
costs nothing beside the encoder, and a head that is not asked for costs nothing at all.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from minsheng.domain import ASPECTS, INTENTS, TOPICS, Sentiment
from models.heads import HEADS_CONFIG, HEADS_FILE

DEPARTMENTS = tuple(topic for topic in TOPICS if topic != "other")
HEADS: Mapping[str, tuple[str, ...]] = {
    "sentiment": tuple(label.value for label in Sentiment),
    "relevance": ("irrelevant", "relevant"),
    "aspect": ASPECTS,
    "intent": INTENTS,
    "topic": DEPARTMENTS,
}
"""The classes of each head, in the order of its logits."""

_VECTOR = "vector"
_QUICK_HALF = ("avx512_bf16", "amx_bf16")


def half_precision(device: torch.device) -> torch.autocast:
    """Compute in bfloat16 where the device multiplies it; a processor that only emulates it takes 25 times as long."""
    quick = device.type != "cpu" or any(torch.cpu.get_capabilities().get(name) for name in _QUICK_HALF)
    return torch.autocast(device.type, torch.bfloat16, enabled=quick)


class CivicNetwork(nn.Module):
    """A BERT encoder, a linear head per question, and a linear map to the sentence vector."""

    def __init__(self, encoder: Any, heads: Mapping[str, tuple[str, ...]] = HEADS) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.classes = dict(heads)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * hidden, len(classes)) for name, classes in heads.items()})
        self.vector = nn.Linear(2 * hidden, hidden)
        # An encoder made for sentence vectors means them by its mean: start there.
        with torch.no_grad():
            self.vector.weight.copy_(torch.cat([torch.zeros(hidden, hidden), torch.eye(hidden)], dim=1))
            self.vector.bias.zero_()

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return first token and mean of each row, shape (rows, 2 x hidden)."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        return torch.cat([states[:, 0], mean], dim=1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, heads: Iterable[str] | None = None
    ) -> dict[str, Tensor]:
        """Return the logits of the asked heads (all of them by default), each of shape (rows, classes)."""
        pooled = self.pooled(input_ids, attention_mask)
        return {name: self.heads[name](pooled) for name in (heads if heads is not None else self.heads)}


def load_encoder(base: str | Path, layers: int | None) -> Any:
    """Load the first layers of a BERT encoder in full precision, all of them when ``layers`` is None."""
    from transformers import AutoConfig, BertModel

    config = AutoConfig.from_pretrained(base)
    config.num_hidden_layers = config.num_hidden_layers if layers is None else layers
    # Eager attention: on CPUs the backward pass of the fused one is four times slower for short texts (torch 2.15).
    return BertModel.from_pretrained(
        base, config=config, dtype=torch.float32, add_pooling_layer=False, attn_implementation="eager"
    )


def from_base(base: str | Path, layers: int | None) -> CivicNetwork:
    """Start from the first layers of an encoder; heads are taken from the folder where it has them, else new."""
    network = CivicNetwork(load_encoder(base, layers))
    if (Path(base) / HEADS_FILE).is_file():
        network.load_state_dict(load_file(Path(base) / HEADS_FILE), strict=False)
    return network


def save(network: CivicNetwork, tokenizer: Any, folder: Path, window: int) -> None:
    """Write the encoder as a Hugging Face folder, the heads beside it; ``window`` is the most tokens read at once."""
    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(folder)
    save_file(head_tensors(network), folder / HEADS_FILE)
    described = {"window": window, "heads": {name: list(classes) for name, classes in network.classes.items()}}
    for path in folder.glob("*.safetensors"):
        path.chmod(0o644)  # safetensors writes files that only their owner can read
    (folder / HEADS_CONFIG).write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")
    save_tokenizer(tokenizer, folder)


def head_tensors(network: CivicNetwork) -> dict[str, Tensor]:
    """Return weights and biases of the heads and the sentence vector by name."""
    state = network.state_dict()
    return {key: value.contiguous() for key, value in state.items() if key.startswith(("heads.", f"{_VECTOR}."))}


def save_tokenizer(tokenizer: Any, folder: Path) -> None:
    """Write the tokenizer without indentation, which is a third of its file: shipped files stay in git for ever."""
    # A cut that training set would be kept in the file, and whoever opens it there would read the start of long texts.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer.json"
    described = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(described, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def load(folder: Path) -> tuple[CivicNetwork, dict[str, Any]]:
    """Load a folder that ``save`` wrote; returns the network, ready to read, and its description."""
    described: dict[str, Any] = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
    network = CivicNetwork(
        load_encoder(folder, None), {name: tuple(classes) for name, classes in described["heads"].items()}
    )
    network.load_state_dict(load_file(folder / HEADS_FILE), strict=False)
    return network.eval(), described
