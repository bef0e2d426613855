"""Probabilities and true labels in, one scale and a bias per label out that make the probabilities honest.

Training weighs the rare positive class up, so raw probabilities are too sure and lean to it; estimators that divide by
class shares (EMQ) are misled by that. Temperature and bias scaling as in Alexandari, Kundaje & Shrikumar (ICML 2020),
section 3.2.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float64]
_FOLDS = 5
_STEPS = 100
# Keeps the fit near "no change" where a handful of texts would decide.
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Scaling:
    """``softmax(scale * logits + bias)``; the biases sum to 0."""

    scale: float
    bias: tuple[float, ...]

    def apply(self, probabilities: Rows) -> Rows:
        """Return the probabilities after scaling; rows sum to 1."""
        logits = self.scale * np.log(np.clip(probabilities, 1e-12, 1)) + np.asarray(self.bias)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def fit(probabilities: Rows, true: npt.NDArray[np.int64]) -> Scaling:
    """Return the scaling with the least log loss (Newton's method by torch's LBFGS, deterministic)."""
    import torch

    logs = torch.from_numpy(np.log(np.clip(probabilities, 1e-12, 1)))
    labels = torch.from_numpy(true)
    free = torch.zeros(1 + probabilities.shape[1], dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([free], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        solver.zero_grad()
        value = torch.nn.functional.cross_entropy(free[0].exp() * logs + free[1:], labels)
        value = value + _RIDGE * (free**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(loss)  # type: ignore[no-untyped-call]
    found = free.detach().numpy()
    return Scaling(float(np.exp(found[0])), tuple(float(b) for b in found[1:] - found[1:].mean()))


def out_of_fold(probabilities: Rows, true: npt.NDArray[np.int64], seed: int) -> Rows:
    """Return scaled probabilities of each text from a scaling that was fitted without it."""
    folds = np.random.default_rng(seed).permutation(len(true)) % _FOLDS
    scaled = np.empty_like(probabilities)
    for fold in range(_FOLDS):
        here = folds == fold
        scaled[here] = fit(probabilities[~here], true[~here]).apply(probabilities[here])
    return scaled


def fold_into_head(folder: Path, scaling: Scaling) -> None:
    """Write the scaling into the sentiment head's weights, so that every reader of the folder gets honest ones."""
    import torch
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = load_file(path)
    weight, bias = tensors["classifier.weight"], tensors["classifier.bias"]
    moved = bias.double() * scaling.scale + torch.tensor(scaling.bias, dtype=torch.float64)
    tensors |= {
        "classifier.weight": (weight.double() * scaling.scale).to(weight.dtype),
        "classifier.bias": moved.to(bias.dtype),
    }
    save_file(tensors, path, metadata={"format": "pt"})
