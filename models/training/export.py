"""A trained folder and texts to measure on in, the folder that is shipped out: 8-bit encoder, heads, tokenizer.

``python -m models.training.export --model var/training/student/model --output models/weights/civic``. Activations get
fixed scales, measured here: scales of the moment, as dynamic quantisation takes them, change a text's probabilities
with its neighbours in the batch. A few channels are many times larger than the rest (Bondarenko et al. 2021); they are
divided before they are rounded and their weights multiplied (a sparse form of SmoothQuant, Xiao et al. 2023).
"""

import argparse
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from minsheng.errors import ConfigError
from models.heads import HEADS_CONFIG, HEADS_FILE, load_heads
from models.onnx import ENCODER_FILE
from models.pieces import TOKENIZER_FILE, Pieces
from models.training import recipes
from models.training.config import load_plan
from models.training.graph import Activation, EncoderGraph, Floats, Shape

_TEXTS = 400
_ROWS_PER_TEXT = 12
_SQUASH = 2.5
_SQUASHED = (".wide", ".narrow")
_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05)
_SAMPLE = 200_000
_KEPT_CONFIG = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "hidden_act",
    "layer_norm_eps",
)


def main(arguments: list[str] | None = None) -> None:
    """Export a trained folder, and say how near it stays to what was trained."""
    parser = argparse.ArgumentParser(prog="python -m models.training.export", description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the trained folder")
    parser.add_argument("--output", type=Path, required=True, help="the folder to write")
    parser.add_argument("--config", type=Path, default=Path("models/training/student.yml"), help="names the data")
    options = parser.parse_args(arguments)
    data = load_plan(options.config).data
    size = export(options.model, options.output, calibration_texts(data))
    print(f"written {options.output}, {size / 1e6:.1f} MB")
    for name, value in compare(options.model, options.output, [e.text for e in recipes.civic(data, "dev")]).items():
        print(f"{name} {value:.5f}")


def calibration_texts(data: Path, count: int = _TEXTS) -> list[str]:
    """Draw texts to measure activations on: half civic, half unlabelled; never one that is evaluated on."""
    rng = random.Random(1)  # noqa: S311 - a repeatable draw, not a secret
    pools = (recipes.civic(data, "train"), recipes.cut(recipes.unlabelled(data)))
    dev = recipes.civic(data, "dev")
    drawn = [rng.sample(pool, min(len(pool), count // 2)) for pool in pools]
    return [example.text for example in recipes.without_copies_of([e for part in drawn for e in part], dev)]


def export(trained: Path, output: Path, texts: Sequence[str], *, quantised: bool = True) -> int:
    """Write the shipped folder of a trained one; ``texts`` are prepared. Returns the size of its files in bytes."""
    weights, config = _read(trained)
    heads = load_heads(trained)
    shape = Shape(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"], heads.window)
    config |= {"max_position_embeddings": heads.window, "type_vocab_size": 1}
    activations = None
    if quantised:
        pieces = Pieces(trained, heads.window)
        rows = [window for windows in pieces.windows(texts) for window in windows]
        activations = measure(weights, shape, rows)
    output.mkdir(parents=True, exist_ok=True)
    onnx.save(EncoderGraph(weights, shape, activations).build(config), output / ENCODER_FILE)
    for name in (HEADS_FILE, HEADS_CONFIG, TOKENIZER_FILE):
        shutil.copyfile(trained / name, output / name)
    return sum(path.stat().st_size for path in output.iterdir())


def _read(trained: Path) -> tuple[dict[str, Floats], dict[str, Any]]:
    from safetensors.numpy import load_file

    described = json.loads((trained / "config.json").read_text("utf-8"))
    config = {key: described[key] for key in _KEPT_CONFIG}
    if described["model_type"] != "bert" or config["hidden_act"] != "gelu":
        raise ConfigError(f"{trained}: only BERT encoders with gelu are exported, this is {described['model_type']}")
    tensors = load_file(trained / "model.safetensors")
    return {name: value.astype(np.float32) for name, value in tensors.items() if value.dtype.kind == "f"}, config


def measure(weights: Mapping[str, Floats], shape: Shape, rows: Sequence[Sequence[int]]) -> dict[str, Activation]:
    """Run the encoder in floats over token rows and choose how each activation becomes bytes."""
    return {point: activation(point, values) for point, values in _observe(weights, shape, rows).items()}


def _observe(weights: Mapping[str, Floats], shape: Shape, rows: Sequence[Sequence[int]]) -> dict[str, Floats]:
    """Return a sample of the tokens' values at each point; the first token of each row is always in it."""
    import onnxruntime

    graph = EncoderGraph(weights, shape, None)
    model = graph.build({})
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in graph.points.values()]
    model.graph.output.extend(outputs)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    seen: dict[str, list[Floats]] = {point: [] for point in graph.points}
    for row in rows:
        kept = np.unique([0, len(row) - 1, *rng.integers(0, len(row), _ROWS_PER_TEXT)])
        values = session.run(list(graph.points.values()), {"input_ids": np.array([row], np.int64)})
        for point, value in zip(graph.points, values, strict=True):
            seen[point].append(value[0][kept])
    return {point: np.concatenate(values) for point, values in seen.items()}


def activation(point: str, values: Floats) -> Activation:
    squash = None
    if point.endswith(_SQUASHED):
        largest = np.abs(values).max(axis=0)
        squash = np.maximum(1, largest / (_SQUASH * np.median(largest))).astype(np.float32)
        values = values / squash
    scale, zero = _least_error(values)
    return Activation(scale, zero, squash)


def _least_error(values: Floats) -> tuple[float, int]:
    """Return scale and zero of the range whose rounding and clipping errors are smallest in the mean square."""
    low, high = float(values.min()), float(values.max())
    flat = values.ravel()
    flat = np.random.default_rng(1).choice(flat, min(flat.size, _SAMPLE), replace=False)
    found = [_scale(low * a, high * b) for a in _SHARES for b in _SHARES]
    return min(found, key=lambda pair: _error(flat, *pair))


def _scale(low: float, high: float) -> tuple[float, int]:
    low, high = min(low, 0.0), max(high, 1e-6)
    scale = (high - low) / 255
    return scale, round(-low / scale)


def _error(values: npt.NDArray[np.float32], scale: float, zero: int) -> float:
    back = (np.clip(np.rint(values / scale) + zero, 0, 255) - zero) * scale
    return float(np.square(back - values).mean())


def compare(trained: Path, shipped: Path, texts: Sequence[str]) -> dict[str, float]:
    """Return how far the shipped folder is from the trained one, and a text alone from the same in a crowd."""
    from models.open import open_model

    one, other = open_model(str(trained), engine="torch", device="cpu"), open_model(str(shipped), engine="onnx")
    names = tuple(one.heads)
    wanted, found = one.probabilities(texts, names), other.probabilities(texts, names)
    result = {f"{name}_agreement": float((wanted[name].argmax(1) == found[name].argmax(1)).mean()) for name in names}
    result |= {f"{name}_mean_difference": float(np.abs(wanted[name] - found[name]).mean()) for name in names}
    alone = [other.probabilities([text], names) for text in texts[:_ALONE]]
    result["alone_or_in_a_crowd"] = max(
        float(np.abs(found[name][i] - row[name][0]).max()) for i, row in enumerate(alone) for name in names
    )
    return result


_ALONE = 200

if __name__ == "__main__":
    main()
