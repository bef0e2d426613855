"""Labelled official sentences in, F1 of what the claim extractor reads and sentences a second out.

Three sets: sentences written in the style of press releases, progress tables and replies, with hard negatives, and rows
of government work reports, and sentences of official replies (``../shared/data``), of which only the labels lie here. The part ``dev`` was at hand when
the rules were written; ``held``, ``fresh`` and ``last`` were labelled before and scored once each before their errors
were looked at (those first figures stand in docs/decisions/0041-claims.md), so today's figures of all parts flatter. A value counts as found with its number and bound (超过95% is not
95%); a claim with its kind, status and value. The baseline is one expression for rates, levels alone.
``python -m benchmarks.claims [--quick] [--json FILE]``.
"""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alerts.statements.read import read_sentence
from alerts.statements.sentences import split
from alerts.statements.stated import Stated
from benchmarks.report import Measure, arguments, report, timed
from minsheng.domain import ClaimBound, ClaimKind, ClaimStatus

ROOT = Path(__file__).resolve().parents[1]
LABELS = ROOT / "tests" / "fixtures" / "claims"
DATA = ROOT.parent / "shared" / "data"
REPORTS = DATA / "gov_work_report" / "sentences.tsv"
REPLIES = DATA / "tipdm2020c" / "messages_replies.tsv"
PARTS = ("dev", "held", "fresh", "last")
_SIGNS = {ClaimBound.EXACT: "=", ClaimBound.OVER: ">=", ClaimBound.ABOUT: "~", ClaimBound.UNDER: "<="}
_PLAIN = re.compile(r"(满意率|满意度|好评率|支持率|\w率)\D{0,8}?(\d+(?:\.\d+)?)[%％]")
_PLAIN_KINDS = {"满意率": "satisfaction", "满意度": "satisfaction", "好评率": "satisfaction", "支持率": "satisfaction"}

Read = Callable[[str], Sequence[Stated]]


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence and what it claims: each claim in the form ``kind status value``, and what else was labelled."""

    part: str
    genre: str
    text: str
    claims: frozenset[str]
    extras: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many there are, were found, and were found rightly."""

    wanted: int
    found: int
    right: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.wanted + self.found) if self.wanted + self.found else 1.0


def written() -> list[Example]:
    """Return the sentences that were written for this."""
    with (LABELS / "written.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [_example(row["part"], row["genre"], row["text"], row["claims"]) for row in rows]


def reports(path: Path = REPORTS) -> list[Example]:
    """Return the labelled rows of the work reports, or none where the shared data is not there.

    Raises:
        ValueError: A row is another than the one that was labelled.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t")]
    with (LABELS / "gov_work_report.tsv").open(encoding="utf-8", newline="") as file:
        return [_report(row, texts) for row in csv.DictReader(file, delimiter="\t")]


def replies(path: Path = REPLIES) -> list[Example]:
    """Return the labelled sentences of official replies to messages, or none where the shared data is not there.

    Raises:
        ValueError: A reply no longer holds the sentence that was labelled.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["reply"] for row in csv.DictReader(file, delimiter="\t")]
    with (LABELS / "replies.tsv").open(encoding="utf-8", newline="") as file:
        return [_reply(row, texts) for row in csv.DictReader(file, delimiter="\t")]


def _reply(row: dict[str, str], texts: Sequence[str]) -> Example:
    for _, sentence in split(texts[int(row["row"])]):
        if _digest(sentence) == row["sha256"]:
            return _example(row["part"], "reply", sentence, row["claims"])
    raise ValueError(f"reply {row['row']} holds no sentence as it was labelled; label it anew")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _report(row: dict[str, str], texts: Sequence[str]) -> Example:
    text = texts[int(row["row"])]
    if _digest(text) != row["sha256"]:
        raise ValueError(f"row {row['row']} of the work reports is not the labelled one; label it anew")
    return _example(row["part"], "report", text, row["claims"])


def _example(part: str, genre: str, text: str, claims: str) -> Example:
    labels = [] if claims == "-" else [claim.split() for claim in claims.split(" | ")]
    extras = tuple(extra for label in labels for extra in label[3:])
    return Example(part, genre, text, frozenset(" ".join(label[:3]) for label in labels), extras)


def form(stated: Stated) -> str:
    """Return a claim in the form of the labels."""
    return f"{stated.kind.value} {stated.status.value} {_value(stated)}"


def _value(stated: Stated) -> str:
    if stated.value is None:
        return "-"
    if stated.status is ClaimStatus.DELTA:
        return f"{stated.value * 100:+g}"
    if stated.high is not None:
        return f"{stated.value * 100:g}-{stated.high * 100:g}"
    return f"{_SIGNS[stated.bound]}{stated.value * 100:g}"


def extras(stated: Stated) -> Iterator[str]:
    """Yield what is labelled beside the claim, as far as it was read."""
    if stated.survey_size:
        yield f"n={stated.survey_size}"
    if stated.subject:
        yield f"subject={stated.subject}"
    if stated.due:
        yield f"due={stated.due}"


def read_plainly(text: str) -> list[Stated]:
    """Read a sentence with one expression: every rate is a level, no hedge, no goal, no list."""
    return [
        Stated(ClaimKind(_PLAIN_KINDS.get(name, "quality")), ClaimStatus.LEVEL, round(float(number) / 100, 6))
        for name, number in _PLAIN.findall(text)
    ]


def value_score(examples: Iterable[Example], read: Read) -> Score:
    """Score the numbers, each with its bound, whatever they are said of."""
    return _score((_values(example.claims), _values({form(one) for one in read(example.text)})) for example in examples)


def claim_score(examples: Iterable[Example], read: Read) -> Score:
    """Score the claims: kind, status and value together."""
    return _score((Counter(example.claims), Counter({form(one) for one in read(example.text)})) for example in examples)


def extras_found(examples: Iterable[Example]) -> float:
    """Return the share of the labelled survey sizes, subjects and dates that were read."""
    wanted = right = 0
    for example in examples:
        read = Counter(extra for one in read_sentence(example.text) for extra in extras(one))
        wanted += len(example.extras)
        right += (Counter(example.extras) & read).total()
    return right / wanted if wanted else 1.0


def _values(claims: Iterable[str]) -> Counter[str]:
    return Counter(value for claim in claims if (value := claim.split()[2]) != "-")


def _score(pairs: Iterable[tuple[Counter[str], Counter[str]]]) -> Score:
    wanted = found = right = 0
    for labels, read in pairs:
        wanted += labels.total()
        found += read.total()
        right += (labels & read).total()
    return Score(wanted, found, right)


def measure(name: str, examples: Sequence[Example]) -> list[Measure]:
    """Return the figures of one set."""
    value, plain_value = value_score(examples, read_sentence), value_score(examples, read_plainly)
    claim, plain_claim = claim_score(examples, read_sentence), claim_score(examples, read_plainly)
    return [
        Measure(f"{name}: sentences", len(examples), "sentences"),
        Measure(f"{name}: sentences with a claim", sum(bool(one.claims) for one in examples), "sentences"),
        Measure(f"{name}: value F1 ({value.wanted} values)", value.f1, "F1", plain_value.f1),
        Measure(f"{name}: status F1 ({claim.wanted} claims)", claim.f1, "F1", plain_claim.f1),
    ]


def main() -> None:
    """Print the figures."""
    options = arguments(__doc__)
    ours, theirs = written(), reports()
    results: list[Measure] = []
    for part in PARTS:
        for name, examples in (("written", ours), ("work reports", theirs)):
            chosen = [one for one in examples if one.part == part]
            results += measure(f"{part}, {name}", chosen) if chosen else []
    results += measure("replies, real", replies())
    results += measure("all but replies", ours + theirs)
    results.append(Measure("all written: survey sizes, subjects, dates read", extras_found(ours), "share"))
    texts = [example.text for example in ours + theirs] * (5 if options.quick else 50)
    _, seconds = timed(lambda: [read_sentence(text) for text in texts])
    _, plain = timed(lambda: [read_plainly(text) for text in texts])
    results.append(Measure("speed", len(texts) / seconds, "sentences/s", len(texts) / plain))
    report(results, options.json)


if __name__ == "__main__":
    main()
