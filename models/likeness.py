"""Rows of a model's sentence vectors in, what is stored of a text's meaning out: comparable, in bytes.

Sentence vectors of an encoder crowd in a narrow cone: here the cosine of two texts that have nothing in common is .96.
So they are whitened, which spreads them (Su et al. 2021, Whitening Sentence Representations for Better Semantics and
Faster Retrieval): the mean of many texts is taken away, the axes in which texts differ most are kept, each as wide as
the others. ``models.training.likeness`` measures mean and axes once for a model; they lie in its folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from minsheng.domain import Vector
from minsheng.errors import ModelUnusable

LIKENESS_FILE = "likeness.safetensors"
_LARGEST = 127
_NAME_BYTES = 6

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """The linear map that spreads sentence vectors; ``space`` names what comes out: other spaces are not comparable."""

    weight: Floats
    bias: Floats
    space: str

    def __call__(self, vectors: Floats) -> Floats:
        return vectors @ self.weight.T + self.bias


def load_likeness(folder: Path, *made_by: Floats) -> Likeness | None:
    """Read the map of a model folder, None where it has none; ``made_by`` are the weights that make the vectors.

    Raises:
        ModelUnusable: The file is broken, or belongs to another model.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = folder / LIKENESS_FILE
    if not path.is_file():
        return None
    try:
        tensors: Mapping[str, npt.NDArray[Any]] = load_file(path)
        weight, bias = (tensors[name].astype(np.float32) for name in ("weight", "bias"))
        _check_shapes(weight, bias, len(made_by[0]))
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise ModelUnusable(
            f"{path}: cannot be loaded: {error}; make it anew (python -m models.training.likeness)"
        ) from error
    return Likeness(weight, bias, _name(weight, bias, *made_by))


def vector_of(row: npt.NDArray[Any], space: str) -> Vector | None:
    """Return the direction of a row in bytes; None where it has none (an empty text)."""
    largest = np.abs(row).max()
    if largest == 0:
        return None
    return Vector(space, np.rint(row * (_LARGEST / largest)).astype(np.int8).tobytes())


def whitening(vectors: Floats, size: int) -> tuple[Floats, Floats]:
    """Return weight and bias of the map that whitens these vectors onto their ``size`` widest axes."""
    exact = vectors.astype(np.float64)
    mean = exact.mean(axis=0)
    widths, axes = np.linalg.eigh(np.cov((exact - mean).T))  # the widest come last
    weight = np.ascontiguousarray((axes[:, -size:] / np.sqrt(widths[-size:])).T[::-1])  # safetensors wants it so
    return weight.astype(np.float32), (-weight @ mean).astype(np.float32)


def _check_shapes(weight: Floats, bias: Floats, width: int) -> None:
    if weight.shape != (len(bias), width):
        raise ValueError(f"maps by {weight.shape} and {bias.shape}, the vectors have {width} numbers")


def _name(*weights: Floats) -> str:
    """Name a space after the weights that make it: a model that is trained anew makes another, one adapted does not."""
    digest = blake2b(digest_size=_NAME_BYTES)
    for part in weights:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
