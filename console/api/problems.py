"""What goes wrong in, RFC 9457 problem details out."""

import logging
import math
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from console.access.audit import AuditUnwritable
from minsheng.errors import IndexUnavailable, MinshengError, QueryError

_log = logging.getLogger(__name__)
TYPE = "application/problem+json"


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field("about:blank", description="always about:blank: the status says what kind of problem it is")
    title: str = Field(description="the name of the status")
    status: int
    detail: str = Field(description="what is wrong with this request, and what would be right")


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that tells a program what went wrong."""
    said = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(said.model_dump(), status, dict(headers or {}), media_type=TYPE)


def too_many(wait: timedelta) -> HTTPException:
    """Return what is raised where somebody asks too often."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    return HTTPException(429, f"too many requests; try again in {seconds} s", {"Retry-After": str(seconds)})


def tell_problems(api: FastAPI) -> None:
    """Answer every failure of an API as a problem."""
    api.add_exception_handler(HTTPException, _on_http)
    api.add_exception_handler(RequestValidationError, _on_invalid)
    api.add_exception_handler(QueryError, _on_query)
    api.add_exception_handler(IndexUnavailable, _on_unavailable)
    api.add_exception_handler(AuditUnwritable, _on_unavailable)
    api.add_exception_handler(Exception, _on_bug)


def _on_http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, str(error.detail), error.headers)


def _on_invalid(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    said = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()]
    return problem(400, "; ".join(said))


def _on_query(_: Request, error: Exception) -> Response:
    return problem(400, str(error))


def _on_unavailable(request: Request, error: Exception) -> Response:
    _log.warning("api failed path=%s error=%s", request.url.path, error)
    return problem(503, str(error) if isinstance(error, MinshengError) else "", {"Retry-After": "10"})


def _on_bug(request: Request, error: Exception) -> Response:
    _log.error("api failed path=%s error=%s", request.url.path, type(error).__name__)
    return problem(500, "an error of the program; it is in the log")
