"""A YAML file in, a checked training plan out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from minsheng.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Phase:
    """Some epochs at one peak rate over one mixture: rows per set and epoch (0 means all), loss weight per set.

    ``courtesy`` is the share of civic complaints and questions that get polite words, ``noise`` the share of texts that
    are disturbed (``models.training.noise``), ``surrounded`` the share of short civic ones that stand in a long text.
    """

    epochs: int
    rate: float
    rows: dict[str, int]
    weights: dict[str, float]
    courtesy: float
    noise: float
    surrounded: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a training run.

    ``heads`` gives the weight of each head in the loss; ``teachers`` are the folders of models whose mean
    probabilities are learnt too, with weight ``distil``; ``vectors`` names an encoder whose sentence vectors are learnt
    from the texts of ``vector_sets``. With ``word_topics`` departments are learnt from a plain reader of words instead
    of the teachers.
    ``limits`` cuts a set to that many random rows for the whole run. With ``frozen_embeddings`` the embeddings stay
    those of ``base``: what else is built on them (the stance tower) stays usable.
    """

    name: str
    base: str
    data: Path
    work: Path
    layers: int
    seed: int
    max_length: int
    batch_tokens: int
    threads: int
    hold_out: tuple[int, int, int]
    dropout: float
    ema: float
    label_smoothing: float
    heads: dict[str, float]
    patience: int
    teachers: list[str]
    distil: float
    temperature: float
    word_topics: bool
    vectors: str
    vector_sets: list[str]
    limits: dict[str, int]
    frozen_embeddings: bool
    phases: tuple[Phase, ...]

    @property
    def output(self) -> Path:
        """The folder of the finished model, full precision."""
        return self.work / "model"


_OPTIONAL: Mapping[str, Any] = {
    "teachers": [],
    "distil": 0.0,
    "temperature": 1.0,
    "word_topics": False,
    "vectors": "",
    "vector_sets": [],
    "limits": {},
    "frozen_embeddings": False,
}
_OPTIONAL_IN_PHASE: Mapping[str, Any] = {"weights": {}, "courtesy": 0.0, "noise": 0.0, "surrounded": 0.0}


def load_plan(path: Path) -> Plan:
    """Read a plan; unknown and missing keys are errors that name the file and the key."""
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: the training configuration cannot be read: {error}") from error
    checked = _checked(raw, Plan, str(path), _OPTIONAL)
    phases = tuple(
        Phase(**_checked(phase, Phase, f"{path}: phases[{i}]", _OPTIONAL_IN_PHASE))
        for i, phase in enumerate(checked["phases"])
    )
    folders = {key: Path(checked[key]) for key in ("data", "work")}
    return Plan(**{**checked, **folders, "phases": phases, "hold_out": tuple(checked["hold_out"])})


def _checked(raw: Any, kind: type[Any], where: str, optional: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {type(raw).__name__}")
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(raw) - known):
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if missing := sorted(known - set(raw) - set(optional)):
        raise ConfigError(f"{where}: missing key {', '.join(missing)}")
    return {**optional, **raw}
