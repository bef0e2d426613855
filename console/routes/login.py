"""Logging in and out."""

import math
import re

from fastapi import HTTPException, Request, Response
from starlette.responses import RedirectResponse

from console.access.entry import back, form_of
from console.access.visit import Visit, visit_of
from console.render import desk_of, page

WRONG = "用户名或密码不对。"
_OURS = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")
_LONGEST = 2000


def show(request: Request) -> Response:
    """Answer with the form; who needs none is sent on."""
    if visit_of(request).find_person() is not None:
        return RedirectResponse(_next(request), 303)
    return _form(request, "", 200)


def enter(request: Request) -> Response:
    """Begin a session, or show the form again; the answer never tells whether a name exists."""
    visit = visit_of(request)
    entrance = visit.door.entrance
    if entrance is None or visit.door.login != "password":
        raise HTTPException(404, "本站不用密码登录。")
    name, password = _field(request, "name"), _field(request, "password")
    now = desk_of(request).now()
    pause = entrance.attempts.try_(name, visit.address, now)
    if pause is not None:
        minutes = math.ceil(pause.total_seconds() / 60)
        return _form(request, f"错误次数过多，请 {minutes} 分钟后再试。", 429, {"Retry-After": str(minutes * 60)})
    person = entrance.staff.check(name, password)
    if person is None:
        meant = entrance.staff.find(name)
        visit.note("login refused", f"{meant.name if meant else 'no such account'} from {visit.address}")
        return _form(request, WRONG, 403)
    entrance.attempts.forgive(name, visit.address, now)
    visit.known = person
    visit.note("login", f"from {visit.address}")
    visit.enter(person)
    return RedirectResponse(_next(request), 303)


def leave(request: Request) -> Response:
    """End the session."""
    visit = visit_of(request)
    if visit.known is not None:
        visit.note("logout", "")
    visit.leave()
    return back(request, "/login", "已退出登录。")


def is_ours(address: str) -> bool:
    """Whether an address leads to a page of this console: nobody is sent elsewhere after a login."""
    return len(address) <= _LONGEST and _OURS.fullmatch(address) is not None


def _next(request: Request) -> str:
    wanted = _field(request, "next") or request.query_params.get("next", "")
    return wanted if is_ours(wanted) else "/"


def _field(request: Request, name: str) -> str:
    value = form_of(request).get(name, "")
    return value if isinstance(value, str) else ""


def show_again(request: Request, wrong: str, status: int) -> Response:
    """Answer with the login page and what went wrong."""
    return _form(request, wrong, status)


def _form(request: Request, wrong: str, status: int, headers: dict[str, str] | None = None) -> Response:
    visit: Visit = visit_of(request)
    answer = page(
        request, "login.html", status=status, wrong=wrong, name=_field(request, "name"), next=_next(request),
        by=visit.door.login,
    )  # fmt: skip
    answer.headers.update({"Cache-Control": "no-store"} | (headers or {}))
    return answer
