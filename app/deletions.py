"""Numbers of deleted comments in, a log that only grows out: how many, of whom, why and of which day, never a word."""

import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from minsheng.files import write_whole

LOG = "deletions.jsonl"


class DeletionLog:
    """``deletions.jsonl`` of a run-time folder, and beside it the mark of a run that is not finished.

    A line is written before its comments go. A run that was killed is continued by the next under the same name, so
    that a deletion which is repeated is not counted twice.
    """

    def __init__(self, var: Path) -> None:
        self._path, self._mark = var / LOG, var / "retention.pending"
        self._run = ""
        self._tokens: set[str] = set()

    @property
    def is_pending(self) -> bool:
        """Whether something was deleted that is not wiped from the files yet."""
        return self._mark.exists()

    def add(self, token: str, now: datetime, row: Mapping[str, str | int]) -> None:
        """Write a line, unless this run has written the one of this token already."""
        self._begin(now)
        if token in self._tokens:
            return
        line = {"run": self._run, "token": token, "at": now.astimezone(UTC).isoformat(timespec="seconds"), **row}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._tokens.add(token)

    def finish(self) -> None:
        """Note that nothing deleted is left in any file."""
        self._mark.unlink(missing_ok=True)
        self._run, self._tokens = "", set()

    def _begin(self, now: datetime) -> None:
        if self._run:
            return
        if not self._mark.exists():
            write_whole(self._mark, f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}".encode())
        self._run = self._mark.read_text(encoding="utf-8")
        self._tokens = {row["token"] for row in self._rows() if row["run"] == self._run}

    def _rows(self) -> list[dict[str, str]]:
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:  # a line was cut off by a crash; what it counts is still to be deleted
            write_whole(self._path, whole)
        return [json.loads(line) for line in whole.decode("utf-8").splitlines()]
