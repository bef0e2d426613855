"""Texts, a teacher and an encoder in, logits and sentence vectors of each text out; computed once and kept."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save_file
from torch import Tensor
from torch.nn import functional

from models import network
from models.batching import batches
from models.heads import softmax
from models.training.text import Encoder

Rows = npt.NDArray[np.float16]
Forward = Callable[[Tensor, Tensor], dict[str, Tensor]]

_DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
_BATCH_TOKENS = 8192
_FLOOR = 1e-4
_PREFIX = "query: "  # how the base encoder (multilingual-e5) wants texts that are compared with one another


class Targets:
    """What was read of each text, by name; a text that was not read has a row of zeros and ``known`` is False."""

    def __init__(self, readings: Mapping[str, tuple[Sequence[str], Rows]]) -> None:
        self._arrays = {name: array for name, (_, array) in readings.items()}
        self._rows = {name: {text: i for i, text in enumerate(texts)} for name, (texts, _) in readings.items()}

    def of(self, name: str, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Return the rows of texts, shape (texts, width), and whether each is known, shape (texts)."""
        places = [self._rows[name].get(text, -1) for text in texts]
        known = torch.tensor([place >= 0 for place in places])
        found = torch.from_numpy(self._arrays[name][places].astype(np.float32))
        return found * known.unsqueeze(1), known


def teach(
    teachers: Sequence[str], texts: Sequence[str], encoder: Encoder, folder: Path
) -> dict[str, tuple[Sequence[str], Rows]]:
    """Return the logits of every head for the distinct texts; of several teachers the mean of what they say."""
    found = [_taught(teacher, texts, encoder, folder) for teacher in teachers]
    return {name: (texts, _mean([each[name][1] for each in found])) for name in found[0]}


def _taught(
    teacher: str, texts: Sequence[str], encoder: Encoder, folder: Path
) -> dict[str, tuple[Sequence[str], Rows]]:
    def load() -> Forward:
        net = network.load(Path(teacher))[0].to(_DEVICE)
        return lambda ids, mask: dict(net(ids, mask))

    return _kept(f"teacher {teacher}", texts, texts, encoder, load, folder)


def _mean(logits: Sequence[Rows]) -> Rows:
    if len(logits) == 1:
        return logits[0]
    means = np.mean([softmax(rows) for rows in logits], axis=0)
    return np.asarray(np.log(np.maximum(means, _FLOOR)), np.float16)


def place(vectors: str, texts: Sequence[str], encoder: Encoder, folder: Path) -> dict[str, tuple[Sequence[str], Rows]]:
    """Return the unit sentence vectors that an encoder (multilingual-e5 and its kin) gives the distinct texts."""

    def load() -> Forward:
        base = network.CivicNetwork(network.load_encoder(vectors, None)).eval().to(_DEVICE)
        return lambda ids, mask: {"vector": functional.normalize(base.vector(base.pooled(ids, mask)).float(), dim=-1)}

    return _kept(f"vectors {vectors}", texts, [_PREFIX + text for text in texts], encoder, load, folder)


def _kept(
    what: str,
    texts: Sequence[str],
    read: Sequence[str],
    encoder: Encoder,
    load: Callable[[], Forward],
    folder: Path,
) -> dict[str, tuple[Sequence[str], Rows]]:
    """Read the texts, or load what an earlier run read of the same ones."""
    digest = hashlib.sha256("\n".join([what, *texts]).encode()).hexdigest()[:16]
    path = folder / f"targets-{digest}.safetensors"
    if not path.is_file():
        found = _read(read, encoder, load(), what)
        save_file(found, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)
    return {name: (texts, rows) for name, rows in load_file(path).items()}


@torch.no_grad()
def _read(texts: Sequence[str], encoder: Encoder, forward: Forward, what: str) -> dict[str, Rows]:
    rows = encoder.encode(texts)
    groups = batches([len(row) for row in rows], _BATCH_TOKENS)
    arrays: dict[str, Rows] = {}
    started, seen = time.monotonic(), 0
    for number, group in enumerate(groups):
        ids, mask = (part.to(_DEVICE) for part in encoder.pad([rows[i] for i in group]))
        with network.half_precision(_DEVICE):
            found = forward(ids, mask)
        for name, values in found.items():
            held = arrays.setdefault(name, np.zeros((len(texts), values.shape[1]), np.float16))
            held[group] = values.float().cpu().numpy()
        seen += sum(len(rows[i]) for i in group)
        if number % 50 == 0:
            speed = seen / (time.monotonic() - started)
            left = (sum(map(len, rows)) - seen) / speed
            print(f"{what}: tokens_per_s={speed:.0f} left_s={left:.0f}", flush=True)
    return arrays
