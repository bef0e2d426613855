"""Pairs of a comment and a claim in, whether the comment supports or contradicts the claim out.

The encoder of the civic reader reads both texts at once, then a tower of further layers judges them. A long comment is
read whole, in windows of equal size that each stand beside the whole claim; a window counts by how much of a stance it
shows, because a petition tells its story first and says its mind once.
"""

import itertools
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from minsheng.errors import ModelUnusable
from models.base import Progress
from models.batching import equal_batches, windows
from models.cleaning import prepare
from models.heads import Floats, softmax
from models.onnx import BATCH_TOKENS, ENCODER_FILE, open_session
from models.pieces import TOKENIZER_FILE, open_tokenizer
from models.transformer import mapping, over_windows

STANCES = ("supports", "contradicts", "neither")
"""The classes in the order of the logits."""

STANCE_CONFIG = "stance.json"
STANCE_ONNX = "stance.onnx"
STATES = "states"
"""What the encoder's graph gives and the tower's graph reads: one vector per token."""

_NEITHER = STANCES.index("neither")
_SPECIMEN = ("一", "二")
_EXPORT = "export it with python -m models.training.stance_export"

Pair = tuple[str, str]
"""A comment and a claim."""


@dataclass(frozen=True, slots=True)
class StanceReading:
    """Probabilities that sum to 1: the comment bears the claim out, speaks against it, or does neither."""

    supports: float
    contradicts: float
    neither: float

    @property
    def stance(self) -> str:
        """The likeliest of ``STANCES``."""
        return STANCES[int(np.argmax(astuple(self)))]

    @property
    def confidence(self) -> float:
        """The probability of the likeliest."""
        return max(self.supports, self.contradicts, self.neither)


class StanceModel(Protocol):
    """Reads what comments say of claims.

    - one reading per pair, in the order of the pairs; an empty comment or claim is neither with probability 1.
    - the same pair gives the same reading whatever stands beside it in the batch.
    """

    name: str

    def read(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[StanceReading]: ...


class StanceEngine(Protocol):
    """Computes the logits of token rows, in the order of ``STANCES``; ``workers`` threads may call it at once."""

    workers: int

    def batches(self, lengths: Sequence[int]) -> list[list[int]]: ...

    def logits(self, rows: Sequence[Sequence[int]]) -> Floats: ...


class PairEncoder:
    """Prepared pairs in, token ids of their windows out: start, part of the comment, marks, whole claim, end."""

    def __init__(self, file: Path, window: int) -> None:
        self._tokenizer = open_tokenizer(file)
        self._head, self._middle, self._tail = self._marks()
        self._room = window - len(self._head) - len(self._middle) - len(self._tail)

    def encode(self, pairs: Sequence[Pair]) -> list[list[list[int]]]:
        """Return the windows of each pair; a claim of more than half a window is cut to half a window."""
        comments, claims = (self._ids([pair[side] for pair in pairs]) for side in (0, 1))
        return [self._framed(comment, claim) for comment, claim in zip(comments, claims, strict=True)]

    def _framed(self, comment: Sequence[int], claim: Sequence[int]) -> list[list[int]]:
        kept = claim[: self._room // 2]
        parts = windows(0, comment, self._room - len(kept))
        return [[*self._head, *part.ids, *self._middle, *kept, *self._tail] for part in parts]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        return [found.ids for found in self._tokenizer.encode_batch(texts, add_special_tokens=False)]

    def _marks(self) -> tuple[list[int], list[int], list[int]]:
        """Return what the tokenizer puts before, between and after two texts."""
        whole: list[int] = self._tokenizer.encode(*_SPECIMEN).ids
        first, second = self._ids(_SPECIMEN)
        start = _find(first, whole, 0)
        end = start + len(first)
        then = _find(second, whole, end)
        return whole[:start], whole[end:then], whole[then + len(second) :]


class StanceReader:
    """Reads pairs with a network, in batches of like length; what stands in the input twice is read once."""

    def __init__(self, name: str, encoder: PairEncoder, engine: StanceEngine) -> None:
        self.name = name
        self._encoder, self._engine = encoder, engine

    def read(self, pairs: Sequence[Pair], progress: Progress | None = None) -> list[StanceReading]:
        """Read each comment beside its claim."""
        texts = {text: prepare(text) for pair in pairs for text in pair}
        prepared = [(texts[comment], texts[claim]) for comment, claim in pairs]
        distinct = list(dict.fromkeys(pair for pair in prepared if all(pair)))

        def tell(share: float) -> None:
            if progress:
                progress(round(share * len(pairs)), len(pairs))

        found = dict(zip(distinct, self._distinct(distinct, tell), strict=True))
        tell(1.0)
        return [found.get(pair, StanceReading(0.0, 0.0, 1.0)) for pair in prepared]

    def _distinct(self, pairs: Sequence[Pair], tell: Callable[[float], None]) -> list[StanceReading]:
        encoded = self._encoder.encode(pairs)
        rows = [row for cut in encoded for row in cut]
        owners = np.repeat(np.arange(len(pairs)), [len(cut) for cut in encoded])
        held = np.zeros((len(rows), len(STANCES)))
        groups = self._engine.batches([len(row) for row in rows])
        done = 0
        with mapping(min(self._engine.workers, len(groups))) as run:
            found = run(lambda group: self._engine.logits([rows[i] for i in group]), groups)
            for group, logits in zip(groups, found, strict=True):
                held[group] = softmax(logits)
                done += len(group)
                tell(done / len(rows))
        bounds = np.searchsorted(owners, np.arange(len(pairs) + 1))
        return [StanceReading(*map(float, over_windows(held[a:b], _NEITHER))) for a, b in itertools.pairwise(bounds)]


class OnnxStance:
    """The exported encoder and tower, run by ONNX Runtime on the CPU; the rows of a batch are of one length."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        import onnxruntime

        self._encoder, self._tower = (open_session(folder / name, _EXPORT) for name in (ENCODER_FILE, STANCE_ONNX))
        if STATES not in [output.name for output in self._encoder.get_outputs()]:
            raise ModelUnusable(f"{folder / ENCODER_FILE}: has no output {STATES!r}; {_EXPORT}")
        self._only_states = onnxruntime.RunOptions()
        self._only_states.only_execute_path_to_fetches = True  # no layer above the states, no pooling
        self.workers = threads or len(os.sched_getaffinity(0))

    def batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Group rows of one length, longest first."""
        return equal_batches(lengths, BATCH_TOKENS)

    def logits(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return the logits of rows of one length."""
        (states,) = self._encoder.run([STATES], {"input_ids": np.array(rows, dtype=np.int64)}, self._only_states)
        logits: Floats = self._tower.run(["logits"], {STATES: states})[0]
        return logits


def open_stance(folder: Path, *, lower: Path | None = None, threads: int | None = None) -> StanceReader:
    """Open a model folder that reads stances: by ONNX Runtime where it was exported, else by torch.

    Args:
        folder: holds stance.json and the exported graphs with the tokenizer, or what training wrote.
        lower: the folder of the encoder below the tower, for what training wrote.
        threads: how many threads may compute; None takes all cores.

    Raises:
        ModelUnusable: when a file is missing, broken, or belongs to another model.
    """
    described = read_config(folder)
    engine: StanceEngine
    if (folder / STANCE_ONNX).is_file():
        engine, home = OnnxStance(folder, threads), folder
    elif lower is not None:
        from models.stance_network import TorchStance

        engine, home = TorchStance.load(folder, lower, threads), lower
    else:
        raise ModelUnusable(f"{folder}: has no {STANCE_ONNX}; {_EXPORT}, or name the encoder below the tower")
    return StanceReader(described["name"], PairEncoder(home / TOKENIZER_FILE, described["window"]), engine)


def read_config(folder: Path) -> dict[str, Any]:
    """Read what a folder says of its stance reader: name, window, layers, classes, lower."""
    path = folder / STANCE_CONFIG
    try:
        described: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnusable(
            f"{path}: cannot be read: {error}; train it with python -m models.training.stance"
        ) from error
    if tuple(described.get("classes", ())) != STANCES:
        raise ModelUnusable(f"{path}: classes are {described.get('classes')}, expected {list(STANCES)}; train it anew")
    return described


def _find(part: Sequence[int], whole: Sequence[int], start: int) -> int:
    for place in range(start, len(whole) - len(part) + 1):
        if list(whole[place : place + len(part)]) == list(part):
            return place
    raise ModelUnusable(f"the tokenizer does not keep the texts of a pair whole: {list(part)} is not in {list(whole)}")
