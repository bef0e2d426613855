"""Measurements in, a table on the terminal and a JSON file out: the one form of all benchmarks."""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure beside its baseline of the same run; None where there is nothing to compare with (a size, say)."""

    name: str
    value: float
    unit: str
    baseline: float | None = None

    @property
    def ratio(self) -> float | None:
        """Value divided by baseline."""
        return self.value / self.baseline if self.baseline else None


def arguments(
    description: str | None, numbers: Mapping[str, str] | None = None, paths: Mapping[str, str] | None = None
) -> argparse.Namespace:
    """Parse ``--quick``, ``--json FILE``, whole numbers and paths of the benchmark's own, each with its help."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run, under 50 seconds")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    for name, help_text in (numbers or {}).items():
        parser.add_argument(f"--{name}", type=int, help=help_text)
    for name, help_text in (paths or {}).items():
        parser.add_argument(f"--{name}", type=Path, help=help_text)
    return parser.parse_args()


def report(measures: Sequence[Measure], json_file: Path | None) -> None:
    """Print the figures and write them where asked."""
    for measure in measures:
        beside = "" if measure.baseline is None else f"  baseline {measure.baseline:>12,.3f}"
        beside += "" if measure.ratio is None else f"  ×{measure.ratio:.3g}"
        print(f"{measure.name:<62}{measure.value:>14,.3f} {measure.unit:<12}{beside}")
    if json_file:
        rows = [asdict(measure) | {"ratio": measure.ratio} for measure in measures]
        json_file.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def percentiles(name: str, ours: Sequence[float], theirs: Sequence[float] | None = None) -> list[Measure]:
    """Return the median and the 95th percentile of milliseconds."""
    return [
        Measure(f"{name}, p50", statistics.median(ours), "ms", statistics.median(theirs) if theirs else None),
        Measure(f"{name}, p95", _p95(ours), "ms", _p95(theirs) if theirs else None),
    ]


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what the work returned, and the seconds it took."""
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _p95(numbers: Sequence[float]) -> float:
    return statistics.quantiles(numbers, n=20, method="inclusive")[-1]
