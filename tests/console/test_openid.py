"""Logging in at an OpenID provider that really runs: who comes in as what, and everything that must not come in."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from console.access.door import Entrance
from console.access.openid import OpenId
from console.access.roles import Person, Role
from console.access.sessions import Attempts, Sessions
from console.access.staff import Staff
from console.access.store import open_store
from console.access.tokens import Tokens
from indexer.memory import MemoryIndex

from .conftest import CHEAP, NOW
from .provider import CLIENT, SECRET, Provider, served

BACK = "http://localhost/login/oidc/back"
USERS = {
    "li": {"preferred_username": "Li.Na", "groups": ["staff", "minsheng-read", "dept-water"]},
    "zhao": {"preferred_username": "zhao", "groups": ["minsheng-read", "minsheng-admin"]},
    "sun": {"preferred_username": "sun", "groups": ["minsheng-analyst", "dept-all"]},
    "nobody": {"preferred_username": "nobody", "groups": ["staff"]},
    "both": {"preferred_username": "both", "groups": ["minsheng-read", "dept-water", "dept-housing"]},
    "none": {"preferred_username": "none", "groups": ["minsheng-read"]},
    "odd": {"preferred_username": "a b<script>", "groups": ["minsheng-admin"]},
}
KEY = RSAKey.generate_key(2048, {"kid": "one"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture
def index():
    """One engine is enough: nothing is searched here."""
    return MemoryIndex()


@pytest.fixture
def entrance(tmp_path):
    """Nobody has an account: the provider vouches."""
    store = open_store(tmp_path / "access.sqlite")
    sessions = Sessions(store, timedelta(hours=12), timedelta(hours=1))
    return Entrance(Staff(store, CHEAP), sessions, Attempts(store), Tokens(store))


@pytest.fixture(scope="module")
def at_work():
    with served(Provider(BACK, lambda: NOW, users=USERS, key=KEY)) as running:
        yield running


@pytest.fixture
def provider(at_work):
    """The provider as it is before anything is twisted."""
    fresh = Provider(BACK, lambda: NOW)
    for name in ("who", "in_token", "twist", "deny", "named_issuer", "shown_key"):
        setattr(at_work, name, getattr(fresh, name))
    at_work.key = KEY
    return at_work


@pytest.fixture
def openid(provider):
    roles = {"minsheng-read": Role.READER, "minsheng-analyst": Role.ANALYST, "minsheng-admin": Role.ADMIN}
    departments = {"dept-water": "water", "dept-housing": "housing", "dept-all": "*"}
    return OpenId(
        provider.issuer, CLIENT, SECRET, BACK, ("openid", "profile"), "preferred_username", "groups", roles, departments
    )


@pytest.fixture
def browser(guarded, openid):
    return guarded(login="oidc", openid=openid)


def at_provider(client, wanted="/alerts"):
    """Go to the provider as a browser does; return the address by which it sends back."""
    there = client.get(f"/login/oidc?next={wanted}").headers["Location"]
    return requests.get(there, allow_redirects=False, timeout=5).headers["Location"]


def come_back(client, address):
    return client.get(address.removeprefix("http://localhost"))


@pytest.mark.parametrize(
    ("who", "person"),
    [
        ("li", Person("li.na", Role.READER, "water")),
        ("zhao", Person("zhao", Role.ADMIN)),
        ("sun", Person("sun", Role.ANALYST)),
    ],
)
@pytest.mark.parametrize("in_token", [True, False], ids=["groups in the token", "groups from userinfo"])
def test_a_group_gives_the_role_and_the_department_and_the_reader_goes_where_they_wanted(
    browser, provider, entrance, audit, who, person, in_token
):
    provider.who, provider.in_token = who, in_token

    answer = come_back(browser, at_provider(browser))

    assert answer.headers["Location"] == "/alerts"
    assert entrance.staff.find(person.name) == person
    assert browser.get("/alerts").status_code == 200
    assert next(entry.what for entry in audit.entries()) == "login"


def test_what_is_asked_for_has_pkce_state_and_nonce_and_no_secret(browser, provider):
    address = urlsplit(browser.get("/login/oidc").headers["Location"])
    asked = parse_qs(address.query)

    assert f"{address.scheme}://{address.netloc}" == provider.issuer
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [BACK]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert SECRET not in address.query


@pytest.mark.parametrize(
    ("who", "words"),
    [("nobody", "没有本站的权限"), ("both", "多个部门"), ("none", "没有给出您的部门"), ("odd", "不用的字符")],
)
def test_who_has_no_role_no_clear_department_or_an_odd_name_stays_outside(browser, provider, entrance, who, words):
    provider.who = who
    before = entrance.staff.people()

    answer = come_back(browser, at_provider(browser))

    assert (answer.status_code, words in answer.text) == (403, True)
    assert entrance.staff.people() == before
    assert browser.get("/alerts").status_code == 303


def old(claims):
    return {"exp": claims["iat"] - 3600, "iat": claims["iat"] - 7200}


@pytest.mark.parametrize(
    "twist",
    [
        lambda _: {"nonce": "another"},
        lambda _: {"nonce": None},
        lambda _: {"aud": "another"},
        lambda _: {"aud": [CLIENT, "another"], "azp": "another"},
        lambda _: {"iss": "http://127.0.0.1:1"},
        lambda _: {"exp": None},
        lambda claims: {"iat": claims["iat"] + 7200},
        old,
    ],
    ids=["other nonce", "no nonce", "other audience", "other party", "other issuer", "no end", "from later", "expired"],
)
def test_an_id_token_that_is_not_for_this_login_is_refused(browser, provider, twist):
    provider.twist = twist

    answer = come_back(browser, at_provider(browser))

    assert (answer.status_code, "没有通过核验" in answer.text) == (403, True)
    assert browser.get("/alerts").status_code == 303


def test_an_id_token_signed_by_somebody_else_is_refused(browser, provider):
    provider.shown_key, provider.key = KEY, FOREIGN

    assert come_back(browser, at_provider(browser)).status_code == 403


@pytest.mark.usefixtures("provider")
def test_an_answer_is_good_once_for_the_browser_that_asked_and_for_ten_minutes(browser, guarded, openid, desk):
    answer = at_provider(browser)
    stranger = come_back(guarded(login="oidc", openid=openid), answer)
    first, again = come_back(browser, answer), come_back(browser, answer)
    late = guarded(replace(desk, now=lambda: NOW - timedelta(minutes=11)), login="oidc", openid=openid)
    came = at_provider(late)
    key = {"minsheng": late.cookies["minsheng"]}
    in_time = guarded(login="oidc", openid=openid)
    in_time.cookies.update(key)
    later = come_back(in_time, came)

    assert ("不是从这个浏览器" in stranger.text, stranger.status_code) == (True, 403)
    assert (first.status_code, again.status_code) == (303, 403)
    assert "已经过期" in later.text


def test_what_the_provider_denies_or_cannot_do_is_said(browser, provider):
    provider.deny = True
    denied = come_back(browser, at_provider(browser))
    provider.deny, provider.named_issuer = False, "https://elsewhere.example"
    foreign = browser.get("/login/oidc")

    assert ("access_denied" in denied.text, denied.status_code) == (True, 403)
    assert ("统一认证现在用不了" in foreign.text, foreign.status_code) == (True, 503)


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example"])
@pytest.mark.usefixtures("provider")
def test_nobody_is_sent_elsewhere_after_the_login(browser, wanted):
    assert come_back(browser, at_provider(browser, wanted)).headers["Location"] == "/"


@pytest.mark.usefixtures("provider")
def test_guessing_answers_has_a_brake_and_passwords_are_not_asked(browser):
    tries = [browser.get("/login/oidc/back?code=x&state=1.y.z").status_code for _ in range(12)]

    assert tries == [403] * 10 + [429] * 2
    assert "用单位账号登录" in browser.get("/login").text
    assert "password" not in browser.get("/login").text


def test_a_group_taken_away_at_the_provider_is_gone_at_the_next_login(browser, provider, entrance):
    provider.who = "zhao"
    come_back(browser, at_provider(browser))
    provider.users = USERS | {"zhao": {"preferred_username": "zhao", "groups": ["minsheng-read", "dept-all"]}}

    come_back(browser, at_provider(browser))
    provider.users = USERS

    assert entrance.staff.find("zhao") == Person("zhao", Role.READER)
