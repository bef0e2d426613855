"""A trained tower and the shipped folder of the encoder below it in, stance.onnx in that folder out, in 8 bits.

``python -m models.training.stance_export --output models/weights/civic``, after ``models.training.export`` wrote that
folder. The encoder's graph gets two things that a tower needs and a reader does without: the states as an output, and
positions for pairs that are longer than the windows of single texts. How and why numbers become bytes is told in
``models.training.export``.
"""

import argparse
import json
import random
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from minsheng.errors import ConfigError
from minsheng.stances import StanceErrors
from minsheng.strict import read_yaml
from models.heads import Floats
from models.onnx import ENCODER_FILE
from models.pieces import TOKENIZER_FILE
from models.stance import (
    STANCE_CONFIG,
    STANCE_ONNX,
    STANCES,
    STATES,
    PairEncoder,
    StanceReader,
    open_stance,
    read_config,
)
from models.stance_errors import measure_errors, write_errors
from models.stance_network import STANCE_FILE, WEIGHTS_FILE, digest
from models.training.export import activation
from models.training.graph import Activation, EncoderGraph, Shape
from models.training.stance_evaluation import evaluate_stance
from models.training.stance_plan import StancePlan, read_sets
from models.training.stance_recipes import StancePair

_PAIRS = 400
_ROWS_PER_PAIR = 12
_ALONE = 100
_NORMALISATIONS = 2  # in each layer
_POSITIONS = "embeddings.position_embeddings.weight"
_KINDS = "embeddings.token_type_embeddings.weight"


class TowerGraph(EncoderGraph):
    """The layers of a tower between states and logits; ``weights`` are those of a trained tower by name."""

    def __init__(
        self, weights: Mapping[str, Floats], shape: Shape, activations: Mapping[str, Activation] | None
    ) -> None:
        renamed = {name.replace("tower.", "encoder.", 1): value for name, value in weights.items()}
        super().__init__(renamed, shape, activations)

    def build(self, config: Mapping[str, Any]) -> onnx.ModelProto:
        """Return the model."""
        states = STATES
        for layer in range(self._shape.layers):
            states = self._layer(states, layer)
        self._pool(states)
        head = [self._constant(f"head.{part}", self._weights[f"head.{part}"]) for part in ("weight", "bias")]
        self._node("Gemm", "pooled", *head, output="logits", transB=1)
        width = int(self._weights["head.weight"].shape[1]) // 2
        graph = helper.make_graph(
            self._nodes,
            "stance",
            [helper.make_tensor_value_info(STATES, TensorProto.FLOAT, ["rows", "tokens", width])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", len(STANCES)])],
            [numpy_helper.from_array(value, name) for name, value in self._constants.items()],
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="minsheng")
        helper.set_model_props(model, {"config": json.dumps(dict(config))})
        return model


def export(
    trained: Path, lower: Path, output: Path, pairs: Sequence[tuple[str, str]], *, quantised: bool = True
) -> int:
    """Write the tower into the shipped folder ``output`` of the trained encoder ``lower``; returns its bytes.

    Args:
        trained: the folder that training wrote.
        lower: the trained folder of the encoder below the tower.
        output: the folder that ``models.training.export`` wrote from ``lower``.
        pairs: prepared pairs to measure activations on.
        quantised: False leaves the tower in floats.
    """
    from safetensors.numpy import load_file

    described = read_config(trained)
    if described["lower"] != digest(lower):
        raise ConfigError(f"{trained}: was trained on another encoder than {lower}; train it anew on this one")
    config = json.loads((lower / "config.json").read_text("utf-8"))
    below = load_file(lower / WEIGHTS_FILE)
    give_states(output / ENCODER_FILE, below, described["lower_layers"], described["window"])
    weights = {name: value.astype(np.float32) for name, value in load_file(trained / STANCE_FILE).items()}
    shape = Shape(described["layers"], config["num_attention_heads"], config["layer_norm_eps"], described["window"])
    activations = None
    if quantised:
        rows = [row for cut in PairEncoder(output / TOKENIZER_FILE, described["window"]).encode(pairs) for row in cut]
        activations = measure(weights, shape, output / ENCODER_FILE, rows)
    onnx.save(TowerGraph(weights, shape, activations).build({}), output / STANCE_ONNX)
    shutil.copyfile(trained / STANCE_CONFIG, output / STANCE_CONFIG)
    return (output / STANCE_ONNX).stat().st_size


def give_states(path: Path, weights: Mapping[str, Floats], layers: int, window: int) -> None:
    """Give an exported encoder an output and more positions; doing it twice changes nothing.

    Args:
        path: the graph.
        weights: those of the encoder as it was trained.
        layers: the output is the states above so many layers.
        window: so many positions it has in the end, at least.
    """
    model = onnx.load(path)
    graph = model.graph
    if STATES not in [output.name for output in graph.output]:
        normalised = [node.output[0] for node in graph.node if node.op_type == "LayerNormalization"]
        tapped = normalised[_NORMALISATIONS * layers]  # the first is that of the embeddings
        graph.node.append(helper.make_node("Identity", [tapped], [STATES], name=STATES))
        width = int(weights[_POSITIONS].shape[1])
        graph.output.append(helper.make_tensor_value_info(STATES, TensorProto.FLOAT, ["rows", "tokens", width]))
    (table,) = (tensor for tensor in graph.initializer if tensor.name == _POSITIONS)
    if table.dims[0] < window:
        longer = (weights[_POSITIONS][:window] + weights[_KINDS][0]).astype(np.float32)
        table.CopyFrom(numpy_helper.from_array(longer, _POSITIONS))
        props = {item.key: item.value for item in model.metadata_props}
        config = json.loads(props.get("config", "{}")) | {"max_position_embeddings": len(longer)}
        helper.set_model_props(model, props | {"config": json.dumps(config)})
    onnx.save(model, path)


def measure(
    weights: Mapping[str, Floats], shape: Shape, encoder: Path, rows: Iterable[Sequence[int]]
) -> dict[str, Activation]:
    """Run the tower in floats over what the shipped encoder makes of token rows, and choose how each point is rounded.

    The first token of each row is always in the sample: the head reads it.
    """
    import onnxruntime

    below = onnxruntime.InferenceSession(encoder, providers=["CPUExecutionProvider"])
    graph = TowerGraph(weights, shape, None)
    model = graph.build({})
    names = list(graph.points.values())
    # The first point is the input itself, which cannot be an output as well.
    inner = [name for name in names if name != STATES]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inner)
    above = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(1)
    seen: dict[str, list[Floats]] = {name: [] for name in names}
    for row in rows:
        kept = np.unique([0, len(row) - 1, *rng.integers(0, len(row), _ROWS_PER_PAIR)])
        (states,) = below.run([STATES], {"input_ids": np.array([row], np.int64)})
        values = dict(zip(inner, above.run(inner, {STATES: states}), strict=True)) | {STATES: states}
        for name, value in values.items():
            seen[name].append(value[0][kept])
    return {point: activation(point, np.concatenate(seen[name])) for point, name in graph.points.items()}


def compare(trained: StanceReader, shipped: StanceReader, pairs: Sequence[StancePair]) -> dict[str, float]:
    """Return the macro-F1 of both, how often they agree, and how far a pair alone is from the same in a crowd."""
    both = [(pair.comment, pair.claim) for pair in pairs]
    one, other = trained.read(both), shipped.read(both)
    alone = [shipped.read([pair])[0] for pair in both[:_ALONE]]
    return {
        "trained_macro_f1": evaluate_stance(trained, pairs, draws=0)["macro_f1"],
        "shipped_macro_f1": evaluate_stance(shipped, pairs, draws=0)["macro_f1"],
        "agreement": float(np.mean([a.stance == b.stance for a, b in zip(one, other, strict=True)])),
        "alone_or_in_a_crowd": max(
            abs(getattr(a, stance) - getattr(b, stance))
            for a, b in zip(alone, other, strict=False)
            for stance in STANCES
        ),
    }


def keep_errors(shipped: StanceReader, pairs: Sequence[StancePair], folder: Path) -> StanceErrors:
    """Write beside the graphs how they err on labelled pairs that nothing was trained on; return it."""
    readings = shipped.read([(pair.comment, pair.claim) for pair in pairs])
    said = f"C-STANCE, development split, {len(pairs)} pairs"
    errors = measure_errors(shipped.name, readings, [pair.stance for pair in pairs], said)
    write_errors(errors, folder)
    return errors


def main(arguments: list[str] | None = None) -> None:
    """Export a trained stance tower into the shipped folder of its encoder, and say how near it stays."""
    parser = argparse.ArgumentParser(prog="python -m models.training.stance_export", description=main.__doc__)
    parser.add_argument("--config", type=Path, default=Path("models/training/stance.yml"))
    parser.add_argument("--output", type=Path, required=True, help="the folder that models.training.export wrote")
    options = parser.parse_args(arguments)
    plan = read_yaml(options.config, StancePlan)
    sets, checks = read_sets(plan)
    size = export(plan.output, plan.base, options.output, measured_pairs(sets["c_stance"]))
    print(f"written {options.output / STANCE_ONNX}, {size / 1e6:.1f} MB")
    trained = open_stance(plan.output, lower=plan.base, threads=plan.threads)
    shipped = open_stance(options.output, threads=plan.threads)
    for name, value in compare(trained, shipped, checks["dev"]).items():
        print(f"{name} {value:.5f}")
    errors = keep_errors(shipped, checks["dev"], options.output)
    print(f"comments are shown as contradicting from a confidence of {errors.shown}")


def measured_pairs(pairs: Sequence[StancePair], count: int = _PAIRS) -> list[tuple[str, str]]:
    """Draw training pairs to measure activations on."""
    drawn = random.Random(1).sample(list(pairs), min(count, len(pairs)))  # noqa: S311 - repeatable
    return [(pair.comment, pair.claim) for pair in drawn]


if __name__ == "__main__":
    main()
