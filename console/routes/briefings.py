"""The archive of briefings: a list, and the files themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse

from console.render import FILE_POLICY, HEADERS, desk_of, page
from minsheng import words

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One briefing: its name without ending, when its files were last written, and the files by ending."""

    name: str
    written_at: datetime
    files: dict[str, str]

    @property
    def title(self) -> str:
        """The name with its kind in Chinese: weekly-2026-W10 is 周报 2026-W10."""
        kind, dash, rest = self.name.rpartition("/")[2].partition("-")
        return f"{words.BRIEFING_KINDS[kind]} {rest}" if dash and kind in words.BRIEFING_KINDS else self.name


def show(request: Request) -> Response:
    """Answer with the list, the latest first."""
    folder = desk_of(request).briefings
    return page(request, "briefings.html", papers=_papers(folder))


def send(request: Request) -> Response:
    """Answer with one file; only a file that the list shows is ever opened."""
    name = request.path_params["name"]
    if not name:
        return show(request)
    found = _files(desk_of(request).briefings).get(name)
    if found is None:
        raise HTTPException(404, f"没有名为“{name}”的简报文件。")
    headers = {**HEADERS, "Content-Security-Policy": FILE_POLICY}
    if found.suffix == ".html":
        return FileResponse(found, media_type=_TYPES[".html"], headers=headers)
    return FileResponse(found, media_type=_TYPES[found.suffix], headers=headers, filename=found.name)


def _files(folder: Path) -> dict[str, Path]:
    """Return what lies in the folder, by relative address; a link that leads out of it is not there."""
    if not folder.is_dir():
        return {}
    home = folder.resolve()
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file() and path.resolve().is_relative_to(home)
    }


def _papers(folder: Path) -> list[Paper]:
    papers: dict[str, Paper] = {}
    for name, path in _files(folder).items():
        stem = name.removesuffix(path.suffix)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        known = papers.get(stem)
        files = {**(known.files if known else {}), path.suffix.removeprefix("."): name}
        papers[stem] = Paper(stem, max(written, known.written_at) if known else written, files)
    return sorted(papers.values(), key=lambda paper: (paper.written_at, paper.name), reverse=True)
