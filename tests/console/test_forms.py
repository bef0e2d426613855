"""What every change must bring before it is done: a token of this visitor, sent from a page of this console."""

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from console.access.door import Door
from console.access.secrets import digest_of, new_key
from console.app import create_app


def test_who_has_logged_in_is_there_until_they_log_out(guarded, token_of, log_in):
    client = guarded()

    entered = log_in(client)
    inside = client.get("/")
    left = client.post("/logout", data={"csrf": token_of(client, "/")})
    outside = client.get("/")

    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert inside.status_code == 200
    assert "li<small>查阅</small>" in inside.text
    assert left.status_code == 303
    assert outside.headers["Location"] == "/login?next=/"
    assert "已退出登录" in client.get("/login").text


def test_a_sentence_is_shown_once(guarded, token_of, log_in):
    client = guarded()
    log_in(client)
    client.post("/logout", data={"csrf": token_of(client, "/")})

    assert ["已退出登录" in client.get("/login").text for _ in range(2)] == [True, False]


def test_a_sentence_of_somebody_else_is_not_shown(guarded, token_of):
    client = guarded()
    token_of(client)
    client.cookies.set("minsheng-said", "0" * 64 + ".6K-35oqK5a-G56CB5ZGK6K-J5oiR")

    assert 'class="flash"' not in client.get("/login").text


def test_a_session_from_before_the_login_is_worth_nothing_after_it(guarded, token_of, log_in):
    client, thief = guarded(), guarded()
    token_of(client)
    planted = client.cookies["minsheng"]

    log_in(client)
    thief.cookies.set("minsheng", planted)

    assert client.cookies["minsheng"] != planted
    assert thief.get("/").status_code == 303


@pytest.mark.parametrize("sent", [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "中"}])
def test_a_change_without_the_token_of_the_visitor_is_not_done(guarded, sent, log_in):
    client = guarded()
    log_in(client)

    answer = client.post("/logout", data=sent)

    assert answer.status_code == 403
    assert "没有执行" in answer.text
    assert client.get("/").status_code == 200


def test_the_token_of_one_visitor_is_not_that_of_another(guarded, token_of, log_in):
    client, other = guarded(), guarded()
    log_in(client)

    assert client.post("/logout", data={"csrf": token_of(other)}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://localhost"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_change_that_another_page_sends_is_not_done_whatever_it_brings(guarded, headers, token_of, log_in):
    client = guarded()
    log_in(client)

    answer = client.post("/logout", data={"csrf": token_of(client, "/")}, headers=headers)

    assert answer.status_code == 403
    assert client.get("/").status_code == 200


def test_a_script_of_ours_may_send_the_token_in_a_header(guarded, token_of, log_in):
    client = guarded()
    log_in(client)

    answer = client.post("/logout", headers={"x-csrf-token": token_of(client, "/"), "origin": "http://localhost"})

    assert answer.status_code == 303


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(guarded, log_in):
    cookie = log_in(guarded()).headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_behind_tls_the_cookie_goes_over_tls_alone(guarded, log_in):
    door = guarded(hosts=frozenset({"desk.example"}))
    client = TestClient(door.app, base_url="https://desk.example", follow_redirects=False)

    cookie = log_in(client).headers["Set-Cookie"]

    assert cookie.startswith("__Host-minsheng=")
    assert "Secure" in cookie


def test_without_login_forms_work_for_this_machine(desk):
    client = TestClient(create_app(desk), base_url="http://localhost", follow_redirects=False)

    refused = client.post("/logout")
    done = client.post("/logout", data={"csrf": csrf_without_login(client)})

    assert (refused.status_code, done.status_code) == (403, 303)


def csrf_without_login(client):
    """Return the token that a page with a form would hold: derived from the cookie that it sends."""
    client.cookies.set("minsheng", new_key())
    return digest_of(client.cookies["minsheng"], "csrf")


def test_a_body_larger_than_any_form_is_refused(guarded):
    client = guarded()

    told = client.post("/login", content=b"x", headers={"content-length": "20000000"})
    untold = client.post(
        "/login",
        content=(b"x" * 1_000_000 for _ in range(12)),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )

    odd = client.post("/login", content=b"x", headers={"content-length": "9" * 5000})

    assert (told.status_code, untold.status_code, odd.status_code) == (413, 413, 413)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\r\nX: y",
     "/\t/evil.example", "///evil.example", "evil.example", "/" + "a" * 5000, "http:evil.example"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_the_login(guarded, wanted, log_in):
    client = guarded()

    answer = log_in(client, next=wanted)
    again = client.get("/login", params={"next": wanted})

    assert [answer.headers["Location"], again.headers["Location"]] == ["/", "/"]


def test_after_the_login_the_page_that_was_wanted_is_shown(guarded, token_of):
    client = guarded()
    asked = client.get("/search?q=噪声&sort=x").headers["Location"]

    answer = client.post(
        "/login" + asked.removeprefix("/login"),
        data={"csrf": token_of(client), "name": "LI", "password": "三月的风 walks home"},
    )

    assert answer.headers["Location"] == "/search?q=%E5%99%AA%E5%A3%B0&sort=x"


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(guarded, log_in):
    client = guarded()

    wrong, unknown = log_in(client, password="wrong"), log_in(client, name="nobody")

    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("li", "") == unknown.text.replace("nobody", "").replace("li", "")


def test_a_session_ends_by_itself(desk, entrance, log_in):
    moments = [desk.now()]
    client = TestClient(
        create_app(replace(desk, now=lambda: moments[0]), Door(login="password", entrance=entrance)),
        base_url="http://localhost",
        follow_redirects=False,
    )
    log_in(client)
    seen = []
    for minutes in (59, 59, 61):
        moments[0] += timedelta(minutes=minutes)
        seen.append(client.get("/").status_code)
    log_in(client)
    for _ in range(13):
        moments[0] += timedelta(minutes=58)
        seen.append(client.get("/").status_code)

    assert seen == [200, 200, 303] + [200] * 12 + [303]
