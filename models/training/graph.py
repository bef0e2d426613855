"""Weights of a BERT encoder in, an ONNX graph out that reads rows of one length: in floats, or with 8-bit products.

The graph is written by hand because the quick form of each step is not what exporters write: no mask (rows of a batch
are of one length, so attention is the fused one), addition and normalisation apart, one quantisation for the three
inputs of attention.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Floats = npt.NDArray[np.float32]
_FUSED = "com.microsoft"
_LARGEST = 127


@dataclass(frozen=True, slots=True)
class Activation:
    """How the numbers at one point become bytes: value = (byte - zero) x scale x squash, ``squash`` by channel."""

    scale: float
    zero: int
    squash: Floats | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What the weights do not say themselves."""

    layers: int
    heads: int
    epsilon: float
    window: int


class EncoderGraph:
    """Builds the graph; ``points`` then names the value that each matrix product reads, to be measured.

    Args:
        weights: state of a Hugging Face BERT encoder by name.
        shape: sizes.
        activations: how each point is quantised; None leaves the whole graph in floats.
    """

    def __init__(
        self, weights: Mapping[str, Floats], shape: Shape, activations: Mapping[str, Activation] | None
    ) -> None:
        self._weights, self._shape, self._activations = weights, shape, activations
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self.points: dict[str, str] = {}

    def build(self, config: Mapping[str, Any]) -> onnx.ModelProto:
        """Return the model; ``config`` is kept in it, so that torch can build the same encoder."""
        states = self._embed()
        for layer in range(self._shape.layers):
            states = self._layer(states, layer)
        self._pool(states)
        width = 2 * int(self._weights["embeddings.LayerNorm.weight"].shape[0])
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["rows", "tokens"])],
            [helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["rows", width])],
            [numpy_helper.from_array(value, name) for name, value in self._constants.items()],
        )
        opsets = [helper.make_opsetid("", 20), helper.make_opsetid(_FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name="minsheng")
        helper.set_model_props(model, {"config": json.dumps(dict(config))})
        return model

    def _constant(self, name: str, value: Any) -> str:
        self._constants[name] = np.array(value, order="C")
        return name

    def _node(self, kind: str, *inputs: str, domain: str = "", output: str = "", **attributes: Any) -> str:
        name = output or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes))
        return name

    def _normalised(self, left: str, right: str, name: str) -> str:
        weights = [self._constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        total = self._node("Add", left, right)
        return self._node("LayerNormalization", total, *weights, axis=-1, epsilon=self._shape.epsilon)

    def _embed(self) -> str:
        name = "embeddings.word_embeddings.weight"
        words = self._weights[name]
        if self._activations is None:
            found = self._node("Gather", self._constant(name, words), "input_ids")
        else:
            scale = np.maximum(np.abs(words).max(axis=1, keepdims=True) / _LARGEST, 1e-12).astype(np.float32)
            found = self._node("Gather", self._constant(name, _bytes(words, scale)), "input_ids")
            found = self._node("Cast", found, to=TensorProto.FLOAT)
            scales = self._node("Gather", self._constant(f"{name}.scale", scale), "input_ids")
            found = self._node("Mul", found, scales)
        place = "embeddings.position_embeddings.weight"
        table = self._weights[place][: self._shape.window] + self._weights["embeddings.token_type_embeddings.weight"][0]
        length = self._node("Shape", "input_ids", start=1, end=2)
        places = self._node("Slice", self._constant(place, table), self._constant("start", np.array([0])), length)
        return self._normalised(found, places, "embeddings.LayerNorm")

    def _layer(self, states: str, layer: int) -> str:
        name = f"encoder.layer.{layer}."
        read = self._point(states, f"{layer}.attention", [f"{name}attention.self.{part}" for part in _ATTENTION])
        parts = [self._product(read, f"{layer}.attention", f"{name}attention.self.{part}") for part in _ATTENTION]
        mixed = self._node("MultiHeadAttention", *parts, domain=_FUSED, num_heads=self._shape.heads)
        mixed = self._one(mixed, f"{layer}.mixed", f"{name}attention.output.dense")
        states = self._normalised(mixed, states, f"{name}attention.output.LayerNorm")
        wide = self._one(states, f"{layer}.wide", f"{name}intermediate.dense")
        wide = self._node("Gelu", wide)
        narrow = self._one(wide, f"{layer}.narrow", f"{name}output.dense")
        return self._normalised(narrow, states, f"{name}output.LayerNorm")

    def _one(self, value: str, point: str, name: str) -> str:
        return self._product(self._point(value, point, [name]), point, name)

    def _point(self, value: str, point: str, readers: list[str]) -> str:
        """Bring the input of a product into bytes, unless the graph stays in floats."""
        self.points[point] = value
        if self._activations is None:
            return value
        found = self._activations[point]
        if found.squash is not None:
            for reader in readers:
                self._constant(f"{reader}.weight.squash", (1 / found.squash).astype(np.float32))
            value = self._node("Mul", value, f"{readers[0]}.weight.squash")
        scale = self._constant(f"{point}.scale", np.float32(found.scale))
        return self._node("QuantizeLinear", value, scale, self._constant(f"{point}.zero", np.uint8(found.zero)))

    def _product(self, value: str, point: str, name: str) -> str:
        weight = self._weights[f"{name}.weight"].T
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        if self._activations is None:
            return self._node("Add", self._node("MatMul", value, self._constant(f"{name}.weight", weight)), bias)
        squash = self._activations[point].squash
        weight = weight if squash is None else weight * squash[:, None]
        scale = np.maximum(np.abs(weight).max(axis=0) / _LARGEST, 1e-12).astype(np.float32)
        return self._node(
            "MatMulIntegerToFloat",
            value,
            self._constant(f"{name}.weight", _bytes(weight, scale)),
            f"{point}.scale",
            self._constant(f"{name}.weight.scale", scale),
            f"{point}.zero",
            self._constant(f"{name}.weight.zero", np.zeros(len(scale), np.int8)),
            bias,
            domain=_FUSED,
        )

    def _pool(self, states: str) -> None:
        first = self._node("Gather", states, self._constant("first", np.int64(0)), axis=1)
        mean = self._node("ReduceMean", states, self._constant("tokens_axis", np.array([1])), keepdims=0)
        self._node("Concat", first, mean, output="pooled", axis=1)


_ATTENTION = ("query", "key", "value")


def _bytes(values: Floats, scale: Floats) -> npt.NDArray[np.int8]:
    found: npt.NDArray[np.int8] = np.clip(np.rint(values / scale), -_LARGEST, _LARGEST).astype(np.int8)
    return found
