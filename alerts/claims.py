"""YAML files of the claims folder in, official claims out; a wrong file names itself, the line and the key."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BeforeValidator, Field, field_validator, model_validator

from minsheng.domain import ASPECTS, BEIJING, Claim, ClaimBound, ClaimKind, ClaimStatus, Project
from minsheng.errors import ConfigError
from minsheng.persons import is_person
from minsheng.strict import Strict, line_of, load_with_lines, nearest, validate

_PERCENT = re.compile(r"^([+-]?\d{1,3}(?:\.\d+)?)\s*[%％]$")
_WANTED_DATE = "wants a date such as 2026-03-01, or 2026-03-01 09:30 in Beijing time"
_WITH_VALUE = {ClaimKind.SATISFACTION, ClaimKind.REPLY_RATE}


def _share(value: object) -> object:
    """Read ``98.5%`` as 0.985; leave anything else to the schema."""
    percent = _PERCENT.match(value.strip()) if isinstance(value, str) else None
    if isinstance(value, bool) or (isinstance(value, str) and percent is None):
        raise ValueError("wants a share such as 0.985 or 98.5%")  # pydantic reports ValueError alone
    share = float(percent.group(1)) / 100 if percent else value
    if isinstance(share, int | float) and not -1 <= share <= 1:
        raise ValueError("a share lies between 0 and 1; write 98.5% or 0.985")
    return share


def _moment(value: object) -> object:
    """Take a date as midnight, and a time without zone as Beijing time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(_WANTED_DATE) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise ValueError(_WANTED_DATE)  # noqa: TRY004  # pydantic reports ValueError alone
    return value if value.tzinfo else value.replace(tzinfo=BEIJING)


class ClaimEntry(Strict):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    project: str
    text: str = Field(min_length=4)
    kind: ClaimKind
    value: Annotated[float | None, BeforeValidator(_share)] = None
    status: ClaimStatus
    source_url: str
    publisher: str = Field(min_length=2)
    date: Annotated[datetime, BeforeValidator(_moment)]
    aspect: str | None = None
    survey_size: int | None = Field(None, ge=1)
    reviewed: bool = False
    bound: ClaimBound = ClaimBound.EXACT
    subject: str = Field("", max_length=40)

    @field_validator("source_url")
    @classmethod
    def _public_address(cls, value: str) -> str:
        if not is_public_address(value):
            raise ValueError("wants the public address of the claim, http:// or https://")
        return value

    @field_validator("publisher", "subject")
    @classmethod
    def _no_person(cls, value: str) -> str:
        if is_person(value):
            raise ValueError(
                "reads as a person's name. A claim is an office's, of no single person: write the office, or whom"
            )
        return value

    @field_validator("aspect")
    @classmethod
    def _known_aspect(cls, value: str | None) -> str | None:
        if value is not None and value not in ASPECTS:
            raise ValueError(f"no such aspect; {nearest(value, list(ASPECTS))}")
        return value

    @model_validator(mode="after")
    def _value_fits_kind(self) -> Self:
        if self.kind is ClaimKind.POLARITY and self.value is not None:
            raise ValueError("a claim of kind polarity states no number; remove value or choose another kind")
        if self.kind in _WITH_VALUE and self.status is ClaimStatus.LEVEL and self.value is None:
            raise ValueError(f"a claim of kind {self.kind.value} and status level needs value, such as 98.5%")
        if self.value is not None and self.value < 0 and self.status is not ClaimStatus.DELTA:
            raise ValueError("only a claim of status delta may be negative; a share lies between 0 and 1")
        if self.bound is not ClaimBound.EXACT and self.value is None:
            raise ValueError("bound without value means nothing; add value")
        if self.survey_size is not None and self.value is None:
            raise ValueError("survey_size without value means nothing; add value")
        return self


class ClaimFile(Strict):
    claims: tuple[ClaimEntry, ...] = ()


def is_public_address(address: str) -> bool:
    """Whether anyone can look an address up: http or https, with a host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def load_claims(folder: Path, projects: Mapping[str, Project]) -> tuple[Claim, ...]:
    """Read ``*.yml`` of the claims folder in name order; a missing folder holds none.

    Raises:
        ConfigError: A file does not fit, an id stands twice, or a project is not in the register.
    """
    files = sorted(p for p in folder.glob("*") if p.suffix in {".yml", ".yaml"} and not p.name.startswith("."))
    claims: dict[str, Claim] = {}
    for path in files:
        node, content = load_with_lines(path)
        for position, entry in enumerate(validate(content, ClaimFile, path, node).claims):
            _refuse_unknown(entry, position, projects, path, node)
            if entry.id in claims:
                line = line_of(node, ("claims", position, "id"))
                raise ConfigError(f"{path}:{line}: claims.{position}.id: {entry.id!r} stands twice in {folder}")
            claims[entry.id] = _claim(entry)
    return tuple(claims.values())


def _refuse_unknown(
    entry: ClaimEntry, position: int, projects: Mapping[str, Project], path: Path, node: yaml.Node | None
) -> None:
    if entry.project not in projects:
        line = line_of(node, ("claims", position, "project"))
        hint = nearest(entry.project, list(projects))
        raise ConfigError(f"{path}:{line}: claims.{position}.project: no project {entry.project!r}; {hint}")


def _claim(entry: ClaimEntry) -> Claim:
    fields = entry.model_dump(exclude={"date"})
    return Claim(**fields, published_at=entry.date)


def checked(claim: Claim, changes: Mapping[str, object], projects: Mapping[str, Project]) -> Claim:
    """Return a claim with changes, as strictly checked as if it stood in a file.

    Args:
        claim: The claim as it is.
        changes: Key → value as a person writes them in a file: ``value: 98.5%``, ``date: 2026-03-01``.
        projects: The register.

    Raises:
        ConfigError: A key is unknown, a value is wrong or does not fit the others, or the project is not registered.
    """
    fields: dict[str, object] = {
        name: getattr(claim, "published_at" if name == "date" else name) for name in ClaimEntry.model_fields
    }
    place = Path(f"claim {claim.id}")
    entry = validate(fields | dict(changes), ClaimEntry, place)
    _refuse_unknown(entry, 0, projects, place, None)
    return _claim(entry)
