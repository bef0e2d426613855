"""Comments with vectors in, how fast and how exactly similar ones are found out.

Run ``python -m benchmarks.similar [--quick] [--comments N] [--json FILE]``: 200,000 comments, or 50,000 with ``--quick``.
The shipped model reads some real messages of the shared data (or invented ones where those are not there); the other
vectors are mixtures of three of them. The baseline is a plain product of a matrix of 32-bit floats with the vector, and
``argpartition``: twenty of all comments, with the filter as a mask. Where MINSHENG_TEST_ES names an Elasticsearch, the
same questions are put to an index there, which is removed afterwards.
"""

import os
import random
import statistics
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.comments import END, make_comments
from benchmarks.report import Measure, arguments, report, timed
from indexer.base import PostIndex, Query
from indexer.sqlite import SqliteIndex
from minsheng.domain import LabelledPost, Vector, Window
from models.likeness import vector_of
from models.open import open_model

ROUNDS = 20
COMPARED = 10_000
PROJECT = "p7"
MONTH = Window(END - timedelta(days=30), END)
SPACE = "bench"

Floats = npt.NDArray[np.float32]
Find = Callable[[Query, int], object]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Comments whose vectors are the rows of ``floats``; ``is_there`` says of each row whether a question is about it."""

    posts: Sequence[LabelledPost]
    floats: Floats

    def plain(self, is_there: npt.NDArray[np.bool_] | None, n: int, most: int = 20) -> npt.NDArray[np.int64]:
        """Return the rows nearest to one: what one would write without an index."""
        rows = np.arange(len(self.floats)) if is_there is None else np.flatnonzero(is_there)
        near = (self.floats if is_there is None else self.floats[rows]) @ self.floats[n]
        first = np.argpartition(-near, min(most, len(rows) - 1))[:most]
        return rows[first[np.argsort(-near[first])]]


def main() -> None:
    options = arguments(__doc__, {"comments": "how many comments"})
    number = options.comments or (50_000 if options.quick else 200_000)
    read = 200 if options.quick else 1000
    with tempfile.TemporaryDirectory() as folder:
        report(run(number, read, Path(folder)), options.json)


def run(number: int, read: int, folder: Path) -> list[Measure]:
    real, seconds = timed(partial(_read, read))
    corpus = make_corpus(number, real)
    measures = [
        Measure("comments", number, "comments"),
        Measure("of them read by the model", read, "comments"),
        Measure("reading them, vectors and labels", read / seconds, "comments/s"),
        Measure("recall@10 of bytes (baseline: 32-bit floats)", _recall(real), "", 1.0),
        *_price(corpus.posts[:COMPARED], folder),
    ]
    path = folder / "index.sqlite"
    index = SqliteIndex(path)
    index.add(corpus.posts)
    index.close()
    index = SqliteIndex(path)
    index.count(Query())
    _, first = timed(lambda: index.similar(Query(), corpus.posts[0].post.id))
    measures.append(Measure("first question after opening", 1000 * first, "ms"))
    measures.append(Measure("vectors in memory (baseline: 32-bit floats)", *_memory(corpus)))
    measures += _ask("", index, corpus, with_baseline=True)
    batch = [_again(labelled) for labelled in corpus.posts[:256]]
    index.add(batch)
    _, after = timed(lambda: index.similar(Query(), corpus.posts[1].post.id))
    measures.append(Measure("first question after 256 comments changed", 1000 * after, "ms"))
    index.close()
    if address := os.environ.get("MINSHENG_TEST_ES"):
        measures += _elastic(address, corpus)
    return measures


def make_corpus(number: int, real: Floats, seed: int = 1) -> Corpus:
    """Give made comments vectors: those that were read, then mixtures of three."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(real), (number, 3))
    weights = rng.dirichlet((1, 1, 1), number).astype(np.float32)
    mixed = np.einsum("ij,ijk->ik", weights, real[chosen]) + rng.normal(0, 0.05, (number, real.shape[1]))
    mixed[: len(real)] = real[:number]
    vectors = [vector_of(row, SPACE) for row in mixed]
    posts = [
        replace(labelled, reading=replace(labelled.reading, vector=vector))
        for labelled, vector in zip(make_comments(number), vectors, strict=True)
    ]
    return Corpus(posts, _units(np.stack([_numbers(vector) for vector in vectors if vector])))


def _read(number: int) -> Floats:
    """Return the vectors that the shipped model gives to different made comments, of unit length."""
    model = open_model()
    texts = [labelled.post.text for labelled in islice(make_comments(number, seed=7), number)]
    found = [reading.vector for reading in model.read(texts)]
    return _units(np.stack([_numbers(vector) for vector in found if vector]))


def _recall(real: Floats) -> float:
    """Compare the ten nearest by bytes with those by the floats that the bytes were made of.

    The floats here are noisy mixtures, so that they fill the space between the bytes.
    """
    rng = np.random.default_rng(2)
    exact = _units(real + rng.normal(0, 0.01, real.shape).astype(np.float32))
    kept = _units(np.stack([_numbers(vector) for row in exact if (vector := vector_of(row, SPACE))]))
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(_ten(exact), _ten(kept), strict=True)]))


def _ten(rows: Floats) -> npt.NDArray[np.int64]:
    near = rows @ rows.T
    np.fill_diagonal(near, -2)
    return np.argsort(-near, axis=1)[:, :10]


def _price(posts: Sequence[LabelledPost], folder: Path) -> Iterator[Measure]:
    """Compare load and size with those of the same comments without vectors."""
    sizes, seconds = [], []
    for name in ("with", "without"):
        path = folder / f"{name}.sqlite"
        index = SqliteIndex(path)
        wanted = posts if name == "with" else [_bare(labelled) for labelled in posts]
        seconds.append(timed(partial(index.add, wanted))[1])
        index.close()
        sizes.append(path.stat().st_size / len(posts))
        path.unlink()
    yield Measure("adds (baseline: without vectors)", len(posts) / seconds[0], "1/s", len(posts) / seconds[1])
    yield Measure("size (baseline: without vectors)", sizes[0], "B/comment", sizes[1])


def _ask(prefix: str, index: PostIndex, corpus: Corpus, *, with_baseline: bool) -> list[Measure]:
    rng = random.Random(3)
    asked = rng.sample(range(len(corpus.posts)), ROUNDS)
    negative = Query(projects=(PROJECT,), sentiments=("negative",), window=MONTH)
    questions = [
        ("all comments", Query(), None),
        ("all comments, copies folded", Query(fold=True), None),
        ("one project of forty", Query(projects=(PROJECT,)), _is_about(corpus.posts, month=False)),
        ("a project's complaints of a month", negative, _is_about(corpus.posts, month=True)),
    ]
    measures = []
    for name, query, mask in questions:
        ours = [_milliseconds(partial(index.similar, query, corpus.posts[n].post.id)) for n in asked]
        theirs = [_milliseconds(partial(corpus.plain, mask, n)) for n in asked] if with_baseline else None
        measures += [
            Measure(
                f"{prefix}{name}, p50", statistics.median(ours), "ms", statistics.median(theirs) if theirs else None
            ),
            Measure(f"{prefix}{name}, p95", _p95(ours), "ms", _p95(theirs) if theirs else None),
        ]
    return measures


def _is_about(posts: Sequence[LabelledPost], *, month: bool) -> npt.NDArray[np.bool_]:
    return np.array([
        PROJECT in each.reading.projects
        and (not month or (each.post.published_at in MONTH and each.reading.attitude == "negative"))
        for each in posts
    ])  # fmt: skip


def _memory(corpus: Corpus) -> tuple[float, str, float]:
    ours = sum(len(vector.numbers) + 4 for each in corpus.posts if (vector := each.reading.vector))
    return ours / 1e6, "MB", corpus.floats.nbytes / 1e6


def _elastic(address: str, corpus: Corpus) -> list[Measure]:
    from elasticsearch import Elasticsearch

    from indexer.elastic import ElasticIndex

    prefix = f"bench-{uuid.uuid4().hex}"
    index = ElasticIndex(address, prefix)
    try:
        _, seconds = timed(partial(index.add, corpus.posts))
        measures = [Measure("Elasticsearch: adds", len(corpus.posts) / seconds, "1/s")]
        return measures + _ask("Elasticsearch: ", index, corpus, with_baseline=False)
    finally:
        index.close()
        with Elasticsearch(address) as client:
            for name in client.indices.get(index=f"{prefix}-*", features="aliases"):
                client.indices.delete(index=name)
            client.indices.delete_index_template(name=f"{prefix}-*")


def _numbers(vector: Vector) -> Floats:
    return np.frombuffer(vector.numbers, np.int8).astype(np.float32)


def _units(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _bare(labelled: LabelledPost) -> LabelledPost:
    return replace(labelled, reading=replace(labelled.reading, vector=None))


def _again(labelled: LabelledPost) -> LabelledPost:
    return replace(labelled, reading=replace(labelled.reading, model="read anew"))


def _milliseconds(work: Callable[[], object]) -> float:
    return 1000 * timed(work)[1]


def _p95(numbers: Sequence[float]) -> float:
    return statistics.quantiles(numbers, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    main()
