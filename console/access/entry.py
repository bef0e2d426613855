"""One line of the table of routes in, a route that asks who comes, whether they may and whether they mean it, out."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse
from starlette.routing import Route

from console.access.guard import TooLarge
from console.access.roles import Role
from console.access.visit import FIELD, HEADER, Visit, visit_of
from console.language import language_of, speaking

Answer = Callable[[Request], Response]

EXPIRED = "这一页开得太久，或不是从本站提交的，因此没有执行。请回到原来的页面，重新提交一次。"
_MOST_FIELDS = 300


@dataclass(frozen=True, slots=True)
class Entry:
    """An address: who may ask for it at the least, and what answers.

    ``least`` None: anybody, logged in or not; ``opened``: so too where the operator wishes it (``Door.open_method``).
    ``whole``: only who sees all departments. ``logged`` is what the audit log calls it; every POST has such a name.
    A token opens only what has its ``scope``; pages have none.
    """

    method: Literal["GET", "POST"]
    path: str
    least: Role | None
    answer: Answer
    logged: str = ""
    whole: bool = False
    opened: bool = False
    scope: str = ""

    def __post_init__(self) -> None:
        if self.method == "POST" and not self.logged:
            raise ValueError(f"POST {self.path}: a change is logged; say what as")


def route_of(entry: Entry) -> Route:
    """Return the route of an entry: its checks run before its answer, and there is no way around them."""

    async def guarded(request: Request) -> Response:
        try:
            request.state.form = await request.form(max_files=1, max_fields=_MOST_FIELDS)
        except TooLarge as error:
            raise HTTPException(413, "提交的内容过大。") from error
        return await run_in_threadpool(_answer, entry, request)

    return Route(entry.path, guarded, methods=[entry.method])


def form_of(request: Request) -> FormData:
    """Return the fields of the form that was sent."""
    form: FormData = request.state.form
    return form


def back(request: Request, address: str, said: str) -> Response:
    """Answer a change: show the page at an address of ours, with a sentence about what was done, if there is one."""
    if said:
        visit_of(request).say(said)
    return RedirectResponse(address, 303)


def _answer(entry: Entry, request: Request) -> Response:
    visit = visit_of(request)
    visit.route = entry.path
    if entry.method == "POST":
        _refuse_foreign(visit, request)
    refused = _refused(entry, visit, request)
    with speaking(language_of(request)), _noted(entry, visit, request, is_open=refused is None):
        return refused or entry.answer(request)


def _noted(entry: Entry, visit: Visit, request: Request, *, is_open: bool) -> AbstractContextManager[None]:
    """Note what is asked: a change is on the disk before it is done, a page is read while its line goes there."""
    if not (is_open and entry.logged and entry.least):  # else anybody could fill the log; the answer notes itself
        return nullcontext()
    if entry.method == "GET":
        return visit.noted(entry.logged, _about(request))
    visit.note(entry.logged, _about(request))
    return nullcontext()


def _refuse_foreign(visit: Visit, request: Request) -> None:
    sent = request.headers.get(HEADER) or form_of(request).get(FIELD)
    if not visit.is_from_here() or not isinstance(sent, str) or not visit.brings(sent):
        raise HTTPException(403, EXPIRED)


def _refused(entry: Entry, visit: Visit, request: Request) -> Response | None:
    """Return where somebody unknown is sent; who is known and may not is told so."""
    person = visit.find_person()
    if entry.least is None or (entry.opened and visit.door.open_method):
        return None
    if person is None:
        if entry.method == "POST":
            raise HTTPException(401, "登录已经过期，因此没有执行。请重新登录后再提交。")
        return RedirectResponse(f"/login?next={quote(_here(request), safe='/')}", 303)
    if not person.may_use(entry.scope):
        raise HTTPException(403, "令牌只用于 HTTP 接口，不能打开这一页。")
    if not person.role.covers(entry.least):
        raise HTTPException(403, f"您的角色是“{person.title}”，这一页需要更高的权限。若工作需要，请与管理员联系。")
    if entry.whole and person.department:
        raise HTTPException(403, "这一页汇总所有部门，您的账号只看本部门的项目。若工作需要，请与管理员联系。")
    return None


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _about(request: Request) -> str:
    """Say what was asked for: the address, and what the form holds but for secrets."""
    fields = [
        (name, value if isinstance(value, str) else f"文件 {value.filename}")
        for name, value in form_of(request).multi_items()
        if name != FIELD and not name.startswith("password")
    ]
    form = "".join(f" {name}={value}" for name, value in fields)
    return visit_of(request).here() + form
