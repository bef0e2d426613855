"""The YAML files of the behavioural list in, checked cases out; an error names the file and the case."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from minsheng.domain import Sentiment
from minsheng.errors import ConfigError
from minsheng.strict import Strict, read_all
from models.evaluation.behaviour.rewriting import WAYS
from models.evaluation.sets import CLASSES

CASES = Path(__file__).parent / "cases"
_HEADS = ("sentiment", "relevance", "aspect", "intent", "topic")

Moves = Literal["rises", "falls", "holds"]


@dataclass(frozen=True, slots=True)
class MinimumCase:
    """A text that must get one of the named labels of each named head."""

    id: str
    capability: str
    text: str
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class InvarianceCase:
    """A text and others that say the same: all must get the sentiment of the first, right or wrong."""

    id: str
    capability: str
    text: str
    variants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DirectionCase:
    """A text and a changed one: the probability of ``label`` must rise, fall, or hold (not fall)."""

    id: str
    capability: str
    text: str
    changed: str
    label: str
    moves: Moves


@dataclass(frozen=True, slots=True)
class CaseList:
    """All cases; ``capability`` is the Chinese title of the file that a case stands in."""

    minimum: tuple[MinimumCase, ...]
    invariance: tuple[InvarianceCase, ...]
    direction: tuple[DirectionCase, ...]


class _Verbatim(Strict):
    """Nothing is stripped: white space is what some cases are about."""

    model_config = ConfigDict(str_strip_whitespace=False)


class _Long(_Verbatim):
    """A text at the end (or start) of so many characters of filler, so that nobody writes 10,000 by hand."""

    text: str
    filler: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    characters: int = Field(ge=100, le=20_000)
    at: Literal["start", "end"] = "end"

    def written(self) -> str:
        """Return the whole text: whole sentences of filler, as many as fit, in turn."""
        sentences: list[str] = []
        left = self.characters - len(self.text)
        while len(sentence := self.filler[len(sentences) % len(self.filler)]) <= left:
            sentences.append(sentence)
            left -= len(sentence)
        story = "".join(sentences)
        return self.text + story if self.at == "start" else story + self.text


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


_Text = str | _Long
_Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_Labels = Annotated[tuple[str, ...], BeforeValidator(_several)]


class _Group(_Verbatim):
    sentiment: _Labels = ()
    relevance: _Labels = ()
    aspect: _Labels = ()
    intent: _Labels = ()
    topic: _Labels = ()
    texts: dict[_Id, _Text] = Field(min_length=1)

    @model_validator(mode="after")
    def _labels_are_known(self) -> Self:
        if not self.labels():
            raise ValueError(f"names no label; give one of {', '.join(_HEADS)}")
        for head, labels in self.labels().items():
            if unknown := set(labels) - set(CLASSES[head]):
                raise ValueError(
                    f"{head}: unknown label {', '.join(sorted(unknown))}; known: {', '.join(CLASSES[head])}"
                )
        return self

    def labels(self) -> dict[str, tuple[str, ...]]:
        """Return the labels that are asked for, by head."""
        return {head: labels for head in _HEADS if (labels := getattr(self, head))}


class _Invariance(_Verbatim):
    id: _Id
    text: str = Field(min_length=1)
    variants: tuple[_Text, ...] = ()
    ways: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _variants_are_others(self) -> Self:
        if unknown := set(self.ways) - set(WAYS):
            raise ValueError(f"{self.id}: unknown way {', '.join(sorted(unknown))}; known: {', '.join(WAYS)}")
        if not self.written() or self.text in self.written():
            raise ValueError(f"{self.id}: wants at least one variant, and each another text than the first")
        return self

    def written(self) -> tuple[str, ...]:
        """Return all variants, those written by hand first."""
        return (*map(_written, self.variants), *(WAYS[way](self.text) for way in self.ways if way in WAYS))


class _Direction(_Verbatim):
    id: _Id
    text: str = Field(min_length=1)
    changed: str = Field(min_length=1)
    label: Sentiment
    moves: Moves


class _CaseFile(Strict):
    capability: str = Field(pattern=r"^[a-z]+(_[a-z]+)*$")
    title: str = Field(min_length=2)
    minimum: tuple[_Group, ...] = Field((), alias="mft")
    invariance: tuple[_Invariance, ...] = Field((), alias="inv")
    direction: tuple[_Direction, ...] = Field((), alias="dir")


def load_cases(folder: Path = CASES) -> CaseList:
    """Read the list.

    Raises:
        ConfigError: A file has a key, label or way that does not exist, or an id or a title that another has.
    """
    files = read_all(folder, _CaseFile)
    _refuse_repeats(folder, files)
    return CaseList(
        tuple(case for _, file in files for case in _minimum(file)),
        tuple(InvarianceCase(c.id, file.title, c.text, c.written()) for _, file in files for c in file.invariance),
        tuple(
            DirectionCase(c.id, file.title, c.text, c.changed, c.label.value, c.moves)
            for _, file in files
            for c in file.direction
        ),
    )


def _minimum(file: _CaseFile) -> Iterator[MinimumCase]:
    for group in file.minimum:
        for name, text in group.texts.items():
            yield MinimumCase(name, file.title, _written(text), group.labels())


def _written(text: _Text) -> str:
    return text if isinstance(text, str) else text.written()


def _refuse_repeats(folder: Path, files: list[tuple[Path, _CaseFile]]) -> None:
    if not files:
        raise ConfigError(f"{folder}: holds no case files; install the package with its data")
    if repeated := [title for title, count in Counter(file.title for _, file in files).items() if count > 1]:
        raise ConfigError(f"title {repeated[0]}: stands in more than one file; a capability has one file")
    seen: dict[str, Path] = {}
    for path, file in files:
        if file.capability != path.stem:
            raise ConfigError(
                f"{path}: capability is {file.capability}, the file is called {path.stem}; they must agree"
            )
        for name in _ids(file):
            if name in seen:
                raise ConfigError(f"{path}: case {name}: this id stands in {seen[name].name} already; give it another")
            seen[name] = path


def _ids(file: _CaseFile) -> Iterator[str]:
    for group in file.minimum:
        yield from group.texts
    yield from (case.id for case in file.invariance)
    yield from (case.id for case in file.direction)
