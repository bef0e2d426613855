"""A shipped folder in, a folder to train on out: 8-bit weights brought back to floats.

``python -m models.training.unpack --output var/training/student/model``. Trained folders are not kept in git; what is
shipped is enough to put a stance tower on it or to train further. Positions beyond the shipped window are those of the
encoder that it began with, which training never moves.
"""

import argparse
from pathlib import Path
from typing import Any

import torch

from models import network
from models.heads import HEADS_FILE, load_heads
from models.torch_engine import TorchEncoder


def unpack(shipped: Path, base: str | Path, output: Path) -> None:
    """Write the trained form of a shipped folder.

    Args:
        shipped: a folder that ``models.training.export`` wrote.
        base: the encoder that its training began with; gives tokenizer and further positions.
        output: the folder to write.
    """
    from safetensors.torch import load_file
    from transformers import AutoTokenizer

    encoder, first = TorchEncoder(shipped, device="cpu").encoder, network.load_encoder(base, 1)
    found = network.CivicNetwork(first, load_heads(shipped).classes)
    first.encoder.layer = encoder.encoder.layer
    first.config.num_hidden_layers = len(encoder.encoder.layer)
    _give_embeddings(first.embeddings, encoder.embeddings)
    found.load_state_dict(load_file(shipped / HEADS_FILE), strict=False)
    network.save(found, AutoTokenizer.from_pretrained(base), output, load_heads(shipped).window)


@torch.no_grad()
def _give_embeddings(whole: Any, shipped: Any) -> None:
    """Take over what is shipped; its positions hold the one token type, so that goes to the further positions too."""
    positions = whole.position_embeddings.weight
    positions.add_(whole.token_type_embeddings.weight[0])
    positions[: len(shipped.position_embeddings.weight)] = shipped.position_embeddings.weight
    whole.token_type_embeddings.weight.zero_()
    whole.word_embeddings.weight.copy_(shipped.word_embeddings.weight)
    whole.LayerNorm.load_state_dict(shipped.LayerNorm.state_dict())


def main(arguments: list[str] | None = None) -> None:
    """Bring a shipped model back into the form that training works on."""
    parser = argparse.ArgumentParser(prog="python -m models.training.unpack", description=main.__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/weights/civic"), help="the shipped folder")
    parser.add_argument("--base", default="../shared/base-encoder", help="the encoder that its training began with")
    parser.add_argument("--output", type=Path, required=True, help="the folder to write")
    options = parser.parse_args(arguments)
    unpack(options.model, options.base, options.output)


if __name__ == "__main__":
    main()
