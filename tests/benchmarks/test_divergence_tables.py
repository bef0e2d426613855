"""The page of tables from a small run on made-up scores: whole, and with what a reader must know to doubt it."""

import re

import numpy as np
import pytest

from benchmarks.divergence import measures, tables
from benchmarks.divergence.ablations import floods, peer_priors
from benchmarks.divergence.placebos import placebos
from benchmarks.divergence.pool import Pool
from benchmarks.divergence.results import Results
from benchmarks.divergence.shares import SIZES, accuracies, shifted
from benchmarks.divergence.study import CONFIGURED, OURS_RATE, compare

PER_LABEL = 700


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(3), PER_LABEL)
    scores = 0.8 * np.eye(3)[labels] + 0.2 * rng.dirichlet(np.ones(3), size=len(labels))
    pool = Pool("made up", "civic@00000000", scores, labels, ("",) * len(labels), 5)
    rows = compare(pool, 3.0, 1, 1)
    return Results(
        pools=(pool, pool), seed=1, repetitions=1, quick=True, civic=accuracies(pool, 2, 1), weibo=accuracies(pool, 2, 1),
        shifted=[shifted(pool, pool, 50, 2, 1)], streams=rows, placebos=placebos(pool, 2, 1), ablations=rows[:1],
        floods=floods(pool, 2, 1), peers=peer_priors(pool, 1, 1),
    )  # fmt: skip


def test_every_row_of_a_table_has_as_many_cells_as_its_head(found):
    tables_of_page = re.findall(r"(?:^\|.*\n)+", tables.document(found), flags=re.MULTILINE)

    widths = [{line.count("|") for line in table.splitlines()} for table in tables_of_page]

    assert len(widths) == 11
    assert all(len(of_one) == 1 for of_one in widths)


def test_the_page_says_what_it_rests_on_and_that_the_pool_is_small(found):
    page = tables.document(found)

    for words in (
        "civic@00000000",
        "700 / 700 / 700",
        "10 near copies left out",
        "share the same few texts",
        "censored",
        "quick run",
    ):
        assert words in page
    assert page.count("\n| 500 |") == 4


def test_rivals_are_tuned_to_our_measured_and_to_the_configured_false_alarms(found):
    names = [row.rule for row in found.streams]

    for words in (OURS_RATE, CONFIGURED):
        assert [("copies folded" in name) for name in names if name.startswith(words)] == [False, True]
    assert names[:2] == ["ours, mail", "ours, watch"]


def test_every_figure_stands_beside_its_baseline_once(found):
    names = [measure.name for measure in measures.of(found)]

    assert len(names) == len(set(names))
    assert sum("coverage (baseline: Wilson)" in name for name in names) == 2 * len(SIZES) + 1
