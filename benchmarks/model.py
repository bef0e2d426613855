"""Speed of the shipped model, the linker and the cluster store on this machine, each beside a plain way to do it.

``python -m benchmarks.model [--quick] [--json FILE]`` prints one line per measure; the baseline runs in the same call.
"""

import csv
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Measure, arguments, report
from minsheng.domain import Department, Kind, Post, Project
from minsheng.text import normalise
from models.cleaning import prepare
from models.duplicates import ClusterStore
from models.linker import ProjectLinker
from models.loading import load_classifier
from models.open import SHIPPED_FOLDER, open_model

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "civic" / "train.tsv"
_PARTS = (
    "小区",
    "停水三天了",
    "噪音扰民",
    "一直没人管",
    "请问何时开工",
    "感谢政府",
    "路修好了",
    "公交太少",
    "希望尽快解决",
)
_FIXED_BATCH, _FIXED_LENGTH = 32, 512
_NOW = datetime(2026, 3, 10, tzinfo=UTC)


def main() -> None:
    """Run the benchmark."""
    options = arguments(__doc__)
    measures = [*_model(192 if options.quick else 2000), _linker(2000), _clusters(1000 if options.quick else 5000)]
    report(measures, options.json)


def _model(count: int) -> list[Measure]:
    started = time.perf_counter()
    model = open_model()
    model.read(["热身"])
    loading = time.perf_counter() - started
    texts = _texts(count)
    share = max(32, count // 6)
    ours = _rate(lambda: model.read(texts), count)
    fixed = _rate(_fixed_padding(texts[:share]), share)
    arrival = _rate(_arrival_order(texts[:share]), share)
    return [
        Measure("model load", loading, "s"),
        Measure("model read, against batches padded to 512 tokens", ours, "comments/s", fixed),
        Measure("model read, against batches in order of arrival", ours, "comments/s", arrival),
    ]


def _fixed_padding(texts: Sequence[str]) -> Callable[[], object]:
    return _plain(texts, {"padding": "max_length", "max_length": _FIXED_LENGTH, "truncation": True})


def _arrival_order(texts: Sequence[str]) -> Callable[[], object]:
    return _plain(texts, {"padding": True, "max_length": _FIXED_LENGTH, "truncation": True})


def _plain(texts: Sequence[str], padding: dict[str, Any]) -> Callable[[], object]:
    """Return what a short script would do: batches of 32 in the order of arrival."""
    import torch

    loaded = load_classifier(SHIPPED_FOLDER)

    def run() -> None:
        for start in range(0, len(texts), _FIXED_BATCH):
            batch = [prepare(text) for text in texts[start : start + _FIXED_BATCH]]
            with torch.inference_mode():
                loaded.classifier(**loaded.tokenizer(batch, return_tensors="pt", **padding))

    return run


def _linker(count: int) -> Measure:
    projects = [_project(number) for number in range(500)]
    names = [normalise(name) for project in projects for name in (project.name, *project.aliases)]
    texts = [f"{text}{random.Random(i).choice(projects).name}" for i, text in enumerate(_texts(count))]
    linker = ProjectLinker(projects)
    ours = _rate(lambda: [linker.named(text) for text in texts], count)
    plain = _rate(lambda: [[name for name in names if name in normalise(text)] for text in texts[:100]], 100)
    return Measure("linker, 1,500 names, against name by name", ours, "posts/s", plain)


def _clusters(count: int) -> Measure:
    posts = [_post(i, text) for i, text in enumerate(_texts(count))]
    pairs = [text.text for text in posts[:300]]

    def assign() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = ClusterStore(Path(folder) / "clusters.sqlite")
            for start in range(0, count, 100):
                store.assign(posts[start : start + 100])
            store.close()

    ours = _rate(assign, count)
    plain = _rate(lambda: _all_pairs(pairs), len(pairs))
    # Comparing with every earlier text costs in proportion to their number: scaled from 300 texts to this many.
    return Measure("near copies, against comparing all pairs", ours, "posts/s", plain * len(pairs) / count)


def _all_pairs(texts: Sequence[str]) -> int:
    from models.copies import are_copies, fold

    folded = [fold(text) for text in texts]
    return sum(are_copies(left, right) for i, left in enumerate(folded) for right in folded[:i])


def _texts(count: int) -> list[str]:
    if _SHARED.is_file():
        with _SHARED.open(encoding="utf-8", newline="") as file:
            real = [row["text"] for row in csv.DictReader(file, delimiter="\t")]
        random.Random(1).shuffle(real)
        return (real * (count // len(real) + 1))[:count]
    rng = random.Random(1)
    return ["，".join(rng.choices(_PARTS, k=rng.randint(1, 14))) + str(i) for i in range(count)]


def _project(number: int) -> Project:
    names = (f"第{number}号线", f"Line {number}")
    return Project(f"p{number}", f"地铁{number}号线工程", names, "东区", Department("works", "城建局", ()))


def _post(number: int, text: str) -> Post:
    return Post(f"b:{number}", "b", Kind.PUBLIC, "http://b.example", str(number), "", text, _NOW, _NOW)


def _rate(run: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    run()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
