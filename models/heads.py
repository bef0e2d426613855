"""Pooled states of the encoder in, probabilities by head, sentence vectors and comparable ones out, in NumPy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from minsheng.errors import ModelUnusable
from models.base import Probabilities, Vectors
from models.likeness import Likeness, load_likeness

HEADS_FILE = "heads.safetensors"
HEADS_CONFIG = "heads.json"
WINDOW = 128

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """One linear map, as torch writes it: ``weight`` is (out, in)."""

    weight: Floats
    bias: Floats

    def __call__(self, pooled: Floats) -> Floats:
        return pooled @ self.weight.T + self.bias


@dataclass(frozen=True, slots=True)
class Heads:
    """The linear maps on top of the encoder, and what the folder says about them; ``likeness`` may be lacking.

    ``window`` is the most tokens read at once; below ``topic_threshold`` no department is named; a reading whose
    confidence is below ``unsure`` is called unsure.
    """

    classes: Mapping[str, tuple[str, ...]]
    maps: Mapping[str, Linear]
    vector: Linear
    window: int
    topic_threshold: float
    unsure: float
    likeness: Likeness | None = None

    def probabilities(self, pooled: Floats, head: str) -> Probabilities:
        """Return one row of probabilities per pooled row."""
        return softmax(self.maps[head](pooled))

    def vectors(self, pooled: Floats) -> Vectors:
        """Return the sentence vector of each pooled row, of unit length."""
        return unit(self.vector(pooled))

    def meanings(self, pooled: Floats) -> Floats:
        """Return the comparable vector of each pooled row, of no numbers where the folder cannot make any."""
        if self.likeness is None:
            return np.empty((len(pooled), 0), np.float32)
        return self.likeness(self.vectors(pooled))


def softmax(logits: npt.NDArray[Any]) -> Probabilities:
    """Return the probabilities of each row of logits, in double precision; rows sum to 1."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def unit(rows: Floats) -> Vectors:
    """Bring rows to unit length; a zero row stays zero."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(length > 0, length, 1)).astype(np.float32)


def load_heads(folder: Path) -> Heads:
    """Read heads.json and heads.safetensors of a model folder.

    Raises:
        ModelUnusable: when a file is missing or broken, or its sizes contradict the other.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        described: dict[str, Any] = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
        tensors = {name: value.astype(np.float32) for name, value in load_file(folder / HEADS_FILE).items()}
        classes = {str(name): tuple(map(str, names)) for name, names in described["heads"].items()}
        vector = _linear(tensors, "vector")
        return Heads(
            classes,
            {name: _linear(tensors, f"heads.{name}", len(names)) for name, names in classes.items()},
            vector,
            int(described.get("window", WINDOW)),
            float(described.get("topic_threshold", 0.0)),
            float(described.get("unsure", 0.0)),
            load_likeness(folder, vector.weight, vector.bias),
        )
    except (OSError, KeyError, ValueError, TypeError, AttributeError, SafetensorError) as error:
        raise ModelUnusable(f"{folder}: the heads cannot be loaded: {error}; export the model anew") from error


def save_heads(path: Path, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write the tensors of the heads so that everybody can read the file: safetensors means only its owner to."""
    from safetensors.numpy import save_file

    save_file(dict(tensors), path, metadata={"format": "pt"})
    path.chmod(0o644)


def check_width(heads: Heads, width: int, folder: Path) -> None:
    """Refuse heads that were made for another encoder."""
    for name, head in {**heads.maps, "vector": heads.vector}.items():
        if head.weight.shape[1] != width:
            raise ModelUnusable(
                f"{folder}: the heads cannot be loaded: {name} reads {head.weight.shape[1]} numbers a text, "
                f"the encoder gives {width}; the files belong to different models"
            )


def _linear(tensors: Mapping[str, Floats], name: str, classes: int | None = None) -> Linear:
    weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    if weight.ndim != 2 or bias.shape != weight.shape[:1] or classes not in (None, len(bias)):  # noqa: PLR2004 - a matrix
        raise ValueError(f"{name}: weight {weight.shape} and bias {bias.shape} for {classes} classes")
    return Linear(weight, bias)
