"""Guessing passwords is slow, also from many places, and cannot be told from a typing error by its answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.access.sessions import MOST_FOR_A_NAME, MOST_FROM_AN_ADDRESS, Attempts
from minsheng.errors import ConfigError


@pytest.fixture
def moments(desk):
    return [desk.now()]


@pytest.fixture
def ticking(guarded, desk, moments):
    return guarded(replace(desk, now=lambda: moments[0]))


def test_after_so_many_wrong_passwords_the_right_one_waits_too(ticking, moments, log_in):
    wrong = [log_in(ticking, password=f"guess {number}").status_code for number in range(MOST_FOR_A_NAME)]
    paused = log_in(ticking)
    moments[0] += timedelta(minutes=15, seconds=1)

    assert wrong == [403] * MOST_FOR_A_NAME
    assert (paused.status_code, paused.headers["Retry-After"]) == (429, "900")
    assert "请 15 分钟后再试" in paused.text
    assert log_in(ticking).status_code == 303


def test_an_address_that_tries_many_names_waits(entrance, now):
    tries = [entrance.attempts.try_(f"name{number}", "10.0.0.9", now) for number in range(MOST_FROM_AN_ADDRESS + 1)]

    assert [wait is None for wait in tries] == [True] * MOST_FROM_AN_ADDRESS + [False]
    assert entrance.attempts.try_("name0", "10.0.0.8", now) is None


def test_a_whole_office_behind_one_address_may_log_in(entrance, now):
    for number in range(3 * MOST_FROM_AN_ADDRESS):
        at = now + timedelta(seconds=number)
        assert entrance.attempts.try_(f"name{number}", "10.0.0.9", at) is None
        entrance.attempts.forgive(f"name{number}", "10.0.0.9", at)


def test_the_pause_outlives_a_restart(entrance, now):
    for _ in range(MOST_FOR_A_NAME):
        entrance.attempts.try_("li", "10.0.0.9", now)

    assert Attempts(entrance.attempts.store).try_("li", "10.0.0.7", now) is not None


def test_names_are_one_whatever_their_case_and_width(guarded, log_in):
    assert [log_in(guarded(), name=name).status_code for name in ("LI", " ｌｉ ")] == [303, 303]


@pytest.mark.parametrize("password", ["short", "li walks home at night", "aaaaaaaaaaaa", "x" * 2000])
def test_a_weak_password_is_refused(entrance, password):
    with pytest.raises(ConfigError, match="account li"):
        entrance.staff.set_password("li", password)


def test_a_new_password_ends_all_sessions_and_so_does_the_end_of_the_account(guarded, log_in, entrance):
    one, two = guarded(), guarded()
    log_in(one)
    log_in(two, "wang")

    entrance.staff.set_password("li", "another one 四月的雨")
    entrance.staff.remove("wang")

    assert [one.get("/").status_code, two.get("/").status_code] == [303, 303]
    assert log_in(one, password="another one 四月的雨").status_code == 303


def test_no_password_and_no_key_of_a_session_is_kept(guarded, log_in, tmp_path):
    client = guarded()
    log_in(client)

    files = b"".join(path.read_bytes() for path in (tmp_path / "access").iterdir())

    assert "三月的风".encode() not in files
    assert client.cookies["minsheng"].encode() not in files
    assert b"$argon2id$" in files


def test_the_file_of_accounts_is_readable_by_its_owner_alone(entrance, tmp_path):
    assert entrance.staff.people()
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "access").glob("access.sqlite")} == {0}


def test_a_session_follows_the_role_that_the_account_has_now(guarded, log_in, entrance, now):
    from console.access.roles import Person, Role

    client = guarded()
    log_in(client, "zhao")
    entrance.staff.remove("zhao")
    entrance.staff.add(Person("zhao", Role.READER), "another one 四月的雨", now)

    assert client.get("/metrics").status_code == 303


def through(client, **headers):
    return client.get("/", headers={"x-remote-name": "li"} | headers)


def test_a_proxy_that_is_trusted_names_the_person_and_nobody_else_can(guarded):
    trusted = guarded(login="proxy", proxies=frozenset({"testclient"}), proxy_header="x-remote-name")
    foreign = guarded(login="proxy", proxies=frozenset({"10.0.0.1"}), proxy_header="x-remote-name")

    assert through(trusted).status_code == 200
    assert through(trusted, **{"x-remote-name": "nobody"}).status_code == 303
    assert through(foreign).status_code == 303
    assert trusted.post("/login", data={}).status_code == 403


def test_without_tls_other_names_than_those_of_this_machine_are_refused(guarded):
    hosts = frozenset({"desk.example"})
    plain, proxied, allowed = (
        guarded(hosts=hosts),
        guarded(hosts=hosts, proxies=frozenset({"testclient"})),
        guarded(hosts=hosts, plain_http=True),
    )
    headers = {"host": "desk.example", "x-forwarded-proto": "https"}

    assert plain.get("/login", headers=headers).status_code == 400
    assert "https://" in plain.get("/login", headers=headers).text
    assert proxied.get("/login", headers=headers).status_code == 200
    assert allowed.get("/login", headers=headers).status_code == 200
    assert proxied.get("/login", headers=headers | {"host": "evil.example"}).status_code == 400


def test_the_method_page_is_open_where_the_operator_wishes(guarded):
    assert guarded().get("/method").status_code == 303
    opened = guarded(open_method=True).get("/method")

    assert opened.status_code == 200
    assert "/search" not in opened.text.replace("/search/", "")
