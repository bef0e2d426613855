"""A desk and a door in, the console's web application out: nothing in it comes from outside."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from console.access.audit import AuditUnwritable
from console.access.door import THIS_MACHINE, Door
from console.access.entry import route_of
from console.access.guard import Guard
from console.access.limits import Limits
from console.access.visit import visit_of
from console.api.app import PATH, create_api
from console.desk import Desk
from console.deviations import DeviationReadings
from console.export import product_version
from console.metrics import Traffic
from console.readings import Readings
from console.render import HEADERS, HERE, page
from console.routes import ROUTES
from minsheng.errors import ConfigError, IndexUnavailable, QueryError

_log = logging.getLogger(__name__)

TITLES: Mapping[int, str] = {
    400: "请求有误",
    401: "需要登录",
    403: "不能这样做",
    404: "没有这一页",
    405: "这一页不接受提交",
    413: "内容过大",
    500: "系统出错",
    503: "暂时不可用",
}
_GONE = "地址可能写错了，或内容已移走。"
_COMMON = {"": _GONE, "Not Found": _GONE, "Method Not Allowed": "这个地址只供查阅，或只接受提交。"}
"""What Starlette says by itself."""


def create_app(desk: Desk, door: Door = THIS_MACHINE) -> FastAPI:
    """Build the application over what the app hands in; nothing is read before the first request."""
    routes = [route_of(entry) for entry in ROUTES]
    readings, traffic = Readings(desk), Traffic()
    api = create_api(readings, Limits(door.requests_per_minute), product_version())
    mounts = [Mount("/static", StaticFiles(directory=HERE / "static")), Mount(PATH, api)]
    app = FastAPI(title="民声", docs_url=None, redoc_url=None, openapi_url=None, routes=[*routes, *mounts])
    app.state.readings, app.state.traffic, app.state.api = readings, traffic, api
    app.state.deviations = DeviationReadings(desk)
    app.add_middleware(Guard, door=door, desk=desk, headers=HEADERS, traffic=traffic)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(QueryError, _on_query)
    app.add_exception_handler(ConfigError, _on_query)
    app.add_exception_handler(IndexUnavailable, _on_index)
    app.add_exception_handler(AuditUnwritable, _on_index)
    app.add_exception_handler(Exception, _on_bug)
    return app


def _answer(request: Request, status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    answer = page(request, "error.html", status=status, title=TITLES.get(status, "无法显示"), why=why)
    answer.headers.update(headers or {})
    return answer


def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    visit_of(request).find_person()  # an address that is none of ours has not asked yet
    why = _COMMON.get(detail, detail)
    return _answer(request, status, why, error.headers if isinstance(error, HTTPException) else None)


def _on_query(request: Request, error: Exception) -> Response:
    return _answer(request, 400, str(error))


def _on_index(request: Request, error: Exception) -> Response:
    _log.warning("page failed path=%s error=%s", request.url.path, error)
    return _answer(request, 503, f"{error} 请稍后刷新；若仍如此，请运维检查索引。")


def _on_bug(request: Request, error: Exception) -> Response:
    _log.error("page failed path=%s error=%s", request.url.path, type(error).__name__)
    return _answer(request, 500, "这是程序的错误，已记入日志。请把本页地址和时间告诉运维。")
