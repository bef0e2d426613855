"""A model folder of this project in, its heads as they are, and a draft of the folder with new ones out."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from minsheng.errors import ModelUnusable
from minsheng.files import sha256_of
from models.adapt import Head
from models.evaluation.sets import CLASSES
from models.heads import HEADS_CONFIG, HEADS_FILE, save_heads
from models.loading import CALIBRATION_FILE
from models.open import open_model
from models.transformer import CivicModel

PROVENANCE_FILE = "provenance.json"

# What was measured and said of the model before; it does not hold for the new one.
_OF_THE_OLD = frozenset({HEADS_FILE, HEADS_CONFIG, PROVENANCE_FILE, "report.json"})
_PAGES = frozenset({".md", ".html"})

Tensors = Mapping[str, Any]


def open_adaptable(folder: Path) -> CivicModel:
    """Open a model folder of this project with the engine that it was made for.

    Raises:
        ModelUnusable: it is a foreign model, which has no heads of ours.
    """
    model = open_model(str(folder))
    if not isinstance(model, CivicModel):
        raise ModelUnusable(f"{folder}: only a model folder of this project can be adapted")
    return model


def read_heads(folder: Path) -> tuple[Tensors, Mapping[str, Any]]:
    """Return the tensors of the heads and their description.

    Raises:
        ModelUnusable: the folder is no model of this project.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        described = json.loads((folder / HEADS_CONFIG).read_text("utf-8"))
        return load_file(folder / HEADS_FILE), described
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelUnusable(
            f"{folder}: its heads cannot be read: {error}; only a model folder of this project can be adapted"
        ) from error


def start_of(folder: Path, name: str, tensors: Tensors, described: Mapping[str, Any]) -> Head:
    """Return a head as it is.

    Raises:
        ModelUnusable: the folder has no such head, or one of other classes.
    """
    classes = tuple(described.get("heads", {}).get(name, ()))
    if classes != CLASSES[name] or f"heads.{name}.weight" not in tensors:
        said = ", ".join(classes) or "none"
        raise ModelUnusable(f"{folder}: its head {name} has the classes {said}; leave that head out with --head")
    weight, bias = (np.asarray(tensors[f"heads.{name}.{part}"], dtype=np.float64) for part in ("weight", "bias"))
    return Head(weight, bias)


def make_draft(folder: Path, output: Path, heads: Mapping[str, Head]) -> Path:
    """Write the new folder beside its place and return where; it bears no calibration if the sentiment head is new."""
    tensors, described = read_heads(folder)
    draft = output.with_name(f".{output.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    old = _OF_THE_OLD | ({CALIBRATION_FILE} if "sentiment" in heads else set())
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in old and path.suffix not in _PAGES:
            shutil.copyfile(path, draft / path.name)
    new = dict(tensors)
    for name, head in heads.items():
        for part, values in (("weight", head.weight), ("bias", head.bias)):
            key = f"heads.{name}.{part}"
            new[key] = values.astype(tensors[key].dtype)
    save_heads(draft / HEADS_FILE, new)
    write_json(draft / HEADS_CONFIG, described)
    return draft


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a folder."""
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()}


def write_json(path: Path, described: Mapping[str, Any]) -> None:
    """Write a description as it is to be read by people too."""
    path.write_text(json.dumps(described, ensure_ascii=False, indent=1) + "\n", "utf-8")
