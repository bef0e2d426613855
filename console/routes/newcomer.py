"""A new source: its address is looked at and read on trial, shown beside the page, written once a person says so."""

from fastapi import HTTPException, Request, Response

from console.access.entry import back, form_of
from console.language import say
from console.newcomers import Candidate, Step, Wanted
from console.render import acts_of, desk_of, page
from minsheng.domain import Kind
from minsheng.errors import QueryError
from minsheng.web import web_address

LONGEST = {"url": 2000, "name": 32, "title": 100, "kind": 10, "project": 64}
"""Letters of each field."""

STEPS = {
    Step.WAITS: "排队：另一个地址正在试采",
    Step.LOOKS: "查看网页，识别引擎",
    Step.READS: "试采几页",
}


def show(request: Request) -> Response:
    """Answer with the form, filled in as the address says."""
    acts_of(request)
    typed = {name: request.query_params.get(name, "")[:most] for name, most in LONGEST.items()}
    return page(request, "newcomer_form.html", typed=typed, kinds=tuple(Kind))


def start(request: Request) -> Response:
    """Begin a trial, and show how it goes."""
    newcomers, form = acts_of(request).newcomers, form_of(request)
    typed = {name: " ".join(str(form.get(name, "")).split()) for name in LONGEST}
    for name, most in LONGEST.items():
        if len(typed[name]) > most:
            raise QueryError(say("“%(field)s”最多 %(number)d 字。") % {"field": name, "number": most})
    if not web_address(typed["url"]):
        raise QueryError(say("这不是网页的地址。请从浏览器的地址栏复制，以 http:// 或 https:// 开头。"))
    if typed["project"] and typed["project"] not in desk_of(request).projects:
        raise QueryError(say("没有这个项目，请从列表中选。"))
    return back(request, f"/sources/add/{newcomers.start(Wanted(**typed))}", "")


def follow(request: Request) -> Response:
    """Answer with where a trial is, and what it found."""
    candidate = _candidate(request, request.path_params["id"])
    planned = acts_of(request).newcomers.planned
    return page(request, "newcomer.html", candidate=candidate, steps=STEPS, planned=planned)


def keep(request: Request) -> Response:
    """Write the source that a trial found."""
    newcomers, form = acts_of(request).newcomers, form_of(request)
    candidate = _candidate(request, str(form.get("id", "")))
    if candidate.found is None or form.get("name") != candidate.found.name:
        raise QueryError(say("这次试采没有可写入的结果。请重新试采。"))
    newcomers.keep(candidate.id)
    return back(request, f"/sources/add/{candidate.id}", "")


def _candidate(request: Request, id_: str) -> Candidate:
    found = acts_of(request).newcomers.find(id_)
    if found is None:
        raise HTTPException(404, say("这次试采已不在（服务重新启动过，或太久以前）；没有写入任何东西。请重新试采。"))
    return found
