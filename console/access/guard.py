"""Before every page: only names of ours, over TLS, no large bodies; on every answer the headers and cookies."""

import re
from collections.abc import Mapping
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access.door import Door
from console.access.visit import Visit
from console.desk import Desk
from console.metrics import Traffic

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
LARGEST_BODY = 10_000_000
_METHODS = ("GET", "HEAD", "POST")
_DIGITS = re.compile(r"[0-9]{1,15}")


class TooLarge(Exception):
    """A request's body is larger than any form of ours."""


class Guard:
    """Refuses foreign host names (DNS rebinding), plain HTTP from elsewhere, and bodies that no form of ours has."""

    def __init__(self, app: ASGIApp, door: Door, desk: Desk, headers: Mapping[str, str], traffic: Traffic) -> None:
        self._app, self._door, self._desk, self._headers, self._traffic = app, door, desk, headers, traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, self._door, self._desk)
        scope.setdefault("state", {})["visit"] = visit

        began = perf_counter()

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._traffic.note(visit.route, scope["method"], message["status"], perf_counter() - began)
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                for cookie in visit.cookies():
                    headers.append("Set-Cookie", cookie)
            await send(message)

        refusal = self._refusal(visit, scope)
        await (refusal or self._app)(scope, _bounded(receive), guarded)

    def _refusal(self, visit: Visit, scope: Scope) -> Response | None:
        name = _name(visit.host)
        if name not in LOCAL_HOSTS | self._door.hosts:
            return PlainTextResponse(_foreign(self._door), 400)
        if name not in LOCAL_HOSTS and visit.scheme != "https" and not self._door.plain_http:
            return PlainTextResponse("拒绝访问：请改用 https:// 打开本站，密码不经明文传送。\n", 400)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("本站不接受这种请求。\n", 405, {"Allow": ", ".join(_METHODS)})
        length = Headers(scope=scope).get("content-length", "0")
        if not _DIGITS.fullmatch(length) or int(length) > LARGEST_BODY:
            return PlainTextResponse(f"提交的内容过大：最多 {LARGEST_BODY // 1_000_000} MB。\n", 413)
        return None


def _foreign(door: Door) -> str:
    if door.hosts:
        return "拒绝访问：本站不以这个域名提供服务。若应当如此，请运维在设置 console.hosts 中写上它。\n"
    return "拒绝访问：本站只在本机使用，请以 http://127.0.0.1 或 http://localhost 打开。\n"


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _bounded(receive: Receive) -> Receive:
    """Count what comes in: a length need not be told beforehand."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise TooLarge
        return message

    return counted
