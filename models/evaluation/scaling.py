"""Probabilities and true labels in, one scale and, if wanted, a bias per label out that make the probabilities honest.

Temperature and bias scaling as in Alexandari, Kundaje & Shrikumar (ICML 2020), section 3.2. The scale is what a model
gets: it changes no label. A bias moves the label shares for which probabilities are honest, and that is all it does:
those shares are written down instead (``honest_shares``). Texts may weigh differently: see
``models.evaluation.calibrate`` for why the held-out ones must.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.heads import HEADS_FILE, save_heads, softmax

Rows = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]
_FOLDS = 5
_STEPS = 100
_NEAR = 1e-9
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
        return softmax(logits)


def fit(probabilities: Rows, true: Labels, weights: Weights, *, biased: bool = False) -> Scaling:
    """Return the scaling with the least weighted log loss: convex in scale and bias, so Newton's method finds it."""
    texts, classes = probabilities.shape
    free = 1 + classes if biased else 1
    design = np.zeros((texts, classes, 1 + classes))
    design[:, :, 0] = np.log(np.clip(probabilities, 1e-12, 1))
    design[:, np.arange(classes), 1 + np.arange(classes)] = 1
    design = design[:, :, :free]
    wanted, shares = np.eye(classes)[true], weights / weights.sum()
    start = np.eye(free)[0]
    found = start
    for _ in range(_STEPS):
        logits = design @ found
        given = softmax(logits)
        slope = np.einsum("n,nkp,nk->p", shares, design, given - wanted) + 2 * _RIDGE * (found - start)
        mean = np.einsum("nk,nkp->np", given, design)
        bend = np.einsum("n,nk,nkp,nkq->pq", shares, given, design, design, optimize=True)
        bend += 2 * _RIDGE * np.eye(free) - (shares[:, None] * mean).T @ mean
        step = np.linalg.solve(bend, slope)
        found = found - step * min(1.0, 1.0 / float(np.abs(step).max() + 1e-12))
        if np.abs(step).max() < _NEAR:
            break
    bias = found[1:] - found[1:].mean() if biased else np.zeros(classes)
    return Scaling(float(found[0]), tuple(map(float, bias)))


def honest_shares(probabilities: Rows, true: Labels, weights: Weights) -> Rows:
    """Return the label shares of the population for which scaled probabilities are honest, shape (labels).

    Training weighs rare labels up, as if they were more frequent. Probabilities that need the factors ``exp(bias)`` to
    be honest where the labels have the shares π are honest as they are where the shares are as ``π · exp(-bias)``: only
    the shares differ (Saerens, Latinne & Decaestecker 2002, equation 2.4). Estimators by Bayes' rule (EMQ) start there.
    """
    bias = np.array(fit(probabilities, true, weights, biased=True).bias)
    met = np.bincount(true, weights, probabilities.shape[1])
    shares: Rows = met * np.exp(-bias)
    return np.asarray(shares / shares.sum())


def out_of_fold(probabilities: Rows, true: Labels, weights: Weights, seed: int) -> Rows:
    """Return scaled probabilities of each text from a scaling that was fitted without it."""
    folds = np.random.default_rng(seed).permutation(len(true)) % _FOLDS
    scaled = np.empty_like(probabilities)
    for fold in range(_FOLDS):
        here = folds == fold
        scaled[here] = fit(probabilities[~here], true[~here], weights[~here]).apply(probabilities[here])
    return scaled


def fold_into_head(folder: Path, scaling: Scaling) -> None:
    """Write the scaling into the sentiment head's weights, so that every reader of the folder gets honest ones."""
    from safetensors.numpy import load_file

    path = folder / HEADS_FILE
    tensors = load_file(path)
    weight, bias = tensors["heads.sentiment.weight"], tensors["heads.sentiment.bias"]
    moved = bias.astype(np.float64) * scaling.scale + np.asarray(scaling.bias)
    tensors["heads.sentiment.weight"] = (weight.astype(np.float64) * scaling.scale).astype(weight.dtype)
    tensors["heads.sentiment.bias"] = moved.astype(bias.dtype)
    save_heads(path, tensors)
