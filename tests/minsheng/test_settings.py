import pytest

from minsheng.errors import ConfigError
from minsheng.settings import describe_settings, load_settings


def deploy(tmp_path, text=""):
    (tmp_path / "minsheng.yml").write_text(text, encoding="utf-8")
    return tmp_path


def test_an_empty_file_gives_the_defaults(tmp_path):
    settings = load_settings(deploy(tmp_path), {})

    assert settings.index == "sqlite"
    assert settings.mail.channel == "folder"
    assert settings.console.host == "127.0.0.1"


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MINSHENG_MAIL__SENDER", "env@office.example")
    folder = deploy(tmp_path, "office: 江临市融媒体中心\nmail:\n  sender: file@office.example\n  port: 465\n")

    settings = load_settings(folder, {"MINSHENG_MAIL__SENDER": "env@office.example"})

    assert (settings.mail.sender, settings.mail.port) == ("env@office.example", 465)
    assert settings.office == "江临市融媒体中心"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("office: x\nconsle: {}\n", r"minsheng\.yml:2: consle: unknown key 'consle'; did you mean 'console'"),
        ("mail:\n  chanel: smtp\n", r"minsheng\.yml:2: mail\.chanel: unknown key 'chanel'; did you mean 'channel'"),
        ("mail: {channel: smtp}\n", r"minsheng\.yml:1: mail: channel smtp needs host"),
        ("mail: {channel: smtp, host: mx.example, security: none}\n", "only for a server on loopback"),
        ("console:\n  host: 0.0.0.0\n", r"minsheng\.yml:1: console: login none is for this machine alone"),
        ("console: {hosts: [desk.example]}\n", "login none is for this machine alone"),
        ("console: {host: 0.0.0.0, login: password}\n", "host 0.0.0.0 needs hosts"),
        ("console: {login: proxy}\n", "login proxy needs proxies and proxy_header"),
        ("console: {login: oidc}\n", "login oidc needs oidc.issuer, oidc.client_id and oidc.roles"),
        ("oidc: {issuer: 'http://sso.example', client_id: a, roles: {g: reader}}\n", "wanted an https:// address"),
        ("oidc: {issuer: 'https://sso.example', client_id: a}\n", "an issuer needs client_id, and roles"),
        ("oidc: {issuer: 'https://sso.example', client_id: a, roles: {g: root}}\n", "oidc.roles.g"),
        ("schedule: {digest_hour: 25}\n", r"schedule\.digest_hour"),
        ("- a\n", "wants keys and values"),
    ],
)
def test_a_wrong_setting_is_named_with_file_line_and_key(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load_settings(deploy(tmp_path, text), {})


def test_an_unknown_environment_variable_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="MINSHENG_MAIL__SENDR.*MINSHENG_MAIL__SENDER"):
        load_settings(deploy(tmp_path), {"MINSHENG_MAIL__SENDR": "x"})


def test_a_wrong_value_of_the_environment_is_named_as_such(tmp_path, monkeypatch):
    monkeypatch.setenv("MINSHENG_MAIL__PORT", "mail")

    with pytest.raises(ConfigError, match="set by environment variable: MINSHENG_MAIL__PORT"):
        load_settings(deploy(tmp_path), {"MINSHENG_MAIL__PORT": "mail"})


def test_a_folder_without_a_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match="minsheng init"):
        load_settings(tmp_path, {})


def test_a_password_is_never_shown(tmp_path):
    settings = load_settings(deploy(tmp_path, "mail: {password: secret-word}\n"), {})

    assert "secret-word" not in repr(settings)


def test_every_setting_has_a_help_text():
    assert [key for key, _, help_text in describe_settings() if not help_text] == []
