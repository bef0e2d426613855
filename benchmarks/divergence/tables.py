"""Results in, docs/method-tables.md out: the tables of the method, with what limits them."""

from collections.abc import Iterable, Sequence

from benchmarks.divergence.ablations import VOLUME
from benchmarks.divergence.results import Results
from benchmarks.divergence.shares import METHODS, Accuracy
from benchmarks.divergence.study import CONFIGURED, OURS_RATE, Result

FLOORS = {20: (0.095, 0.115, 0.92), 50: (0.06, 0.075, 0.92), 100: (0.05, 0.063, 0.92),
          200: (0.04, 0.055, 0.90), 500: (0.03, 0.05, 0.90)}  # fmt: skip
"""Wanted at each n: error of the negative share, error of all three, coverage of the interval."""

_HEAD = """# Tables of the method

Written by `python -m benchmarks.divergence --write` (seed {seed}); do not edit. The method itself: [method.md](method.md).
Model: `{model}`. Texts: {civic} civic ones ({civic_counts} negative, neutral, positive) and {weibo} microblogs
({weibo_counts}), none learnt from; {left_out} near copies left out. In each run the texts are split at random: one half
calibrates, samples come from the other, no text twice in a sample. All runs share the same few texts, so the tables
are surer of themselves than they should be, and {praise} praising civic texts cannot say much about praise.
"""
_QUICK = "**Of a quick run: few samples and years, so the last digits mean little. Leave `--quick` out for the full tables.**"
_SHARES = """
## Shares on {name}
Shares even over the simplex, the labels of n texts drawn from them, {samples} samples each. Error: mean absolute
error of the negative share, and of all three. Coverage and width: the 95 % interval of the negative share that is shown
(Bayesian ACC), beside a Wilson interval on counted labels.
"""
_STREAMS = """
## Alarms
100 projects, 365 days, {repetitions} repetitions, each with a calibration drawn anew; the claim is 95 % satisfied. Two
comments in five are neutral; shares here are of negative ones among the rest. Quiet: a quarter at the boundary of the
claim (.345), a quarter steady at .20, a quarter with volatile days (mean .25, standard deviation .20), a quarter at .20
with 15 copies of one complaint on 5 % of the days. False alarms by kind: steady / volatile / copies, in all years.

Days: mean / median / found, of projects at .20 that turn to .80 (plain) or .60 (modest) on day 120, with 245 days left;
half steady, a quarter volatile, a quarter with copies. The mean is restricted, by Kaplan–Meier: projects that were never
found are censored at 245 days, not dropped. Rivals count labels among all comments, and copies as comments unless it
says that they are folded. A tuned rule has the lowest threshold with which it raises no more false alarms, in quiet
years of its own, than our mail tier does in the same years, or than one a year; of 7, 14 and 30 days the fastest is shown.
"""


def document(found: Results) -> str:
    """Return the whole page."""
    civic, weibo = found.pools
    head = _HEAD.format(
        seed=found.seed, model=civic.model, civic=len(civic), weibo=len(weibo), civic_counts=_slashed(civic.counts),
        weibo_counts=_slashed(weibo.counts), left_out=civic.left_out + weibo.left_out, praise=civic.counts[2],
    )  # fmt: skip
    parts = [
        head,
        *([_QUICK] if found.quick else []),
        _SHARES.format(name="civic texts", samples=found.civic[0].samples),
        *_shares(found.civic, floors=True),
        _SHARES.format(name="microblogs", samples=found.weibo[0].samples),
        *_shares(found.weibo, floors=False),
        "\n## Shares outside of what is assumed\nErrors measured on civic texts, samples of microblogs.\n",
        *_shares(found.shifted, floors=False),
        _STREAMS.format(repetitions=found.repetitions),
        _in_short(found.streams),
        _alarms(found.streams),
        "\n## Placebos\n",
        _placebos(found),
        f"\n## Ablations\nThe mail tier at {VOLUME:g} comments a day, streams as above.\n",
        _alarms(found.ablations),
        _table(
            ("hundred comments", "alarmed", "with the largest source left out too"),
            [(one.name, _share(one.without), _share(one.kept)) for one in found.floods],
        ),
        "\nTen pseudo-comments from peers (interval only): peers say .30 negative; the project is like them or at .70.\n",
        _table(
            ("n", "project", "coverage alone", "with peers", "width alone", "with peers"),
            [
                (str(one.size), "like its peers" if one.like else "unlike",
                 *map(_share, (*one.coverage, *one.width)))
                for one in found.peers
            ],
        ),
    ]  # fmt: skip
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _shares(rows: Sequence[Accuracy], *, floors: bool) -> list[str]:
    errors = [
        (
            str(row.size),
            *(f"{a:.3f} / {b:.3f}" for a, b in zip(row.negative_error, row.all_error, strict=True)),
            *([f"{FLOORS[row.size][0]:g} / {FLOORS[row.size][1]:g}"] if floors else []),
        )
        for row in rows
    ]
    covers = [
        (
            str(row.size),
            f"{_share(row.coverage)} / {_share(row.width)}",
            f"{_share(row.plain_coverage)} / {_share(row.plain_width)}",
            *(f"{_share(part)} ({number})" if number else "—" for number, part in row.thirds),
            f"{_share(row.span[0])}–{_share(row.span[1])}",
            _share(row.most_positive),
            *([_share(FLOORS[row.size][2])] if floors else []),
        )
        for row in rows
    ]
    wanted = ("wanted",) if floors else ()
    return [
        _table(("n", *(f"{method}, error" for method in METHODS), *wanted), errors),
        _table(
            ("n", "coverage / width", "Wilson", "share < .2", ".2–.5", "> .5", "negative from–to", "positive up to",
             *wanted),
            covers,
        ),
    ]  # fmt: skip


def _alarms(rows: Iterable[Result]) -> str:
    cells = [
        (
            f"{row.volume:g}",
            row.rule,
            f"{row.false.rate:.2f} [{row.false.interval[0]:.2f}, {row.false.interval[1]:.2f}]",
            " / ".join(map(str, row.false.by_weather)),
            "" if row.configured is None else f"{row.configured:g}",
            *(
                f"{delay.mean:.0f} / {'—' if delay.median is None else f'{delay.median:.0f}'} / {delay.found:.0%}"
                for delay in (row.delay, row.modest)
            ),
        )
        for row in rows
    ]
    heads = (
        "comments a day",
        "rule",
        "false alarms a year [95 %]",
        "by kind",
        "configured",
        "days to a plain change",
        "days to a modest one",
    )
    return _table(heads, cells)


def _in_short(rows: Sequence[Result]) -> str:
    """Set our mail tier beside the tuned rules at each volume."""
    lines = []
    for volume in dict.fromkeys(row.volume for row in rows):
        here = [row for row in rows if row.volume == volume]
        ours = here[0]
        rivals = [row for row in here if row.rule.startswith((OURS_RATE, CONFIGURED))]
        said = "; ".join(f"{row.delay.mean:.0f} and {row.false.rate:.2f}, {row.rule}" for row in rivals)
        lines.append(
            f"- {volume:g} a day: mean delay {ours.delay.mean:.0f} days after a plain change and {ours.false.rate:.2f} "
            f"false alarms a year of our mail tier (configured {ours.configured:g}); {said}."
        )
    return "\n".join(lines)


def _placebos(found: Results) -> str:
    rows = [
        (one.name, f"{one.real:.2f}", f"{one.placebo:.2f}", f"{one.chance[0]:.2f}–{one.chance[1]:.2f}",
         "yes" if one.is_at_chance else "**no**", str(one.runs))
        for one in found.placebos
    ]  # fmt: skip
    return _table(("figure", "real", "placebo", "chance", "at chance", "runs"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(value: float) -> str:
    return f"{value:.2f}"


def _slashed(counts: Sequence[int]) -> str:
    return " / ".join(map(str, counts))
