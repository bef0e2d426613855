"""Results in, one line a figure for the terminal and the JSON file out, each beside its baseline."""

from collections.abc import Iterator, Sequence

from benchmarks.divergence.results import Results
from benchmarks.divergence.shares import METHODS, Accuracy
from benchmarks.divergence.study import Result
from benchmarks.report import Measure

_CC, _PACC = METHODS.index("CC"), METHODS.index("PACC")


def of(found: Results) -> list[Measure]:
    """Return every figure."""
    return [
        *_accuracies("civic", found.civic),
        *_accuracies("weibo", found.weibo),
        *_accuracies("civic errors on weibo", found.shifted),
        *_streams("", found.streams),
        *(Measure(f"{one.name} (baseline: real data)", one.placebo, "", one.real) for one in found.placebos),
        *_streams("ablation: ", found.ablations),
        *(
            Measure(f"alarmed, {one.name} (baseline: source not left out)", one.kept, "share", one.without)
            for one in found.floods
        ),
        *(
            Measure(
                f"coverage with peers {'like' if one.like else 'unlike'} it, n={one.size} (baseline: none)",
                one.coverage[1],
                "share",
                one.coverage[0],
            )
            for one in found.peers
        ),
    ]


def _accuracies(where: str, rows: Sequence[Accuracy]) -> Iterator[Measure]:
    for row in rows:
        at = f"{where}, n={row.size}"
        yield Measure(f"{at}: coverage (baseline: Wilson)", row.coverage, "share", row.plain_coverage)
        yield Measure(f"{at}: width (baseline: Wilson)", row.width, "share", row.plain_width)
        for method in range(_PACC, len(METHODS)):
            for name, errors in (("negative", row.negative_error), ("all", row.all_error)):
                words = f"{at}: error of {METHODS[method]}, {name} (baseline: CC)"
                yield Measure(words, float(errors[method]), "share", float(errors[_CC]))


def _streams(tag: str, rows: Sequence[Result]) -> Iterator[Measure]:
    for row in rows:
        at = f"{tag}{row.rule}, {row.volume:g}/day"
        yield Measure(f"{at}: false alarms (baseline: configured)", row.false.rate, "a year", row.configured)
        for change, delay in (("plain", row.delay), ("modest", row.modest)):
            yield Measure(f"{at}: restricted mean delay, {change} change", delay.mean, "days")
            yield Measure(f"{at}: found, {change} change", delay.found, "share")
