"""Marks of one reader in, a file that survives a kill at any moment out."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.labelling.questions import QUESTIONS, SKIPS
from minsheng.errors import ConfigError
from minsheng.files import sync_folder

SETTLED = "settled"
"""The slot of the labels that two readers settled on together."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What was said of one text: an answer to each question, or why it has none."""

    item: str
    answers: Mapping[str, str] = field(default_factory=dict)
    skipped: str = ""


class Journal:
    """The marks in one slot (A, B or settled), one line each, on disk before ``write`` returns.

    - replay is idempotent: the last line about a text counts, a line that stands twice changes nothing.
    - a last line that a crash cut off is as if it had not been written.
    """

    def __init__(self, path: Path) -> None:
        """Read what the file holds.

        Raises:
            ConfigError: a line other than the last is damaged, or holds an unknown label.
        """
        self.path = path
        self._marks: dict[str, Mark] = {}
        self._times: list[datetime] = []
        content = path.read_bytes() if path.is_file() else b""
        self._size = content.rfind(b"\n") + 1
        for number, line in enumerate(content[: self._size].splitlines(), start=1):
            self._replay(number, line)

    @property
    def marks(self) -> Mapping[str, Mark]:
        """The marks by text, oldest first."""
        return self._marks

    @property
    def times(self) -> Sequence[datetime]:
        """When marks were made, oldest first."""
        return self._times

    def write(self, mark: Mark, at: datetime) -> None:
        """Keep a mark; one that is there already is not written again."""
        if self._marks.get(mark.item) == mark:
            return
        self._append({"item": mark.item, "answers": dict(mark.answers), "skipped": mark.skipped}, at)
        self._put(mark)
        self._times.append(at)

    def undo(self, at: datetime) -> str | None:
        """Take back the latest mark and return its text's id; None when there is none."""
        if not self._marks:
            return None
        item = next(reversed(self._marks))
        self._append({"item": item, "undone": True}, at)
        del self._marks[item]
        return item

    def _put(self, mark: Mark) -> None:
        self._marks.pop(mark.item, None)
        self._marks[mark.item] = mark

    def _append(self, line: Mapping[str, Any], at: datetime) -> None:
        encoded = json.dumps({**line, "at": at.isoformat()}, ensure_ascii=False).encode("utf-8") + b"\n"
        is_new = not self.path.exists()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.truncate(self._size)  # drops what a crash left of a line
            file.write(encoded)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.path.parent)
        self._size += len(encoded)

    def _replay(self, number: int, line: bytes) -> None:
        try:
            row = json.loads(line)
            if row.get("undone"):
                self._marks.pop(row["item"], None)
                return
            mark = Mark(str(row["item"]), dict(row["answers"]), str(row["skipped"]))
            at = datetime.fromisoformat(row["at"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{self.path}, line {number}: not a line of a label journal: {error!r}") from error
        if wrong := _unknown(mark):
            raise ConfigError(f"{self.path}, line {number}: {wrong}; mend or remove the line")
        self._put(mark)
        self._times.append(at)


def _unknown(mark: Mark) -> str:
    if mark.skipped and mark.skipped not in SKIPS:
        return f"no reason {mark.skipped!r} to skip a text"
    for name, value in mark.answers.items():
        if name not in QUESTIONS or value not in QUESTIONS[name].values:
            return f"no label {value!r} of {name!r}"
    return ""


def journal_path(sample: Path, slot: str) -> Path:
    """Return where the marks of a slot are kept: beside the sample, one file per slot so that two can work at once."""
    return sample.with_name(f"{sample.name}.labels") / f"{slot}.jsonl"
