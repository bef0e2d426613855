"""The deployment that the demo writes is one that the product takes."""

import shutil
from datetime import date, timedelta

import pytest
import yaml

from alerts.claims import load_claims
from crawlers.source import load_sources
from demo.deployment import MARK, write_deployment
from demo.sources import OLD, OWNERS
from minsheng.domain import ASPECTS, BEIJING, ClaimKind, ClaimStatus
from minsheng.errors import ConfigError
from minsheng.register import load_register
from minsheng.settings import load_settings

TODAY = date(2026, 11, 23)


@pytest.fixture
def register(deployment):
    return load_register(deployment / "projects")


def test_settings_are_valid_and_let_the_city_be_crawled(deployment):
    settings = load_settings(deployment, {})

    assert settings.crawl.allow_private_hosts
    assert settings.crawl.delay_seconds == 0
    assert settings.mail.channel == "folder"


def test_there_are_at_least_nine_projects_and_every_content_file_has_its_own(register, pages):
    assert len(register.projects) >= 9
    assert {page.project for page in pages} - {None} == set(register.projects)


def test_every_project_has_recipients_and_started_before_today(register):
    for project in register.projects.values():
        assert project.department.recipients
        assert project.phases
        assert all(phase.since <= TODAY for phase in project.phases)
        assert project.phase_on(TODAY) is not None


def test_addresses_of_offices_are_made_up(register):
    for department in register.departments.values():
        assert all(address.endswith(".example") for address in department.recipients)


def test_claims_are_valid_and_name_pages_of_the_official_site_that_say_them(deployment, register, server, city):
    claims = load_claims(deployment / "claims", register.projects)
    said = {f"{server.url}/gov/releases/{bulletin.slug}.html": bulletin for bulletin in city.bulletins}

    for claim in claims:
        bulletin = said[claim.source_url]
        assert claim.published_at.astimezone(BEIJING).date() == bulletin.at.date()
        assert claim.aspect is None or claim.aspect in ASPECTS
        assert claim.published_at <= city.now


def test_there_are_claims_of_each_kind_that_the_demo_is_about(deployment, register):
    claims = load_claims(deployment / "claims", register.projects)
    by_id = {claim.id: claim for claim in claims}

    assert by_id["mianfang-satisfaction"].value == 0.96
    assert by_id["cuiping-satisfaction"].value == 0.93
    assert by_id["metro-opening"].status is ClaimStatus.GOAL
    assert by_id["yuxi-resolved"].kind is ClaimKind.RESOLUTION
    assert {claim.kind for claim in claims} == set(ClaimKind)
    assert any(not claim.reviewed for claim in claims)


def test_the_resolution_was_claimed_sixty_days_ago(deployment, register):
    claims = {claim.id: claim for claim in load_claims(deployment / "claims", register.projects)}

    assert claims["yuxi-resolved"].published_at.date() == TODAY - timedelta(days=60)


def test_sources_are_valid_and_start_at_the_server(deployment, server):
    sources = load_sources(deployment / "sources")

    assert {OLD, OWNERS} < set(sources)
    assert len(sources) == 6
    assert all(url.startswith(server.url) for source in sources.values() for url in source.start_urls)


def test_an_older_demo_is_brought_up_to_date_and_what_it_collected_stays(deployment, city):
    (deployment / "var").mkdir()
    (deployment / "var" / "kept").write_text("x")

    write_deployment(deployment, city, "http://127.0.0.1:9")

    assert (deployment / "var" / "kept").read_text() == "x"
    source = yaml.safe_load((deployment / "sources/jianglin_gov/source.yml").read_text())
    assert source["start_urls"] == ["http://127.0.0.1:9/gov/"]


def test_rules_that_the_office_set_in_the_demo_stay(deployment, city):
    (deployment / "rules" / "surge.yml").write_text("enabled: false\n")

    write_deployment(deployment, city, "http://127.0.0.1:9")

    assert (deployment / "rules" / "surge.yml").read_text() == "enabled: false\n"


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path, city):
    (tmp_path / "thesis.txt").write_text("x")

    with pytest.raises(ConfigError, match="not empty and not a demo city"):
        write_deployment(tmp_path, city, "http://127.0.0.1:9")

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_instead_of_a_folder_is_refused(tmp_path, city):
    (tmp_path / "file").write_text("x")

    with pytest.raises(ConfigError, match="not empty and not a demo city"):
        write_deployment(tmp_path / "file", city, "http://127.0.0.1:9")


def test_an_empty_folder_is_taken(tmp_path, city):
    write_deployment(tmp_path, city, "http://127.0.0.1:9")

    assert (tmp_path / MARK).exists()
    assert (tmp_path / "minsheng.yml").exists()


def test_a_place_that_cannot_be_written_is_said(city, deployment):
    shutil.rmtree(deployment / "projects")
    (deployment / "projects").write_text("in the way")

    with pytest.raises(ConfigError, match="cannot be written there"):
        write_deployment(deployment, city, "http://127.0.0.1:9")
