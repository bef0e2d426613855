"""One module per page; each answers GET and changes nothing."""

from collections.abc import Callable

from fastapi import Request, Response

from console.routes import (
    alerts,
    briefings,
    claims,
    export,
    health,
    language,
    method,
    overview,
    project,
    search,
    similar,
    sources,
)

PAGES: tuple[tuple[str, Callable[[Request], Response]], ...] = (
    ("/", overview.show),
    ("/search", search.show),
    ("/search/export.{ending}", export.send),
    ("/similar", similar.show),
    ("/project/{id}", project.show),
    ("/alerts", alerts.show),
    ("/claims", claims.show),
    ("/sources", sources.show),
    ("/briefings", briefings.show),
    ("/briefings/{name:path}", briefings.send),
    ("/method", method.show),
    ("/healthz", health.show),
    ("/language/{code}", language.choose),
)
