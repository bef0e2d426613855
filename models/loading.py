"""A folder or hub name in, a loaded classifier and tokenizer out; what fails says what to do."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minsheng.domain import Calibration
from minsheng.errors import ModelUnusable
from models.version import digest_of, version_of

CALIBRATION_FILE = "calibration.json"
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?")
_MOST = 512


@dataclass(frozen=True, slots=True)
class Loaded:
    """A classifier with its tokenizer; ``folder`` is None when it came from the hub."""

    name: str
    classifier: Any
    tokenizer: Any
    folder: Path | None


def load_classifier(path_or_name: str | Path) -> Loaded:
    """Load a sequence classifier in full precision.

    Raises:
        ModelUnusable: when the folder or a file in it is missing, or it holds something else.
    """
    folder = _folder(str(path_or_name))
    where = str(path_or_name)
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    # A progress bar for the weights of one small file is noise in the log of a service.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        tokenizer = AutoTokenizer.from_pretrained(where)
        classifier, found = AutoModelForSequenceClassification.from_pretrained(
            where, dtype="float32", output_loading_info=True
        )
    except Exception as error:
        # transformers raises OSError, ValueError, KeyError, SafetensorError ... depending on what is wrong.
        advice = "" if folder else "; it is no folder here: check the hub name and the network, or give a folder"
        raise ModelUnusable(
            f"{where}: cannot be loaded as a sequence classifier: {_first_line(error)}{advice}"
        ) from error
    if missing := sorted(found["missing_keys"]):
        raise ModelUnusable(f"{where}: is not a finished sequence classifier, weights are missing: {missing[0]} …")
    return Loaded(folder.name if folder else where, classifier.eval(), tokenizer, folder)


def load_calibration(folder: Path | None) -> Calibration | None:
    """Read how the model errs on civic text, if its folder says so."""
    if folder is None or not (folder / CALIBRATION_FILE).is_file():
        return None
    try:
        written = (folder / CALIBRATION_FILE).read_bytes()
        raw = json.loads(written)
        soft, counts = (tuple(tuple(row) for row in raw[key]) for key in ("soft", "counts"))
        prior = _three(raw["prior"]) if "prior" in raw else None
        return Calibration(str(raw["model"]), soft, counts, prior, version_of(folder), digest_of(written))
    except (ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{folder / CALIBRATION_FILE}: not a calibration: {error}; measure it anew") from error


def _three(shares: Any) -> tuple[float, float, float]:
    negative, neutral, positive = shares
    return float(negative), float(neutral), float(positive)


def window_size(loaded: Loaded) -> int:
    """Return how many tokens, special ones included, the classifier can read at once."""
    positions = int(getattr(loaded.classifier.config, "max_position_embeddings", _MOST) or _MOST)
    limit = int(min(loaded.tokenizer.model_max_length, _MOST))
    # RoBERTa counts positions from the padding index on, so two of them are not usable.
    return limit if limit < positions else max(8, positions - 2)


def _folder(where: str) -> Path | None:
    path = Path(where).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ModelUnusable(f"{path}: has no config.json; give the folder that save_pretrained wrote")
        return path.resolve()
    if path.exists() or not _HUB_NAME.fullmatch(where):
        raise ModelUnusable(f"{where}: no such model folder; give 'shipped', a folder or a hub name (owner/name)")
    return None


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]
