"""Decisions on claims: one proposal with its sentence in context, accepted as it is or edited, rejected, taken back."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import HTTPException, Request, Response
from starlette.datastructures import UploadFile

from alerts.entries import Entry
from console.access.entry import back, form_of
from console.language import say
from console.render import acts_of, desk_of, page
from console.routes.claims import proposal_of
from minsheng.domain import BEIJING, ClaimBound, ClaimKind, ClaimStatus
from minsheng.errors import QueryError

EDITED = ("project", "kind", "status", "value", "bound", "aspect", "subject", "survey_size", "text")
"""What a person may put right of a proposal, as it is called in a claims file."""

ENDINGS = (".xlsx", ".csv", ".tsv", ".html", ".htm")
"""Files that a progress table may come in."""

OPTIONAL = frozenset({"value", "aspect", "survey_size"})
_MOST_REJECTED = 20


def show(request: Request) -> Response:
    """Answer with one entry of the ledger."""
    desk, acts = desk_of(request), acts_of(request)
    entry = _entry(request, request.path_params["id"])
    return page(
        request,
        "claim.html",
        shown=proposal_of(entry),
        entry=entry,
        events=acts.ledger.history(entry.id),
        typed=_typed(entry),
        kinds=tuple(ClaimKind),
        statuses=tuple(ClaimStatus),
        bounds=tuple(ClaimBound),
        can_choose=desk.projects,
    )


def accept(request: Request) -> Response:
    """Make a claim of a proposal, with what the form says differently."""
    desk, acts, form = desk_of(request), acts_of(request), form_of(request)
    entry = _entry(request, str(form.get("id", "")))
    before = _typed(entry)
    given = {name: str(form[name]).strip() for name in EDITED if name in form}
    changes: dict[str, object] = {
        name: (None if not value and name in OPTIONAL else value)
        for name, value in given.items()
        if value != before[name]
    }
    acts.ledger.accept(entry.id, desk.now(), projects=desk.projects, changes=changes)
    return back(request, "/claims", say("已接受。它从下一次检查起与评论比对。"))


def reject(request: Request) -> Response:
    """Refuse a proposal, with the reason."""
    acts, form = acts_of(request), form_of(request)
    entry = _entry(request, str(form.get("id", "")))
    acts.ledger.reject(entry.id, acts.mask(_reason(request)), desk_of(request).now())
    return back(request, "/claims", say("已记为未采用；同一句话不再提出。"))


def withdraw(request: Request) -> Response:
    """Take back an accepted claim, with the reason."""
    acts, form = acts_of(request), form_of(request)
    entry = _entry(request, str(form.get("id", "")))
    acts.ledger.withdraw(entry.id, acts.mask(_reason(request)), desk_of(request).now())
    return back(request, "/claims", say("已撤回。它不再与评论比对，相关提示在下一次检查时解除。"))


def take_table(request: Request) -> Response:
    """Propose what a progress table says; rows that cannot be read are told with their reasons."""
    acts, form = acts_of(request), form_of(request)
    file = form.get("table")
    if not isinstance(file, UploadFile) or not file.filename:
        raise QueryError(say("请选择一个文件：%(endings)s。") % {"endings": "、".join(ENDINGS)})
    ending = Path(file.filename).suffix.lower()
    if ending not in ENDINGS:
        known = "、".join(ENDINGS)
        raise QueryError(say("读不了“%(ending)s”文件。可用：%(endings)s。") % {"ending": ending, "endings": known})
    day = _day(str(form.get("date", "")))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"table{ending}"
        path.write_bytes(file.file.read())
        taken = acts.import_table(path, str(form.get("url", "")).strip(), day, str(form.get("publisher", "")).strip())
    said = say("新提案 %(new)d 条，另存 %(aside)d 行。") % {"new": len(taken.proposed), "aside": len(taken.rejected)}
    reasons = "".join(f" [{number}] {why}" for number, why in taken.rejected[:_MOST_REJECTED])
    return back(request, "/claims", said + reasons)


def _entry(request: Request, id_: str) -> Entry:
    """Return an entry of the ledger that who asks may see."""
    for entry in desk_of(request).entries():
        if entry.id == id_:
            return entry
    raise HTTPException(404, say("台账里没有这一条：可能编号写错了，或属于别的部门。"))


def _typed(entry: Entry) -> Mapping[str, str]:
    """Return an entry as the fields of the form hold it."""
    claim = entry.claim
    return {
        "project": claim.project,
        "kind": claim.kind,
        "status": claim.status,
        "value": "" if claim.value is None else f"{round(claim.value * 100, 2):g}%",
        "bound": claim.bound,
        "aspect": claim.aspect or "",
        "subject": claim.subject,
        "survey_size": "" if claim.survey_size is None else str(claim.survey_size),
        "text": claim.text,
    }


def _reason(request: Request) -> str:
    reason = " ".join(str(form_of(request).get("reason", "")).split())
    if not reason:
        raise QueryError(say("请写明理由：以后查看经过的人会问。"))
    return reason


def _day(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=BEIJING)
    except ValueError:
        raise QueryError(say("请写公布日期，如 2026-03-01。")) from None
