"""Real labelled comments in, how far shares and alarms can be trusted out; ``--write`` renews docs/method-tables.md.

``python -m benchmarks.divergence [--quick] [--json FILE] [--write]``. It reads the labelled sets of ``../shared/data``
once with the shipped model (some 4,400 texts) and keeps the probabilities under ``var/benchmarks``. Everything else
comes from seeds: the same data and model give the same tables. ``--quick`` measures less of everything, and a page
written from it says so. The full run takes some six minutes of one idle core.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

from benchmarks.divergence import measures, tables
from benchmarks.divergence.ablations import detectors, floods, peer_priors
from benchmarks.divergence.placebos import placebos
from benchmarks.divergence.pool import ROOT, Pool, civic_pool, weibo_pool
from benchmarks.divergence.results import Results
from benchmarks.divergence.shares import accuracies, shifted
from benchmarks.divergence.study import VOLUMES, compare
from benchmarks.report import report

TABLES = ROOT / "docs" / "method-tables.md"
SEED = 2014
_SHIFT_SIZES = (50, 200)


@dataclass(frozen=True, slots=True)
class Effort:
    """How many samples, repetitions of a year, and runs."""

    samples: int
    repetitions: int
    runs: int
    volumes: tuple[float, ...] = VOLUMES


FULL = Effort(samples=400, repetitions=20, runs=200)
QUICK = Effort(samples=40, repetitions=2, runs=20, volumes=(3.0,))


def measure_all(civic: Pool, weibo: Pool, effort: Effort, seed: int) -> Results:
    """Measure everything that the tables show."""
    return Results(
        pools=(civic, weibo),
        seed=seed,
        repetitions=effort.repetitions,
        quick=effort is QUICK,
        civic=accuracies(civic, effort.samples, seed),
        weibo=accuracies(weibo, effort.samples, seed),
        shifted=[shifted(civic, weibo, size, effort.samples, seed) for size in _SHIFT_SIZES],
        streams=[row for volume in effort.volumes for row in compare(civic, volume, effort.repetitions, seed)],
        placebos=placebos(civic, effort.runs, seed),
        ablations=detectors(civic, effort.repetitions, seed),
        floods=floods(civic, effort.runs, seed),
        peers=peer_priors(civic, effort.runs, seed),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run, under 50 seconds once the texts are read")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--write", action="store_true", help=f"write the tables to {TABLES.relative_to(ROOT)}")
    options = parser.parse_args()
    found = measure_all(civic_pool(), weibo_pool(), QUICK if options.quick else FULL, SEED)
    report(measures.of(found), options.json)
    if options.write:
        TABLES.write_text(tables.document(found), encoding="utf-8")


if __name__ == "__main__":
    main()
