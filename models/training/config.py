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

    ``courtesy`` is the share of civic complaints and questions that get polite words; ``from_best`` starts from the
    best weights so far instead of the last ones, and ships the best epoch of this phase.
    """

    epochs: int
    rate: float
    rows: dict[str, int]
    weights: dict[str, float]
    courtesy: float
    from_best: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides a training run."""

    name: str
    base: str
    data: Path
    output: Path
    work: Path
    layers: int
    seed: int
    max_length: int
    batch_tokens: int
    threads: int
    hold_out: tuple[int, int, int]
    ema: float
    label_smoothing: float
    aspect_weight: float
    topic_weight: float
    patience: int
    phases: tuple[Phase, ...]


def load_plan(path: Path) -> Plan:
    """Read a plan; unknown and missing keys are errors that name the file and the key."""
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: the training configuration cannot be read: {error}") from error
    checked = _checked(raw, Plan, str(path))
    phases = tuple(
        Phase(**_checked({"weights": {}, "courtesy": 0.0, "from_best": False, **phase}, Phase, f"{path}: phases[{i}]"))
        for i, phase in enumerate(checked["phases"])
    )
    folders = {key: Path(checked[key]) for key in ("data", "output", "work")}
    return Plan(**{**checked, **folders, "phases": phases, "hold_out": tuple(checked["hold_out"])})


def _checked(raw: Any, kind: type[Any], where: str) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {type(raw).__name__}")
    known = {field.name for field in fields(kind)}
    if unknown := sorted(set(raw) - known):
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if missing := sorted(known - set(raw)):
        raise ConfigError(f"{where}: missing key {', '.join(missing)}")
    return dict(raw)
