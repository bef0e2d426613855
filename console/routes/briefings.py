"""The archive of briefings: a list, the files themselves, and sending one to those who are meant to get it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fastapi import HTTPException, Request, Response
from fastapi.responses import FileResponse

from console.access.entry import back, form_of
from console.desk import Desk
from console.language import say
from console.render import FILE_POLICY, HEADERS, acts_of, desk_of, page
from minsheng import words
from minsheng.domain import BEIJING, Briefing
from minsheng.errors import QueryError

PERIODIC = ("daily", "weekly", "monthly")
"""What is made of the whole office from the page; a 专报 is made of one project."""

_SPAN = re.compile(r"(\d{8})T000000-(\d{8})T000000")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One briefing: its name without ending, when its files were last written, the files by ending, its record."""

    name: str
    written_at: datetime
    files: dict[str, str]
    record: Briefing | None = None

    @property
    def kind(self) -> str:
        """The word for the kind, empty for a file of another name."""
        return words.BRIEFING_KINDS.get(self._parts[0], "")

    @property
    def about(self) -> str:
        """What days it is about: an ISO week, a day, or both ends as days; for a file of another name that name."""
        if self.record is not None and self.record.project:
            since, until = self.record.window.since.astimezone(BEIJING), self.record.window.until.astimezone(BEIJING)
            return f"{since:%Y-%m-%d} — {until - timedelta(days=1):%Y-%m-%d}"
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
    acts, form = acts_of(request), form_of(request)
    kind, project = str(form.get("kind", "")), str(form.get("project", ""))
    if kind not in {*PERIODIC, "special"}:
        raise QueryError(say("没有这种简报，请从列表中选一种。"))
    if (kind == "special") != (project in desk_of(request).projects):
        raise QueryError(say("专报写一个项目：请从列表中选。"))
    made = acts.papers.make(kind, project)
    name = next(path.stem for path in made)
    said = say("已生成%(kind)s：%(name)s") % {"kind": say(words.BRIEFING_KINDS[kind]), "name": name}
    return back(request, f"/briefings#{name}", said)


def show(request: Request) -> Response:
    """Answer with the list, the latest first."""
    return page(request, "briefings.html", papers=_papers(desk_of(request)), periodic=PERIODIC)


def send_file(request: Request) -> Response:
    """Answer with one file; only a file that the list shows is ever opened."""
    name = request.path_params["name"]
    if not name:
        return show(request)
    found = _files(desk_of(request)).get(name)
    if found is None:
        raise HTTPException(404, f"没有名为“{name}”的简报文件。")
    headers = {**HEADERS, "Content-Security-Policy": FILE_POLICY}
    if found.suffix == ".html":
        return FileResponse(found, media_type=_TYPES[".html"], headers=headers)
    return FileResponse(found, media_type=_TYPES[found.suffix], headers=headers, filename=found.name)


def ask(request: Request) -> Response:
    """Answer with what would be sent to whom, and what was sent before."""
    acts, paper = acts_of(request), _paper(request, request.path_params["id"])
    kind = paper.record.kind if paper.record else ""
    return page(
        request,
        "briefing_send.html",
        paper=paper,
        recipients=acts.papers.recipients(kind),
        mailed=acts.papers.mailed(paper.name),
    )


def mail(request: Request) -> Response:
    """Queue the mail of one briefing, once a person has said that they have seen it."""
    acts, form = acts_of(request), form_of(request)
    paper = _paper(request, str(form.get("id", "")))
    if form.get("sure") != "yes":
        raise QueryError(say("请先打开看过，勾选确认，再发送。"))
    if not acts.papers.send(paper.name):
        return back(request, f"/briefing/{paper.name}", say("没有再发：这一期已经发过。"))
    return back(request, f"/briefing/{paper.name}", say("已放入发件箱，下一次投递时发出；每个收件人的结果见下。"))


def _paper(request: Request, id_: str) -> Paper:
    """Return a briefing of the archive that who asks may see."""
    for paper in _papers(desk_of(request)):
        if paper.record is not None and paper.record.id == id_:
            return paper
    raise HTTPException(404, say("没有这一期简报：可能已从简报文件夹中移走。"))


def _files(desk: Desk) -> dict[str, Path]:
    """Return what lies in the folder, by relative address; a link that leads out of it is not there.

    A department is shown the files of its own projects' 专报 alone.
    """
    folder = desk.briefings
    if not folder.is_dir():
        return {}
    home = folder.resolve()
    found = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TYPES and path.is_file() and path.resolve().is_relative_to(home)
    }
    if desk.whole:
        return found
    ours = {name for briefing in desk.archived() for name in briefing.files}
    return {name: path for name, path in found.items() if name in ours}


def _papers(desk: Desk) -> list[Paper]:
    records: Mapping[str, Briefing] = {briefing.id: briefing for briefing in desk.archived()}
    papers: dict[str, Paper] = {}
    for name, path in _files(desk).items():
        stem = name.removesuffix(path.suffix)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        known = papers.get(stem)
        files = {**(known.files if known else {}), path.suffix.removeprefix("."): name}
        at = max(written, known.written_at) if known else written
        papers[stem] = Paper(stem, at, files, records.get(stem))
    return sorted(papers.values(), key=lambda paper: (paper.written_at, paper.name), reverse=True)
