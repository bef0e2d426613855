"""The one table of addresses: who may ask for each at the least, and the module that answers."""

from console.access.entry import Entry
from console.access.roles import Role
from console.routes import (
    alerts,
    briefings,
    claims,
    correct,
    deciding,
    export,
    health,
    language,
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
    Entry("GET", "/correct", Role.ANALYST, correct.show),
    Entry("POST", "/correct", Role.ANALYST, correct.save, logged="correct"),
    Entry("GET", "/claims/{id}", Role.ANALYST, deciding.show),
    Entry("POST", "/claims/accept", Role.ANALYST, deciding.accept, logged="accept claim"),
    Entry("POST", "/claims/reject", Role.ANALYST, deciding.reject, logged="reject claim"),
    Entry("POST", "/claims/withdraw", Role.ANALYST, deciding.withdraw, logged="withdraw claim"),
    Entry("POST", "/claims/import", Role.ANALYST, deciding.take_table, whole=True, logged="import claims"),
    Entry("POST", "/alerts/silence", Role.ANALYST, alerts.silence, logged="silence"),
    Entry("POST", "/sources/rest", Role.ANALYST, sources.rest, whole=True, logged="rest source"),
    Entry("POST", "/sources/withdraw", Role.ADMIN, sources.withdraw, whole=True, logged="withdraw source"),
    Entry("POST", "/briefings/make", Role.ANALYST, briefings.make, whole=True, logged="make briefing"),
    Entry("GET", "/language/{code}", None, language.choose),
    Entry("GET", "/healthz", None, health.show),
    Entry("GET", "/login", None, login.show),
    Entry("POST", "/login", None, login.enter, logged="login"),
    Entry("POST", "/logout", None, login.leave, logged="logout"),
)
"""An address that stands here with a role is refused to everybody below it; tests walk through the whole table."""
