"""The archive of briefings: a list, and the files themselves."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse

from console.access.entry import back, form_of
from console.language import say
from console.render import FILE_POLICY, HEADERS, acts_of, desk_of, page
from minsheng import words
from minsheng.errors import QueryError

MADE = ("daily", "weekly")
"""What can be made from the page."""

_SPAN = re.compile(r"(\d{8})T000000-(\d{8})T000000")
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
    def kind(self) -> str:
        """The word for the kind, empty for a file of another name."""
        return words.BRIEFING_KINDS.get(self._parts[0], "")

    @property
    def about(self) -> str:
        """What days it is about: an ISO week, a day, or both ends as days; for a file of another name that name."""
        if not self.kind:
            return self.name
        ends = _SPAN.fullmatch(self._parts[1])
        if ends is None:
            return self._parts[1]
        first, last = (date.fromisoformat(end) for end in ends.groups())
        return f"{first} — {last - timedelta(days=1)}"

    @property
    def _parts(self) -> tuple[str, str]:
        kind, _, rest = self.name.rpartition("/")[2].partition("-")
        return kind, rest


def make(request: Request) -> Response:
    """Make the briefing of a kind up to now, and show it in the list."""
    acts, kind = acts_of(request), str(form_of(request).get("kind", ""))
    if kind not in MADE:
        raise QueryError(say("没有这种简报，请从列表中选一种。"))
    made = acts.brief(kind)
    name = next(path.stem for path in made)
    said = say("已生成%(kind)s：%(name)s") % {"kind": say(words.BRIEFING_KINDS[kind]), "name": name}
    return back(request, f"/briefings#{name}", said)


def show(request: Request) -> Response:
    """Answer with the list, the latest first."""
    folder = desk_of(request).briefings
    return page(request, "briefings.html", papers=_papers(folder), made=MADE)


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
