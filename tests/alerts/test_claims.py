from datetime import UTC, datetime

import pytest

from alerts.claims import load_claims
from minsheng.domain import ClaimKind, ClaimStatus, Department, Project
from minsheng.errors import ConfigError

PROJECTS = {"road": Project("road", "新华路改造", (), "示例市", Department("jtj", "市交通局", ()))}
ENTRY = {
    "id": "c1",
    "project": "road",
    "text": "群众满意率达98.5%",
    "kind": "satisfaction",
    "value": "98.5%",
    "status": "level",
    "source_url": "https://gov.example/a",
    "publisher": "市交通局",
    "date": "2026-03-01",
}


def write(folder, *changes, name="road.yml"):
    lines = ["claims:"]
    for change in changes or ({},):
        rows = [f"{key}: {value}" for key, value in (ENTRY | change).items() if value is not None]
        lines += [f"  - {rows[0]}", *(f"    {row}" for row in rows[1:])]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")


def test_a_claim_is_read_with_its_share_and_its_beijing_date(tmp_path):
    write(tmp_path, {"aspect": "quality", "survey_size": 1200, "reviewed": "true"})

    (claim,) = load_claims(tmp_path, PROJECTS)

    assert (claim.kind, claim.status, claim.value) == (ClaimKind.SATISFACTION, ClaimStatus.LEVEL, 0.985)
    assert claim.published_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert (claim.aspect, claim.survey_size, claim.reviewed) == ("quality", 1200, True)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-01 09:30:00", datetime(2026, 3, 1, 1, 30, tzinfo=UTC)),
        ("2026-03-01 09:30", datetime(2026, 3, 1, 1, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00+00:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_zone_is_beijing_time(tmp_path, written, moment):
    write(tmp_path, {"date": written})

    assert load_claims(tmp_path, PROJECTS)[0].published_at == moment


def test_claims_are_not_reviewed_unless_someone_says_so(tmp_path):
    write(tmp_path)

    assert not load_claims(tmp_path, PROJECTS)[0].reviewed


def test_several_files_are_read_in_name_order_and_none_is_no_claim(tmp_path):
    write(tmp_path, {"id": "b"}, name="b.yml")
    write(tmp_path, {"id": "a"}, {"id": "z"}, name="a.yaml")

    assert [claim.id for claim in load_claims(tmp_path, PROJECTS)] == ["a", "z", "b"]
    assert load_claims(tmp_path / "none", PROJECTS) == ()


@pytest.mark.parametrize(
    ("change", "line", "key", "message"),
    [
        ({"project": "raod"}, 3, "project", "did you mean 'road'"),
        ({"kind": "mood"}, 5, "kind", "satisfaction"),
        ({"value": "98.5"}, 6, "value", "write 98.5% or 0.985"),
        ({"value": "120%"}, 6, "value", "between 0 and 1"),
        ({"value": "true"}, 6, "value", "wants a share"),
        ({"value": "nearly all"}, 6, "value", "wants a share"),
        ({"source_url": "ftp://gov.example/a"}, 8, "source_url", "http"),
        ({"source_url": "https:///a"}, 8, "source_url", "public address"),
        ({"source_url": "'http://[bad'"}, 8, "source_url", "public address"),
        ({"publisher": "张伟"}, 9, "publisher", "person"),
        ({"date": "soon"}, 10, "date", "wants a date"),
        ({"date": "2026"}, 10, "date", "wants a date"),
        ({"aspect": "trafic"}, 11, "aspect", "did you mean 'traffic'"),
        ({"survey_size": 0}, 11, "survey_size", "greater than or equal to 1"),
        ({"revewed": "true"}, 11, "revewed", "did you mean 'reviewed'"),
    ],
)
def test_a_wrong_value_names_file_line_and_key(tmp_path, change, line, key, message):
    write(tmp_path, change)

    with pytest.raises(ConfigError, match=f"road.yml:{line}: claims.0.{key}: .*{message}"):
        load_claims(tmp_path, PROJECTS)


@pytest.mark.parametrize("key", ["status", "publisher", "source_url", "date", "text"])
def test_a_missing_key_is_named(tmp_path, key):
    write(tmp_path, {key: None})

    with pytest.raises(ConfigError, match=f"claims.0.{key}: is missing"):
        load_claims(tmp_path, PROJECTS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "satisfaction and status level needs value"),
        ({"kind": "reply_rate", "value": None}, "reply_rate and status level needs value"),
        ({"kind": "polarity"}, "polarity states no number"),
        ({"kind": "polarity", "value": None, "survey_size": 30}, "survey_size without value"),
    ],
)
def test_a_value_that_does_not_fit_its_kind_is_refused(tmp_path, change, message):
    write(tmp_path, change)

    with pytest.raises(ConfigError, match=rf"road.yml:2: claims.0: .*{message}"):
        load_claims(tmp_path, PROJECTS)


@pytest.mark.parametrize(
    "change", [{"status": "goal"}, {"kind": "resolution"}, {"kind": "polarity"}, {"status": "delta"}]
)
def test_goals_changes_and_claims_without_number_need_no_value(tmp_path, change):
    write(tmp_path, change | {"value": None})

    assert load_claims(tmp_path, PROJECTS)[0].value is None


def test_an_id_may_stand_once_only_also_across_files(tmp_path):
    write(tmp_path, name="a.yml")
    write(tmp_path, name="b.yml")

    with pytest.raises(ConfigError, match=r"b.yml:2: claims.0.id: 'c1' stands twice"):
        load_claims(tmp_path, PROJECTS)
