"""Measurements in, a table on the terminal and a JSON file out: the one form of all benchmarks."""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure beside its baseline of the same run; ``ratio`` is value / baseline."""

    name: str
    value: float
    unit: str
    baseline: float

    @property
    def ratio(self) -> float:
        return self.value / self.baseline if self.baseline else float("nan")


def arguments(description: str) -> argparse.Namespace:
    """Parse ``--quick`` and ``--json FILE``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a small run, under 50 seconds")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def report(measures: list[Measure], json_file: Path | None) -> None:
    """Print the figures and write them where asked."""
    for measure in measures:
        print(
            f"{measure.name:<34}{measure.value:>14,.2f} {measure.unit:<14}"
            f"baseline {measure.baseline:>12,.2f}   x{measure.ratio:.2f}"
        )
    if json_file:
        rows = [asdict(measure) | {"ratio": round(measure.ratio, 4)} for measure in measures]
        json_file.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
