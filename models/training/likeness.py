"""A model folder and unlabelled texts in, the map that makes its sentence vectors comparable out.

``python -m models.training.likeness --model models/weights/civic`` writes ``likeness.safetensors``, after each export
anew. The messages with votes are kept apart: ``benchmarks.alike`` measures on them.
"""

import argparse
from pathlib import Path

import numpy as np

from minsheng.errors import ConfigError
from models.likeness import LIKENESS_FILE, whitening
from models.open import open_model
from models.training import recipes
from models.training.config import load_plan
from models.transformer import CivicModel

SIZE = 192
"""Numbers of a vector: see docs/decisions/0031-similar.md for what more and fewer give."""

TEXTS = 5000
_APART = "tipdm_votes"


def main(arguments: list[str] | None = None) -> None:
    """Measure mean and axes of a model's sentence vectors and write the map into its folder."""
    parser = argparse.ArgumentParser(prog="python -m models.training.likeness", description=main.__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the model folder")
    parser.add_argument("--config", type=Path, default=Path("models/training/student.yml"), help="names the data")
    options = parser.parse_args(arguments)
    texts = texts_to_measure(load_plan(options.config).data)
    print(f"written {write(options.model, texts)} from {len(texts)} texts")


def texts_to_measure(data: Path, count: int = TEXTS) -> list[str]:
    """Draw texts as people write them; never one that is evaluated on."""
    apart = recipes.civic(data, "dev") + [e for e in recipes.unlabelled(data) if e.source == _APART]
    pool = recipes.civic(data, "train") + [e for e in recipes.unlabelled(data) if e.source != _APART]
    return [example.text for example in recipes.some(recipes.without_copies_of(recipes.cut(pool), apart), count, 1)]


def write(folder: Path, texts: list[str], size: int = SIZE) -> Path:
    """Write the map of a model folder.

    Raises:
        ConfigError: There are too few texts to measure as many axes.
        ModelUnusable: The folder is no model of this project.
    """
    from safetensors.numpy import save_file

    model = open_model(str(folder))
    if not isinstance(model, CivicModel):
        raise ConfigError(f"{folder}: only a model folder of this project has sentence vectors")
    vectors = np.unique(model.vectors(texts), axis=0)
    if not size <= vectors.shape[1] < len(vectors):
        raise ConfigError(
            f"{folder}: {len(vectors)} different texts and {vectors.shape[1]} numbers a vector do not give {size} "
            "axes; give some thousands of texts"
        )
    weight, bias = whitening(vectors, size)
    path = folder / LIKENESS_FILE
    save_file({"weight": weight, "bias": bias}, path, metadata={"format": "pt"})
    path.chmod(0o644)
    return path


if __name__ == "__main__":
    main()
