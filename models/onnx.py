"""Token ids in, pooled states of the encoder out, computed by ONNX Runtime on the CPU.

The graph has no mask: rows of one batch are of one length. Sorting by length loses little to that (a batch of one text
runs at nine tenths of the best speed), and nothing is ever computed for padding, nor changed by it.
"""

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minsheng.errors import ModelUnusable
from models.batching import equal_batches
from models.heads import Floats

ENCODER_FILE = "encoder.onnx"
BATCH_TOKENS = 512
"""Activations of a batch stay in the second-level cache of one core; larger batches are slower."""

# ONNX Runtime 1.32 sums the fused form of addition and normalisation number by number: seven times slower.
_SLOWER_FUSED = ["SkipLayerNormFusion"]


class OnnxEncoder:
    """The encoder of a shipped folder; each of ``workers`` threads runs whole batches by itself."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._session = open_session(path, "fetch or export it anew")
        self.width = _width(self._session.get_outputs(), path)
        self.workers = threads or len(os.sched_getaffinity(0))

    def batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Group rows of one length, longest first."""
        return equal_batches(lengths, BATCH_TOKENS)

    def pooled(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Return first token and mean of each row; the rows are of one length."""
        found: Floats = self._session.run(["pooled"], {"input_ids": np.array(rows, dtype=np.int64)})[0]
        return found


def open_session(path: Path, advice: str) -> Any:
    """Load a graph whose batches run on one thread each.

    Raises:
        ModelUnusable: ONNX Runtime cannot load it; ends with the advice.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Whole batches on single threads scale better than single operations on many, and wait for nobody.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if _overflows():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOWER_FUSED
        )
    except Exception as error:  # its errors share no base class
        first = str(error).strip().splitlines()[0]
        raise ModelUnusable(f"{path}: ONNX Runtime cannot load it: {first}; {advice}") from error


def _overflows(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Say whether the processor adds pairs of 8-bit products in 16 bits, which overflow: x86 without VNNI.

    ONNX Runtime then keeps the sums right at half the speed, but only when told to; and being told halves the speed of
    processors that need no care, too.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    return not (
        cpuinfo.is_file() and re.search(r"^flags\b.*\b(avx512_vnni|avx_vnni)\b", cpuinfo.read_text(), re.MULTILINE)
    )


def _width(outputs: Sequence[object], path: Path) -> int:
    for output in outputs:
        if getattr(output, "name", None) == "pooled":
            return int(getattr(output, "shape", (0, 0))[-1])
    raise ModelUnusable(f"{path}: has no output named pooled; write it with python -m models.training.export")
