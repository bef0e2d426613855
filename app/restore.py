"""A backup in, the deployment that it was made of out: checked whole before anything is touched, nothing deleted."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alerts.database import VERSION as ALERTS_VERSION
from app.archive import POSTS, BackupUnusable, Manifest, Progress, check, extract
from app.backup import CONFIG, is_lasting
from app.lock import only_one
from indexer.base import Query
from indexer.open import open_index
from indexer.portable import load_labelled
from indexer.sqlite_schema import APPLICATION_ID
from indexer.sqlite_schema import VERSION as INDEX_VERSION
from minsheng.domain import LabelledPost
from minsheng.errors import ConfigError, IndexUnavailable
from minsheng.files import sha256_of, sync_folder
from minsheng.settings import load_settings

_STAGE = ".restore"
_ROOM = 1.1


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``withdrawn`` sources were withdrawn after the backup: what they gave is back for now."""

    manifest: Manifest
    aside: Path | None
    withdrawn: tuple[str, ...]


def restore(
    root: Path,
    file: Path,
    environ: Mapping[str, str],
    now: datetime,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Restored:
    """Put a deployment in place of what is in ``root``; with ``force`` the old files move aside.

    All is unpacked beside first, and then renamed. Killed at any moment it can be run again.

    Raises:
        BackupUnusable: The backup is damaged, holds what it must not, or is of a newer version.
        ConfigError: The service runs, or there is something that would be replaced and ``force`` is not given.
        IndexUnavailable: The backup's posts cannot be written to the index that the settings name.
    """
    manifest = check(file, progress)
    _refuse_newer(file, manifest)
    with only_one(root / "var" / "service.lock", "the service"):
        if not force:
            _refuse_full(root, manifest)
        _refuse_cramped(root, file, manifest)
        stage = root / _STAGE
        shutil.rmtree(stage, ignore_errors=True)
        # Whoever starts a service between two of the renames below finds its lock taken.
        with only_one(stage / "var" / "service.lock", "a restore"):
            extract(file, manifest, {place: stage / place for place in ("config", "var", "index")}, progress)
            if any(entry.name == POSTS for entry in manifest.entries):
                _fill_index(stage, manifest, environ, force=force)
            withdrawn = _keep_deletions(root / "var", stage / "var")
            aside = _swap(root, stage, now)
        shutil.rmtree(stage, ignore_errors=True)
    return Restored(manifest, aside, withdrawn)


def _refuse_newer(file: Path, manifest: Manifest) -> None:
    for entry in manifest.entries:
        known = _known_version(entry.name, entry.application)
        if known is not None and (entry.version or 0) > known:
            raise BackupUnusable(
                f"{file}: {entry.name} has schema {entry.version}, this Minsheng knows {known}; "
                f"use Minsheng {manifest.program} or newer"
            )


def _known_version(name: str, application: int | None) -> int | None:
    if application == APPLICATION_ID:
        return INDEX_VERSION
    return ALERTS_VERSION if name == "var/alerts.sqlite" else None


def _refuse_full(root: Path, manifest: Manifest) -> None:
    var = root / "var"
    if _lasting(var):
        raise ConfigError(f"{var}: is not empty; restore into another folder, or say --force to move it aside")
    archived = {entry.name: entry.sha256 for entry in manifest.entries}
    for path in (each for name in CONFIG for each in _lasting(root / name)):
        if archived.get(f"config/{path.relative_to(root)}") != sha256_of(path):
            raise ConfigError(
                f"{path}: differs from the backup; restore into another folder, or say --force to move it aside"
            )


def _lasting(place: Path) -> list[Path]:
    found = [place] if place.is_file() else place.rglob("*")
    return [path for path in found if path.is_file() and is_lasting(path)]


def _refuse_cramped(root: Path, file: Path, manifest: Manifest) -> None:
    free, wanted = shutil.disk_usage(root).free, int(manifest.bytes * _ROOM)
    if free < wanted:
        raise ConfigError(f"{root}: {file} needs {wanted:,} bytes, {free:,} are free; make room and try again")


def _fill_index(stage: Path, manifest: Manifest, environ: Mapping[str, str], *, force: bool) -> None:
    """Put the posts of a portable export into the index that the restored settings name."""
    settings = load_settings(stage / "config", environ)
    setting = settings.index
    with closing(open_index(setting, stage / "var", settings.elasticsearch)) as index:
        if not force and index.count(Query()):
            raise ConfigError(
                f"the index {setting.partition(':')[0]} of the restored settings is not empty; choose another prefix, "
                "or say --force to add the posts of the backup to it"
            )
        index.add(_posts(stage / POSTS))
        held = index.count(Query())
    if held < manifest.posts:
        raise IndexUnavailable(
            f"the index holds {held} posts after the restore, the backup {manifest.posts}; try again"
        )


def _posts(path: Path) -> Iterator[LabelledPost]:
    with path.open(encoding="utf-8") as lines:
        yield from map(load_labelled, lines)


def _keep_deletions(old: Path, new: Path) -> tuple[str, ...]:
    """Take along what was decided since the backup: which sources were withdrawn, and the log of what was deleted."""
    since = [
        path for path in sorted((old / "withdrawn").glob("*.json")) if not (new / "withdrawn" / path.name).exists()
    ]
    for path in since:
        (new / "withdrawn").mkdir(exist_ok=True)
        shutil.copy2(path, new / "withdrawn" / path.name)
    logs = [path / "deletions.jsonl" for path in (new, old)]
    lines = dict.fromkeys(line for log in logs if log.exists() for line in log.read_text("utf-8").splitlines() if line)
    if lines:
        logs[0].write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return tuple(json.loads(path.read_text("utf-8"))["source"] for path in since)


def _swap(root: Path, stage: Path, now: datetime) -> Path | None:
    """Move what is there aside and the new in its place; the run-time folder last."""
    aside = root / f"before-restore-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for name in (*CONFIG, "var"):
        old, new = root / name, stage / ("var" if name == "var" else f"config/{name}")
        if _lasting(old):
            aside.mkdir(exist_ok=True)
            old.rename(aside / name)
        elif old.is_dir():
            shutil.rmtree(old)  # locks and empty folders
        if new.exists():
            new.rename(old)
    sync_folder(root)
    return aside if aside.exists() else None
