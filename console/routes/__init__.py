"""The one table of addresses: who may ask for each at the least, and the module that answers."""

from console.access.entry import Entry
from console.access.roles import Role
from console.routes import (
    alerts,
    briefings,
    claims,
    export,
    health,
    login,
    method,
    overview,
    project,
    search,
    similar,
    sources,
)

ROUTES: tuple[Entry, ...] = (
    Entry("GET", "/", Role.READER, overview.show),
    Entry("GET", "/search", Role.READER, search.show, logged="search"),
    Entry("GET", "/search/export.{ending}", Role.READER, export.send, logged="export"),
    Entry("GET", "/similar", Role.READER, similar.show, logged="similar"),
    Entry("GET", "/project/{id}", Role.READER, project.show),
    Entry("GET", "/alerts", Role.READER, alerts.show),
    Entry("GET", "/claims", Role.READER, claims.show),
    Entry("GET", "/sources", Role.READER, sources.show),
    Entry("GET", "/briefings", Role.READER, briefings.show, whole=True),
    Entry("GET", "/briefings/{name:path}", Role.READER, briefings.send, whole=True, logged="briefing"),
    Entry("GET", "/method", Role.READER, method.show, opened=True),
    Entry("GET", "/healthz", None, health.live),
    Entry("GET", "/readyz", None, health.ready),
    Entry("GET", "/metrics", Role.ANALYST, health.measure, scope="metrics", whole=True),
    Entry("GET", "/api/v1/openapi.json", None, health.describe),
    Entry("GET", "/login", None, login.show),
    Entry("POST", "/login", None, login.enter, logged="login"),
    Entry("POST", "/logout", None, login.leave, logged="logout"),
)
"""An address that stands here with a role is refused to everybody below it; tests walk through the whole table."""
