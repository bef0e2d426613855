"""The table of the API's addresses in, its application out; it is mounted into the console's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBearer

from console.access.limits import Limits
from console.access.visit import visit_of
from console.api import posts, projects
from console.api.problems import TYPE, Problem, tell_problems, too_many
from console.readings import Readings

PATH = "/api/v1"
_DENIED = "needs the scope {scope}; minsheng tokens add makes a token that has it"
_UNKNOWN = "needs a token in the header Authorization: Bearer …; minsheng tokens add makes one"


@dataclass(frozen=True, slots=True)
class Call:
    """An address of the API: the scope that a token needs for it, what answers, and what the audit log calls it."""

    path: str
    scope: str
    answer: Callable[..., object]
    logged: str = ""


CALLS: tuple[Call, ...] = (
    Call("/posts", "posts", posts.search, logged="search"),
    Call("/posts/one", "posts", posts.one),
    Call("/posts/count", "posts", posts.count, logged="search"),
    Call("/posts/facets/{facet}", "posts", posts.facet, logged="search"),
    Call("/posts/histogram", "posts", posts.histogram, logged="search"),
    Call("/posts/similar", "posts", posts.similar, logged="similar"),
    Call("/projects", "projects", projects.projects),
    Call("/projects/{id}", "projects", projects.project),
    Call("/projects/{id}/measures", "projects", projects.measures),
    Call("/claims", "claims", projects.claims),
    Call("/alerts", "alerts", projects.alerts),
    Call("/sources", "sources", projects.sources),
)
"""Every address; persons who are logged in may ask for all of them."""


def create_api(readings: Readings, limits: Limits, version: str) -> FastAPI:
    """Build the API; whoever mounts it puts the guard in front of it."""
    api = FastAPI(
        title="Minsheng 民声",
        version=version,
        description="What people say of public projects, as the console shows it. About projects, never about people.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    api.state.readings = readings
    wrong: dict[str, Any] = {"model": Problem, "content": {TYPE: {}}}
    problems: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 401, 403, 404, 409, 429, 503), wrong)
    for call in CALLS:
        api.add_api_route(
            call.path,
            call.answer,
            methods=["GET"],
            dependencies=[Depends(HTTPBearer(auto_error=False)), Depends(_admission(call, limits))],
            responses=problems,
            tags=[call.scope],
        )
    tell_problems(api)
    return api


def _admission(call: Call, limits: Limits) -> Callable[[Request], None]:
    def admit(request: Request) -> None:
        visit = visit_of(request)
        visit.route = PATH + call.path
        person = visit.find_person()
        if person is None:
            raise HTTPException(401, _UNKNOWN, {"WWW-Authenticate": "Bearer"})
        if not person.may_use(call.scope):
            raise HTTPException(403, _DENIED.format(scope=call.scope))
        wait = limits.wait(person.name, visit.now())
        if wait is not None:
            raise too_many(wait)
        if call.logged:
            visit.note(call.logged, visit.here())

    return admit
