"""A desk in, the console's web application out: GET only, for this machine only, nothing from outside."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.desk import Desk
from console.deviations import DeviationReadings
from console.readings import Readings
from console.render import HEADERS, HERE, page
from console.routes import PAGES
from minsheng.errors import IndexUnavailable, QueryError

_log = logging.getLogger(__name__)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_READS = frozenset({"GET", "HEAD"})

TITLES: Mapping[int, str] = {
    400: "请求有误",
    404: "没有这一页",
    405: "本站只供查阅",
    500: "系统出错",
    503: "索引暂时不可用",
}


def create_app(desk: Desk) -> FastAPI:
    """Build the application over what the app hands in; nothing is read before the first request."""
    routes = [Route(path, show) for path, show in PAGES]
    static = Mount("/static", StaticFiles(directory=HERE / "static"))
    app = FastAPI(title="民声", docs_url=None, redoc_url=None, openapi_url=None, routes=[*routes, static])
    app.state.desk = desk
    app.state.readings = Readings(desk)
    app.state.deviations = DeviationReadings(desk)
    app.add_middleware(Guard)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(QueryError, _on_query)
    app.add_exception_handler(IndexUnavailable, _on_index)
    app.add_exception_handler(Exception, _on_bug)
    return app


class Guard:
    """Refuses foreign host names (DNS rebinding) and anything but reading; puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refusal(scope)
        await (refusal or self._app)(scope, receive, guarded)


def _refusal(scope: Scope) -> Response | None:
    host = Headers(scope=scope).get("host", "")
    name = host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()
    if name not in LOCAL_HOSTS:
        return PlainTextResponse("拒绝访问：本站只在本机使用，请以 http://127.0.0.1 或 http://localhost 打开。\n", 400)
    if scope["method"] not in _READS:
        return PlainTextResponse("本站只供查阅，不接受提交。\n", 405, {"Allow": "GET, HEAD"})
    return None


def _answer(request: Request, status: int, why: str) -> Response:
    return page(request, "error.html", status=status, title=TITLES.get(status, "无法显示"), why=why)


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return _answer(request, status, "地址可能写错了，或内容已移走。" if detail in {"", "Not Found"} else detail)


def _on_query(request: Request, error: Exception) -> Response:
    return _answer(request, 400, str(error))


def _on_index(request: Request, error: Exception) -> Response:
    _log.warning("page failed path=%s error=%s", request.url.path, error)
    return _answer(request, 503, f"{error} 请稍后刷新；若仍如此，请运维检查索引。")


def _on_bug(request: Request, error: Exception) -> Response:
    _log.error("page failed path=%s error=%s", request.url.path, type(error).__name__)
    return _answer(request, 500, "这是程序的错误，已记入日志。请把本页地址和时间告诉运维。")
