"""One line for a watchdog: is the index readable, are the sources read."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from console.render import HEADERS, desk_of
from indexer.base import Query
from minsheng.errors import IndexUnavailable


def show(request: Request) -> Response:
    """Answer 200 with counts, or 503 when the index cannot be read."""
    desk = desk_of(request)
    crawls = {name: report.outcome for name, report in desk.crawls().items()}
    try:
        posts = desk.index.count(Query())
    except IndexUnavailable as error:
        return JSONResponse({"status": "index unavailable", "why": str(error)}, 503, dict(HEADERS))
    body = {"status": "ok", "posts": posts, "projects": len(desk.projects), "crawls": crawls, "model": desk.model}
    return JSONResponse(body, 200, dict(HEADERS))
