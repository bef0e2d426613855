"""Accounts, tokens and the audit log from the command line, and the door that the settings open."""

import json
import re

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.access import accounts, open_door
from app.auditing import audit_log, note_settings
from app.bootstrap import Office
from app.cli import cli
from console.access.audit import AuditBroken
from console.access.roles import Role
from console.access.staff import Staff
from console.app import create_app
from minsheng.errors import ConfigError

PASSWORD = "三月的风 walks home"
PROJECTS = """\
departments: [{id: housing, name: 住建局, recipients: [housing@office.example]}]
projects: [{id: road, name: 滨江路, region: 城西区, department: housing}]
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "office"
    (folder / "projects").mkdir(parents=True)
    (folder / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")
    (folder / "minsheng.yml").write_text("console: {login: password, hosts: [Desk.example]}\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(folder):
    def asked(*words, stdin=""):
        return CliRunner().invoke(cli, [*words, "-C", str(folder)], input=stdin, catch_exceptions=False)

    return asked


def test_an_account_is_added_listed_given_a_password_and_removed(run, folder):
    added = run("users", "add", "Zhang", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
    run("users", "add", "li", "--department", "housing", "--password-stdin", stdin=PASSWORD + "\n")
    listed = run("users", "list").output
    run("users", "password", "li", "--password-stdin", stdin="another one 四月的雨\n")
    staff = Staff(accounts(Office(folder, {})))

    assert "已开设 zhang（管理）" in added.output
    assert "住建局" in listed
    assert staff.check("li", PASSWORD) is None
    assert staff.check("li", "another one 四月的雨").department == "housing"
    run("users", "remove", "li")
    assert [person.name for person in staff.people()] == ["zhang"]
    noted = [(entry.what, entry.about) for entry in audit_log(Office(folder, {})).entries()]
    assert noted == [
        ("account add", "Zhang admin"),
        ("account add", "li reader housing"),
        ("account password", "li"),
        ("account remove", "li"),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["users", "add", "li", "--role", "boss", "--password-stdin"], "none of reader, analyst, admin"),
        (["users", "add", "li", "--department", "housng", "--password-stdin"], "did you mean 'housing'"),
        (["users", "add", "a b", "--password-stdin"], "1 to 64 letters"),
        (["users", "add", "li", "--role", "admin", "--department", "housing", "--password-stdin"], "an admin sees all"),
        (["users", "password", "nobody", "--password-stdin"], "account nobody"),
        (["users", "remove", "nobody"], "account nobody"),
        (["tokens", "add", "x", "--scope", "everything"], "no scope 'everything'"),
        (["tokens", "add", "x", "--scope", "posts", "--department", "water"], "no department 'water'"),
        (["tokens", "revoke", "zzz"], "token zzz"),
        (["audit", "verify", "--head", "zzz"], "NUMBER:SEAL"),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(run, words, said):
    with pytest.raises(ConfigError, match=said):
        run(*words, stdin=PASSWORD + "\n")


def test_a_name_is_taken_once(run):
    run("users", "add", "li", "--password-stdin", stdin=PASSWORD + "\n")

    with pytest.raises(ConfigError, match="is there already"):
        run("users", "add", "LI", "--password-stdin", stdin=PASSWORD + "\n")


def test_a_login_that_nobody_could_pass_is_refused_before_anything_is_served(folder):
    with pytest.raises(ConfigError, match="nobody has an account yet; minsheng users add"):
        open_door(Office(folder, {}))


def test_the_door_is_what_the_settings_say(run, folder):
    run("users", "add", "li", "--password-stdin", stdin=PASSWORD + "\n")

    door = open_door(Office(folder, {}))

    assert (door.hosts, door.login, door.plain_http) == ({"desk.example"}, "password", False)
    assert door.entrance.staff.check("li", PASSWORD).name == "li"


PROVIDER = """\
console: {{hosts: [desk.example], public_url: "https://desk.example", login: oidc}}
oidc: {{issuer: "https://sso.example", client_id: minsheng, roles: {{g: reader}}, departments: {{h: {department}}}}}
"""


def test_the_door_at_a_provider_needs_no_account_and_knows_the_departments(folder):
    (folder / "minsheng.yml").write_text(PROVIDER.format(department="housing"), encoding="utf-8")
    door = open_door(Office(folder, {}))
    (folder / "minsheng.yml").write_text(PROVIDER.format(department="hosing"), encoding="utf-8")

    assert (door.login, door.openid.back) == ("oidc", "https://desk.example/login/oidc/back")
    assert door.openid.roles == {"g": Role.READER}
    with pytest.raises(ConfigError, match="oidc.departments: 'h' → 'hosing': did you mean 'housing'"):
        open_door(Office(folder, {}))


def test_a_token_from_the_command_line_opens_the_api_until_it_is_revoked(run, folder):
    run("users", "add", "li", "--password-stdin", stdin=PASSWORD + "\n")
    made = run("tokens", "add", "周报程序", "--scope", "posts", "--days", "30")
    key, number = re.search(r"minsheng_\S+", made.output)[0], re.search(r"编号 (\w+)", made.output)[1]
    office = Office(folder, {})
    client = TestClient(create_app(office.desk(), open_door(office)), base_url="http://localhost")

    def status():
        return client.get("/api/v1/posts/count", headers={"Authorization": f"Bearer {key}"}).status_code

    before = status()
    listed = run("tokens", "list").output
    run("tokens", "revoke", number)
    after = status()
    office.close()

    assert (before, after) == (200, 401)
    assert "周报程序" in listed
    assert key not in listed
    assert "已作废" in run("tokens", "list").output


def test_the_audit_log_is_verified_shown_and_found_wanting(run, folder):
    for query in ("噪声", "漏水"):
        run("search", query)
    head = re.search(r"^\d+:\w{64}$", run("audit", "verify").output, re.MULTILINE)[0]
    shown = run("audit", "show", "--last", "1", "--json").output
    log = audit_log(Office(folder, {}))
    log.path.write_bytes(log.path.read_bytes().splitlines(keepends=True)[0])

    assert json.loads(shown)["about"] == "漏水"
    assert json.loads(shown)["who"].startswith("cli:")
    assert "1 行" in run("audit", "verify").output
    with pytest.raises(AuditBroken, match="lines were cut off"):
        run("audit", "verify", "--head", head)


def test_settings_are_noted_when_they_are_others_than_at_the_last_start_and_without_secrets(folder, monkeypatch):
    monkeypatch.setenv("MINSHENG_MAIL__PASSWORD", "hunter2hunter2")
    for _ in range(2):
        note_settings(Office(folder, {}))
    (folder / "minsheng.yml").write_text("office: 江临市联络办\n", encoding="utf-8")
    note_settings(Office(folder, {}))

    noted = [entry.about for entry in audit_log(Office(folder, {})).entries()]

    assert len(noted) == 2
    assert "password" in noted[1]
    assert "江临市联络办" in noted[1]
    assert "hunter2" not in "".join(noted)


def test_passwords_are_hashed_as_the_library_advises():
    parameters = PasswordHasher()

    assert parameters.memory_cost >= 65536
    assert parameters.type.name == "ID"
