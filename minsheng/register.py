"""YAML files of the projects folder in, the register of departments and projects out."""

import re
from datetime import date
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, field_validator, model_validator

from minsheng.domain import Department, Phase, PhaseName, Project
from minsheng.errors import ConfigError
from minsheng.persons import is_person
from minsheng.strict import Strict, line_of, load_with_lines, nearest, validate
from minsheng.text import normalise

_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"
_MAIL = r"^[^@\s,;]+@[^@\s,;]+$"
_SHORTEST_ALIAS = 2


class DepartmentEntry(Strict):
    id: str = Field(pattern=_ID)
    name: str = Field(min_length=2)
    recipients: tuple[str, ...] = ()

    @field_validator("recipients")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [address for address in value if not re.match(_MAIL, address)]
        if wrong:
            raise ValueError(f"not a mail address: {', '.join(wrong)}")
        return value


class PhaseEntry(Strict):
    name: PhaseName
    since: date
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError(f"ends ({self.until}) before it starts ({self.since})")
        return self


class ProjectEntry(Strict):
    id: str = Field(pattern=_ID)
    name: str = Field(min_length=2)
    aliases: tuple[str, ...] = ()
    region: str = Field(min_length=1)
    department: str
    type: str = "other"
    phases: tuple[PhaseEntry, ...] = ()

    @field_validator("name")
    @classmethod
    def _no_person(cls, value: str) -> str:
        return _refuse_person(value)

    @field_validator("aliases")
    @classmethod
    def _no_persons(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        short = [alias for alias in value if len(normalise(alias)) < _SHORTEST_ALIAS]
        if short:
            raise ValueError(f"an alias of one character would match everywhere: {', '.join(short)}")
        return tuple(_refuse_person(alias) for alias in value)


class RegisterFile(Strict):
    departments: tuple[DepartmentEntry, ...] = ()
    projects: tuple[ProjectEntry, ...] = ()


class Register:
    """All projects of a deployment, by id."""

    def __init__(self, projects: tuple[Project, ...], departments: tuple[Department, ...]) -> None:
        self.projects = {project.id: project for project in projects}
        self.departments = {department.id: department for department in departments}

    def project(self, project_id: str) -> Project:
        """Return a project.

        Raises:
            ConfigError: No project has this id; the message lists the known ones.
        """
        try:
            return self.projects[project_id]
        except KeyError:
            raise ConfigError(f"no project {project_id!r}; {nearest(project_id, list(self.projects))}") from None


def load_register(folder: Path) -> Register:
    """Read ``*.yml`` of the projects folder.

    Raises:
        ConfigError: A file does not fit, an id stands twice, a department is unknown, or an entry is a person.
    """
    files = sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yml", ".yaml"})
    loaded = [(path, *_read(path)) for path in files]
    departments: dict[str, Department] = {}
    for path, node, content in loaded:
        for position, entry in enumerate(content.departments):
            _refuse_twice(entry.id, departments, path, line_of(node, ("departments", position, "id")))
            departments[entry.id] = Department(entry.id, entry.name, entry.recipients)
    projects: dict[str, Project] = {}
    for path, node, content in loaded:
        for position, item in enumerate(content.projects):
            line = line_of(node, ("projects", position, "id"))
            _refuse_twice(item.id, projects, path, line)
            if item.department not in departments:
                line = line_of(node, ("projects", position, "department"))
                raise ConfigError(f"{path}:{line}: department: no department {item.department!r} in {folder}")
            projects[item.id] = _project(item, departments[item.department])
    return Register(tuple(projects.values()), tuple(departments.values()))


def _read(path: Path) -> tuple[yaml.Node | None, RegisterFile]:
    node, content = load_with_lines(path)
    return node, validate(content, RegisterFile, path, node)


def _project(entry: ProjectEntry, department: Department) -> Project:
    phases = tuple(Phase(phase.name, phase.since, phase.until) for phase in entry.phases)
    return Project(entry.id, entry.name, entry.aliases, entry.region, department, entry.type, phases)


def _refuse_twice(key: str, known: dict[str, Department] | dict[str, Project], path: Path, line: int) -> None:
    if key in known:
        raise ConfigError(f"{path}:{line}: id: {key!r} stands twice in the register")


def _refuse_person(name: str) -> str:
    if is_person(name):
        raise ValueError(
            f"{name!r} reads as a person's name. Minsheng watches projects, never people. "
            "If it is a place or a work, write it in full (for example 文昌路改造)"
        )
    return name
