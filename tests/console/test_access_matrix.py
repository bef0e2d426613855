"""Who may ask for what, walked through the tables of addresses: an address that is missing here fails."""

import re
from dataclasses import replace

import pytest
from starlette.routing import Mount, Route

from console.access.roles import Role
from console.api.app import CALLS, PATH
from console.app import create_app
from console.routes import ROUTES
from minsheng.domain import Briefing, Window

# Each address as a browser would write it. A new one fails until it stands here.
ADDRESSES = {
    "/": "/",
    "/search": "/search?q=噪声",
    "/search/export.{ending}": "/search/export.csv",
    "/similar": "/similar?post=forum:1",
    "/project/{id}": "/project/road",
    "/alerts": "/alerts",
    "/review": "/review",
    "/review/{claim}": "/review/c1",
    "/review/draw": "/review/draw",
    "/review/label": "/review/label",
    "/mail": "/mail",
    "/mail/retry": "/mail/retry",
    "/mail/test": "/mail/test",
    "/claims": "/claims",
    "/sources": "/sources",
    "/briefings": "/briefings",
    "/briefings/{name:path}": "/briefings/",
    "/method": "/method",
    "/correct": "/correct?post=forum:1",
    "/claims/{id}": "/claims/{proposal}",
    "/claims/accept": "/claims/accept",
    "/claims/reject": "/claims/reject",
    "/claims/withdraw": "/claims/withdraw",
    "/claims/import": "/claims/import",
    "/alerts/silence": "/alerts/silence",
    "/sources/add": "/sources/add",
    "/sources/add/{id}": "/sources/add/t1",
    "/sources/add/keep": "/sources/add/keep",
    "/sources/rest": "/sources/rest",
    "/sources/withdraw": "/sources/withdraw",
    "/briefing/{id}": "/briefing/weekly-2026-W10",
    "/briefings/send": "/briefings/send",
    "/briefings/make": "/briefings/make",
    "/language/{code}": "/language/en?back=/method",
    "/healthz": "/healthz",
    "/readyz": "/readyz",
    "/metrics": "/metrics",
    "/login": "/login",
    "/login/oidc": "/login/oidc",
    "/login/oidc/back": "/login/oidc/back",
    "/logout": "/logout",
    "/api/v1/openapi.json": "/api/v1/openapi.json",
    "/posts": "/posts?q=噪声",
    "/posts/one": "/posts/one?id=forum:1",
    "/posts/count": "/posts/count",
    "/posts/facets/{facet}": "/posts/facets/project",
    "/posts/histogram": "/posts/histogram",
    "/posts/similar": "/posts/similar?post=forum:1",
    "/projects": "/projects",
    "/projects/{id}": "/projects/road",
    "/projects/{id}/measures": "/projects/road/measures",
    "/claims of the API": "/claims",
    "/alerts of the API": "/alerts",
    "/sources of the API": "/sources",
}
# Who is refused what for being of another department: the page is not there for them, or all of it is of the office.
NOT_THERE = {"/similar", "/project/{id}", "/posts/one", "/posts/similar", "/projects/{id}", "/projects/{id}/measures"}
NAMES = {"reader": "li", "analyst": "wang", "admin": "zhao", "other department": "qian"}
ROLES = {"reader": Role.READER, "analyst": Role.ANALYST, "admin": Role.ADMIN, "other department": Role.READER}


def address_of(call):
    return PATH + ADDRESSES.get(f"{call.path} of the API", ADDRESSES.get(call.path, "missing in ADDRESSES"))


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_every_page_is_open_to_whom_the_table_says_and_to_nobody_else(desk, acts, guarded, log_in, token_of, who):
    (proposal,) = acts.ledger.entries()
    weekly = Briefing("weekly-2026-W10", "weekly", 1, Window(desk.now(), desk.now()), desk.now())
    desk.briefings.mkdir()
    (desk.briefings / "weekly-2026-W10.html").write_text("<h1>周报</h1>", encoding="utf-8")
    client = guarded(replace(desk, acts=acts, entries=acts.ledger.entries, archived=lambda: [weekly]))
    if who in NAMES:
        log_in(client, NAMES[who])
    seen, wanted = {}, {}
    for entry in ROUTES:
        if entry.path.startswith(("/login", "/logout")):  # they have their own tests, and would end the session
            continue
        data = {"csrf": token_of(client, "/")} if entry.method == "POST" and who in NAMES else None
        answer = client.request(entry.method, ADDRESSES[entry.path].format(proposal=proposal.id), data=data)
        seen[entry.method, entry.path] = outcome(answer)
        wanted[entry.method, entry.path] = wanted_outcome(entry, who)

    assert seen == wanted


def outcome(answer):
    """What came of a request. A form without its fields is found wanting (400, 404) once whoever sent it is let in."""
    if answer.status_code in {401, 403} or answer.headers.get("Location", "").startswith("/login"):
        return "refused"
    if answer.request.method == "POST" and answer.status_code in {400, 404}:
        return "let in"
    return {200: "let in", 303: "let in", 404: "not there"}.get(answer.status_code, answer.status_code)


def wanted_outcome(entry, who):
    if entry.least is None:
        return "let in"
    if who == "nobody" or not ROLES[who].covers(entry.least) or (entry.whole and who == "other department"):
        return "refused"
    return "not there" if who == "other department" and entry.path in NOT_THERE else "let in"


@pytest.mark.parametrize("who", [*NAMES, "nobody"])
def test_every_address_of_the_api_is_open_to_persons_and_closed_to_nobody(guarded, log_in, who):
    client = guarded()
    if who in NAMES:
        log_in(client, NAMES[who])
    answers = {call.path: client.get(address_of(call)) for call in CALLS}

    wanted = {call.path: 401 if who == "nobody" else 200 for call in CALLS}
    wanted |= dict.fromkeys(NOT_THERE & set(wanted), 404) if who == "other department" else {}
    wanted |= {"/posts/similar": 409} if who in {"reader", "analyst", "admin"} else {}  # the post has no vector
    assert {path: answer.status_code for path, answer in answers.items()} == wanted


def test_a_token_opens_what_its_scopes_say_and_nothing_else(guarded, entrance, desk):
    from datetime import timedelta

    client = guarded()
    for scope in sorted({call.scope for call in CALLS}):
        _, key = entrance.tokens.add("a program", [scope], "", desk.now(), timedelta(days=1))
        headers = {"Authorization": f"Bearer {key}"}
        seen = {call.path: client.get(address_of(call), headers=headers).status_code for call in CALLS}

        assert {path for path, status in seen.items() if status != 403} == {c.path for c in CALLS if c.scope == scope}
        assert {
            client.request(entry.method, ADDRESSES[entry.path], headers=headers).status_code
            for entry in ROUTES
            if entry.least
        } == {403}


def test_every_route_of_the_application_stands_in_a_table(desk):
    app = create_app(desk)
    pages = {route.path for route in app.routes if isinstance(route, Route)}
    mounts = {route.path for route in app.routes if isinstance(route, Mount)}
    calls = {route.path for route in app.state.api.routes}

    assert pages == {entry.path for entry in ROUTES}
    assert mounts == {"/static", PATH}
    assert calls == {call.path for call in CALLS}


def test_every_form_of_a_page_that_is_posted_holds_the_token(guarded, log_in):
    client = guarded()
    log_in(client, "zhao")

    for entry in ROUTES:
        if entry.method == "GET" and entry.least:
            forms = re.findall(
                r"<form[^>]*method=\"?post.*?</form>", client.get(ADDRESSES[entry.path]).text, re.DOTALL | re.IGNORECASE
            )
            assert [form for form in forms if 'name="csrf"' not in form] == []


SECRETS = ("施工噪声扰民", "滨河路", "群众满意率", "人民公园", '=road"', "/road", '"road"', '=park"', "/park", '"park"')


@pytest.mark.parametrize("who", ["qian"])
def test_another_department_reads_nothing_of_what_is_not_its_own(guarded, log_in, who):
    client = guarded()
    log_in(client, who)
    pages = [
        ADDRESSES[entry.path] for entry in ROUTES if entry.method == "GET" and entry.path not in {"/login", "/similar"}
    ]
    asked = [*pages, "/search?project=road", "/search?q=项目:road", "/search?q=-xyz&fold=0", "/search?thread=http://forum.example/t/1",
             *map(address_of, CALLS)]  # fmt: skip

    # What they typed themselves is shown to them; the name of an address is no secret.
    found = {
        address: [word for word in SECRETS if word in client.get(address).text.replace("“road”", "")]
        for address in asked
        if "road" not in address
    }

    assert {address: words for address, words in found.items() if words} == {}


def test_a_department_sees_its_own(guarded, log_in, make_labelled, desk):
    desk.index.add(
        [make_labelled("水管爆了", projects=("pipes",)), make_labelled("河边和水管都在修", projects=("road", "pipes"))]
    )
    client = guarded()
    log_in(client, "sun")

    page = client.get("/search?fold=0").text
    facets = client.get("/api/v1/posts/facets/project").json()["values"]

    assert "河边和水管都在修" in page
    assert "水管爆了" not in page
    assert "pipes" not in page
    assert {each["value"] for each in facets} == {"road", "park"}
