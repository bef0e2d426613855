"""Comments in, speed, size and recall of both engines against plain tables and indices out.

Run ``python -m benchmarks.index [--quick] [--comments N] [--json FILE]``: 200,000 comments, or 20,000 with ``--quick``.
They are made of sentences of the shared real texts where those are there (``benchmarks.comments``), a part at a time, so
that a million need little memory (and 2.5 GB of disk). Each question is asked with many different words; p50 and p95 are
the median and the 95th percentile. The baselines, measured in the same run on the same comments and words, are an SQLite
table with ``LIKE '%…%'`` on the normalised text and one with an FTS5 table that has the ``trigram`` tokenizer.

Where MINSHENG_TEST_ES names an Elasticsearch (give it a heap of 1 GiB: ``-Xms1g -Xmx1g``), the same questions are put to
an index there, beside one with the ``standard`` analyzer and ``match``; both are removed afterwards.
"""

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks.comments import END, PROJECTS, is_real, make_comments, words
from benchmarks.plain_index import Only, Plain, PlainIndex
from benchmarks.report import Measure, arguments, percentiles, report, timed
from console.criteria import FACETS
from indexer.base import PostIndex, Query
from indexer.sqlite import SqliteIndex
from minsheng.domain import Kind, LabelledPost, Window

YEAR = Window(END - timedelta(days=365), END)
MONTH = Window(END - timedelta(days=30), END)
FILTERED = Query(projects=("p7",), sentiments=("negative",), window=MONTH)
PLAIN_FILTERED = Only(("p7",), (), ("negative",), MONTH.since.timestamp())
NARROWED = Query(kinds=(Kind.PUBLIC,), sentiments=("negative", "unsure"), window=YEAR)
PLAIN_NARROWED = Only((), ("public",), ("negative", "unsure"), YEAR.since.timestamp())
LOADED = 20_000
EXPORTED = 100_000
ROUNDS = 20

Ask = Callable[[str], object]


def main() -> None:
    options = arguments(__doc__, {"comments": "how many comments"})
    number = options.comments or (20_000 if options.quick else 200_000)
    with tempfile.TemporaryDirectory() as folder:
        measures = run(number, Path(folder))
    report(measures, options.json)


def run(number: int, folder: Path) -> list[Measure]:
    """Fill all stores with the same comments and measure them one after the other."""
    like, trigram = (PlainIndex(folder / name, trigram=name == "trigram") for name in ("like", "trigram"))
    path = folder / "index.sqlite"
    index = SqliteIndex(path)
    making, (adding, like_adding, trigram_adding) = _load(number, index.add, like.add, trigram.add)
    index.close()
    measures = [
        Measure("comments", number, "comments"),
        Measure("of them of real sentences", number * is_real(), "comments"),
        Measure("making them", making, "s"),
        Measure("adds (baseline: LIKE table)", number / adding, "1/s", number / like_adding),
        Measure("adds (baseline: trigram)", number / adding, "1/s", number / trigram_adding),
        Measure("size (baseline: LIKE table)", path.stat().st_size / number, "B/comment", like.size / number),
        Measure("size (baseline: trigram)", path.stat().st_size / number, "B/comment", trigram.size / number),
    ]
    index = SqliteIndex(path)
    measures.append(Measure("first count after opening", 1000 * timed(lambda: index.count(Query()))[1], "ms"))
    exact = {word: like.count(word) for words_of_kind in _short_words().values() for word in words_of_kind}
    measures += _ask("", index, like, max(2, min(ROUNDS // 4, 1_000_000 // number)))
    measures += _beside_trigram(index, trigram) + _recall("", "trigram", index, trigram, exact)
    index.close()
    like.close()
    trigram.close()
    if address := os.environ.get("MINSHENG_TEST_ES"):
        measures += _elastic(address, number, exact)
    return measures


def _load(number: int, *adds: Callable[[list[LabelledPost]], object]) -> tuple[float, list[float]]:
    """Put the comments into all stores; return the seconds of making them and of each store."""
    comments = make_comments(number)
    making, seconds = 0.0, [0.0] * len(adds)
    while True:
        part, took = timed(lambda: list(islice(comments, LOADED)))
        making += took
        if not part:
            return making, seconds
        for place, add in enumerate(adds):
            seconds[place] += timed(partial(add, part))[1]


def _ask(prefix: str, index: PostIndex, plain: Plain, plain_rounds: int) -> list[Measure]:
    known = words()

    def search(query: Query) -> Ask:
        return lambda word: index.search(replace(query, text=word))

    def whole_page(word: str) -> None:
        query = replace(NARROWED, text=word)
        index.search(query)
        index.facets(query, FACETS)

    asked: list[tuple[str, Sequence[str], Ask, Ask | None]] = [
        ("one character", known.characters, search(Query()), plain.page),
        ("two characters, frequent", known.frequent, search(Query()), plain.page),
        ("two characters, rare", known.rare, search(Query()), plain.page),
        ("a phrase of six", known.phrases, search(Query()), plain.page),
        ("two, frequent, folded", known.frequent, search(Query(fold=True)), None),
        ("two, frequent, order best", known.frequent, search(Query(order="best")), None),
        ("two, frequent, three filters", known.frequent, search(FILTERED), lambda word: plain.page(word, PLAIN_FILTERED)),
        (
            "two, frequent, page with filters and all facets", known.frequent, whole_page,
            lambda word: (plain.page(word, PLAIN_NARROWED), plain.facets(word, PLAIN_NARROWED)),
        ),
        ("one, page with filters and all facets", known.characters, whole_page, None),
        (
            "two, frequent, histogram over a year", known.frequent,
            lambda word: index.histogram(Query(word, window=YEAR), "day"), plain.histogram,
        ),
        ("a project page's numbers", PROJECTS, partial(_project_page, index), None),
    ]  # fmt: skip
    measures = []
    for name, asked_words, ask, plain_ask in asked:
        theirs = _times(plain_ask, asked_words[:plain_rounds]) if plain_ask else None
        measures += percentiles(prefix + name, _times(ask, asked_words[:ROUNDS]), theirs)
    measures += percentiles(
        f"{prefix}two, frequent, page 100", [_page_100(index, word) for word in known.frequent[:5]], None
    )
    exported, seconds = timed(lambda: sum(1 for _ in islice(index.stream(Query()), EXPORTED)))
    return [*measures, Measure(f"{prefix}export of {exported:,}", exported / seconds, "comments/s")]


def _page_100(index: PostIndex, word: str) -> float:
    """Return the milliseconds of the hundredth page, or of the last, without those before it."""
    page = index.search(Query(word))
    milliseconds = 0.0
    for _ in range(99):
        if page.next is None:
            break
        page, seconds = timed(partial(index.search, Query(word, after=page.next)))
        milliseconds = 1000 * seconds
    return milliseconds


def _project_page(index: PostIndex, project: str) -> None:
    query = Query(projects=(project,), kinds=(Kind.PUBLIC,), window=YEAR)
    index.count(query)
    index.count(replace(query, kinds=(Kind.OFFICIAL,)))
    index.histogram(query, "week")
    index.facets(query, ("sentiment", "aspect"))


def _beside_trigram(index: PostIndex, trigram: PlainIndex) -> list[Measure]:
    """Compare where ``trigram`` can answer at all: from three characters on."""
    phrases = words().phrases[:ROUNDS]
    ours = _times(lambda word: index.search(Query(word)), phrases[::-1])
    return percentiles("a phrase of six (baseline: trigram)", ours, _times(trigram.page, phrases[::-1]))


def _short_words() -> dict[str, Sequence[str]]:
    known = words()
    return {"one character": known.characters[:10], "two": (*known.frequent[:5], *known.rare[:5])}


def _recall(prefix: str, baseline: str, index: PostIndex, plain: Plain, exact: Mapping[str, int]) -> list[Measure]:
    """Compare what is found with the comments that hold a word; a table read from end to end knows them all.

    ``trigram`` finds only such, ``match`` all such and others, so that numbers tell recall and precision.
    """
    measures = []
    for name, asked in _short_words().items():
        all_, ours, theirs = (sum(map(count, asked)) for count in (exact.__getitem__, _count_of(index), plain.count))
        told = f"{name} (baseline: {baseline})"
        measures += [
            Measure(f"{prefix}recall, {told}", min(ours, all_) / all_, "", min(theirs, all_) / all_),
            Measure(f"{prefix}precision, {told}", all_ / ours, "", all_ / max(theirs, all_)),
        ]
    return measures


def _count_of(index: PostIndex) -> Callable[[str], int]:
    return lambda word: index.count(Query(word))


def _elastic(address: str, number: int, exact: Mapping[str, int]) -> list[Measure]:
    from benchmarks.plain_elastic import PlainElastic, heap_of, temporary_index

    prefix = "Elasticsearch: "
    with temporary_index(address) as (index, size), closing(PlainElastic(address)) as plain:
        _, (adding, plain_adding) = _load(number, index.add, plain.add)
        return [
            Measure(f"{prefix}heap (1,024 is advised)", heap_of(address) / 2**20, "MiB"),
            Measure(f"{prefix}adds (baseline: standard)", number / adding, "1/s", number / plain_adding),
            Measure(f"{prefix}size (baseline: standard)", size() / number, "B/comment", plain.size / number),
            *_ask(prefix, index, plain, ROUNDS),
            *_recall(prefix, "standard", index, plain, exact),
        ]


def _times(ask: Ask, asked: Sequence[str]) -> list[float]:
    return [1000 * timed(partial(ask, word))[1] for word in asked]


if __name__ == "__main__":
    main()
