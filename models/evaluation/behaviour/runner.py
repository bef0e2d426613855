"""A text model and the behavioural list in, pass rates by capability, every failure, and what noise changes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.base import Probabilities, TextModel
from models.evaluation.behaviour.cases import CaseList, DirectionCase, InvarianceCase, MinimumCase, load_cases
from models.evaluation.behaviour.noise import mistyped, reworded
from models.evaluation.words import HEADS, class_name

SLACK = 0.05
"""How far a probability may fall that should hold: at .98 there is no room to rise."""

_MOVES = {"rises": "上升", "falls": "下降", "holds": f"不下降超过 {SLACK:.2f}"}
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class CapabilityScore:
    """How many cases of one kind (mft, inv, dir) a capability has, and how many passed."""

    name: str
    kind: str
    cases: int
    passed: int


@dataclass(frozen=True, slots=True)
class Failure:
    """One text that was not read as the list wants it; of a case of invariance each variant that differs."""

    capability: str
    kind: str
    text: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class NoiseScore:
    """How many texts a noise altered, and of how many of these the sentiment label changed."""

    name: str
    texts: int
    changed: int

    @property
    def share(self) -> float:
        """Share of the altered texts with another label."""
        return self.changed / self.texts if self.texts else 0.0


@dataclass(frozen=True, slots=True)
class BehaviourReport:
    """What one model can do."""

    capabilities: tuple[CapabilityScore, ...]
    failures: tuple[Failure, ...]
    noise: tuple[NoiseScore, ...]

    @property
    def kinds(self) -> dict[str, tuple[int, int]]:
        """Passed cases and all cases of each kind."""
        return {
            kind: (sum(s.passed for s in scores), sum(s.cases for s in scores))
            for kind in dict.fromkeys(score.kind for score in self.capabilities)
            for scores in [[score for score in self.capabilities if score.kind == kind]]
        }


class _Answers:
    """What a model says of the texts of the list; all read in one call."""

    def __init__(self, model: TextModel, texts: Iterable[str], heads: Iterable[str]) -> None:
        self._rows = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        self.classes = {head: model.heads[head] for head in heads if head in model.heads}
        self._found: Mapping[str, Probabilities] = model.probabilities(list(self._rows), tuple(self.classes))

    def label(self, text: str, head: str = "sentiment") -> str:
        return self.classes[head][int(self._found[head][self._rows[text]].argmax())]

    def share(self, text: str, label: str) -> float:
        return float(self._found["sentiment"][self._rows[text], self.classes["sentiment"].index(label)])


@dataclass(frozen=True, slots=True)
class _Outcome:
    capability: str
    kind: str
    failures: tuple[Failure, ...]


def run(model: TextModel, *, extra_texts: Sequence[str] = ()) -> BehaviourReport:
    """Read the behavioural list with a model.

    A case that only asks for heads or labels that the model does not have is left out of the counts.

    Args:
        model: The model to test.
        extra_texts: More texts to put noise into, for example those of a development set.
    """
    cases = load_cases()
    bases = _distinct((*(case.text for case in _all(cases)), *extra_texts))
    noises = {"错别字（约每 40 字 1 处）": mistyped(bases), "同义词替换": reworded(bases)}
    answers = _Answers(model, _texts(cases, bases, noises), ("sentiment", *_heads(cases)))
    outcomes = [*_minimum(cases, answers), *_invariance(cases, answers), *_direction(cases, answers)]
    return BehaviourReport(
        tuple(_scores(outcomes)),
        tuple(failure for outcome in outcomes for failure in outcome.failures),
        tuple(_noise(name, altered, answers) for name, altered in noises.items()),
    )


def _all(cases: CaseList) -> tuple[MinimumCase | InvarianceCase | DirectionCase, ...]:
    return (*cases.minimum, *cases.invariance, *cases.direction)


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text.strip()]


def _texts(cases: CaseList, bases: Iterable[str], noises: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    yield from (case.text for case in _all(cases))
    yield from (text for case in cases.invariance for text in case.variants)
    yield from (case.changed for case in cases.direction)
    yield from bases
    yield from (text for altered in noises.values() for text in altered.values())


def _heads(cases: CaseList) -> Iterator[str]:
    yield from dict.fromkeys(head for case in cases.minimum for head in case.labels if head != "sentiment")


def _minimum(cases: CaseList, answers: _Answers) -> Iterator[_Outcome]:
    for case in cases.minimum:
        asked = {
            head: labels
            for head, labels in case.labels.items()
            if head in answers.classes and not set(labels).isdisjoint(answers.classes[head])
        }
        wrong = {head: labels for head, labels in asked.items() if answers.label(case.text, head) not in labels}
        if asked:
            expected = "；".join(_named(head, *labels) for head, labels in wrong.items())
            got = "；".join(_named(head, answers.label(case.text, head)) for head in wrong)
            failures = [Failure(case.capability, "mft", _shown(case.text), expected, got)] if wrong else []
            yield _Outcome(case.capability, "mft", tuple(failures))


def _invariance(cases: CaseList, answers: _Answers) -> Iterator[_Outcome]:
    for case in cases.invariance:
        label = answers.label(case.text)
        expected = f"{_named('sentiment', label)}（同原文“{_shown(case.text)}”）"
        failures = [
            Failure(case.capability, "inv", _shown(text), expected, _named("sentiment", answers.label(text)))
            for text in case.variants
            if answers.label(text) != label
        ]
        yield _Outcome(case.capability, "inv", tuple(failures))


def _direction(cases: CaseList, answers: _Answers) -> Iterator[_Outcome]:
    for case in cases.direction:
        if case.label not in answers.classes["sentiment"]:
            continue
        before, after = answers.share(case.text, case.label), answers.share(case.changed, case.label)
        moved = {"rises": after > before, "falls": after < before, "holds": after >= before - SLACK}[case.moves]
        label = class_name("sentiment", case.label)
        expected = f"{label}的概率{_MOVES[case.moves]}（改自“{_shown(case.text)}”）"
        failure = Failure(case.capability, "dir", _shown(case.changed), expected, f"{before:.3f} → {after:.3f}")
        yield _Outcome(case.capability, "dir", () if moved else (failure,))


def _scores(outcomes: Sequence[_Outcome]) -> Iterator[CapabilityScore]:
    for name, kind in dict.fromkeys((outcome.capability, outcome.kind) for outcome in outcomes):
        mine = [outcome for outcome in outcomes if (outcome.capability, outcome.kind) == (name, kind)]
        yield CapabilityScore(name, kind, len(mine), sum(not outcome.failures for outcome in mine))


def _noise(name: str, altered: Mapping[str, str], answers: _Answers) -> NoiseScore:
    changed = sum(answers.label(text) != answers.label(other) for text, other in altered.items())
    return NoiseScore(name, len(altered), changed)


def _named(head: str, *labels: str) -> str:
    return f"{HEADS[head]}：{'或'.join(class_name(head, label) for label in labels)}"


def _shown(text: str) -> str:
    if not text.strip():
        return "（空白）"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}……（共 {len(text)} 字）……{text[-_SHOWN // 2 :]}"
