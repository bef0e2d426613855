"""YAML files of the evidence folder in, what persons have recorded of the three asks out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field, field_validator

from alerts.claims import is_public_address
from alerts.measures.ask_items import ITEM_NAMES
from minsheng.domain import Project
from minsheng.errors import ConfigError
from minsheng.strict import Strict, line_of, load_with_lines, nearest, validate

Day = date


@dataclass(frozen=True, slots=True)
class Recorded:
    """Evidence that a person has recorded: that something was there, or that it was looked for and was not."""

    project: str
    item: str
    found: bool
    date: Day
    url: str
    note: str


class RecordedEntry(Strict):
    project: str
    item: str
    found: bool
    date: Day
    url: str
    note: str = Field("", max_length=200)

    @field_validator("item")
    @classmethod
    def _known_item(cls, value: str) -> str:
        if value not in ITEM_NAMES:
            raise ValueError(f"no such item; {nearest(value, list(ITEM_NAMES))}")
        return value

    @field_validator("url")
    @classmethod
    def _public_address(cls, value: str) -> str:
        if not is_public_address(value):
            raise ValueError("wants the public address of the evidence, http:// or https://")
        return value


class RecordedFile(Strict):
    evidence: tuple[RecordedEntry, ...] = ()


def load_recorded(folder: Path, projects: Mapping[str, Project]) -> tuple[Recorded, ...]:
    """Read ``*.yml`` of the evidence folder in name order; a missing folder holds none.

    Raises:
        ConfigError: A file does not fit, or a project is not in the register.
    """
    files = sorted(p for p in folder.glob("*") if p.suffix in {".yml", ".yaml"} and not p.name.startswith("."))
    found: list[Recorded] = []
    for path in files:
        node, content = load_with_lines(path)
        for position, entry in enumerate(validate(content, RecordedFile, path, node).evidence):
            if entry.project not in projects:
                line = line_of(node, ("evidence", position, "project"))
                hint = nearest(entry.project, list(projects))
                raise ConfigError(f"{path}:{line}: evidence.{position}.project: no project {entry.project!r}; {hint}")
            found.append(Recorded(**entry.model_dump()))
    return tuple(found)
