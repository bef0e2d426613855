"""A backup file in, its checked list of contents and its entries out; nothing of it is believed before it is checked.

A backup is a ZIP file: entries ``config/…``, ``var/…`` and ``index/posts.jsonl``, and last ``manifest.json``.
"""

import hashlib
import json
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath

from pydantic import Field, ValidationError

from app.sqlite_files import Mark
from minsheng.errors import ConfigError
from minsheng.files import sync_folder
from minsheng.strict import Strict

FORMAT = 2
MANIFEST = "manifest.json"
PLACES = ("config", "var", "index")
POSTS = "index/posts.jsonl"
_CHUNK = 1 << 20
_LONGEST_MANIFEST = 64 << 20
_LEVEL = 4

Progress = Callable[[int, int], None]


class BackupUnusable(ConfigError):
    """A file is no whole backup that this program can restore. Raised before anything is touched."""


class Entry(Strict):
    """One file of a backup; ``application`` and ``version`` mark SQLite files."""

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    mode: int = Field(0o600, ge=0, le=0o777)
    application: int | None = None
    version: int | None = None


class Manifest(Strict):
    """What a backup holds. ``posts`` is the number of posts of the index when it was copied."""

    format: int
    program: str
    made_at: datetime
    index: str
    posts: int
    entries: tuple[Entry, ...]

    @property
    def bytes(self) -> int:
        return sum(entry.size for entry in self.entries)


class ArchiveWriter:
    """Adds files to a backup one after the other, and their sizes and checksums to its manifest."""

    def __init__(self, archive: zipfile.ZipFile, now: datetime) -> None:
        self._archive, self._now = archive, now
        self.entries: list[Entry] = []

    def add_file(self, name: str, path: Path, mark: Mark | None = None, mode: int | None = None) -> None:
        """Add a file as it stands."""
        with path.open("rb") as file:
            given = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o777 if mode is None else mode
            self.add(name, iter(lambda: file.read(_CHUNK), b""), given, mark)

    def add(self, name: str, chunks: Iterable[bytes], mode: int = 0o600, mark: Mark | None = None) -> None:
        """Add what the chunks make up."""
        digest, size = hashlib.sha256(), 0
        with self._archive.open(self._info(name, mode), "w", force_zip64=True) as target:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        known = {} if mark is None else {"application": mark.application, "version": mark.version}
        self.entries.append(Entry(name=name, size=size, sha256=digest.hexdigest(), mode=mode, **known))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest."""
        content = manifest.model_dump_json(indent=1).encode()
        with self._archive.open(self._info(MANIFEST, 0o600), "w") as target:
            target.write(content)

    def _info(self, name: str, mode: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._now.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = (stat.S_IFREG | mode) << 16
        return info


@contextmanager
def new_archive(path: Path, now: datetime) -> Iterator[ArchiveWriter]:
    """Write a backup beside its place, for its owner alone to read; it appears whole, checked, or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    number = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(number, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=_LEVEL) as archive:
            yield ArchiveWriter(archive, now)
        file.flush()
        os.fsync(file.fileno())
    check(draft)
    draft.replace(path)
    sync_folder(path.parent)


def check(path: Path, progress: Progress | None = None) -> Manifest:
    """Read a whole backup and compare every byte with its manifest.

    Raises:
        BackupUnusable: Something is missing, damaged, added, or would lie outside its place.
    """
    with _opened(path) as archive:
        manifest = _manifest(path, archive)
        done = 0
        for entry in manifest.entries:
            for chunk in chunks_of(path, archive, entry):
                done += len(chunk)
                if progress:
                    progress(done, manifest.bytes)
    return manifest


def extract(path: Path, manifest: Manifest, targets: dict[str, Path], progress: Progress | None = None) -> None:
    """Write the entries below ``targets`` (name of the place → folder), compared again, on disk when this returns."""
    done = 0
    with _opened(path) as archive:
        for entry in manifest.entries:
            place, _, rest = entry.name.partition("/")
            target = targets[place] / rest
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                os.fchmod(file.fileno(), entry.mode | stat.S_IRUSR | stat.S_IWUSR)
                for chunk in chunks_of(path, archive, entry):
                    file.write(chunk)
                    done += len(chunk)
                    if progress:
                        progress(done, manifest.bytes)
                file.flush()
                os.fsync(file.fileno())


def chunks_of(path: Path, archive: zipfile.ZipFile, entry: Entry) -> Iterator[bytes]:
    """Yield a entry piece by piece; it must end as its manifest says, and is not read further than that."""
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(entry.name) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > entry.size:
                    break
                digest.update(chunk)
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unusable(path, f"{entry.name}: is damaged: {error}") from error
    if size != entry.size or digest.hexdigest() != entry.sha256:
        raise _unusable(path, f"{entry.name}: is damaged: its size or checksum is not that of the manifest")


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise _unusable(path, f"cannot be read as a backup: {error}") from error
    with archive:
        yield archive


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if names.count(MANIFEST) != 1 or archive.getinfo(MANIFEST).file_size > _LONGEST_MANIFEST:
        raise _unusable(path, f"has no {MANIFEST}: it was not made by minsheng backup, or not to its end")
    try:
        content = json.loads(archive.read(MANIFEST))
        if isinstance(content, dict) and isinstance(content.get("format"), int) and content["format"] > FORMAT:
            raise _unusable(path, f"was made by a newer Minsheng (format {content['format']}); use that one")
        manifest = Manifest.model_validate(content)
    except (ValueError, ValidationError, zipfile.BadZipFile, zlib.error) as error:
        raise _unusable(path, f"{MANIFEST}: is damaged: {error}") from error
    listed = [entry.name for entry in manifest.entries]
    if sorted([*listed, MANIFEST]) != sorted(names) or len(set(listed)) != len(listed):
        odd = sorted(set(names) ^ {*listed, MANIFEST}) or ["a name that stands twice"]
        raise _unusable(path, f"holds other entries than its manifest lists: {', '.join(odd[:3])}")
    for info in infos:
        _refuse_outside(path, info)
    return manifest


def _refuse_outside(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = PurePosixPath(name).parts
    is_plain = stat.S_IFMT(info.external_attr >> 16) in {0, stat.S_IFREG} and not info.is_dir()
    is_inside = name == MANIFEST or (len(parts) > 1 and parts[0] in PLACES and "/".join(parts) == name)
    if not is_plain or not is_inside or ".." in parts or "\\" in name or "\0" in name:
        raise _unusable(path, f"holds a entry that would lie outside or is no plain file: {name!r}")


def _unusable(path: Path, why: str) -> BackupUnusable:
    return BackupUnusable(f"{path}: {why}")
