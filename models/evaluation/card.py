"""A report and a model folder in, report.json, report.md and MODEL_CARD.md with the hash of every file out."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from string import Template

from minsheng.files import sha256_of
from models.evaluation import metrics
from models.evaluation.document import document, number, span
from models.evaluation.export import to_json
from models.evaluation.markdown import markdown_page, table
from models.evaluation.report import HeadReport, Report, SetReport
from models.training import recipes
from models.training.config import Plan

CARD_FILE = "MODEL_CARD.md"
_TEMPLATE = Path(__file__).with_name("card.md")
_HASH = re.compile(r"^\| `(?P<name>[^`]+)` \| \d+ \| `(?P<hash>[0-9a-f]{64})` \|$", re.MULTILINE)

_SETS: Mapping[str, tuple[str, str]] = {
    "civic": (
        "civic/train: public comments on public matters, labelled for this project",
        "as their sources; research",
    ),
    "written": (
        "texts written for this project: irony, courtesy, odd spellings, rare praise (`models/training/texts`)",
        "part of this project",
    ),
    "usual": (
        "SMP2020-EWECT usual train: Weibo emotions read as attitudes, surprise dropped",
        "shared task, none stated",
    ),
    "virus": ("SMP2020-EWECT virus train: the same on the epidemic", "shared task, none stated"),
    "reviews": ("reviews of meals, hotels and cars", "none stated"),
    "moods": ("NLPCC 2013 Weibo sentences with a mood, surprise dropped", "NLPCC, none stated"),
    "topics": ("tipdm2020c messages by department, stop words removed", "contest"),
    "unlabelled": ("civic texts without labels: what the teacher says of them is learnt", "as their sources; research"),
}


def write_card(folder: Path, report: Report, plan: Plan) -> None:
    """Write the report and the card into the model folder; the card comes last, for it holds the others' hashes."""
    described = json.dumps(to_json(report), ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(described + "\n", "utf-8")
    (folder / "report.md").write_text(markdown_page(document(report)), "utf-8")
    (folder / CARD_FILE).write_text(card_page(report, plan, folder), "utf-8")


def card_page(report: Report, plan: Plan, folder: Path) -> str:
    """Return the model card: its words with the numbers of this report and the hashes of this folder."""
    main = next((found, head) for found in report.sets for head in found.heads if head.head == "sentiment")
    values = {
        "model": report.model,
        "heads": ", ".join(dict.fromkeys(head.head for found in report.sets for head in found.heads)),
        "speed": _speed(main[0]),
        "numbers": _lines(_numbers(report)),
        "classes": _lines(_classes(main[1])),
        "calibration": _calibration(main[1]),
        "behaviour": _lines(_behaviour(report)),
        "data": _lines(_data(plan)),
        "hold_out": ", ".join(map(str, plan.hold_out)),
        "seed": plan.seed,
        "bootstrap_seed": metrics.SEED,
        "base": plan.base,
        "teacher": _taught_by(plan),
        "layers": plan.layers,
        "hashes": _lines(_hashes(folder)),
    }
    return Template(_TEMPLATE.read_text("utf-8")).substitute(values)


def check_hashes(folder: Path) -> list[str]:
    """Compare every file with its card; return what is wrong, one sentence each, nothing where all is well."""
    card = folder / CARD_FILE
    if not card.is_file():
        return [f"{card}: there is no card"]
    said = {match["name"]: match["hash"] for match in _HASH.finditer(card.read_text("utf-8"))}
    found = dict(_digests(folder))
    changed = [
        f"{folder / name}: is not the file that the card is about"
        for name in said
        if found.get(name, said[name]) != said[name]
    ]
    missing = [f"{folder / name}: stands in the card and not in the folder" for name in said if name not in found]
    unknown = [f"{folder / name}: stands in the folder and not in the card" for name in found if name not in said]
    return [*changed, *missing, *unknown]


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != CARD_FILE and "__pycache__" not in path.parts:
            yield name, sha256_of(path)


def _hashes(folder: Path) -> Iterator[str]:
    rows = [(f"`{name}`", str((folder / name).stat().st_size), f"`{digest}`") for name, digest in _digests(folder)]
    yield from table(("file", "bytes", "SHA-256"), rows)


def _speed(found: SetReport) -> str:
    if found.speed is None:
        return ""
    speed = found.speed
    return (
        f"{speed.comments_per_second:,.0f} comments per second on {found.name} (mean {speed.mean_characters:.0f} "
        "characters), measured when this card was written, on the machine that wrote it."
    )


def _numbers(report: Report) -> Iterator[str]:
    rows = []
    for found in report.sets:
        for head in found.heads:
            scores = (
                f"**{number(head.macro_f1)}** {span(head.macro_f1_interval)}",
                f"{number(head.accuracy)} {span(head.accuracy_interval)}",
            )
            rows.append((head.head, found.name, str(head.n), *scores))
            rows += [
                (f"– {_english(g.name)}", found.name, str(g.n), number(g.macro_f1), number(g.accuracy))
                for g in head.baselines
            ]
    yield from table(("question", "set", "texts", "macro-F1", "accuracy"), rows)


def _english(name: str) -> str:
    words = {"多数类": "most frequent class", "TF-IDF＋逻辑回归": "TF-IDF + logistic regression"}
    return words.get(name, name.replace("（只分正负）", " (binary)"))


def _classes(head: HeadReport) -> Iterator[str]:
    rows = [
        (c.name, str(c.support), number(c.precision), number(c.recall), f"{number(c.f1)} {span(c.f1_interval)}")
        for c in head.classes
    ]
    yield from table(("class", "texts", "precision", "recall", "F1"), rows)


def _calibration(head: HeadReport) -> str:
    if head.calibrated is None:
        return ""
    mean, bound = head.calibrated.ece_if_honest
    words = (
        f"Expected calibration error {number(head.calibrated.ece)} (top label, {metrics.BINS} bins; perfectly honest "
        f"probabilities show {number(mean)} on so few texts, {number(bound)} at most in 95 % of draws)."
    )
    if head.band:
        words += (
            f" Unsure is a confidence below {head.band.threshold:.2f}: {head.band.share:.1%} of the texts, accuracy "
            f"{number(head.band.accuracy_inside)} there and {number(head.band.accuracy_outside)} elsewhere."
        )
    return words


def _behaviour(report: Report) -> Iterator[str]:
    kinds = {"mft": "minimum functionality", "inv": "invariance", "dir": "direction"}
    if report.behaviour is None:
        yield "Not run."
        return
    found = report.behaviour.kinds.items()
    rows = [(kinds[kind], str(cases), f"{passed / cases:.1%}") for kind, (passed, cases) in found if cases]
    yield from table(("kind", "cases", "passed"), rows)
    yield "The failures are listed in `report.md`, none removed."


def _taught_by(plan: Plan) -> str:
    names = " and ".join(f"`{name}`" for name in plan.teachers)
    return f", taught by {names} (distillation, weight {plan.distil:g})" if names else ""


def _data(plan: Plan) -> Iterator[str]:
    sizes = {name: len(examples) for name, examples in _read(plan).items()}
    rows = []
    for name, (what, terms) in _SETS.items():
        taken = [phase.rows[name] for phase in plan.phases if name in phase.rows]
        if taken:
            most = min(plan.limits.get(name, sizes[name]), sizes[name])
            each = ", then ".join(f"{min(size, most) if size else most:,}" for size in taken)
            rows.append((what, f"{sizes[name]:,}", each, terms))
    yield from table(("set", "rows", "rows per epoch, by phase", "terms"), rows)


def _read(plan: Plan) -> dict[str, list[recipes.Example]]:
    used = {name for phase in plan.phases for name in phase.rows}
    readers: Mapping[str, Callable[[], list[recipes.Example]]] = {
        "civic": lambda: recipes.hold_out(recipes.civic(plan.data, "train"), plan.hold_out, plan.seed)[0],
        "written": recipes.written,
        "usual": lambda: recipes.emotions(plan.data, "usual_train"),
        "virus": lambda: recipes.emotions(plan.data, "virus_train"),
        "reviews": lambda: recipes.reviews(plan.data),
        "moods": lambda: recipes.moods(plan.data),
        "topics": lambda: recipes.topics_train(plan.data),
        "unlabelled": lambda: recipes.unlabelled(plan.data),
    }
    return {name: reader() for name, reader in readers.items() if name in used}


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines).strip()
