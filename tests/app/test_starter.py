import pytest

from alerts.claims import load_claims
from app.starter import init
from minsheng.errors import ConfigError
from minsheng.register import load_register
from minsheng.settings import load_settings


def test_a_starter_deployment_is_valid_as_it_stands(tmp_path):
    files = init(tmp_path / "office")

    settings = load_settings(tmp_path / "office", {})
    register = load_register(tmp_path / "office" / "projects")
    claims = load_claims(tmp_path / "office" / "claims", register.projects)
    assert all(path.exists() for path in files)
    assert settings.index == "sqlite"
    assert [claim.reviewed for claim in claims] == [False]


def test_a_contact_is_set_in_its_place(tmp_path):
    init(tmp_path / "office", "liaison@city.example")

    assert load_settings(tmp_path / "office", {}).crawl.contact == "liaison@city.example"
    assert (tmp_path / "office" / "minsheng.yml").read_text(encoding="utf-8").count("crawl:") == 1


def test_the_settings_are_valid_too_when_every_default_is_uncommented(tmp_path):
    init(tmp_path)
    path = tmp_path / "minsheng.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    # The two lines of prose at the head stay comments.
    path.write_text("\n".join(line.removeprefix("# ") for line in lines[2:]), encoding="utf-8")

    assert load_settings(tmp_path, {}).console.port == 8765


def test_an_existing_deployment_is_not_touched(tmp_path):
    (tmp_path / "minsheng.yml").write_text("office: 江临\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="is there already"):
        init(tmp_path)

    assert (tmp_path / "minsheng.yml").read_text(encoding="utf-8") == "office: 江临\n"
