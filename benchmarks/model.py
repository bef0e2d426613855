"""Speed of the shipped model, the linker and the cluster store on this machine, each beside a plain way to do it.

``python -m benchmarks.model [--quick] [--json FILE]`` prints one line per measure; the baselines run in the same call, on
as many threads. The model reads every head; beside it stands ``transformers.pipeline("text-classification")`` as an
office would call it, ``pipeline(texts)``, which reads one text after the other and the sentiment only: with the same
student in full precision, and with a BERT of 12 layers and 768 numbers a token, which is what most public Chinese
sentiment models are. A third baseline gives the pipeline batches of 32. Weights of heads do not matter to speed.
"""

import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.report import Measure, arguments, report
from minsheng.domain import Department, Kind, Post, Project
from minsheng.text import normalise
from models.duplicates import ClusterStore
from models.linker import ProjectLinker
from models.open import SHIPPED_FOLDER, open_model
from models.pieces import TOKENIZER_FILE

THREADS = 2
LENGTHS = (25, 60, 200)
_MARKS = 2
_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "civic"
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
_BATCH = 32
_NOW = datetime(2026, 3, 10, tzinfo=UTC)
_COLD = """
import json, resource, sys, time
started = time.perf_counter()
from models.open import open_model
model = open_model(sys.argv[1], threads=int(sys.argv[2]))
model.read(["热身"])
loaded = time.perf_counter() - started
model.read(json.load(sys.stdin))
print(json.dumps([loaded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""

Reads = Callable[[Sequence[str]], object]


def main() -> None:
    """Run the benchmark."""
    options = arguments(__doc__)
    measures = [*_cold(), *_model(quick=options.quick), _linker(2000), _clusters(1000 if options.quick else 5000)]
    report(measures, options.json)


def _cold() -> list[Measure]:
    """Measure a process that starts, loads the model and reads 500 comments."""
    texts = json.dumps(_texts(500))
    found = subprocess.run(
        [sys.executable, "-c", _COLD, str(SHIPPED_FOLDER), str(THREADS)],
        input=texts,
        capture_output=True,
        text=True,
        check=True,
    )
    loading, memory = json.loads(found.stdout)
    return [
        Measure("model load and first reading, new process", loading, "s"),
        Measure("most memory of a process that reads 500 comments", memory, "MB"),
    ]


def _model(*, quick: bool) -> list[Measure]:
    import torch

    torch.set_num_threads(THREADS)
    model = open_model(str(SHIPPED_FOLDER), threads=THREADS)
    sets = {"civic development set": _texts(500), **{f"{n} tokens": _of_length(n, 300) for n in LENGTHS}}
    ours = {name: _best(model.read, texts, 2 if quick else 5) for name, texts in sets.items()}
    measures = []
    with tempfile.TemporaryDirectory() as folder:
        for what, (reads, share) in _plain(Path(folder)).items():
            for name, texts in sets.items():
                plain = _best(reads, texts[: share if quick else 4 * share], 1)
                measures.append(Measure(f"read, {name}, against {what}", ours[name], "comments/s", plain))
    return measures


def _plain(folder: Path) -> Mapping[str, tuple[Reads, int]]:
    """Return what an office would run otherwise, and how many texts are enough to time it."""
    student, base = _pipeline(_student, folder / "student"), _pipeline(_bert_base, folder / "base")
    return {
        "same student, torch, pipeline": (student, 60),
        "same student, torch, pipeline of 32": (lambda texts: student(texts, batch_size=_BATCH), 64),
        "BERT-base, pipeline": (base, 8),
    }


def _pipeline(build: Callable[[], Any], folder: Path) -> Any:
    """Write a sequence classifier as transformers does, and open it with its pipeline."""
    from transformers import PreTrainedTokenizerFast, logging, pipeline

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    build().save_pretrained(folder)
    marks = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(SHIPPED_FOLDER / TOKENIZER_FILE), model_max_length=512, **marks
    )
    tokenizer.save_pretrained(folder)
    return pipeline("text-classification", model=str(folder), device="cpu", truncation=True)


def _student() -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    from models.torch_engine import TorchEncoder

    encoder = TorchEncoder(SHIPPED_FOLDER, "cpu", THREADS).encoder
    sizes = encoder.config.to_dict() | {"max_position_embeddings": 512}
    classifier = BertForSequenceClassification(BertConfig(**sizes))
    weights = {name: value for name, value in encoder.state_dict().items() if "position" not in name}
    classifier.bert.load_state_dict(weights, strict=False)
    return classifier


def _bert_base() -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    from models.torch_engine import TorchEncoder

    vocabulary = TorchEncoder(SHIPPED_FOLDER, "cpu", THREADS).encoder.config.vocab_size
    return BertForSequenceClassification(BertConfig(vocab_size=vocabulary))


def _best(reads: Reads, texts: Sequence[str], times: int) -> float:
    """Return texts a second of the quickest of several runs, after a first one that warms up."""
    reads(texts[:4])
    return max(_rate(lambda: reads(texts), len(texts)) for _ in range(times))


def _of_length(tokens: int, count: int) -> list[str]:
    """Return distinct texts of about so many tokens, special ones included, cut from the running comments."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(SHIPPED_FOLDER / TOKENIZER_FILE))
    tokenizer.no_truncation()
    running = "。".join(_texts(500)) * (1 + count * tokens // 20_000)
    places = tokenizer.encode(running, add_special_tokens=False).offsets
    size = tokens - _MARKS
    starts = range(0, len(places) - size, max(1, (len(places) - size) // count))
    return [running[places[start][0] : places[start + size - 1][1]] for start in starts][:count]


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
    """Return comments of the civic development set, of the training set where more are wanted, or made-up ones."""
    real = [text for part in ("dev", "train") for text in _civic(part)]
    if real:
        return (real * (count // len(real) + 1))[:count]
    rng = random.Random(1)
    return ["，".join(rng.choices(_PARTS, k=rng.randint(1, 14))) + str(i) for i in range(count)]


def _civic(part: str) -> list[str]:
    path = _SHARED / f"{part}.tsv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t")]
    random.Random(1).shuffle(texts)
    return texts


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
