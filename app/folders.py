"""The folder of a deployment in, the places of its parts out."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a deployment keeps what. Everything under ``var`` is made by the program."""

    root: Path

    @property
    def projects(self) -> Path:
        return self.root / "projects"

    @property
    def claims(self) -> Path:
        return self.root / "claims"

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def rules(self) -> Path:
        return self.root / "rules"

    @property
    def sources(self) -> Path:
        return self.root / "sources"

    @property
    def var(self) -> Path:
        return self.root / "var"

    @property
    def inbox(self) -> Path:
        return self.var / "inbox"

    @property
    def rejects(self) -> Path:
        return self.var / "rejects"

    @property
    def crawl_state(self) -> Path:
        return self.var / "crawl"

    @property
    def briefings(self) -> Path:
        return self.var / "briefings"
