"""A published progress table in, proposals for the ledger out; rows without a project or a claim are set aside."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerts.claims import is_public_address
from alerts.entries import Draft, Entry
from alerts.progress import ProgressColumns, ProgressRow, RejectedRow, read_progress
from alerts.proposals import claim_of
from alerts.statements.read import VERSION
from app.bootstrap import Office
from crawlers.masking import mask
from crawlers.tables import read_rows
from minsheng.domain import BEIJING, Project
from minsheng.errors import BadRow, ConfigError
from minsheng.files import write_whole
from minsheng.persons import is_person
from minsheng.strict import read_yaml


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """What came of a table: new proposals, rows set aside, and the columns that were recognised."""

    proposed: tuple[Entry, ...]
    rejected: tuple[RejectedRow, ...]
    columns: Mapping[str, str]
    rejects_file: Path | None


def import_progress(
    office: Office, file: Path, source_url: str, date: datetime, publisher: str, columns: Path | None
) -> ProgressReport:
    """Propose what a table says; the same table again proposes nothing new, a changed one what has changed.

    Raises:
        ConfigError: The file cannot be read, no header is recognised, or address or publisher is not valid.
    """
    if not is_public_address(source_url):
        raise ConfigError(f"--source-url {source_url!r}: wants the public address of the table, http:// or https://")
    if publisher and is_person(publisher):
        raise ConfigError(f"--publisher {publisher!r}: reads as a person's name; write the office")
    wanted = read_yaml(columns, ProgressColumns) if columns else ProgressColumns()
    masked = ((number, _masked(row)) for number, row in read_rows(file, encoding=wanted.encoding, sheet=wanted.sheet))
    table = read_progress(masked, wanted, str(file))
    origin = f"table:{source_url}"
    at = date.replace(tzinfo=BEIJING) if date.tzinfo is None else date
    drafts: list[Draft] = []
    rejected = list(table.rejected)
    for row in table.rows:
        try:
            project = _project_of(row, office)
        except BadRow as error:
            rejected.append(RejectedRow(row.number, str(error), (row.text,)))
        else:
            drafts += _drafts(row, project, origin, source_url, publisher or project.department.name, at)
    proposed = office.ledger.propose(origin, drafts, office.now())
    rejected.sort(key=lambda row: row.number)
    return ProgressReport(tuple(proposed), tuple(rejected), table.columns, _keep(office, file, rejected))


def _masked(row: list[str] | BadRow) -> list[str] | BadRow:
    return row if isinstance(row, BadRow) else [mask(cell)[0] for cell in row]


def _project_of(row: ProgressRow, office: Office) -> Project:
    """Return the project that the row names.

    Raises:
        BadRow: None of the register, or several.
    """
    named = office.linker.named(row.name) or office.linker.named(row.text)
    if not named:
        raise BadRow(f"no project of the register is named in {row.name!r}; add it, or this name as an alias")
    if len(named) > 1:
        raise BadRow(f"{row.name!r} names several projects: {', '.join(named)}; make the aliases unique")
    return office.register.project(named[0])


def _drafts(row: ProgressRow, project: Project, origin: str, url: str, publisher: str, at: datetime) -> list[Draft]:
    def draft(number: int) -> Draft:
        stated = row.stated[number]
        claim = claim_of(stated, project=project.id, text=row.text, url=url, publisher=publisher, published_at=at)
        return Draft(claim, origin, "", row.text, row.text, stated.due, VERSION)

    return [draft(number) for number in range(len(row.stated))]


def _keep(office: Office, file: Path, rejected: list[RejectedRow]) -> Path | None:
    """Write the rows that were set aside with their reasons; their cells are masked."""
    if not rejected:
        return None
    folder = office.folders.var / "claims-rejects"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{office.now():%Y%m%dT%H%M%S%fZ}-{file.stem}.jsonl"
    lines = [{"row": row.number, "reason": row.reason, "cells": list(row.cells)} for row in rejected]
    write_whole(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
    return path
