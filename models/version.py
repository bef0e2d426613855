"""A model folder in, a name that tells its weights from any others out: what readings are marked with."""

import hashlib
from pathlib import Path

from minsheng.files import sha256_of
from models.heads import HEADS_CONFIG
from models.pieces import TOKENIZER_FILE

_WEIGHTS = frozenset({".onnx", ".safetensors", ".bin", ".pt"})
_BESIDE = frozenset({HEADS_CONFIG, TOKENIZER_FILE, "config.json"})
_LENGTH = 8


def version_of(folder: Path) -> str:
    """Return the folder's name and a digest of what readings depend on: weights, tokenizer, classes and thresholds.

    Reports, the model card and the calibration may change without new readings.
    """
    files = [path for path in sorted(folder.iterdir()) if path.suffix in _WEIGHTS or path.name in _BESIDE]
    listed = "".join(f"{path.name} {sha256_of(path)}\n" for path in files)
    return named(folder.resolve().name, hashlib.sha256(listed.encode()).hexdigest())


def digest_of(written: bytes) -> str:
    """Return a short name of what a file says."""
    return hashlib.sha256(written).hexdigest()[:_LENGTH]


def named(name: str, digest: str) -> str:
    """Return a version as it is written: ``civic@1a2b3c4d``."""
    return f"{name}@{digest[:_LENGTH]}"
