"""A deployment at work in, one file with all that it needs to live on out.

What is copied later may rest on what was copied before it, never the other way round: posts travel from the crawl's
memory to the inbox to the index, and so does this. A post that a crawl counts as read is therefore in the copy of the
inbox or in that of the index, whatever moved meanwhile.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from app.archive import FORMAT, POSTS, ArchiveWriter, BackupUnusable, Manifest, Progress, new_archive
from app.folders import Folders
from app.lock import only_one
from app.sqlite_files import is_sqlite, snapshot
from app.watch_memory import FILE as MEMORY_FILE
from console.shelf import FILE as SHELF_FILE
from indexer.base import PostIndex, Query
from indexer.batches import batches
from indexer.open import open_index
from indexer.portable import dump_labelled
from minsheng.errors import ConfigError
from minsheng.settings import FILE_NAME, ElasticSettings

CONFIG = (FILE_NAME, "projects", "claims", "evidence", "rules", "sources")
"""What a person wrote."""

_NOT_KEPT = frozenset({".lock", ".part", ".draft", ".pending"})
_REMADE = frozenset({MEMORY_FILE, SHELF_FILE})
"""Beside an older index it would say that nothing changed; without it the next watch is a full one."""
_BESIDE_SQLITE = ("-wal", "-shm", "-journal")
_LAST = ("alerts.sqlite", "withdrawn", "deletions.jsonl")
"""What was sent and what was deleted: the later it is copied, the less is sent or kept again after a restore."""
_LINES = 500


def back_up(
    folders: Folders,
    setting: str,
    file: Path,
    now: datetime,
    progress: Progress | None = None,
    elasticsearch: ElasticSettings | None = None,
) -> Manifest:
    """Write a backup while the service may be at work; ``setting`` is that of the index.

    Raises:
        ConfigError: The file is there already, lies inside the run-time folder, or a backup is being made.
        BackupUnusable: It cannot be written.
        IndexUnavailable: A database is damaged or cannot be read.
    """
    file = file.resolve()
    if file.exists():
        raise ConfigError(f"{file}: is there already; backups are never overwritten")
    if file.is_relative_to(folders.var.resolve()):
        raise ConfigError(f"{file}: lies in {folders.var}; keep backups elsewhere, best on another machine")
    with only_one(folders.var / "backup.lock", "a backup"):
        work = file.with_name(f".{file.name}.work")
        try:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(mode=0o700)
            with new_archive(file, now) as archive:
                manifest = _Backup(folders, setting, archive, work, progress, elasticsearch).make(now)
                archive.finish(manifest)
        except OSError as error:
            raise BackupUnusable(
                f"{file}: cannot be written: {error}. Is there room, and is the folder ours?"
            ) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return manifest


class _Backup:
    def __init__(
        self,
        folders: Folders,
        setting: str,
        archive: ArchiveWriter,
        work: Path,
        progress: Progress | None,
        elasticsearch: ElasticSettings | None,
    ) -> None:
        self._root, self._var, self._setting = folders.root, folders.var, setting
        self._archive, self._work, self._progress = archive, work, progress
        self._elasticsearch = elasticsearch
        self._index_file = index_file(setting, folders.var)
        self._added: set[Path] = set()

    def make(self, now: datetime) -> Manifest:
        for path in (each for name in CONFIG for each in files_in(self._root / name)):
            self._archive.add_file(f"config/{path.relative_to(self._root)}", path)
        self._add_all(files_in(self._var / "crawl"))
        self._add_inbox()
        posts = self._add_index()
        rest = [path for path in files_in(self._var) if not path.is_relative_to(self._var / "inbox")]
        self._add_all(path for path in rest if path.relative_to(self._var).parts[0] not in _LAST)
        for name in _LAST:
            self._add_all(files_in(self._var / name))
        kind = "file" if self._index_file else self._setting.partition(":")[0]
        return Manifest(
            format=FORMAT,
            program=version("minsheng"),
            made_at=now,
            index=kind,
            posts=posts,
            entries=tuple(self._archive.entries),
        )

    def _add_all(self, paths: Iterator[Path] | list[Path]) -> None:
        for path in paths:
            self._add(path)

    def _add(self, path: Path) -> bool:
        """Add a file of the run-time folder once; one that is gone meanwhile is left out."""
        if path in self._added:
            return True
        name = f"var/{path.relative_to(self._var)}"
        try:
            if is_sqlite(path):
                copy, mode = self._work / "copy.sqlite", path.stat().st_mode & 0o777
                copy.unlink(missing_ok=True)
                self._archive.add_file(name, copy, snapshot(path, copy), mode)
            else:
                self._archive.add_file(name, path)
        except FileNotFoundError:
            return False
        self._added.add(path)
        return True

    def _add_inbox(self) -> None:
        inbox = self._var / "inbox"
        # Twice: a name that changes while a folder is listed may be missed.
        names = {path.stem for _ in range(2) for end in ("ready", "jsonl") for path in inbox.glob(f"[!.]*.{end}")}
        for name in sorted(names):
            # Prepared, then published, then taken into the index: whoever is not found in one place is in the next.
            if not self._add(inbox / f"{name}.ready"):
                self._add(inbox / f"{name}.jsonl")

    def _add_index(self) -> int:
        if self._index_file:
            return self._add_index_file(self._index_file) if self._index_file.is_file() else 0
        if self._setting.partition(":")[0] == "memory":
            return 0
        with closing(open_index(self._setting, self._var, self._elasticsearch)) as index:
            counted = _Counted(index, self._progress)
            self._archive.add(POSTS, counted.lines())
        return counted.number

    def _add_index_file(self, path: Path) -> int:
        copy = self._work / "index.sqlite"
        mark = snapshot(path, copy)
        with closing(open_index(f"sqlite:{copy}", self._work)) as index:
            posts = index.count(Query())
        self._archive.add_file(f"var/{path.relative_to(self._var.resolve())}", copy, mark, path.stat().st_mode & 0o777)
        self._added |= {path, self._var / path.relative_to(self._var.resolve())}
        copy.unlink()
        return posts


class _Counted:
    """All posts of an index as lines, counted while they pass."""

    def __init__(self, index: PostIndex, progress: Progress | None) -> None:
        self._index, self._progress = index, progress
        self.number = 0

    def lines(self) -> Iterator[bytes]:
        total = self._index.count(Query())
        for batch in batches(self._index.stream(Query(order="oldest")), _LINES):
            yield "".join(dump_labelled(labelled) + "\n" for labelled in batch).encode()
            self.number += len(batch)
            if self._progress:
                self._progress(self.number, total)


def index_file(setting: str, var: Path) -> Path | None:
    """Return the file of the index if it is one inside the run-time folder."""
    scheme, _, rest = setting.partition(":")
    path = (var / (rest or "index.sqlite")).resolve()
    return path if scheme == "sqlite" and path.is_relative_to(var.resolve()) else None


def files_in(place: Path) -> list[Path]:
    """Return the files of a folder that last, or the file itself: no locks, no drafts, nothing half written.

    Raises:
        ConfigError: A link leads to a folder: its files would be missing in the backup.
    """
    found = [place] if place.is_file() else sorted(place.rglob("*"))
    for path in found:
        if path.is_symlink() and path.is_dir():
            raise ConfigError(
                f"{path}: is a link to a folder, which a backup does not follow; put the folder itself here"
            )
    return [path for path in found if path.is_file() and is_lasting(path)]


def is_lasting(path: Path) -> bool:
    if path.suffix in _NOT_KEPT or path.name in _REMADE:
        return False
    return not (path.name.startswith(".") or path.name.endswith(_BESIDE_SQLITE))
