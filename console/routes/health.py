"""What watchdogs and programs ask: alive, ready, measured, described."""

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from console.api.app import PATH
from console.metrics import exposition
from console.render import desk_of
from indexer.base import Query
from minsheng.errors import IndexUnavailable

_PLAIN = {"Cache-Control": "no-store"}


def live(request: Request) -> Response:
    """Answer 200: the process is there and answers. Nothing is read, so that a busy index restarts nobody."""
    del request
    return JSONResponse({"status": "ok"}, headers=_PLAIN)


def ready(request: Request) -> Response:
    """Answer 200, or 503 when the index cannot be read; what there is, is told to those who may know."""
    try:
        desk_of(request).index.count(Query())
    except IndexUnavailable:
        return JSONResponse({"status": "index unavailable"}, 503, _PLAIN)
    return JSONResponse({"status": "ok"}, headers=_PLAIN)


def measure(request: Request) -> Response:
    """Answer with the figures of the service for Prometheus."""
    text = exposition(request.app.state.traffic, desk_of(request))
    return Response(text, headers=_PLAIN | {"Content-Type": CONTENT_TYPE_LATEST})


def describe(request: Request) -> Response:
    """Answer with the OpenAPI document of the API; it holds no data, so anybody may have it."""
    api: FastAPI = request.app.state.api
    document = get_openapi(
        title=api.title,
        version=api.version,
        description=api.description,
        routes=api.routes,
        servers=[{"url": PATH}],
    )
    return JSONResponse(document)
